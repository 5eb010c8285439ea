"""Tutorials that can be run: files are written, commands executed, what they say is compared.

A fenced block ```yaml title="FILE"``` is a file (`append` adds to it); ```console``` holds commands
after `$ `, each with words that its output must hold below it. `exit=N` is the exit code of the
last command, `live` marks commands that need a broker and a worker.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

__all__ = ["Block", "blocks", "play"]

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^```(\w+) *(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')


class Block(Struct, frozen=True):
    """One fenced block of a page: its language, what follows that, and its lines."""

    language: str
    notes: str
    body: str

    @property
    def live(self) -> bool:
        """Whether it needs a broker and a worker."""
        return "live" in self.notes.split()


def blocks(page: Path) -> Iterator[Block]:
    """All fenced blocks of a page, in order."""
    for match in _FENCE.finditer(page.read_text(encoding="utf-8")):
        yield Block(*match.groups())


def play(block: Block, folder: Path, environ: Mapping[str, str] | None = None) -> None:
    """Do in `folder` what the block says. Fails where a command says something else."""
    title = _TITLE.search(block.notes)
    if block.language == "yaml" and title:
        path = folder / title.group(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if "append" in block.notes else "w", encoding="utf-8") as file:
            file.write(block.body)
    elif block.language == "console":
        _run(block, folder, environ or {})


def _run(block: Block, folder: Path, environ: Mapping[str, str]) -> None:
    wanted = re.search(r"exit=(\d)", block.notes)
    steps = [step for step in re.split(r"^\$ ", block.body, flags=re.MULTILINE) if step]
    for number, step in enumerate(steps, start=1):
        command, *said = step.splitlines()
        last = number == len(steps)
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env={**os.environ, **environ, "PATH": f"{Path(sys.executable).parent}:{_path()}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        output = ran.stdout + ran.stderr
        assert ran.returncode == (int(wanted.group(1)) if wanted and last else 0), output
        for line in said:
            assert line in output, f"{command}\nsaid\n{output}"


def _path() -> str:
    return os.environ.get("PATH", "")
