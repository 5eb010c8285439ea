"""The real intake and watch on a virtual clock: records in order of time in, alerts out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from msgspec import Struct

from rules.engine import Watch
from rules.language.book import RuleBook
from streams.adapters import adapter_for
from streams.areas import AreaTree
from streams.intake import Intake, IntakeSettings, Matcher, Source
from streams.observations import DeadLetter
from streams.records import Alert

__all__ = ["Refused", "Stage"]

_AT_ONCE = 20_000
_SOURCE = Source("trial", 0, 1, "mixed")


class Refused(Struct, frozen=True):
    """A record that intake did not take as it was: its number on this stage, and why."""

    number: int
    letter: DeadLetter


class Stage:
    """One source, one partition of the log, no lateness: event time is the clock.

    The live intake writes a mark every second in which nothing arrives. How often marks come does
    not change any alert (law 1), so here one is written where somebody looks.
    """

    def __init__(self, book: RuleBook, areas: AreaTree, matcher: Matcher) -> None:
        adapter = adapter_for("watchfloor")
        settings = IntakeSettings(partitions=1, lateness_ms=0, future_ms=0)
        self.watch = Watch(book, areas)
        self.alerts: list[Alert] = []
        self.refused: list[Refused] = []
        self._intake = Intake(adapter, matcher, areas, settings)
        self.fed = 0

    def feed(self, records: Iterable[tuple[int, bytes]]) -> None:
        """(moment in ms, record) pairs in order of time, none before an earlier call's."""
        waiting = iter(records)
        while chunk := list(islice(waiting, _AT_ONCE)):
            self._chunk([time_ms for time_ms, _ in chunk], [raw for _, raw in chunk])

    def look(self, time_ms: int) -> None:
        """Let the clock be `time_ms`: every minute that has ended by then is judged."""
        for mark in self._intake.idle_mark(_SOURCE, clock=time_ms).values():
            self.alerts += self.watch.step(mark).alerts

    def _chunk(self, times: Sequence[int], raws: Sequence[bytes]) -> None:
        first, self.fed = self.fed, self.fed + len(raws)
        result = self._intake.ingest(
            _SOURCE,
            offsets=range(first, self.fed),
            arrivals=times,
            raws=raws,
            clock=times[-1],
        )
        self.refused += [Refused(letter.offset, letter) for letter in result.dead_letters]
        for batch in result.batches.values():
            self.alerts += self.watch.step(batch).alerts
