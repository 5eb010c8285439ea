"""The demo without a broker: the same engine and city, in one process."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from commands.demo.city import DemoCity


def test_without_a_broker_critical_and_heat_alerts_come_too(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "app.py", "demo", "--no-broker", "--speed", "300", "--seconds", "8"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Seen: \d+ critical and \d+ heat alerts\.", done.stdout)


def test_the_city_never_runs_ahead_of_the_clock() -> None:
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    city = DemoCity(seed=1, speed=1000.0, now=now)
    city.due(10_000.0, now_ms=now.timestamp() * 1000)
    assert city.reported_ms == int(now.timestamp() * 1000)


def test_what_is_due_comes_once_and_in_order() -> None:
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    city = DemoCity(seed=1, speed=100.0, now=now)
    at_once = DemoCity(seed=1, speed=100.0, now=now)
    pieces = [city.due(float(second), now_ms=now.timestamp() * 1000) for second in range(60)]
    whole = at_once.due(59.0, now_ms=now.timestamp() * 1000)
    assert [a for incidents, _ in pieces for a in incidents] == whole[0]
    assert [a for _, positions in pieces for a in positions] == whole[1]
    assert whole[0]
