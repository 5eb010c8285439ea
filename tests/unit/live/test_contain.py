"""Containment: an unexpected fault costs the record that causes it, and nothing else."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from streams.adapters import adapter_for
from streams.areas import AreaTree
from streams.intake import Intake, IntakeSettings, Progress, Source
from streams.live.contain import ingest
from streams.live.desk import Desk
from streams.observations import Batch, Finding, decode_batch, encode_batch

SOURCE = Source("incidents", 2, 4)


class Record(NamedTuple):
    """The part of a broker record that is used."""

    offset: int
    value: bytes
    timestamp: int = 1_772_000_000_000


class Fragile:
    """A matcher that fails on one word."""

    def match_chunk(self, texts) -> list[Finding | None]:
        if any("trap" in text for text in texts):
            raise ZeroDivisionError
        return [None] * len(texts)


def _record(offset: int, text: str) -> Record:
    value = (
        '{"schema":"incident/1","incident_id":"i%d","reported_at":"2026-02-25T06:13:20Z",'
        '"source":"phone_110","category":"99","area_id":"a","text":"%s"}'
    )
    return Record(offset, (value % (offset, text)).encode())


def _intake() -> Intake:
    intake = Intake(adapter_for("watchfloor"), Fragile(), AreaTree(), IntakeSettings(partitions=4))
    intake.resume(SOURCE, Progress(next_offset=100))
    return intake


@pytest.mark.parametrize("traps", [[], [100], [109], [103, 104], list(range(100, 110))])
def test_exactly_the_records_that_raise_become_dead_letters(traps):
    intake, faults = _intake(), []
    records = [_record(n, "trap" if n in traps else "calm") for n in range(100, 110)]
    results = list(
        ingest(
            intake,
            SOURCE,
            records,
            clock=1_772_000_000_000,
            partitions=4,
            on_fault=lambda: faults.append(1),
        )
    )
    letters = [letter for result in results for letter in result.dead_letters]
    assert [letter.offset for letter in letters] == traps
    assert {letter.reason for letter in letters} <= {"internal"}
    assert "trap" not in str(letters), "no text of the record"
    batches = [batch for result in results for batch in result.batches.values()]
    kept = sorted(n for batch in batches for n in batch.column("offset").tolist())
    out = sorted(n for b in batches for n in np.frombuffer(b.rejected, "<i8").tolist())
    assert kept == [n for n in range(100, 110) if n not in traps]
    assert out == traps
    assert sum(result.read for result in results) == 10
    assert intake.progress(SOURCE).next_offset == 110
    assert len(faults) == len(traps)


class Counts(NamedTuple):
    """Counts of a watch."""

    accepted: int = 0
    duplicate: int = 0
    late: int = 0
    rejected: int = 0


class Outcome(NamedTuple):
    """Outcome of a step."""

    alerts: tuple[()]
    counts: Counts


class Ledger:
    """A small watch that notes offsets, and fails half-way through a batch that holds 13."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.rejected: list[int] = []

    def step(self, batch: Batch, *, judge: bool = True) -> Outcome:
        for offset in batch.column("offset").tolist():
            if offset == 13:
                raise ZeroDivisionError
            self.seen.append(offset)
        out = np.frombuffer(batch.rejected, "<i8").tolist()
        self.rejected.extend(out)
        return Outcome((), Counts(accepted=len(batch.offset) // 8, rejected=len(out)))

    def totals(self) -> Counts:
        return Counts(accepted=len(self.seen), rejected=len(self.rejected))

    def watermark(self) -> int | None:
        return None

    def snapshot(self) -> bytes:
        return encode_batch(_batch(self.seen, self.rejected))

    def restore(self, state: bytes) -> None:
        batch = decode_batch(state)
        self.seen = batch.column("offset").tolist()
        self.rejected = np.frombuffer(batch.rejected, "<i8").tolist()


def _batch(offsets: list[int], rejected: list[int]) -> Batch:
    return Batch(
        source="incidents/2",
        sources=4,
        first=0,
        last=max(offsets, default=0),
        watermark=None,
        clock=0,
        offset=np.array(offsets, "<i8").tobytes(),
        rejected=np.array(rejected, "<i8").tobytes(),
    )


@pytest.mark.parametrize("captured_after", [None, 0, 1, 2])
def test_a_batch_that_breaks_the_watch_is_rejected_whole_and_leaves_no_trace(captured_after):
    desk = Desk(1, Ledger, 50, None)
    letters = []
    for number, offsets in enumerate([[10, 11], [12, 13, 14], [15]]):
        batch = _batch(offsets, [])
        _, letter = desk.apply(50 + number, encode_batch(batch), batch, judge=True)
        letters.append(letter)
        if captured_after == number:
            desk.capture()
    assert [letter and (letter.reason, letter.offset, letter.count) for letter in letters] == [
        None,
        ("internal", 51, 3),
        None,
    ]
    assert desk.watch.snapshot() == encode_batch(_batch([10, 11, 15], [12, 13, 14]))
    assert desk.totals() == {"accepted": 3, "duplicate": 0, "late": 0, "rejected": 3}
    assert desk.next_offset == 53
    snapshot, _ = desk.capture()
    assert Desk(1, Ledger, 53, snapshot.blob).watch.snapshot() == snapshot.blob


def test_a_snapshot_is_due_only_after_a_change_and_a_pause():
    desk = Desk(1, Ledger, 0, None)
    assert not desk.due(0.0)
    batch = _batch([1], [])
    desk.apply(0, encode_batch(batch), batch, judge=True)
    assert desk.due(0.0)
    assert not desk.due(3600.0)
    desk.capture()
    assert not desk.changed
