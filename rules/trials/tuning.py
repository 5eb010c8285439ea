"""What marks of duty officers ask of one rule: proposed changes, and whether they may be made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from rules.language.schema.heat import HeatRule
from rules.language.schema.keyword import KeywordRule
from rules.language.schema.names import LEVELS
from rules.trials.ledger import Episode
from streams.records import Alert, Level

__all__ = ["Mark", "Peaks", "Proposal", "Verdict", "judged", "marks_of", "proposals"]

_MARKS_AT_LEAST = 2
"""One false alarm is no pattern: an area or a channel is changed for two and more."""
_REVIEWED = {"confirm.reports": 2, "confirm.within": "5m"}


class Mark(Struct, frozen=True):
    """An alert that somebody looked into, and whether it was real."""

    id: str
    area: str
    true: bool
    incidents: list[str]


class Proposal(Struct, frozen=True, kw_only=True):
    """One item for one list of a rule: `overrides`, or the words of `match.unless`."""

    path: list[str]
    item: Any
    because: str


class Verdict(Struct, frozen=True, kw_only=True):
    """What becomes of the marked alerts, by their ids.

    lost: true ones that are told no more, lower, or only for review: one is enough to refuse.
    silenced: false ones that are told no more; reviewed: those that come lower or for review. kept:
    false ones that still come. unseen: marked ones that this history does not give at all.
    """

    lost: list[str]
    silenced: list[str]
    reviewed: list[str]
    kept: list[str]
    unseen: list[str]


class Peaks:
    """The most that each heat alert counted while it fired, and the levels it reached."""

    def __init__(self) -> None:
        self.observed: dict[str, float] = {}

    def add(self, alerts: Iterable[Alert]) -> None:
        """Take in revisions."""
        for alert in alerts:
            seen = alert.evidence.observed
            if alert.status == "firing" and seen is not None:
                self.observed[alert.id] = max(seen, self.observed.get(alert.id, seen))


def marks_of(alerts: Iterable[Alert], rule_id: str) -> list[Mark]:
    """The marked alerts of a rule: true and false alarms; drills and duplicates teach nothing."""
    return [
        Mark(a.id, a.area.id, a.disposition == "true_alarm", list(a.incidents.ids))
        for a in alerts
        if a.rule.id == rule_id and a.disposition in {"true_alarm", "false_alarm"}
    ]


def proposals(
    rule: HeatRule | KeywordRule,
    marks: Sequence[Mark],
    peaks: Mapping[str, float],
    channels: Mapping[str, str],
) -> list[Proposal]:
    """Changes that keep every true alert, as far as the marks can tell before it is replayed.

    peaks: the most each alert counted. channels: by which the incidents came in.
    """
    if isinstance(rule, HeatRule):
        return list(_by_area(rule, marks, peaks))
    return list(_by_channel(marks, channels))


def judged(
    marks: Sequence[Mark], old: Mapping[str, Episode], new: Mapping[str, Episode]
) -> Verdict:
    """What becomes of the marked alerts between two runs over the same history.

    Where a limit rises an alert begins later, and under another id: it is the same where it is of
    the same area and stands in the same span.
    """
    fates: defaultdict[Literal["lost", "silenced", "reviewed", "kept", "unseen", "same"], list[str]]
    fates = defaultdict(list)
    for mark in marks:
        before = old.get(mark.id)
        if before is None or not before.told:
            fates["unseen"].append(mark.id)
            continue
        after = _counterpart(before, new)
        lower = after is not None and (
            _rank(after.level) > _rank(before.level) or (after.review and not before.review)
        )
        if mark.true:
            fates["lost" if after is None or lower else "same"].append(mark.id)
        else:
            fates["silenced" if after is None else "reviewed" if lower else "kept"].append(mark.id)
    return Verdict(
        lost=fates["lost"],
        silenced=fates["silenced"],
        reviewed=fates["reviewed"],
        kept=fates["kept"],
        unseen=fates["unseen"],
    )


def _counterpart(before: Episode, new: Mapping[str, Episode]) -> Episode | None:
    same = new.get(before.id)
    if same is not None and same.told:
        return same
    last = before.fired if before.ended is None else before.ended
    return next(
        (
            episode
            for episode in new.values()
            if episode.told
            and (episode.rule, episode.entity) == (before.rule, before.entity)
            and episode.overlaps(before.fired, last)
        ),
        None,
    )


def _rank(level: Level) -> int:
    return LEVELS.index(level)


def _by_area(
    rule: HeatRule, marks: Sequence[Mark], peaks: Mapping[str, float]
) -> Iterable[Proposal]:
    """In every area with false alarms a limit above their counts, and not above a true one's."""
    counted: defaultdict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for mark in marks:
        if mark.id in peaks:
            counted[mark.area][mark.true].append(peaks[mark.id])
    for area, (false, true) in sorted(counted.items()):
        wanted = int(max(false, default=0)) + 1
        if len(false) < _MARKS_AT_LEAST or (true and wanted > min(true)):
            continue
        because = f"{len(false)} alerts here were marked false, none of more than {wanted - 1}"
        changes = _limits(rule, wanted)
        if changes:
            item = {"when": {"area": [area]}, "set": changes, "because": because}
            yield Proposal(path=["overrides"], item=item, because=because)


def _limits(rule: HeatRule, wanted: int) -> dict[str, int]:
    """What lets a rule fire from a count on: its rungs' counts, else its floor."""
    counts = {
        level: limit.fire.count
        for level, limit in rule.levels.items()
        if limit is not None and limit.fire.count is not None
    }
    if counts:
        return {f"levels.{lv}.fire.count": wanted for lv, count in counts.items() if count < wanted}
    return {"floor": wanted} if rule.floor < wanted else {}


def _by_channel(marks: Sequence[Mark], channels: Mapping[str, str]) -> Iterable[Proposal]:
    """Of a channel whose marked reports were all false, a second report is to confirm the first."""
    said: defaultdict[str, list[bool]] = defaultdict(list)
    for mark in marks:
        for channel in {channels[i] for i in mark.incidents if i in channels}:
            said[channel].append(mark.true)
    for channel, true in sorted(said.items()):
        if len(true) >= _MARKS_AT_LEAST and not any(true):
            because = f"all {len(true)} marked alerts from {channel} were false"
            item = {"when": {"source": channel}, "set": dict(_REVIEWED), "because": because}
            yield Proposal(path=["overrides"], item=item, because=because)
