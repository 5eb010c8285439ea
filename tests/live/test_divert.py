"""Fraud on a broker: the anti-fraud desk is told of the sum, and both directions are counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.live.harness import Bench, Worker, wait_until
from tests.live.receivers import receiver

pytestmark = pytest.mark.live

RULES = """format: 1
kind: keyword
routes:
  antifraud: [{{to: ["webhook:antifraud"]}}]
rules:
  - id: kw-fraud
    title: {{zh: 疑似电信诈骗, en: Telecom fraud suspected}}
    match: {{outcome: [fraud]}}
    divert: antifraud
    route: antifraud
  - {{id: kw-suicide, title: {{zh: 自杀, en: Suicide}}, match: {{category: [suicide_jump]}}}}
"""
CHANNELS = """format: 1
kind: channels
channels:
  - {{id: antifraud, sink: webhook, url: "{url}", format: alert}}
"""


def incident(number: int, text: str, source: str = "phone_110") -> dict[str, object]:
    return {
        "schema": "incident/1",
        "incident_id": f"F{number}",
        "reported_at": datetime.now(UTC).isoformat(),
        "source": source,
        "category": "9999",
        "text": text,
        "area_id": "a1",
    }


def test_fraud_reaches_the_anti_fraud_desk_with_its_sum_and_no_account(
    bench: Bench,
    new_worker: Callable[..., Worker],
    tmp_path: Path,
) -> None:
    with receiver() as desk:
        (tmp_path / "keyword.yaml").write_text(RULES.format(), encoding="utf-8")
        (tmp_path / "channels.yaml").write_text(CHANNELS.format(url=desk.url), encoding="utf-8")
        worker = new_worker(environ={"WATCHFLOOR_RULES": str(tmp_path)}).start()
        bench.produce("incidents", [incident(1, "有人冒充公检法，我刚转了三万到安全账户，被骗了")])
        wait_until(lambda: len(desk.taken()) == 1, limit=30, what="the desk was told")
        bench.produce(
            "incidents",
            [
                incident(2, "刚转了五万到安全账户，卡号6222021234567890123，被骗了"),
                incident(3, "有人在楼顶要跳楼讨薪", "hotline_12345"),
            ],
        )
        wait_until(lambda: len(desk.taken()) == 2, limit=30, what="the desk was told again")
        told = json.loads(desk.taken()[1])
        metrics = worker.metrics()
        assert worker.terminate() == 0
    assert told["incidents"]["ids"] == ["F2"]
    assert {**told["divert"], "confidence": 1.0} == {
        "to": "antifraud",
        "confidence": 1.0,
        "amount": 50000.0,
        "currency": "CNY",
        "minutes": 0.0,
    }
    assert b"6222" not in desk.taken()[1]
    assert metrics["watchfloor_diverted_total"] >= 1
    assert metrics["watchfloor_diverted_in_total"] >= 1
