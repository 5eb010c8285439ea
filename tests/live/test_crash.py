"""SIGKILL at random moments: the same alerts, byte for byte, and counts as a run left alone.

WATCHFLOOR_CRASH_EVENTS and WATCHFLOOR_CRASH_KILLS make it as long as wanted.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable

import pytest

from tests.live.city import incidents
from tests.live.harness import Bench, Worker
from tests.live.runs import close_feed, feed, outcome, wait_for_all

EVENTS = int(os.environ.get("WATCHFLOOR_CRASH_EVENTS", "40000"))
KILLS = int(os.environ.get("WATCHFLOOR_CRASH_KILLS", "3"))
SECONDS_BETWEEN = 12.0

pytestmark = pytest.mark.live


def _left_alone(bench: Bench, worker: Worker, records: list[bytes]) -> None:
    feed(bench, records)
    close_feed(bench)
    worker.start()
    wait_for_all(worker, len(records))
    assert worker.terminate() == 0


@pytest.mark.timeout(1800)
def test_killed_again_and_again_it_ends_as_if_left_alone(
    broker: str, prefix: str, bench: Bench, new_worker: Callable[..., Worker], tmp_path
):
    records = list(incidents(EVENTS))
    twin = Bench(broker, prefix + "twin.")
    twin.apply_topics()
    reference = Worker(twin, tmp_path / "reference.log")
    try:
        _left_alone(twin, reference, records)
    finally:
        reference.stop()

    done = threading.Event()

    def feed_slowly() -> None:
        slices = max(KILLS, 1) * 24
        size = -(-len(records) // slices)
        for start in range(0, len(records), size):
            feed(bench, records[start : start + size])
            done.wait(SECONDS_BETWEEN / 24)
        close_feed(bench)

    feeder = threading.Thread(target=feed_slowly)
    feeder.start()
    rng = random.Random(KILLS)
    worker = new_worker()
    for _ in range(KILLS):
        worker.start()
        time.sleep(rng.uniform(0.0, 5.0))  # the moment of the kill is the subject
        worker.kill()
    feeder.join()
    worker.start()
    wait_for_all(worker, len(records))
    assert worker.terminate() == 0

    alerts, totals = outcome(bench)
    expected_alerts, expected_totals = outcome(twin)
    assert expected_alerts, "the run has alerts to compare"
    assert totals == expected_totals
    assert sum(totals.values()) == len(records)
    assert alerts == expected_alerts
