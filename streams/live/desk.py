"""One partition of the log at the watch: its state, its journal since the snapshot, its repair."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from msgspec import structs

from streams.acts import Act
from streams.control import acts_announcement
from streams.live.shelf import Shelf
from streams.live.state import Snapshot, Told
from streams.observations import Batch, DeadLetter, decode_batch
from streams.records import Alert

__all__ = ["CountsLike", "Desk", "OutcomeLike", "WatchLike"]

log = logging.getLogger(__name__)

SNAPSHOT_ROWS = 100_000
"""Rows after which a snapshot is due at once: bounds the replay after a crash and the journal."""
SNAPSHOT_SHARE = 10
"""A snapshot may take one part in this many of a worker's time."""
SNAPSHOT_BYTES_PER_SECOND = 250_000
"""What one partition may write to `state` on average: large states are stored less often."""
SNAPSHOT_MARKS = 500
"""Batches without rows after which a snapshot is due: about a minute of silence."""


class CountsLike(Protocol):
    """Every record that was read is one of these."""

    @property
    def accepted(self) -> int:
        """Records that are in."""

    @property
    def duplicate(self) -> int:
        """Records that say what an earlier one said."""

    @property
    def late(self) -> int:
        """Records too far behind event time to count in a window."""

    @property
    def rejected(self) -> int:
        """Records that are out, each with a dead letter."""


class OutcomeLike(Protocol):
    """What one batch led to."""

    @property
    def alerts(self) -> Sequence[Alert]:
        """To publish, in order."""

    @property
    def counts(self) -> CountsLike:
        """What it added to the counts."""


class GivenLike(Protocol):
    """What a rule may give and gave: asked per area-week, alerts, and area-weeks of these."""

    @property
    def asked(self) -> float:
        """Alerts asked for, per area-week."""

    @property
    def alerts(self) -> int:
        """Alerts of the last weeks."""

    @property
    def area_weeks(self) -> float:
        """Weeks of all areas over which these were counted."""


class ShortageLike(Protocol):
    """How areas stand: their number by coldness 0 to 3, and the units missing in them."""

    @property
    def areas(self) -> Sequence[int]:
        """Number of areas of coldness 0, 1, 2 and 3."""

    @property
    def missing(self) -> float:
        """Units missing where any are, in cars."""


class WatchLike(Protocol):
    """The pure watch, as `rules.engine.Watch` is one."""

    def step(self, batch: Batch, *, judge: bool = True) -> OutcomeLike:
        """Apply one batch; judge the ticks that are complete by now, or leave it to a later one."""
        ...

    def totals(self) -> CountsLike:
        """Counts since the beginning of the log."""
        ...

    def budgets(self) -> Mapping[str, GivenLike]:
        """What rules with a budget may give and gave, by rule id."""
        ...

    def watermark(self) -> int | None:
        """Event time (ms) up to which input is complete."""
        ...

    def units(self, now_ms: int) -> dict[str, int]:
        """Number of units by status."""
        ...

    def firing(self) -> Mapping[tuple[str, str, str], int]:
        """Alerts that fire now, by kind, level and kind of area."""
        ...

    def shortage(self) -> ShortageLike | None:
        """How many areas are how cold, where coverage is judged."""
        ...

    def silences(self, now_ms: int) -> int:
        """How many silences made while running stand at a moment."""
        ...

    def snapshot(self) -> bytes:
        """The whole state."""
        ...

    def restore(self, state: bytes, books: Mapping[str, Any]) -> None:
        """Replace the state by a snapshot; `books` by their hashes."""
        ...

    def schedule(self, effective_ms: int, book: Any) -> None:
        """Judge by this book from a moment of event time on."""
        ...


class Desk:
    """Applies the log of one partition in order; the journal holds what came after the snapshot."""

    def __init__(
        self,
        partition: int,
        new_watch: Callable[[Any], WatchLike],
        shelf: Shelf,
        next_offset: int,
        snapshot: Snapshot | None,
        first: str | None = None,
        standing: Sequence[Act] = (),
    ) -> None:
        """first: hash of the rules to begin with where there is no state; else the own ones.

        standing: silences that hold already, where the log no longer tells of them.
        """
        self.partition = partition
        self.next_offset = next_offset
        self.epoch = 0
        self._new_watch = new_watch
        self._shelf = shelf
        self._base = shelf[first] if first is not None else shelf.base
        self._blob = None if snapshot is None else snapshot.blob
        known = None if snapshot is None else snapshot.told
        self.told = self._stored = known or Told(self._base.bundle, -1, 0)
        self._journal = [acts_announcement(standing)] if standing else []
        self._rows = 0
        self._changed = False
        self._captured = time.monotonic()
        self._pause = 0.0
        self.watch = self._rebuilt()

    def apply(
        self, offset: int, value: bytes, batch: Batch, *, judge: bool
    ) -> tuple[OutcomeLike, DeadLetter | None]:
        """Apply one record of the log; `judge` with the last one of a chunk.

        A batch on which the watch fails is taken in as rejected rows, on a state rebuilt without
        its traces, and a dead letter says so: the log goes on, and the counts still add up.
        """
        letter = None
        try:
            outcome = self._step(self.watch, batch, judge=judge)
        except Exception as error:  # noqa: BLE001 - whatever it is, one batch must pay for it
            # No traceback: it could hold what a report said.
            log.error(  # noqa: TRY400
                "batch %d/%d refused: %s", self.partition, offset, type(error).__name__
            )
            if batch.stream == "rules":
                self._shelf.refuse(batch.bundle, f"unexpected {type(error).__name__}")
            else:
                letter = _refusal(self.partition, offset, len(value), batch, error)
            self.watch = self._rebuilt()
            outcome = self._step(self.watch, _all_rejected(batch), judge=judge)
        self._journal.append(value)
        self._rows += len(batch.offset) // 8 + (0 if batch.units is None else len(batch.units.ids))
        if any((*batch.told, batch.bundle, outcome.alerts)):
            self._changed = True
        self.next_offset = offset + 1
        return outcome, letter

    def skip(self, offset: int) -> None:
        """Pass over a record of the log that is not ours."""
        self.next_offset = offset + 1

    def due(self, interval: float) -> bool:
        """Whether a snapshot is due: something changed, and long enough ago or in many rows."""
        since = time.monotonic() - self._captured
        wait = self._pause if self._rows >= SNAPSHOT_ROWS else max(interval, self._pause)
        return self.changed and since >= wait

    @property
    def changed(self) -> bool:
        """Whether there is anything to store: marks alone count only when there are many."""
        return self._changed or len(self._journal) >= SNAPSHOT_MARKS

    def capture(self) -> tuple[Snapshot, float]:
        """The state as it is now, and the seconds that this took."""
        started = time.perf_counter()
        blob = self.watch.snapshot()
        took = time.perf_counter() - started
        self._blob, self._journal, self._rows, self._changed = blob, [], 0, False
        self._captured = time.monotonic()
        self._pause = max(took * SNAPSHOT_SHARE, len(blob) / SNAPSHOT_BYTES_PER_SECOND)
        self.epoch += 1
        self._stored = self.told
        snapshot = Snapshot(
            partition=self.partition,
            next_offset=self.next_offset,
            totals=self.totals(),
            blob=blob,
            told=self.told,
        )
        return snapshot, took

    def totals(self) -> dict[str, int]:
        """Exact counts since the beginning of the log."""
        counts = self.watch.totals()
        return {
            "accepted": counts.accepted,
            "duplicate": counts.duplicate,
            "late": counts.late,
            "rejected": counts.rejected,
        }

    def budgets(self) -> dict[str, tuple[float, int, float]]:
        """Asked per area-week, alerts and area-weeks of rules with a budget, by rule id."""
        found = self.watch.budgets().items()
        return {rule: (given.asked, given.alerts, given.area_weeks) for rule, given in found}

    def _rebuilt(self) -> WatchLike:
        """The state after the journal, from the last snapshot: same log, same state.

        Nothing is judged here: alerts that were not told yet must not be lost, and what is judged
        a second time gives the same alerts.
        """
        watch = self._new_watch(self._base)
        self.told = self._stored
        if self._blob is not None:
            watch.restore(self._blob, self._shelf)
        if self.told.number < 0 and self.told.hash != self._base.bundle:
            # Nothing was published, and the rules of this start are others than those before it.
            watch.schedule(watch.watermark() or 0, self._base)
            self.told = Told(self._base.bundle, -1, 0)
        for value in self._journal:
            batch = decode_batch(value)
            try:
                self._step(watch, batch, judge=False)
            except Exception:  # noqa: BLE001 - it failed, and was reported, when it came first
                self._step(watch, _all_rejected(batch), judge=False)
        return watch

    def _step(self, watch: WatchLike, batch: Batch, *, judge: bool) -> OutcomeLike:
        """Apply one batch; one that announces rules, once, whoever wrote it how often."""
        if batch.stream == "rules" and batch.last > self.told.number:
            book = self._shelf.find(batch.bundle)
            if book is not None:
                watch.schedule(batch.effective_ms, book)
                self.told = Told(batch.bundle, batch.last, batch.effective_ms)
            else:
                self.told = structs.replace(
                    self.told, number=batch.last, refused=self._shelf.refusal(batch.bundle)
                )
        return watch.step(batch, judge=judge)


def _all_rejected(batch: Batch) -> Batch:
    """The same batch with its rows counted as rejected."""
    rejected = np.concatenate([np.frombuffer(batch.rejected, "<i8"), batch.column("offset")])
    return structs.replace(
        batch,
        areas=[],
        commands=[],
        categories=[],
        ids=[],
        offset=b"",
        time=b"",
        flags=b"",
        area=b"",
        category=b"",
        changes={},
        findings={},
        channels={},
        units=None,
        acts=[],
        rejected=np.sort(rejected).tobytes(),
    )


def _refusal(partition: int, offset: int, size: int, batch: Batch, error: Exception) -> DeadLetter:
    return DeadLetter(
        reason="internal",
        detail=(
            f"the engine failed on the rows {batch.first}..{batch.last} of {batch.source} "
            f"({type(error).__name__}); please report it"
        ),
        disposition="rejected",
        topic="observations",
        partition=partition,
        offset=offset,
        arrived_ms=batch.clock,
        size=size,
        excerpt="",
        count=max(len(batch.offset) // 8, 1),
    )
