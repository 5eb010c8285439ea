"""The register of open alerts: between the rules that raise them and what is published of them.

What rules say passes through it and gets what was decided since: acknowledgement, assignee, marks,
silences. What is decided gives a revision of its own. Pure: acts come in the order of the log, and
moments are event time. A record's revision only grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import msgspec

from rules.language.book import RuleBook
from rules.language.schema.names import LEVELS
from rules.register.decide import decide
from rules.register.facts import Books
from rules.register.held import Held, milliseconds
from rules.register.silences import Silences
from streams.acts import Act
from streams.records import Alert

__all__ = ["Register"]

_OPEN_AT_MOST: Final = 16_384
"""Open alerts held per partition; of more, those heard of least lately are forgotten (law 6)."""
_OVER_AT_MOST: Final = 2_048
"""Alerts that ended and may still be marked, per partition."""
_ACTS_KNOWN: Final = 8_192
"""Ids of acts that were applied: what comes again so much later is a new one (law 6)."""
_NEVER: Final = 1 << 62


class Register:
    """All alerts of a partition as they are told. State: newest records, acts, silences."""

    def __init__(self, book: RuleBook) -> None:
        self.books = Books(book)
        self._open: dict[str, Held] = {}
        self._over: dict[str, Held] = {}
        self._done: dict[str, None] = {}
        self._silences = Silences()
        self._lanes: dict[str, int] = {}  # by kind of alert: event time that was looked at
        self._next: dict[str, int] = {}

    def tell(self, alerts: Sequence[Alert]) -> list[Alert]:
        """What rules say, in order, as it is published."""
        return [told for alert in alerts for told in self._told(alert)]

    def knows(self, act: Act) -> bool:
        """Whether an act was applied before."""
        return act.id in self._done

    def act(self, act: Act) -> list[Alert]:
        """What an act changes; nothing where it was applied before, or means another partition."""
        if self.knows(act):
            return []
        self._done[act.id] = None
        for oldest in list(islice(self._done, max(0, len(self._done) - _ACTS_KNOWN))):
            del self._done[oldest]
        if act.kind in ("silence", "expire"):
            return self._silenced(act)
        held = self._open.get(act.alert) or self._over.get(act.alert)
        if held is None or not decide(held, act):
            return []
        return [held.revise(act.at_ms)]

    def advance(self, kind: str, upto_ms: int) -> list[Alert]:
        """Event time has passed a moment for alerts of a kind: silences begin and end."""
        lane = self._lanes.get(kind)
        self._lanes[kind] = upto_ms if lane is None else max(lane, upto_ms)
        if not len(self._silences) or lane is None or upto_ms < self._due(kind, lane):
            return []
        of_kind = sorted(id_ for id_, held in self._open.items() if held.kind == kind)
        found = [told for id_ in of_kind for told in self._caught_up(self._open[id_], upto_ms)]
        self._next.pop(kind)
        self._silences.forget(min(self._lanes.values()))
        self.books.forget(self._silences.ids())
        return sorted(found, key=lambda alert: alert.times.updated)

    def proves(self, act: Act) -> Alert | None:
        """The heat alert that an act marks as true for the first time, as it was at its worst."""
        held = self._open.get(act.alert) or self._over.get(act.alert)
        if act.kind != "mark" or act.disposition != "true_alarm" or held is None:
            return None
        if held.kind != "heat" or held.confirmed or held.peak is None:
            return None
        held.confirmed = True
        alert = held.alert
        evidence = msgspec.structs.replace(alert.evidence, score=held.peak)
        return msgspec.structs.replace(alert, evidence=evidence)

    def firing(self) -> Iterator[Alert]:
        """Open alerts, as their rules see them."""
        for held in self._open.values():
            if held.closed is None:
                yield held.alert

    def silences(self, now_ms: int) -> int:
        """How many silences stand at a moment."""
        return self._silences.standing(now_ms)

    def snapshot(self) -> dict[str, Any]:
        """Plain values, by id."""
        return {
            "open": [held for _, held in sorted(self._open.items())],
            "over": [held for _, held in sorted(self._over.items())],
            "done": list(self._done),
            "silences": self._silences.snapshot(),
            "lanes": dict(sorted(self._lanes.items())),
        }

    def restore(self, state: Mapping[str, Any], books: Sequence[RuleBook]) -> None:
        """Take over a snapshot; `books` hold or may hold still, the newest last."""
        self.books = Books(*books)
        for name in ("open", "over"):
            held = msgspec.convert(state[name], list[Held])
            setattr(self, f"_{name}", {one.id: one for one in held})
        self._done = dict.fromkeys(state["done"])
        self._silences.restore(state["silences"])
        self._lanes = dict(state["lanes"])
        self._next = {}

    # -- what rules say

    def _told(self, alert: Alert) -> Iterator[Alert]:
        at_ms = milliseconds(alert.times.updated)
        held = self._open.pop(alert.id, None)
        ended = None if held is not None else self._over.pop(alert.id, None)
        if held is not None:
            yield from self._caught_up(held, at_ms)
        elif ended is not None:
            held = ended
            held.begin_anew()
        else:
            held = Held(id=alert.id, kind=alert.kind, record=b"", looked_ms=at_ms)
        alert = self.books.of(alert).advised(alert)
        held.take(alert)
        held.looked_ms = max(held.looked_ms, at_ms)
        silent = held.closed is not None
        if held.closed is not None and not held.over and _graver(alert, held.closed.level):
            held.begin_anew()
            silent = False
        if not silent:
            yield self._followed(held, alert)
        self._keep(held)

    def _followed(self, held: Held, alert: Alert) -> Alert:
        facts = self.books.of(alert)
        held.silences = self._silences.over(alert, facts, held.looked_ms)
        proposed = alert.level == "I" and held.mechanism is None and alert.state != "shadow"
        if proposed and not held.over:
            held.mechanism = facts.mechanism(alert)
        return held.follow(alert)

    def _keep(self, held: Held) -> None:
        """Under those that are open, or that ended."""
        if held.over:
            self._over[held.id] = held
            _bound(self._over, _OVER_AT_MOST)
        else:
            self._open[held.id] = held
            _bound(self._open, _OPEN_AT_MOST)

    # -- silences

    def _silenced(self, act: Act) -> list[Alert]:
        """A silence begins to be known, or ends: what is open is told where it stands otherwise."""
        if act.kind == "silence":
            self._silences.begin(act)
        elif act.to:
            self._silences.end(act.to)
        self._next = {}
        return [
            held.revise(act.at_ms)
            for _, held in sorted(self._open.items())
            if self._stands_otherwise(held)
        ]

    def _caught_up(self, held: Held, upto_ms: int) -> Iterator[Alert]:
        """Revisions for silences that began or ended since an alert was looked at."""
        if not len(self._silences):
            held.looked_ms = max(held.looked_ms, upto_ms)
            return
        books = self.books.all()
        moment = self._silences.next_change(held.looked_ms, books)
        while moment is not None and moment <= upto_ms:
            held.looked_ms = moment
            if self._stands_otherwise(held):
                yield held.revise(moment)
            moment = self._silences.next_change(moment, books)
        held.looked_ms = max(held.looked_ms, upto_ms)

    def _stands_otherwise(self, held: Held) -> bool:
        if held.closed is not None:
            return False
        alert, before = held.alert, held.silences
        facts = self.books.of(alert)
        held.silences = self._silences.over(alert, facts, held.looked_ms)
        return held.silences != before

    def _due(self, kind: str, lane: int) -> int:
        if kind not in self._next:
            change = self._silences.next_change(lane, self.books.all())
            self._next[kind] = _NEVER if change is None else change
        return self._next[kind]


def _graver(alert: Alert, level: str) -> bool:
    return LEVELS.index(alert.level) < LEVELS.index(level)


def _bound(known: dict[str, Held], at_most: int) -> None:
    """Forget an eighth of them, those that were told of least lately, where there are too many."""
    if len(known) > at_most:
        oldest = sorted(known.values(), key=lambda held: (held.looked_ms, held.id))
        for held in oldest[: len(known) - at_most * 7 // 8]:
            del known[held.id]
