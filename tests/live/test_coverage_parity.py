"""Cold spots are the same live and in replay, and so is heat that looks at strength."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.live.harness import Bench, Worker
from tests.live.runs import outcome, wait_for_all

pytestmark = pytest.mark.live

RULE = """\
format: 1
kind: coverage
rules:
  - id: cold-spot
    title: {zh: 警力冰点, en: Cold spot}
    suggest: {donors: 2, donor_keeps: 1}
    levels:
      III: {fire: {gap: 1}, clear: {gap: 0}}
      II: {fire: {cold: 2}, clear: {cold: 0}}
"""
HEAT = """\
format: 1
kind: heat
rules:
  - id: street
    title: {zh: 热点, en: Heat}
    window: {size: 30m, every: 1m}
    strength: {over: 0.85, clear: 0.7}
    levels: {III: {fire: {count: 30}, clear: {count: 15}}}
"""


def test_live_and_replay_tell_the_same_cold_spots(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    calls, units, areas, book = (
        tmp_path / name for name in ("calls.jsonl", "units.jsonl", "areas.geojson", "rules")
    )
    book.mkdir()
    (book / "cold.yaml").write_text(RULE, encoding="utf-8")
    (book / "heat.yaml").write_text(HEAT, encoding="utf-8")
    ran = bench.cli(
        "simulate", "--seed", "4", "--out", str(calls), "--positions", str(units),
        "--areas", str(areas), "--hours", "3", "--stations", "16", "--counties", "4",
        "--shortages", "5", "--rate", "600", "--disorder", "20", "--fix-every", "120",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    # No record is late in either shell: what is late depends on how the partitions were cut.
    environ = {
        "WATCHFLOOR_AREAS": str(areas),
        "WATCHFLOOR_RULES": str(book),
        "WATCHFLOOR_LATENESS": "14400",
    }
    target = tmp_path / "replay.jsonl"
    ran = bench.cli("replay", str(calls), str(units), "--out", str(target), environ=environ)
    assert ran.returncode == 0, ran.stderr
    summary = dict(part.split("=") for part in ran.stderr.decode().splitlines()[-1].split())
    offline = [line for line in target.read_bytes().splitlines() if line]
    told = [msgspec.json.decode(line) for line in offline]
    assert {alert["status"] for alert in told} == {"firing", "resolved"}
    assert any(alert["suggest"].get("moves") for alert in told)
    strained = [alert for alert in told if alert["evidence"]["reasons"] == ["strength"]]
    assert {alert["kind"] for alert in strained} == {"heat"}, "fewer officers alert by themselves"

    fed = bench.cli("feed", str(units), str(calls), "--close")
    assert fed.returncode == 0, fed.stderr
    worker = new_worker(environ=environ).start()
    wait_for_all(worker, int(summary["read"]))
    assert worker.terminate() == 0
    alerts, _ = outcome(bench)
    assert sorted(alerts.values()) == sorted(offline)
