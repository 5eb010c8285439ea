"""A real Prometheus scrapes a live worker: the queries of dashboards and rules give series."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from commands.acting import perform
from deploy.grafana.generate import BOARDS
from streams.acts import Act
from tests.live.harness import Bench, Worker, wait_until
from tests.live.scraper import Scraper

pytestmark = [pytest.mark.live, pytest.mark.prometheus]

RULES = """\
format: 1
kind: keyword
rules:
  - id: critical
    title: {zh: "关键词警情", en: "Critical"}
    match: {category: [homicide, robbery]}
"""
COVERAGE = """\
format: 1
kind: coverage
rules:
  - id: cold
    title: {zh: 警力不足, en: Short of units}
    every: 1m
    levels: {II: {fire: {gap: 1}, clear: {gap: 0}}}
"""
HEAT = """\
format: 1
kind: heat
rules:
  - id: heat-normal
    title: {zh: 警情量高于常态, en: Incident volume above normal}
    window: {size: 60m, every: 1m}
    baseline: {model: e-detector, time_zone: UTC, warm_up_days: 1}
    levels: {III: {fire: {}, clear: {}}}
    budget: {false: 1 per area per week}
"""
YOUNG = {
    'min by (rule, bound) (watchfloor_heat_budget_measured{bound!="mean"})',
}
"""Queries that a city of a minute's age cannot fill."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _report(number: int) -> dict[str, object]:
    return {
        "schema": "incident/1",
        "incident_id": f"call-{number}",
        "reported_at": datetime.now(UTC).isoformat(),
        "source": "phone_110",
        "category": "99",
        "text": "A man with a knife is robbing the shop right now. 有人持刀抢劫。",
        "area_id": "area-1",
        "unheard_of": True,
    }


def _fix(unit: str, ago_s: float = 0) -> dict[str, object]:
    return {
        "schema": "unit_position/1",
        "unit_id": unit,
        "unit_type": "patrol_car",
        "source": "vehicle_gps",
        "status": "patrol",
        "ts": (datetime.now(UTC) - timedelta(seconds=ago_s)).isoformat(),
        "lat": 30.0,
        "lon": 110.0,
        "coord_sys": "wgs84",
        "home_area": "area-1",
    }


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed here")
def test_every_query_gives_series_and_a_worker_that_is_gone_is_told_of(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    for name, text in (("critical", RULES), ("heat", HEAT), ("cover", COVERAGE)):
        (rules / f"{name}.yaml").write_text(text)
    environ = {
        "WATCHFLOOR_RULES": str(rules),
        "WATCHFLOOR_SNAPSHOT_INTERVAL": "1",
        "WATCHFLOOR_LATENESS": "30",
    }
    worker = new_worker(environ=environ).start()
    with Scraper(tmp_path, [worker.address]) as prometheus:
        # Counters are there from the start, so that their first event is an increase.
        wait_until(lambda: prometheus.query("up == 1"), limit=20, what="the worker is scraped")
        bench.produce("positions", [_fix("U1", 150), _fix("U2", 150), _fix("U1"), _fix("U2")])
        bench.produce("observations", [b"not ours"], partition=0)
        bench.produce("incidents", [_report(1), b"{", _report(2)])
        alert = json.loads(bench.consume_until("alerts", bool, limit=30)[0].value or b"")
        act = Act(kind="ack", id="1", alert=alert["id"], by="duty-officer", at_ms=_now_ms())
        perform(bench.settings, [act])
        for name in ("acknowledgement_seconds_count", "coverage_areas"):
            scraped = f"count_over_time(watchfloor_{name}[1m]) > 2"
            wait_until(partial(prometheus.query, scraped), limit=40, what=f"{name} three times")

        empty = {
            query.expr: query.may_be_empty
            for board in BOARDS
            for query in board.queries
            if not prometheus.query(query.expr.replace("$__rate_interval", "10s"))
        }
        assert [expr for expr, why in empty.items() if not why] == []
        assert set(empty) <= YOUNG, "what may be empty is not, where there is something to show"
        healthy = {"ok"}
        wait_until(
            lambda: {rule["health"] for rule in prometheus.rules()} == healthy,
            limit=20,
            what="every rule is evaluated",
        )
        names = {rule["name"] for rule in prometheus.rules() if rule.get("state") == "firing"}
        assert names == {"Watchdog"}, json.dumps(prometheus.rules(), ensure_ascii=False)

        firing = worker.metrics()["watchfloor_alerts_firing"]
        assert firing > 0
        worker.kill()
        wait_until(
            lambda: (
                {"WatchfloorAbsent", "WatchfloorWorkerDown"}
                <= {rule["name"] for rule in prometheus.rules() if rule.get("state") == "pending"}
            ),
            limit=20,
            what="the worker is missed",
        )
    worker.start()
    wait_until(
        lambda: worker.metrics().get("watchfloor_alerts_firing") == firing,
        limit=20,
        what="what fired before fires still",
    )
