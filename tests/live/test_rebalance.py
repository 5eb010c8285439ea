"""Workers come and go under load: the same alerts and counts as one worker left alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.city import incidents
from tests.live.harness import Bench, Worker, wait_until
from tests.live.runs import close_feed, feed, outcome, wait_for_all

pytestmark = pytest.mark.live

EVENTS = 30_000
SLICES = 120
PAUSE = 0.3


@pytest.mark.timeout(600)
def test_one_worker_two_workers_one_worker(
    broker: str, prefix: str, bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    records = list(incidents(EVENTS, seed=11))
    paused = threading.Event()

    def feed_slowly() -> None:
        size = EVENTS // SLICES
        for start in range(0, EVENTS, size):
            feed(bench, records[start : start + size])
            paused.wait(PAUSE)
        close_feed(bench)

    first, second = new_worker(), new_worker()
    first.start()
    feeder = threading.Thread(target=feed_slowly)
    feeder.start()
    second.start()
    wait_until(
        lambda: (
            second.metrics().get("watchfloor_records_read_total", 0) > 0
            or second.metrics().get("watchfloor_records_counted_total", 0) > 0
        ),
        limit=60,
        what="the second worker takes its share",
    )
    assert first.terminate() == 0
    wait_until(lambda: second.get("/readyz")[0] == 200, limit=60, what="the second goes on alone")
    feeder.join()
    wait_for_all(second, EVENTS, limit=120)
    assert second.terminate() == 0

    twin = Bench(broker, prefix + "twin.")
    twin.apply_topics()
    reference = Worker(twin, tmp_path / "reference.log")
    try:
        feed(twin, records)
        close_feed(twin)
        reference.start()
        wait_for_all(reference, EVENTS)
        assert reference.terminate() == 0
    finally:
        reference.stop()
    assert outcome(bench) == outcome(twin)
