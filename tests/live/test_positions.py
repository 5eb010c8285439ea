"""Unit positions through a worker on a real broker: presence soon, and the same after SIGKILL."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.engine import Watch
from rules.language.loader import load_book
from streams.areas import AreaTree
from streams.clock import tick_of
from streams.live.state_log import read_state, read_totals
from tests.live.harness import Bench, Worker, wait_until
from tests.live.runs import wait_for_all

pytestmark = pytest.mark.live

KILLS = 3
RATE = 3000

Presence = dict[str, tuple[object, ...]]


def _fix(unit: str, status: str = "patrol") -> dict[str, object]:
    return {
        "schema": "unit_position/1",
        "unit_id": unit,
        "unit_type": "patrol_car",
        "source": "vehicle_gps",
        "status": status,
        "ts": datetime.now(UTC).isoformat(),
        "lat": 30.0,
        "lon": 110.0,
        "coord_sys": "wgs84",
        "home_area": "S1",
    }


def test_a_position_is_present_soon_and_off_duty_it_is_gone(
    bench: Bench, new_worker: Callable[..., Worker]
) -> None:
    worker = new_worker().start()
    bench.produce("positions", [_fix("U1"), _fix("U2")], key=lambda n: b"U%d" % n)
    wait_until(
        lambda: worker.metrics().get("watchfloor_units") == 2, limit=20, what="two units are there"
    )
    bench.produce("positions", [_fix("U1", "off")], key=lambda n: b"U%d" % n)
    wait_until(
        lambda: worker.metrics().get("watchfloor_units") == 1, limit=20, what="one unit is there"
    )
    assert worker.metrics()["watchfloor_position_fixes_dropped_total"] == 1
    assert bench.consume("dead-letters") == []


def _presence(bench: Bench, at_ms: int) -> Presence:
    """Units of all partitions as the newest snapshots hold them."""
    view = asyncio.run(read_state(bench.settings, range(bench.settings.partitions)))
    found: Presence = {}
    for snapshot in view.snapshots.values():
        watch = Watch(load_book(), AreaTree())
        watch.restore(snapshot.blob)
        units = watch.presence.latest(tick_of(at_ms))
        for row in range(len(units.index)):
            name = units.name(row)
            assert name not in found, "a unit is in two partitions"
            columns = (units.kind, units.status, units.officers, units.shift_end, units.age)
            found[name] = (units.areas[units.area[row]], *(int(c[row]) for c in columns))
    return found


@pytest.mark.timeout(900)
def test_killed_again_and_again_presence_is_as_if_left_alone(
    broker: str, prefix: str, bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    incidents, positions, areas = (
        tmp_path / name for name in ("city.jsonl", "units.jsonl", "areas.geojson")
    )
    ran = bench.cli(
        "simulate", "--seed", "5", "--out", str(incidents), "--positions", str(positions),
        "--areas", str(areas), "--hours", "9", "--fix-every", "120", "--incidents", "500",
        "--disorder", "1",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    count = sum(len(path.read_bytes().splitlines()) for path in (incidents, positions))
    end_ms = int(datetime(2026, 3, 2, 1, tzinfo=UTC).timestamp() * 1000)
    environ = {"WATCHFLOOR_AREAS": str(areas)}
    twin = Bench(broker, prefix + "twin.")
    twin.apply_topics()
    reference = Worker(twin, tmp_path / "reference.log", environ=environ)
    try:
        twin.cli("feed", str(positions), str(incidents), "--close")
        reference.start()
        wait_for_all(reference, count)
        assert reference.terminate() == 0
    finally:
        reference.stop()

    def feed() -> None:
        bench.cli("feed", str(positions), str(incidents), "--close", "--rate", str(RATE))

    feeder = threading.Thread(target=feed)
    feeder.start()
    chance = random.Random(KILLS)
    worker = new_worker(environ=environ)
    for _ in range(KILLS):
        worker.start()
        time.sleep(chance.uniform(0.5, 3.0))  # the moment of the kill is the subject
        worker.kill()
    feeder.join()
    worker.start()
    wait_for_all(worker, count)
    assert worker.terminate() == 0

    expected = _presence(twin, end_ms)
    assert len(expected) > 100, "there are units to compare"
    assert _presence(bench, end_ms) == expected
    assert asyncio.run(read_totals(bench.settings)) == asyncio.run(read_totals(twin.settings))
