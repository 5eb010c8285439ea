"""The broker hangs for longer than a session: nothing is lost, nothing doubled, and it goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.brokers.process import BrokerProcess
from tests.live.city import incidents
from tests.live.harness import Bench, Worker
from tests.live.runs import close_feed, feed, outcome, wait_for_all

EVENTS = 20_000
AWAY = 12.0

pytestmark = pytest.mark.live


@pytest.mark.timeout(400)
def test_a_broker_that_hangs_and_comes_back(
    new_broker: Callable[[], BrokerProcess], prefix: str, tmp_path: Path
):
    records = list(incidents(EVENTS, seed=3))
    with new_broker() as broker:
        bench, twin = (Bench(broker.address, prefix + name) for name in ("away.", "twin."))
        for mine in (bench, twin):
            mine.apply_topics()
        worker = Worker(bench, tmp_path / "worker.log")
        reference = Worker(twin, tmp_path / "reference.log")
        try:
            worker.start()
            feed(bench, records[: EVENTS // 2])
            os.kill(broker.pid, signal.SIGSTOP)
            time.sleep(AWAY)  # longer than the session timeout: the subject of the test
            os.kill(broker.pid, signal.SIGCONT)
            feed(bench, records[EVENTS // 2 :])
            close_feed(bench)
            if not worker.alive():  # it may give up: then its supervisor starts it again
                worker.start()
            wait_for_all(worker, EVENTS, limit=120)
            assert worker.terminate() == 0

            feed(twin, records)
            close_feed(twin)
            reference.start()
            wait_for_all(reference, EVENTS, limit=120)
            assert reference.terminate() == 0
            assert outcome(bench) == outcome(twin)
        finally:
            worker.stop()
            reference.stop()
