"""The worker as a process on a real broker: first alert, clean stop, bad input, missing topics."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from streams.live.state_log import read_totals
from tests.live.harness import Bench, Worker, wait_until
from tests.live.runs import wait_for_all

pytestmark = pytest.mark.live

POISON = 10_000


def _robbery(number: int) -> dict[str, object]:
    return {
        "schema": "incident/1",
        "incident_id": f"call-{number}",
        "reported_at": datetime.now(UTC).isoformat(),
        "source": "phone_110",
        "category": "99",
        "text": "A man with a knife is robbing the shop right now. 有人持刀抢劫。",
        "area_id": "area-1",
    }


def test_a_report_becomes_an_alert_and_the_pages_tell_of_it(
    bench: Bench, new_worker: Callable[..., Worker]
):
    worker = new_worker().start()
    assert worker.get("/healthz")[0] == 200
    bench.produce("incidents", [_robbery(1)])

    alerts = bench.consume_until("alerts.log", bool, limit=20)

    alert = json.loads(alerts[0].value or b"")
    assert alerts[0].key == alert["id"].encode()
    assert (alert["kind"], alert["status"]) == ("keyword", "firing")
    assert [m.value for m in bench.consume("alerts")] == [alerts[0].value]
    wait_until(
        lambda: worker.metrics().get("watchfloor_alert_latency_seconds_count"),
        limit=10,
        what="the latency is measured",
    )
    metrics = worker.metrics()
    assert metrics["watchfloor_records_read_total"] == 1
    assert metrics["watchfloor_alerts_total"] == 1


def test_sigterm_stores_everything_and_exits_with_0(
    bench: Bench, new_worker: Callable[..., Worker]
):
    worker = new_worker().start()
    bench.produce("incidents", [_robbery(n) for n in range(50)])
    wait_until(
        lambda: worker.metrics().get("watchfloor_records_counted_total") == 50,
        limit=20,
        what="50 records are counted",
    )

    assert worker.terminate(limit=10) == 0

    assert asyncio.run(read_totals(bench.settings))["accepted"] == 50
    keys = {message.key for message in bench.consume("state")}
    assert any(key and key.startswith(b"intake/incidents/") for key in keys)
    assert any(key and key.startswith(b"watch/") for key in keys)

    again = new_worker().start()
    wait_until(lambda: again.get("/readyz")[0] == 200, limit=10, what="the worker is ready")
    bench.produce("incidents", [_robbery(51)])
    wait_for_all(again, 51, limit=30)
    assert again.metrics()["watchfloor_records_read_total"] == 1, "it read on, not again"


def test_ten_thousand_poison_records_in_a_row_are_dead_letters_and_the_stream_goes_on(
    bench: Bench, new_worker: Callable[..., Worker]
):
    worker = new_worker().start()
    shapes = [b"{", b"\x00\x00", b"[]", b'"text"', b'{"schema":"incident/1"}', b"\xff\xfe"]
    poison = [shapes[n % len(shapes)] + str(n).encode() * (n % 2) for n in range(POISON)]
    bench.produce("incidents", [_robbery(1), *poison, _robbery(2)])

    wait_for_all(worker, POISON + 2, limit=60)

    letters = bench.consume("dead-letters")
    rejected = [
        letter for letter in letters if json.loads(letter.value or b"")["disposition"] == "rejected"
    ]
    assert len({letter.key for letter in rejected}) == POISON
    assert asyncio.run(_settled_totals(bench, worker)) == {
        "accepted": 2,
        "duplicate": 0,
        "late": 0,
        "rejected": POISON,
    }
    ids = {json.loads(m.value or b"")["dedup_key"] for m in bench.consume("alerts.log")}
    assert len(ids) == 2


async def _settled_totals(bench: Bench, worker: Worker) -> dict[str, int]:
    assert worker.terminate() == 0
    return await read_totals(bench.settings)


def test_records_on_the_log_that_are_not_ours_are_skipped(
    bench: Bench, new_worker: Callable[..., Worker]
):
    worker = new_worker().start()
    for partition in range(bench.settings.partitions):
        bench.produce("observations", [b"foreign", b"\x81\xa1a\x01"], partition=partition)
    bench.produce("incidents", [_robbery(1)])

    assert bench.consume_until("alerts.log", bool, limit=20)

    metrics = worker.metrics()
    assert metrics["watchfloor_foreign_records_total"] == 2 * bench.settings.partitions
    assert worker.alive()


def test_without_its_topics_it_says_what_to_run(
    broker: str, prefix: str, new_worker: Callable[..., Worker]
):
    worker = new_worker(environ={"WATCHFLOOR_TOPIC_PREFIX": prefix + "none."})
    worker.start(ready=False)
    wait_until(lambda: not worker.alive(), limit=30, what="the worker has ended")
    told = worker.log.read_text()
    assert "watchfloor topics apply" in told
    assert f"topic {prefix}none.incidents is missing" in told
    assert "Traceback" not in told


def test_two_workers_share_the_stages(bench: Bench, new_worker: Callable[..., Worker]):
    intake = new_worker(arguments=["--only", "intake"]).start(ready=False)
    watch = new_worker(arguments=["--only", "watch"]).start(ready=False)
    for worker in (intake, watch):
        wait_until(lambda w=worker: w.get("/readyz")[0] == 200, limit=60, what="ready")  # type: ignore[misc]
    bench.produce("incidents", [_robbery(1)])
    started = time.monotonic()
    assert bench.consume_until("alerts.log", bool, limit=30)
    assert time.monotonic() - started < 30
    assert intake.metrics()["watchfloor_records_read_total"] == 1
    assert watch.metrics()["watchfloor_alerts_total"] == 1
