"""The laws for unit presence: cuts, order, restarts and redelivery change nothing of any tick."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.language.loader import load_book
from streams.clock import tick_of
from streams.intake import Source
from tests.core_cases import START_MS, World, fix, report, small_city

LATENESS = 2
MINUTES = 30
UNITS = Source("positions", 0, 1, "positions")
CALLS = Source("incidents", 0, 1)
CITY = small_city()
BOOK = load_book()
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

State = dict[str, tuple[object, ...]]


def stream(seed: int) -> list[bytes]:
    """Fixes of a few units in order of arrival: moves, shifts' ends, silence, disorder, jumps."""
    chance = random.Random(seed)
    rows: list[tuple[float, bytes]] = []
    for _ in range(chance.randint(1, 200)):
        minute = chance.uniform(0, MINUTES)
        raw = fix(
            chance.randrange(5),
            minute,
            lon=100.005 + 0.01 * chance.choice([0, 0, 1, 3]),
            status=chance.choice(["patrol", "patrol", "en_route", "off", "break"]),
            officers=chance.choice([1, 1, 2]),
            accuracy_m=chance.choice([8, 8, 900]),
        )
        rows.append((minute + chance.choice([0, 0.1, 1.9, 4]), raw))
    return [raw for _, raw in sorted(rows, key=lambda row: row[0])]


streams = st.integers(0, 2**32).map(stream)
cuts_ = st.lists(st.integers(0, 200), max_size=12)


def cut(raws: Sequence[bytes], cuts: Sequence[int]) -> list[Sequence[bytes]]:
    edges = [0, *sorted({c % (len(raws) + 1) for c in cuts}), len(raws)]
    return [raws[a:b] for a, b in pairwise(edges) if a < b]


class Run:
    """A world whose units are looked at in every tick, as a judge of coverage does."""

    def __init__(self, partitions: int = 3) -> None:
        self.world = World(BOOK, areas=CITY, partitions=partitions, lateness_min=LATENESS)
        self.world.feed([report(0, MINUTES + 60)], CALLS, judge=False)
        self.ticks: list[list[State]] = []
        self._next = tick_of(START_MS)

    def feed(self, raws: Sequence[bytes]) -> None:
        self.world.feed(raws, UNITS, judge=False)
        self.look()

    def look(self) -> None:
        """Settle tick by tick, as far as event time allows."""
        sealed = min(watch.presence.sealed for watch in self.world.watches)
        for tick in range(self._next, sealed):
            self._next = tick + 1
            self.ticks.append([])
            for watch in self.world.watches:
                watch.presence.settle(tick + 1)
                view = watch.presence.view()
                columns = zip(
                    (view.areas[code] for code in view.area),
                    view.status.tolist(), view.kind.tolist(), view.officers.tolist(),
                    view.freshness.tolist(), strict=True,
                )  # fmt: skip
                self.ticks[-1].append({view.name(row): unit for row, unit in enumerate(columns)})

    def close(self) -> Run:
        self.world.close(MINUTES + 30, [UNITS])
        self.look()
        return self


def run(raws: Sequence[bytes], cuts: Sequence[int] = (), *, restart: bool = False) -> Run:
    run = Run()
    for chunk in cut(raws, cuts):
        run.feed(chunk)
        if restart:
            run.world.restart()
    return run.close()


def same(left: Run, right: Run) -> None:
    assert left.ticks == right.ticks
    assert left.world.totals == right.world.totals
    assert left.world.state() == right.world.state()


@SLOW
@given(streams, cuts_)
def test_chunk_boundaries_do_not_matter(raws: list[bytes], cuts: list[int]) -> None:
    same(run(raws), run(raws, cuts))


@SLOW
@given(streams, cuts_)
def test_snapshot_and_restore_anywhere_do_not_matter(raws: list[bytes], cuts: list[int]) -> None:
    same(run(raws, cuts), run(raws, cuts, restart=True))


@SLOW
@given(streams)
def test_no_unit_is_in_two_places_and_all_records_are_accounted_for(raws: list[bytes]) -> None:
    done = run(raws)
    for tick in done.ticks:
        names = [name for state in tick for name in state]
        assert len(names) == len(set(names))
    totals = done.world.totals
    assert totals.accepted + totals.duplicate + totals.late + totals.rejected == len(raws) + 1


def _orderly(raws: Sequence[bytes]) -> list[bytes]:
    """Exact fixes without jumps, in order of time, and no two of a unit at one moment."""
    kept = {}
    for raw in raws:
        fields = msgspec.json.decode(raw) | {"lon": 100.005, "accuracy_m": 8}
        kept[fields["unit_id"], fields["ts"]] = msgspec.json.encode(fields)
    return sorted(kept.values(), key=_seconds)


def _shuffled(timed: Sequence[bytes], seed: int) -> list[bytes]:
    """As they might arrive, none of them late."""
    chance = random.Random(seed)
    arrival = [_seconds(raw) + chance.uniform(0, LATENESS * 59) for raw in timed]
    return [timed[at] for at in sorted(range(len(timed)), key=arrival.__getitem__)]


@SLOW
@given(streams, st.integers(0, 2**32))
def test_order_between_units_does_not_matter(raws: list[bytes], seed: int) -> None:
    timed = _orderly(raws)
    queues: dict[str, list[bytes]] = {}
    for raw in timed:
        queues.setdefault(_unit(raw), []).append(raw)
    # Each unit's fixes stay in their order; a fix that comes before its time waits for it.
    other = run([queues[_unit(raw)].pop(0) for raw in _shuffled(timed, seed)])
    straight = run(timed)
    assert straight.world.totals == other.world.totals
    assert straight.ticks == other.ticks


@SLOW
@given(streams, st.integers(0, 2**32))
def test_whatever_the_order_the_newest_fix_stands_at_last(raws: list[bytes], seed: int) -> None:
    timed = _orderly(raws)
    straight, other = run(timed), run(_shuffled(timed, seed))
    assert straight.world.totals == other.world.totals
    assert straight.ticks[-1] == other.ticks[-1]


@SLOW
@given(streams, st.data())
def test_a_crash_of_intake_changes_no_tick(raws: list[bytes], data: st.DataObject) -> None:
    # Units that send in order; their crossings included.
    exact = [raw for raw in raws if msgspec.json.decode(raw)["accuracy_m"] == 8]
    timed = _spaced(sorted(exact, key=_seconds))
    first = data.draw(st.integers(0, len(timed)))
    stored_at = data.draw(st.integers(0, first))
    crashed = Run()
    crashed.feed(timed[:stored_at])
    stored = crashed.world.intake.progress(UNITS)
    crashed.feed(timed[stored_at:first])
    # Killed: what it remembered is gone, and some chunks are read and written once more.
    crashed.world.intake.resume(UNITS, stored)
    crashed.world.again(timed[stored_at:first], stored_at, UNITS, judge=False)
    crashed.feed(timed[first:])
    same(run(timed), crashed.close())


def _spaced(timed: Sequence[bytes]) -> list[bytes]:
    """Fixes of a unit at least a minute apart, so that every crossing can be true."""
    last: dict[str, float] = {}
    kept = []
    for raw in timed:
        unit, when = msgspec.json.decode(raw)["unit_id"], _seconds(raw)
        if when - last.get(unit, 0) >= 60:
            last[unit] = when
            kept.append(raw)
    return kept


def _unit(raw: bytes) -> str:
    return str(msgspec.json.decode(raw)["unit_id"])


def _seconds(raw: bytes) -> float:
    return datetime.fromisoformat(msgspec.json.decode(raw)["ts"]).timestamp()
