"""`watchfloor rules`: look at the rule book and try it; its verbs need no broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
from msgspec import DecodeError, Struct, ValidationError
from msgspec import json as msgjson

from streams.observations import Finding

__all__ = ["command"]

_CHUNK = 512


class _Call(Struct, frozen=True):
    """One JSON line of input; other fields are left alone."""

    text: str
    id: str | int | None = None


class _Read(Struct, frozen=True):
    """A line of input: the text and its id, or the fault of a line that could not be read."""

    number: int
    id: str | int
    text: str = ""
    fault: str | None = None


class _Span(Struct, frozen=True):
    start: int
    end: int
    term: str
    category: str


class _Line(Struct, frozen=True):
    """One line of output. It never holds the text itself."""

    id: str | int
    tier: str
    critical: bool
    category: str
    level: str
    spans: list[_Span]
    reasons: tuple[str, ...]


@click.group(name="rules")
def command() -> None:
    """Check, try and explain the rules; no broker needed."""


@command.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--rules",
    "directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A rule directory; its `lexicon` folder, if it has one, is laid over the shipped lexicon.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["jsonl", "text"]),
    default="jsonl",
    show_default=True,
    help="One JSON object a line, or lines for people.",
)
@click.pass_context
def match(ctx: click.Context, file: BinaryIO, directory: Path | None, output: str) -> None:
    """Say of every text in FILE ('-' for stdin) whether it is critical, and why.

    FILE holds one text a line, or one JSON object with `id` and `text` a line; which of them is
    seen from its first line. Plain lines have their line number as id; blank lines are skipped.
    """
    from rules.critical.matcher import CriticalMatcher

    layer = directory / "lexicon" if directory else None
    matcher = CriticalMatcher.load([layer] if layer and layer.is_dir() else [])
    show = _as_json if output == "jsonl" else _as_text
    out = click.get_binary_stream("stdout")
    faults = 0
    for chunk in _chunks(_read(file)):
        for read in chunk:
            if read.fault is not None:
                faults += 1
                click.echo(f"{_name(file)}:{read.number}: {read.fault}", err=True)
        calls = [read for read in chunk if read.fault is None]
        findings = matcher.match_each([call.text for call in calls])
        lines = map(show, (call.id for call in calls), findings)
        out.write(b"".join(line + b"\n" for line in lines))
        out.flush()
    if faults:
        ctx.exit(2)


def _name(file: BinaryIO) -> str:
    name = getattr(file, "name", "-")
    return "stdin" if name in ("-", "<stdin>", 0) else str(name)


def _read(file: BinaryIO) -> Iterator[_Read]:
    decoder = msgjson.Decoder(_Call)
    is_json: bool | None = None
    for number, raw in enumerate(file, start=1):
        line = raw.strip().removeprefix(b"\xef\xbb\xbf")
        if not line:
            continue
        if is_json is None:
            is_json = line.startswith(b"{")
        yield _json_line(decoder, number, line) if is_json else _plain_line(number, line)


def _json_line(decoder: msgjson.Decoder[_Call], number: int, line: bytes) -> _Read:
    try:
        call = decoder.decode(line)
    except ValidationError as error:
        fault = f"a line needs `text` (a string) and may have `id`: {error}; the line was skipped"
    except (DecodeError, UnicodeDecodeError) as error:
        fault = f"not a JSON object: {error}; the line was skipped"
    else:
        return _Read(number, number if call.id is None else call.id, call.text)
    return _Read(number, number, fault=fault)


def _plain_line(number: int, line: bytes) -> _Read:
    try:
        return _Read(number, number, line.decode())
    except UnicodeDecodeError as error:
        fault = f"not UTF-8 (byte {error.start + 1}); save the file as UTF-8; the line was skipped"
        return _Read(number, number, fault=fault)


def _chunks(reads: Iterator[_Read]) -> Iterator[list[_Read]]:
    chunk: list[_Read] = []
    for read in reads:
        chunk.append(read)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _as_json(id_: str | int, finding: Finding) -> bytes:
    return msgjson.encode(
        _Line(
            id_,
            finding.tier,
            finding.tier == "critical",
            finding.category,
            finding.level,
            [_Span(span.start, span.end, span.term, span.category) for span in finding.spans],
            finding.reasons,
        )
    )


def _as_text(id_: str | int, finding: Finding) -> bytes:
    terms = ", ".join(f"{span.term} [{span.start}:{span.end}]" for span in finding.spans)
    because = " ".join(finding.reasons)
    parts = [str(id_), finding.tier, finding.level, finding.category, terms, because]
    return "\t".join(parts).encode()
