"""Law 5: one file through both shells, on a real broker, gives the same alerts byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.harness import Bench, Worker
from tests.live.runs import outcome, wait_for_all

pytestmark = pytest.mark.live

INCIDENTS = 20_000


@pytest.fixture
def city(bench: Bench, tmp_path: Path) -> tuple[Path, Path]:
    """A simulated day and more: bursts, critical reports, duplicates, broken records, disorder."""
    incidents, areas = tmp_path / "city.jsonl", tmp_path / "areas.geojson"
    ran = bench.cli(
        "simulate", "--seed", "11", "--out", str(incidents), "--areas", str(areas),
        "--incidents", str(INCIDENTS), "--days", "3", "--disorder", "20", "--bursts", "6",
        "--critical-share", "0.01", "--duplicates", "0.02", "--bad", "0.01",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return incidents, areas


def test_live_and_replay_write_the_same_alerts(
    bench: Bench, new_worker: Callable[..., Worker], city: tuple[Path, Path], tmp_path: Path
) -> None:
    incidents, areas = city
    target = tmp_path / "replay.jsonl"
    # No record is late in either shell: what is late depends on how the partitions were cut.
    environ = {"WATCHFLOOR_AREAS": str(areas), "WATCHFLOOR_LATENESS": "7200"}
    ran = bench.cli("replay", str(incidents), "--out", str(target), environ=environ)
    assert ran.returncode == 0, ran.stderr
    summary = dict(part.split("=") for part in ran.stderr.decode().splitlines()[-1].split())
    offline = {line for line in target.read_bytes().splitlines() if line}
    assert {b'"kind":"heat"' in line for line in offline} == {True, False}, "both kinds occur"

    # The topic is filled first, so that no partition is idle while another is far ahead of it.
    fed = bench.cli("feed", str(incidents), "--close")
    assert fed.returncode in {0, 1}, fed.stderr
    worker = new_worker(environ=environ).start()
    wait_for_all(worker, int(summary["read"]))
    assert worker.terminate() == 0
    alerts, totals = outcome(bench)
    assert sorted(alerts.values()) == sorted(offline)
    assert totals == {
        name: int(summary[name]) for name in ("accepted", "duplicate", "late", "rejected")
    }
