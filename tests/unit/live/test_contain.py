"""Containment: an unexpected fault costs the record that causes it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pytest

from streams.adapters import adapter_for
from streams.areas import AreaTree
from streams.control import (
    Bundle,
    ControlView,
    Current,
    announcement,
    bundle_key,
    encode_bundle,
)
from streams.errors import RuleError
from streams.intake import Intake, IntakeSettings, Progress, Source
from streams.live.contain import ingest
from streams.live.desk import Desk, GivenLike
from streams.live.shelf import RuleSource, Shelf
from streams.live.state import Told
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


class Book(NamedTuple):
    """A rule book as far as a desk looks at it."""

    bundle: str


class Ledger:
    """A small watch that notes offsets, and fails half-way through a batch that holds 13."""

    def __init__(self, book: Book) -> None:
        self.book = book
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

    def budgets(self) -> dict[str, GivenLike]:
        return {}

    def watermark(self) -> int | None:
        return None

    def units(self, now_ms: int) -> dict[str, int]:
        return {}

    def firing(self) -> dict[tuple[str, str, str], int]:
        return {}

    def shortage(self) -> None:
        return None

    def silences(self, now_ms: int) -> int:
        return 0

    def snapshot(self) -> bytes:
        return encode_batch(_batch(self.seen, self.rejected))

    def schedule(self, effective_ms: int, book: Book) -> None:
        if book.bundle == "bad":
            raise ZeroDivisionError
        self.book = book

    def restore(self, state: bytes, books: Mapping[str, Book]) -> None:
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


def _bundle(hash_: str) -> Bundle:
    return Bundle(hash=hash_, files={}, by="anna", because="", at_ms=0)


def _open(bundle: Bundle) -> Book:
    if bundle.hash == "broken":
        raise RuleError("heat.yaml:1:1: error: no rules")
    return Book(bundle.hash)


def _shelf(*hashes: str, base: str = "own") -> Shelf:
    """A worker's own book, and published ones."""
    view = ControlView()
    for number, hash_ in enumerate(hashes):
        view.add(number, bundle_key(hash_), encode_bundle(_bundle(hash_)))
    return Shelf(RuleSource(Book(base), _bundle(base), _open), view)


def _announced(number: int, hash_: str) -> Batch:
    current = Current(hash=hash_, previous=None, effective_ms=7, by="anna", because="", at_ms=0)
    return decode_batch(announcement(current, number))


def _book(desk: Desk) -> Book:
    assert isinstance(desk.watch, Ledger)
    return desk.watch.book


def _apply(desk: Desk, *batches: Batch) -> None:
    for batch in batches:
        desk.apply(desk.next_offset, encode_batch(batch), batch, judge=True)


@pytest.mark.parametrize("captured_after", [None, 0, 1, 2])
def test_a_batch_that_breaks_the_watch_is_rejected_whole_and_leaves_no_trace(captured_after):
    desk = Desk(1, Ledger, _shelf(), 50, None)
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
    assert Desk(1, Ledger, _shelf(), 53, snapshot).watch.snapshot() == snapshot.blob


def test_a_snapshot_is_due_only_after_a_change_and_a_pause():
    desk = Desk(1, Ledger, _shelf(), 0, None)
    assert not desk.due(0.0)
    batch = _batch([1], [])
    desk.apply(0, encode_batch(batch), batch, judge=True)
    assert desk.due(0.0)
    assert not desk.due(3600.0)
    desk.capture()
    assert not desk.changed


def test_an_announcement_counts_once_and_an_older_one_that_comes_later_does_not():
    desk = Desk(1, Ledger, _shelf("a", "b"), 0, None)
    assert desk.told == Told("own", -1, 0)
    _apply(desk, _announced(4, "b"), _announced(3, "a"), _announced(4, "b"))
    assert desk.told == Told("b", 4, 7)
    assert _book(desk) == Book("b")
    assert desk.changed, "a restart must not begin before it"


@pytest.mark.parametrize(
    ("hash_", "why"),
    [
        ("broken", "heat.yaml:1:1: error: no rules"),
        ("bad", "unexpected ZeroDivisionError"),
    ],
)
def test_a_bundle_that_cannot_be_used_leaves_the_rules_that_hold(hash_, why):
    desk = Desk(1, Ledger, _shelf("a", hash_), 0, None)
    _apply(desk, _announced(3, "a"), _announced(4, hash_), _batch([20], []))
    assert desk.told == Told("a", 4, 7, why)
    assert _book(desk) == Book("a")
    assert desk.totals()["accepted"] == 1


def test_a_rebuilt_desk_judges_by_what_was_announced():
    shelf = _shelf("a", "b")
    desk = Desk(1, Ledger, shelf, 0, None)
    _apply(desk, _announced(3, "a"))
    snapshot, _ = desk.capture()
    assert snapshot.told == Told("a", 3, 7)
    again = Desk(1, Ledger, shelf, 1, snapshot)
    _apply(again, _announced(3, "a"), _announced(5, "b"), _batch([13], []))
    assert again.told == Told("b", 5, 7)
    assert _book(again) == Book("b")


def test_own_rules_that_changed_between_two_starts_hold_where_nothing_was_published():
    desk = Desk(1, Ledger, _shelf(), 0, None)
    _apply(desk, _batch([1], []))
    snapshot, _ = desk.capture()
    other = Desk(1, Ledger, _shelf(base="mine"), 1, snapshot)
    assert other.told == Told("mine", -1, 0)
    assert _book(other) == Book("mine")


def test_published_rules_go_before_own_ones_that_changed():
    desk = Desk(1, Ledger, _shelf("a"), 0, None)
    _apply(desk, _announced(3, "a"))
    snapshot, _ = desk.capture()
    other = Desk(1, Ledger, _shelf("a", base="mine"), 1, snapshot)
    assert other.told == Told("a", 3, 7)


def test_a_log_without_its_beginning_begins_with_what_is_published():
    desk = Desk(1, Ledger, _shelf("a"), 90, None, "a")
    assert _book(desk) == Book("a")
