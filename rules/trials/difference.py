"""Two runs over the same history: which alerts were gained, lost, or moved in level or time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from rules.trials.ledger import Episode, Ledger
from streams.alert_codec import decode_alert, encode_alert
from streams.records import Alert, AlertRule, Level, ThresholdFrom

__all__ = ["Change", "Changes", "Run", "Side", "What", "changes_of"]

What = Literal["gained", "lost", "level", "time", "content"]
"""What became of an alert: it is there no more or new, moved in level or time, or says else."""


class Side(Struct, frozen=True):
    """One alert as one of the books gives it; moments in ms of event time."""

    id: str
    level: Level
    fired: int
    ended: int | None
    state: str
    review: bool
    revisions: int


class Change(Struct, frozen=True, kw_only=True):
    """One alert that differs. fields: what of its content does, by name."""

    what: What
    rule: str
    area: str
    entity: str
    old: Side | None
    new: Side | None
    fields: list[str] = []


class Changes(Struct, frozen=True):
    """All alerts that differ, in order of time; same: how many do not."""

    changes: list[Change]
    same: int

    def counts(self) -> Counter[What]:
        """How many of each sort."""
        return Counter(change.what for change in self.changes)

    def by_rule(self) -> dict[str, Counter[What]]:
        """The same by rule."""
        return _grouped((change.rule, change.what) for change in self.changes)

    def by_area(self) -> dict[str, Counter[What]]:
        """The same by area."""
        return _grouped((change.area, change.what) for change in self.changes)


class Run:
    """The alerts of one book over the history: what became of each, and what it said."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._said: dict[str, list[bytes]] = defaultdict(list)

    def add(self, alerts: Sequence[Alert]) -> None:
        """Take in revisions, in order."""
        self._ledger.add(alerts)
        for alert in alerts:
            self._said[alert.id].append(encode_alert(_bare(alert)))

    def episodes(self) -> dict[str, Episode]:
        """What became of each alert, by id."""
        return {episode.id: episode for episode in self._ledger.episodes()}

    def said(self, id_: str) -> list[bytes]:
        """Every revision without what names the version and the lines of the rule files."""
        return self._said[id_]


def changes_of(old: Run, new: Run) -> Changes:
    """What differs. An alert that both books give at other times is one that moved.

    An alert is the same where its id and all that its revisions say is, apart from the hashes of
    rule and bundle and the places in rule files: those move with every edit.
    """
    before, after = old.episodes(), new.episodes()
    found: list[Change] = []
    same = 0
    for id_ in before.keys() & after.keys():
        change = _compared(before[id_], after[id_], old.said(id_), new.said(id_))
        if change is None:
            same += 1
        else:
            found.append(change)
    gone = [before[id_] for id_ in before.keys() - after.keys()]
    come = [after[id_] for id_ in after.keys() - before.keys()]
    for one, other in _moved(gone, come):
        what: What = "time" if one.level == other.level else "level"
        found.append(_change(what, one, other, ["times"]))
        gone.remove(one)
        come.remove(other)
    found += [_change("lost", one, None) for one in gone]
    found += [_change("gained", None, other) for other in come]
    return Changes(sorted(found, key=_order), same)


def _compared(
    one: Episode, other: Episode, said: Sequence[bytes], says: Sequence[bytes]
) -> Change | None:
    if said == says:
        return None
    fields = [
        name
        for name in ("level", "state", "review", "reason", "suppressed_by")
        if getattr(one, name) != getattr(other, name)
    ]
    if (one.told[:1], one.ended) != (other.told[:1], other.ended):
        fields.append("times")
    fields += _fields(said, says)
    what: What = "content"
    if "level" in fields:
        what = "level"
    elif "times" in fields:
        what = "time"
    return _change(what, one, other, fields)


def _fields(said: Sequence[bytes], says: Sequence[bytes]) -> Iterator[str]:
    """Names of what differs between revisions, beyond what becomes of the alert."""
    if len(said) != len(says):
        yield "revisions"
        return
    pairs = [(decode_alert(a), decode_alert(b)) for a, b in zip(said, says, strict=True) if a != b]
    for name in ("window", "evidence", "incidents", "rule", "message"):
        if any(getattr(a, name) != getattr(b, name) for a, b in pairs):
            yield "overrides" if name == "rule" else name


def _moved(gone: Iterable[Episode], come: Iterable[Episode]) -> Iterator[tuple[Episode, Episode]]:
    """Alerts of the same rule and area that stand at the same time, though they began apart."""
    by_entity: dict[str, list[Episode]] = defaultdict(list)
    for episode in come:
        by_entity[episode.entity].append(episode)
    for one in sorted(gone, key=lambda e: (e.fired, e.id)):
        last = one.ended if one.ended is not None else one.told[-1] if one.told else one.fired
        near = [other for other in by_entity[one.entity] if other.overlaps(one.fired, last)]
        if near:
            other = min(near, key=lambda e: (abs(e.fired - one.fired), e.id))
            by_entity[one.entity].remove(other)
            yield one, other


def _change(
    what: What, one: Episode | None, other: Episode | None, fields: Sequence[str] = ()
) -> Change:
    of = one or other
    if of is None:
        raise ValueError("a change has a side")
    return Change(
        what=what,
        rule=of.rule,
        area=of.area,
        entity=of.entity,
        old=_side(one),
        new=_side(other),
        fields=list(fields),
    )


def _side(of: Episode | None) -> Side | None:
    if of is None:
        return None
    return Side(of.id, of.level, of.fired, of.ended, of.state, of.review, of.revisions)


def _bare(alert: Alert) -> Alert:
    """Without hashes and places, and with overrides by their reasons, whatever their numbers."""
    evidence = alert.evidence
    return replace(
        alert,
        rule=AlertRule(
            alert.rule.id, "", "", [text.partition(": ")[2] for text in alert.rule.overrides]
        ),
        evidence=replace(
            evidence,
            threshold=_placeless(evidence.threshold),
            clear_at=_placeless(evidence.clear_at),
        ),
    )


def _placeless(limit: ThresholdFrom | None) -> ThresholdFrom | None:
    return None if limit is None else replace(limit, from_=None)


def _order(change: Change) -> tuple[int, str, str]:
    side = change.new or change.old
    return (side.fired if side else 0, change.rule, change.entity)


def _grouped(pairs: Iterable[tuple[str, What]]) -> dict[str, Counter[What]]:
    groups: dict[str, Counter[What]] = defaultdict(Counter)
    for name, what in pairs:
        groups[name][what] += 1
    return dict(sorted(groups.items(), key=lambda item: (-item[1].total(), item[0])))
