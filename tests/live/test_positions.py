"""Unit positions through a worker on a real broker: presence soon, and the same after SIGKILL.

So are the cold spots that follow from them, while partitions move between workers, too.
"""

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
from streams.live.state_log import read_state
from tests.live.harness import Bench, Worker, wait_until
from tests.live.runs import outcome, wait_for_all

pytestmark = pytest.mark.live

KILLS = 3
RATE = 3000

COVER = """
format: 1
kind: coverage
rules:
  - id: cold-spot
    title: {zh: 警力冰点, en: Cold spot}
    for: 1m
    demand: {forecast: 60m}
    supply: {reach: 8m}
    reserve: {units: 40}
    suggest: {donors: 2, donor_keeps: 1}
    levels:
      III: {fire: {gap: 1}, clear: {gap: 0}}
      II: {fire: {cold: 2}, clear: {cold: 0}}
"""

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
def test_killed_again_and_again_presence_and_cold_spots_are_as_if_left_alone(
    broker: str, prefix: str, bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    incidents, positions, areas = (
        tmp_path / name for name in ("city.jsonl", "units.jsonl", "areas.geojson")
    )
    ran = bench.cli(
        "simulate", "--seed", "5", "--out", str(incidents), "--positions", str(positions),
        "--areas", str(areas), "--hours", "9", "--fix-every", "120", "--incidents", "500",
        "--disorder", "1", "--shortages", "4",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    count = sum(len(path.read_bytes().splitlines()) for path in (incidents, positions))
    end_ms = int(datetime(2026, 3, 2, 1, tzinfo=UTC).timestamp() * 1000)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "coverage.yaml").write_text(COVER, encoding="utf-8")
    # No record is late in either run: what is late depends on how fast partitions are fed.
    environ = {
        "WATCHFLOOR_AREAS": str(areas), "WATCHFLOOR_RULES": str(rules),
        "WATCHFLOOR_LATENESS": "7200",
    }  # fmt: skip
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
    worker, other = new_worker(environ=environ), new_worker(environ=environ)
    for number in range(KILLS):
        worker.start()
        if number == KILLS - 1:
            other.start()  # takes over some partitions, and gives them back when it ends
        time.sleep(chance.uniform(0.5, 3.0))  # the moment of the kill is the subject
        worker.kill()
    feeder.join()
    worker.start()
    assert other.terminate() == 0
    wait_for_all(worker, count)
    assert worker.terminate() == 0

    expected = _presence(twin, end_ms)
    assert len(expected) > 100, "there are units to compare"
    assert _presence(bench, end_ms) == expected
    (alerts, totals), (expected_alerts, expected_totals) = outcome(bench), outcome(twin)
    assert totals == expected_totals
    kinds = [raw for raw in expected_alerts.values() if b'"kind":"coverage"' in raw]
    assert any(b"/reserve/" in raw for raw in kinds)
    assert any(b'"moves":[{' in raw for raw in kinds)
    assert alerts == expected_alerts
