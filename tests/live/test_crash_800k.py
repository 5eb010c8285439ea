"""SIGKILL in mid-stream of a simulated province: the alerts and counts of a worker left alone.

WATCHFLOOR_CRASH_INCIDENTS (30,000) and WATCHFLOOR_CRASH_KILLS (5) set the size: 800000 and 10 are
the full scenario. Everything lies on the broker beforehand, and the moments are seeded shares of
the stream, met by polling /metrics, so that every kill finds records in flight in every stage.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from commands.bench.feeding import produce
from commands.bench.workload import simulate
from streams.alert_codec import decode_alert
from streams.marks import closing_mark
from streams.records import Incident
from tests.live.harness import Bench, Worker, wait_until
from tests.live.runs import Alerts, outcome

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.timeout(3600)]

INCIDENTS = int(os.environ.get("WATCHFLOOR_CRASH_INCIDENTS", "30000"))
KILLS = int(os.environ.get("WATCHFLOOR_CRASH_KILLS", "5"))
SEED = 20261121
POLL_S = 0.02
LIMIT_S = 120 + INCIDENTS / 500
# Small chunks and frequent snapshots: more places to die in, more states to come back to.
ENVIRON = {
    "WATCHFLOOR_SNAPSHOT_INTERVAL": "0.5",
    "WATCHFLOOR_MAX_POLL_RECORDS": str(max(100, INCIDENTS // 200)),
}
HTTP_OK = 200
GRACE_S = 30
"""Between the watermark asked for and the next lower one lie 60 s; the gauge is up to 2 s old."""


class Outcome(msgspec.Struct, frozen=True):
    """What a run left on the broker: every revision, the newest per id, and the counts."""

    log: Alerts
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


@pytest.fixture
def new_worker(city, tmp_path) -> Iterator[Callable[[Bench], Worker]]:
    """Factory of workers on any bench; all are ended with the test."""
    made: list[Worker] = []

    def make(bench: Bench) -> Worker:
        log = tmp_path / f"worker-{len(made)}.log"
        areas = str(city[0].areas_file)
        made.append(Worker(bench, log, environ={**ENVIRON, "WATCHFLOOR_AREAS": areas}))
        return made[-1]

    yield make
    for worker in made:
        worker.stop()


def samples(worker: Worker, name: str) -> list[float]:
    """Values of a metric over its labels; none while nobody answers."""
    status, page = worker.get("/metrics")
    assert worker.alive(), f"the worker ended by itself (log {worker.log})"
    families = text_string_to_metric_families(page) if status == HTTP_OK else ()
    return [s.value for family in families for s in family.samples if s.name == name]


def wait_read(worker: Worker, records: int) -> None:
    """Until this life of the worker has read so many records: they are in flight now."""
    end = time.monotonic() + LIMIT_S
    while sum(samples(worker, "watchfloor_records_read_total")) < records:
        assert time.monotonic() < end, f"nothing is read (log {worker.log})"
        time.sleep(POLL_S)


def closed(worker: Worker, bench: Bench, closes: float) -> bool:
    """Whether every partition of the log has come to the end of the input."""
    ages = samples(worker, "watchfloor_watermark_age_seconds")
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
    alerts, totals = outcome(bench)
    return Outcome(alerts, {m.key: m.value for m in bench.consume("alerts")}, totals)


def test_killed_in_mid_stream_it_ends_like_one_left_alone(broker, prefix, city, new_worker):
    moments = random.Random(SEED)
    bench = make_bench(broker, f"{prefix}killed.", city)
    worker = new_worker(bench)
    for _ in range(KILLS):
        worker.start(ready=False)
        wait_read(worker, max(1, round(moments.uniform(0.05, 0.75) * INCIDENTS / KILLS)))
        worker.kill()
    killed = finish(bench, worker.start(ready=False), city[1])

    bench = make_bench(broker, f"{prefix}alone.", city)
    worker = new_worker(bench)
    alone = finish(bench, worker.start(ready=False), city[1])

    assert sum(alone.totals.values()) == INCIDENTS
    assert killed.totals == alone.totals
    kinds = {decode_alert(value).kind for value in alone.log.values()}
    assert {"keyword", "heat"} <= kinds, "an input without alerts shows nothing"
    assert killed.log == alone.log
    assert killed.newest == alone.newest
