"""`watchfloor rules match`: what the lexicon says of every text, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
from msgspec import UNSET, Struct, UnsetType
from msgspec import json as msgjson

from commands.rules.explained import explained
from commands.rules.layers import own_layers
from commands.rules.texts import Text, chunks, name_of, opened, read_texts
from rules.critical.explanation import Explanation
from streams.observations import Finding

__all__ = ["match"]

_Show = Callable[[Sequence[Text]], Iterator[bytes]]


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
    outcome: str
    confidence: float
    explain: Explanation | UnsetType = UNSET


@click.command()
@click.argument("file")
@click.option(
    "--rules",
    metavar="DIR",
    help="A rule directory; its `lexicon` folder, if it has one, is laid over the shipped lexicon.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["jsonl", "text"]),
    help="One JSON object a line (the default), or lines for people (with --explain).",
)
@click.option("--explain", is_flag=True, help="Every word found, what it tells, and its source.")
@click.pass_context
def match(
    ctx: click.Context, file: str, rules: str | None, output: str | None, *, explain: bool
) -> None:
    """Say of every text in FILE ('-' for stdin) whether it is critical, and why.

    FILE holds one text a line, or one JSON object with `id` and `text` a line; which of them is
    seen from its first line. Plain lines have their line number as id; blank lines are skipped.

    \b
    Example:
      echo '有人在桥头抢 劫' | watchfloor rules match - --explain
    """
    as_json = output == "jsonl" or (output is None and not explain)
    show = _showing(own_layers(rules), as_json=as_json, explain=explain)
    out = click.get_binary_stream("stdout")
    faults = 0
    with opened(file) as lines:
        for chunk in chunks(read_texts(lines)):
            for read in chunk:
                if read.fault is not None:
                    faults += 1
                    click.echo(f"{name_of(lines)}:{read.number}: {read.fault}", err=True)
            calls = [read for read in chunk if read.fault is None]
            out.write(b"".join(line + b"\n" for line in show(calls)))
            out.flush()
    if faults:
        ctx.exit(2)


def _showing(layers: Sequence[Path], *, as_json: bool, explain: bool) -> _Show:
    """What is shown of a chunk of calls."""
    from rules.critical.explain import Explainer
    from rules.critical.matcher import CriticalMatcher

    if not explain:
        matcher = CriticalMatcher.load(layers)
        line = _as_json if as_json else _as_text
        return lambda calls: (
            line(call.id, finding)
            for call, finding in zip(
                calls, matcher.match_each([call.text for call in calls]), strict=True
            )
        )
    explainer = Explainer.load(layers)

    def blocks(calls: Sequence[Text]) -> Iterator[bytes]:
        for call in calls:
            look = explainer.look(call.text)
            if as_json:
                yield _as_json(call.id, look.finding, look.explanation())
            else:
                yield "\n".join(explained(call.id, look.explanation())).encode()

    return blocks


def _as_json(id_: str | int, finding: Finding, explain: Explanation | UnsetType = UNSET) -> bytes:
    return msgjson.encode(
        _Line(
            id_,
            finding.tier,
            finding.tier == "critical",
            finding.category,
            finding.level,
            [_Span(span.start, span.end, span.term, span.category) for span in finding.spans],
            finding.reasons,
            finding.outcome,
            finding.confidence,
            explain,
        )
    )


def _as_text(id_: str | int, finding: Finding) -> bytes:
    terms = ", ".join(f"{span.term} [{span.start}:{span.end}]" for span in finding.spans)
    because = " ".join(finding.reasons)
    parts = [str(id_), finding.tier, finding.level, finding.category, terms, because]
    return "\t".join(parts).encode()
