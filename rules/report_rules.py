"""All rules about single reports of one partition through every rule book: alerts on arrival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.keyword import KeywordChannel, Report
from rules.keyword_rules import KeywordRules
from rules.language.book import RuleBook
from rules.repeat_address import AddressReport, RepeatAddresses
from rules.timeline import Timeline
from streams.areas import AreaTree
from streams.observations import FLAG_LATE, FLAG_TEST, FLAG_UNCLEAR, Batch, Call
from streams.places import NOWHERE
from streams.records import Alert

__all__ = ["ReportRules", "Rows"]

_BOOKS_KEPT: Final = 32
"""Rule books that late reports are judged by; still later ones by the oldest of them (law 6)."""


class Rows(Struct, frozen=True):
    """The rows of a batch that were not applied before, as columns of length n.

    rows: their numbers in the batch. place: where each of these is here; None where all of the
    batch are. duplicate: whether they say what an earlier one said.
    """

    rows: NDArray[np.intp]
    place: dict[int, int] | None
    ids: Sequence[str]
    times: NDArray[np.int64]
    flags: NDArray[np.uint8]
    duplicate: NDArray[np.bool_]


class ReportRules:
    """Keyword alerts and notes on addresses. Reports are judged by the book of their event time."""

    def __init__(self, book: RuleBook, areas: AreaTree) -> None:
        self._keyword = KeywordChannel(areas)
        self._addresses = RepeatAddresses(areas)
        self._moments = Timeline(book.bundle, kept=_BOOKS_KEPT)
        self._rules = {book.bundle: KeywordRules(book)}
        self._retiring: list[int] = []  # moments of switches that event time has not passed yet

    def schedule(self, effective_ms: int, book: RuleBook) -> None:
        """Judge by another book from a moment of event time on; what was said of later is void."""
        self._moments.switch(effective_ms, book.bundle)
        self._retiring = [ms for ms in self._retiring if ms < effective_ms] + [effective_ms]
        known = {book.bundle: KeywordRules(book)} | self._rules
        self._rules = {hash_: known[hash_] for hash_ in self.books()}

    def books(self) -> Sequence[str]:
        """Hashes of the books that hold for some moment."""
        return self._moments.hashes()

    def apply(self, batch: Batch, new: Rows) -> list[Alert]:
        """Alerts of critical reports and of changes to them, in row order; drills never alert."""
        alerts: list[Alert] = []
        area, category = batch.column("area"), batch.column("category")
        places = batch.column("place")
        for row in sorted(batch.findings.keys() | batch.changes.keys() | batch.calls.keys()):
            at = row if new.place is None else new.place.get(row)
            if at is None or new.duplicate[at] or new.flags[at] & FLAG_TEST:
                continue
            report = Report(
                incident_id=new.ids[at],
                area_id=batch.areas[int(area[row])],
                time_ms=int(new.times[at]),
                code=batch.categories[int(category[row])],
                channel=batch.channels.get(row),
                finding=batch.findings.get(row),
                change=batch.changes.get(row),
                place=int(places[row]),
                call=batch.calls.get(row, Call()),
                late=bool(new.flags[at] & FLAG_LATE),
                unclear=bool(new.flags[at] & FLAG_UNCLEAR),
            )
            alerts += self._keyword.apply(self._rules_at(report.time_ms), report)
            # A late one may have raised what a switch in between has ended already.
            passed = [m for m in self._moments.later(report.time_ms) if m not in self._retiring]
            alerts += self._retired(passed)
        return alerts

    def count_addresses(self, batch: Batch, new: Rows, counted: NDArray[np.bool_]) -> None:
        """Hand reports that tell an address to the notes, where some rule asks for them."""
        if not batch.address or not any(rules.addresses for rules in self._rules.values()):
            return
        addresses = batch.column("address")[new.rows]
        area, category = batch.column("area")[new.rows], batch.column("category")[new.rows]
        self._addresses.count(
            [
                AddressReport(
                    int(new.times[at]),
                    new.ids[at],
                    int(addresses[at]),
                    batch.areas[int(area[at])],
                    batch.categories[int(category[at])],
                )
                for at in np.flatnonzero(counted & (addresses != NOWHERE)).tolist()
            ]
        )

    def passed(self, upto_ms: int) -> list[Alert]:
        """What event time brings, up to a moment: holds that end, rules that are no more, notes."""
        alerts = self._addresses.advance(self._rules_at, upto_ms)
        alerts += self._retired([ms for ms in self._retiring if ms <= upto_ms])
        self._retiring = [ms for ms in self._retiring if ms > upto_ms]
        return alerts + self._keyword.release(self._rules_at(upto_ms), upto_ms)

    def snapshot(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "keyword": self._keyword.snapshot(),
            "addresses": self._addresses.snapshot(),
            "books": self._moments.snapshot(),
            "retiring": self._retiring,
        }

    def restore(self, state: Mapping[str, Any], books: Sequence[tuple[int, RuleBook]]) -> None:
        """Take over a snapshot; `books` are those of its moments, or what stands for them."""
        self._keyword.restore(state["keyword"])
        self._addresses.restore(state["addresses"])
        self._moments.restore([(ms, book.bundle) for ms, book in books])
        made = self._rules
        self._rules = {
            book.bundle: made.get(book.bundle) or KeywordRules(book) for _, book in books
        }
        self._retiring = state["retiring"]

    def _retired(self, moments: Sequence[int]) -> list[Alert]:
        """Ends of keyword alerts from before some switches, whose rules were gone after them."""
        return [
            alert
            for ms in moments
            for alert in self._keyword.retire(self._rules_at(ms - 1), self._rules_at(ms), ms)
        ]

    def _rules_at(self, time_ms: int) -> KeywordRules:
        return self._rules[self._moments.at(time_ms)]
