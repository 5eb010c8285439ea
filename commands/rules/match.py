"""`watchfloor rules match`: what the lexicon says of every text, and why."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click
from msgspec import Struct
from msgspec import json as msgjson

from commands.rules.texts import chunks, name_of, read_texts
from streams.observations import Finding

__all__ = ["match"]


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


@click.command()
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
    for chunk in chunks(read_texts(file)):
        for read in chunk:
            if read.fault is not None:
                faults += 1
                click.echo(f"{name_of(file)}:{read.number}: {read.fault}", err=True)
        calls = [read for read in chunk if read.fault is None]
        findings = matcher.match_each([call.text for call in calls])
        lines = map(show, (call.id for call in calls), findings)
        out.write(b"".join(line + b"\n" for line in lines))
        out.flush()
    if faults:
        ctx.exit(2)


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
