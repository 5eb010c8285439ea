"""What `watchfloor rules score` reports, put together: labelled lines judged chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import click
from msgspec import UNSET, Struct, UnsetType

from commands.rules.score_stream import Measured, StreamSetting, measure
from commands.rules.texts import opened
from rules.critical.evaluation.labels import Label, LabelLine, read_labels
from rules.critical.evaluation.reweighted import Reweighted, reweighted
from rules.critical.evaluation.score import Goal, Score, compare, goals, score
from rules.critical.evaluation.shares import SHIPPED_SHARES, Shares, load_shares
from rules.critical.evaluation.tally import DIMENSIONS, Tally, wrongs
from rules.critical.matcher import CriticalMatcher
from streams.errors import SourceError
from streams.observations import Finding
from streams.records import Level

__all__ = ["Against", "Mistake", "Report", "Stream", "Verdict", "Wishes", "make_report"]

_CHUNK = 512
_PROGRESS = 10_240
_STRATUM = "stratum"


class Wishes(Struct, frozen=True):
    """What the report shall hold beside the figures."""

    by: tuple[str, ...] = ()
    errors: bool = False
    texts: bool = False
    goals: bool = False
    against: str | None = None
    stream: StreamSetting | None = None


class Verdict(Struct, frozen=True):
    """A label or a finding in the same words; tier of a label is critical or none."""

    tier: str
    category: str
    level: Level
    outcome: str | None = None


class Place(Struct, frozen=True):
    """A word that was found, and where in the text: characters from 0, end exclusive."""

    start: int
    end: int
    term: str
    category: str


class Mistake(Struct, frozen=True):
    """A line that was judged wrongly; `text` only where it was asked for."""

    line: int
    id: str | int
    wrong: tuple[str, ...]
    expected: Verdict
    got: Verdict
    reasons: tuple[str, ...]
    spans: list[Place]
    text: str | UnsetType = UNSET


class Against(Struct, frozen=True):
    """The score of the set that was compared with."""

    file: str
    faults: int
    score: Score


class Stream(Struct, frozen=True):
    """Alerts a day: reckoned from the labelled lines, and counted on a simulated stream."""

    reweighted: Reweighted
    measured: Measured


class Report(Struct, frozen=True, kw_only=True):
    """All that was found out; parts not asked for are null. faults: lines that cannot be used."""

    schema: Literal["score/1"] = "score/1"
    file: str
    faults: int
    score: Score
    goals: list[Goal] | None = None
    against: Against | None = None
    stream: Stream | None = None
    errors: list[Mistake] | None = None


def make_report(labels: str, layers: Sequence[Path], wishes: Wishes) -> Report:
    """Judge a file of labelled lines with the lexicon of these layers over the shipped one.

    Raises SourceError where the file cannot be read or holds no usable line.
    """
    shares = load_shares(wishes.stream.shares or SHIPPED_SHARES) if wishes.stream else None
    tally = Tally(DIMENSIONS if shares is None else {**DIMENSIONS, _STRATUM: shares.stratum})
    mistakes: list[Mistake] = []
    keep = _keeper(mistakes, texts=wishes.texts) if wishes.errors else None
    with opened(labels) as file:  # before the words are loaded: a wrong name is told at once
        matcher = CriticalMatcher.load(layers)
        faults = _judge(file, _name(labels), matcher, tally, keep)
    scored = score(tally, wishes.by)
    against = _against(wishes.against, matcher) if wishes.against else None
    reached = goals(scored) if wishes.goals else None
    if reached is not None and against is not None:
        reached.append(compare(scored, against.score))
    return Report(
        file=_name(labels),
        faults=faults,
        score=scored,
        goals=reached,
        against=against,
        stream=_stream(tally, matcher, shares, wishes.stream),
        errors=mistakes if wishes.errors else None,
    )


def _against(labels: str, matcher: CriticalMatcher) -> Against:
    tally = Tally()
    with opened(labels) as file:
        faults = _judge(file, _name(labels), matcher, tally, None)
    return Against(_name(labels), faults, score(tally))


def _stream(
    tally: Tally, matcher: CriticalMatcher, shares: Shares | None, setting: StreamSetting | None
) -> Stream | None:
    if shares is None or setting is None:
        return None
    reckoned = reweighted(
        tally.cells[_STRATUM],
        shares,
        calls=setting.calls_a_day,
        critical_share=setting.critical_share,
        seed=setting.seed,
    )
    return Stream(reckoned, measure(matcher, setting))


Keep = Callable[[int, Label, Finding, tuple[str, ...]], None]


def _judge(
    lines: Iterable[bytes], name: str, matcher: CriticalMatcher, tally: Tally, keep: Keep | None
) -> int:
    """Fill the tally; the number of lines that could not be used, each told on stderr."""
    faults = done = 0
    for chunk in _chunks(read_labels(lines)):
        read = [(line.number, line.label) for line in chunk if line.label]
        findings = matcher.match_each([label.text for _, label in read])
        for (number, label), finding in zip(read, findings, strict=True):
            tally.add(label, finding)
            if keep and (wrong := wrongs(label, finding)):
                keep(number, label, finding, wrong)
        for line in chunk:
            if line.label is None:
                faults += 1
                click.echo(f"{name}:{line.number}: {line.fault}", err=True)
        done += len(chunk)
        if done % _PROGRESS == 0:
            click.echo(f"{done:,} lines judged", err=True)
    if not tally.total.lines:
        message = (
            f"{name} holds no labelled line that can be used; "
            "write one JSON object a line, with id, text, critical, category and level_expected"
        )
        raise SourceError(message)
    return faults


def _keeper(mistakes: list[Mistake], *, texts: bool) -> Keep:
    def keep(number: int, label: Label, finding: Finding, wrong: tuple[str, ...]) -> None:
        tier = "critical" if label.critical else "none"
        said = None if label.outcome is None else finding.outcome
        mistakes.append(
            Mistake(
                line=number,
                id=label.id,
                wrong=wrong,
                expected=Verdict(tier, label.category, label.level, label.outcome),
                got=Verdict(finding.tier, finding.category, finding.level, said),
                reasons=finding.reasons,
                spans=[Place(s.start, s.end, s.term, s.category) for s in finding.spans],
                text=label.text if texts else UNSET,
            )
        )

    return keep


def _chunks(lines: Iterable[LabelLine]) -> Iterator[list[LabelLine]]:
    waiting = iter(lines)
    while chunk := list(islice(waiting, _CHUNK)):
        yield chunk


def _name(labels: str) -> str:
    return "stdin" if labels == "-" else labels
