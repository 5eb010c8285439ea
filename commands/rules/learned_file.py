"""The learned layer in a rule directory: written in one piece; what is reverted is kept aside."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import json as msgjson

from rules.critical.learning.layer import LEARNED, LearnedLayer, Step, encoded, read_learned
from streams.errors import ConfigError

__all__ = ["SWITCH", "LearnedFile"]

SWITCH = "learning.yaml"
"""The file that says whether the layer is used, where the folder has no other lexicon file."""

_REVERTED = "learned.reverted.jsonl"
_OFF = """\
# Whether the weights in learned.json count. `watchfloor rules learn --history DIR` shows them.
schema: lexicon/1
learning:
  use: false
"""


class LearnedFile:
    """`learned.json` in the folder `lexicon` of a rule directory."""

    def __init__(self, rules: Path) -> None:
        self.folder = rules / "lexicon"
        self.path = self.folder / LEARNED
        self.layer = read_learned(self.path)

    def write(self, layer: LearnedLayer) -> None:
        """Put a layer in its place; one without steps is no file. Raises ConfigError."""
        try:
            if layer.steps:
                self._make_folder()
                _replace(self.path, encoded(layer))
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise _not_written(self.path, error) from error
        self.layer = layer

    def keep(self, steps: list[Step]) -> None:
        """Note reverted steps beside the layer, to be looked up. Raises ConfigError."""
        path = self.folder / _REVERTED
        try:
            with path.open("ab") as file:
                file.writelines(msgjson.encode(step) + b"\n" for step in steps)
        except OSError as error:
            raise _not_written(path, error) from error

    def _make_folder(self) -> None:
        self.folder.mkdir(exist_ok=True)
        if not any(self.folder.glob("*.yaml")):
            (self.folder / SWITCH).write_text(_OFF, encoding="utf-8")


def _replace(path: Path, content: bytes) -> None:
    """All or nothing: a worker that reloads its rules never sees half a file."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _not_written(path: Path, error: OSError) -> ConfigError:
    reason = error.strerror or error
    return ConfigError(f"{path}: {reason}; nothing was learnt; make the folder writable")
