"""SIGKILL in mid-stream, again and again: the alerts and the counts of a worker left alone.

WATCHFLOOR_CRASH_INCIDENTS (60,000; the issue asks for 800,000) and WATCHFLOOR_CRASH_KILLS (10) set
the size. The moments are drawn from a seeded generator as shares of the stream, and met by polling
/metrics, so the kill falls while records are in flight in every stage.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from commands.bench.feeding import produce
from commands.bench.workload import simulate
from streams.alert_codec import decode_alert
from streams.live.state_log import read_totals
from streams.marks import closing_mark
from streams.records import Incident
from tests.live.harness import Bench, Worker, wait_until

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.timeout(3600)]

INCIDENTS = int(os.environ.get("WATCHFLOOR_CRASH_INCIDENTS", "60000"))
KILLS = int(os.environ.get("WATCHFLOOR_CRASH_KILLS", "10"))
SEED = 20261121
POLL_S = 0.02
LIMIT_S = 120 + INCIDENTS / 500
# Small chunks and frequent snapshots: more places to die in, more states to come back to.
ENVIRON = {
    "WATCHFLOOR_SNAPSHOT_INTERVAL": "0.5",
    "WATCHFLOOR_MAX_POLL_RECORDS": str(max(100, INCIDENTS // 400)),
}
WATERMARK_AGE = "watchfloor_watermark_age_seconds"
GRACE_S = 30
"""Between the watermark asked for and the next lower one lie 60 s; the gauge is up to 2 s old."""


class Outcome(msgspec.Struct, frozen=True):
    """What a run left on the broker: every revision, the newest per id, and the counts."""

    log: dict[tuple[str, int], bytes]
    newest: dict[bytes | None, bytes | None]
    totals: dict[str, int]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    workload = simulate(INCIDENTS, folder)
    calls = (msgspec.json.decode(record, type=Incident) for record in workload.records)
    last = max(call.reported_at for call in calls)
    return workload, closing_mark(int(last.timestamp() * 1000))


def make_bench(broker: str, prefix: str, city) -> Bench:
    """Topics of their own, holding the same input, closed on every partition."""
    workload, mark = city
    bench = Bench(broker, prefix)
    bench.apply_topics()
    topic, partitions = bench.settings.topic("incidents"), bench.settings.partitions
    produce(broker, topic, partitions, workload.records)
    produce(broker, topic, partitions, [mark] * partitions)
    return bench


def make_worker(bench: Bench, city, log: Path) -> Worker:
    return Worker(bench, log, environ={**ENVIRON, "WATCHFLOOR_AREAS": str(city[0].areas_file)})


def wait_read(worker: Worker, records: int) -> None:
    """Until this life of the worker has read so many records: they are in flight now."""
    end = time.monotonic() + LIMIT_S
    while worker.metrics().get("watchfloor_records_read_total", 0) < records:
        assert worker.alive(), f"the worker ended by itself (log {worker.log})"
        assert time.monotonic() < end, f"nothing is read (log {worker.log})"
        time.sleep(POLL_S)


def closed(worker: Worker, bench: Bench, closes: float) -> bool:
    """Whether every partition of the log has come to the end of the input."""
    assert worker.alive(), f"the worker ended by itself (log {worker.log})"
    families = text_string_to_metric_families(worker.get("/metrics")[1])
    ages = [s.value for f in families if f.name == WATERMARK_AGE for s in f.samples]
    now = time.time()
    return len(ages) == bench.settings.partitions and all(
        now - age > closes - GRACE_S for age in ages
    )


def finish(bench: Bench, worker: Worker, mark: bytes) -> Outcome:
    """Let the worker come to the end of the input, stop it in order, and see what it left."""
    closes = datetime.fromisoformat(msgspec.json.decode(mark)["closes"]).timestamp()
    wait_until(
        lambda: closed(worker, bench, closes),
        limit=LIMIT_S,
        what=f"the end of the input (log {worker.log})",
    )
    assert worker.terminate() == 0, f"no clean stop (log {worker.log})"
    log: dict[tuple[str, int], bytes] = {}
    for message in bench.consume("alerts.log"):
        assert message.value is not None
        alert = decode_alert(message.value)
        before = log.setdefault((alert.id, alert.revision), message.value)
        assert before == message.value, f"{alert.id} revision {alert.revision} has two contents"
    newest = {message.key: message.value for message in bench.consume("alerts")}
    return Outcome(log, newest, asyncio.run(read_totals(bench.settings)))


def test_killed_in_mid_stream_it_ends_like_one_left_alone(broker, prefix, city, tmp_path):
    moments = random.Random(SEED)
    bench = make_bench(broker, f"{prefix}killed.", city)
    worker = make_worker(bench, city, tmp_path / "killed.log")
    for _ in range(KILLS):
        worker.start(ready=False)
        wait_read(worker, max(1, round(moments.uniform(0.05, 0.75) * INCIDENTS / KILLS)))
        worker.kill()
    killed = finish(bench, worker.start(ready=False), city[1])

    bench = make_bench(broker, f"{prefix}alone.", city)
    worker = make_worker(bench, city, tmp_path / "alone.log")
    alone = finish(bench, worker.start(ready=False), city[1])

    assert sum(alone.totals.values()) == INCIDENTS
    assert killed.totals == alone.totals
    kinds = {decode_alert(value).kind for value in alone.log.values()}
    assert {"keyword", "heat"} <= kinds, "an input without alerts shows nothing"
    assert killed.log == alone.log
    assert killed.newest == alone.newest
