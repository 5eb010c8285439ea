"""`watchfloor rules fmt`: the canonical layout of rule files; comments and values stay."""

from __future__ import annotations

import os
from pathlib import Path

import click
from msgspec import Struct
from msgspec import json as msgjson

from streams.errors import ConfigError, RuleError

__all__ = ["fmt"]


class Report(Struct, frozen=True):
    """What was done, or with --check what would be. faults: one line each, with its place."""

    files: int
    changed: list[str]
    faults: list[str]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE|DIR...|-")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where a file would change.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def fmt(ctx: click.Context, paths: tuple[str, ...], *, check: bool, as_json: bool) -> None:
    """Put rule files into their canonical layout, in place; of a directory every *.yaml in it.

    Keys come in the order of the reference, lists and mappings are indented by two, what was
    written in one line stays so where it fits, and comments stay with what they are about. No
    value changes, and no quotes. A file that is not well formed is left as it is; exit code 2.
    `-` alone reads stdin and writes stdout, as editors want it.
    """
    if paths == ("-",):
        _through(ctx, check=check)
        return
    report = _run([file for path in paths for file in _files(path)], check=check)
    if as_json:
        click.echo(msgjson.encode(report))
    else:
        for fault in report.faults:
            click.echo(fault, err=True)
        for name in report.changed:
            click.echo(f"would change {name}" if check else f"changed {name}")
        same = report.files - len(report.changed) - len(report.faults)
        click.echo(f"{len(report.changed)} files to change, {same} as they should be"
                   if check else f"{len(report.changed)} files changed, {same} left alone",
                   err=True)  # fmt: skip
    if report.faults:
        ctx.exit(2)
    if check and report.changed:
        ctx.exit(1)


def _through(ctx: click.Context, *, check: bool) -> None:
    """Stdin in its layout on stdout. Raises RuleError where it is not well formed."""
    from rules.language.formatting import formatted

    raw = click.get_binary_stream("stdin").read()
    text = formatted(raw, "<stdin>").encode()
    if not check:
        click.get_binary_stream("stdout").write(text)
    elif text != raw:
        ctx.exit(1)


def _run(files: list[Path], *, check: bool) -> Report:
    from rules.language.formatting import formatted

    changed: list[str] = []
    faults: list[str] = []
    for file in files:
        try:
            raw = file.read_bytes()
            text = formatted(raw, file.as_posix()).encode()
            if text != raw:
                changed.append(file.as_posix())
                if not check:
                    _replace(file, text)
        except RuleError as error:
            faults.append(str(error))
        except OSError as error:
            faults.append(f"{file.as_posix()}: {error.strerror or error}; nothing was written")
    return Report(len(files), changed, faults)


def _files(path: str) -> list[Path]:
    """The files that are meant. Raises ConfigError where there are none."""
    named = Path(path)
    if not named.is_dir():
        if not named.exists():
            raise ConfigError(f"{path}: no such file; name rule files or directories of them")
        return [named]
    files = sorted(f for f in named.glob("*.y*ml") if f.suffix in {".yaml", ".yml"})
    if not files:
        raise ConfigError(f"{path}: no rule files (*.yaml) here; name a directory that has some")
    return files


def _replace(file: Path, text: bytes) -> None:
    """All of the file or nothing: an editor or a worker may be reading it."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(text)
        unfinished.chmod(file.stat().st_mode)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
