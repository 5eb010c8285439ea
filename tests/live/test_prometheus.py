"""A real Prometheus scrapes a live worker: the queries of dashboards and rules give series."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.grafana.generate import BOARDS
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


def _fix(unit: str) -> dict[str, object]:
    return {
        "schema": "unit_position/1",
        "unit_id": unit,
        "unit_type": "patrol_car",
        "source": "vehicle_gps",
        "status": "patrol",
        "ts": datetime.now(UTC).isoformat(),
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
    (rules / "critical.yaml").write_text(RULES)
    (rules / "heat.yaml").write_text(HEAT)
    environ = {"WATCHFLOOR_RULES": str(rules), "WATCHFLOOR_SNAPSHOT_INTERVAL": "1"}
    worker = new_worker(environ=environ).start()
    with Scraper(tmp_path, [worker.address]) as prometheus:
        wait_until(lambda: prometheus.query("up == 1"), limit=20, what="the worker is scraped")
        bench.produce("positions", [_fix("U1"), _fix("U2")])
        bench.produce("incidents", [_report(1), b"{", _report(2)])
        wait_until(
            lambda: prometheus.query(
                "count_over_time(watchfloor_alert_latency_seconds_count[1m]) > 2"
            ),
            limit=40,
            what="alerts are scraped three times",
        )

        empty = [
            query.expr
            for board in BOARDS
            for query in board.queries
            if not prometheus.query(query.expr.replace("$__rate_interval", "10s"))
            and not query.may_be_empty
        ]
        assert empty == []
        healthy = {"ok"}
        wait_until(
            lambda: {rule["health"] for rule in prometheus.rules()} == healthy,
            limit=20,
            what="every rule is evaluated",
        )
        names = {rule["name"] for rule in prometheus.rules() if rule.get("state") == "firing"}
        assert names == {"Watchdog"}, json.dumps(prometheus.rules(), ensure_ascii=False)

        worker.stop()
        wait_until(
            lambda: (
                {"WatchfloorAbsent", "WatchfloorWorkerDown"}
                <= {rule["name"] for rule in prometheus.rules() if rule.get("state") == "pending"}
            ),
            limit=20,
            what="the worker is missed",
        )
