"""Fixtures of the live tests: one broker for the session, and a bench on it for each test.

WATCHFLOOR_TEST_BROKER chooses the broker: `bundled` (the default), `kafka` (Apache Kafka from the
jars in WATCHFLOOR_KAFKA_LIBS) or the host:port of one that runs already.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from streams.brokers.apache import apache_kafka
from streams.brokers.bundled import bundled
from streams.brokers.process import BrokerProcess
from streams.errors import BrokerError
from tests.live.harness import Bench, Worker

CHOICE = os.environ.get("WATCHFLOOR_TEST_BROKER", "bundled")
KAFKA_LIBS = os.environ.get("WATCHFLOOR_KAFKA_LIBS", "")


@pytest.fixture(scope="session")
def new_broker(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], BrokerProcess]:
    """Factory of brokers of the chosen kind, not started: for tests that stop their own."""

    def make() -> BrokerProcess:
        folder = tmp_path_factory.mktemp("broker")
        if CHOICE == "kafka":
            return apache_kafka(Path(KAFKA_LIBS), folder=folder)
        if CHOICE != "bundled":
            pytest.skip("live tests that stop their broker need one of our own")
        return bundled(log=folder / "broker.log")

    return make


@pytest.fixture(scope="session")
def broker(new_broker: Callable[[], BrokerProcess]) -> Iterator[str]:
    """Address (host:port) of the session's broker."""
    if CHOICE not in {"bundled", "kafka"}:
        yield CHOICE
        return
    try:
        process = new_broker()
    except BrokerError as error:
        pytest.skip(f"live tests need a broker: {error}")
    with process:
        yield process.address


@pytest.fixture
def prefix() -> str:
    """A topic prefix that no other test has."""
    return f"t{secrets.token_hex(4)}."


@pytest.fixture
def bench(broker: str, prefix: str) -> Bench:
    """This test's own topics, made, on the session's broker."""
    mine = Bench(broker, prefix)
    mine.apply_topics()
    return mine


@pytest.fixture
def new_worker(bench: Bench, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Factory of workers on this test's topics; all are ended with the test."""
    made: list[Worker] = []

    def make(*, environ: Mapping[str, str] | None = None, arguments: Sequence[str] = ()) -> Worker:
        log = tmp_path / f"worker-{len(made)}.log"
        made.append(Worker(bench, log, environ=environ, arguments=arguments))
        return made[-1]

    yield make
    for worker in made:
        worker.stop()
