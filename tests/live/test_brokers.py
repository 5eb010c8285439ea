"""The brokers we start: they answer, restart on their port, end with us, and say what is wrong."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from streams.brokers import broker_for
from streams.brokers.apache import apache_kafka, find_java
from streams.brokers.bundled import bundled
from streams.brokers.process import BrokerProcess
from streams.errors import BrokerError
from streams.settings import Settings
from tests.live.harness import Bench, wait_until

ROOT = Path(__file__).parents[2]


def gone(pid: int) -> bool:
    """Whether no process with this id runs any more (one that nobody has reaped has ended)."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def listens(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@pytest.mark.live
def test_a_broker_answers_stops_and_starts_again_on_its_port(new_broker):
    with new_broker() as broker:
        address, first = broker.address, broker.pid
        broker.stop()
        assert not listens(address)
        broker.start()
        assert (broker.address, broker.pid != first) == (address, True)
        admin = KafkaAdminClient(bootstrap_servers=address)
        assert len(admin.describe_cluster()["brokers"]) == 1
        admin.close()
    assert not listens(address)
    with pytest.raises(BrokerError, match="is not running; start it first"):
        broker.pid  # noqa: B018 - the access is what is tested


@pytest.mark.live
def test_apache_kafka_keeps_its_data_through_a_restart_and_the_bundled_one_forgets(
    new_broker, prefix
):
    with new_broker() as broker:
        bench = Bench(broker.address, prefix)
        bench.apply_topics()
        bench.produce("incidents", [b"one", b"two"], partition=0)
        broker.stop()
        broker.start()
        bench.apply_topics()
        kept = [b"one", b"two"] if "Apache" in broker.name else []
        assert [message.value for message in bench.consume("incidents")] == kept


@pytest.mark.live
@pytest.mark.skipif(sys.platform != "linux", reason="the request to the system is Linux's")
def test_the_bundled_broker_ends_when_its_parent_is_killed():
    script = (
        "from streams.brokers.bundled import bundled\n"
        "broker = bundled().start()\n"
        "print(broker.pid, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        line = parent.stdout.readline()
        parent.kill()
    if not line:
        pytest.skip("live tests need a broker: the bundled one did not start here")
    wait_until(lambda: gone(int(line)), limit=10, what="the broker has ended")


@pytest.mark.live
def test_broker_for_takes_the_one_that_is_set_and_else_brings_its_own(broker):
    with broker_for(Settings(broker=broker)) as address:
        assert address == broker
    with broker_for(Settings()) as address:
        assert address != broker
        assert listens(address)
    assert not listens(address)


def test_a_broker_that_ends_at_once_is_told_with_its_last_words(tmp_path):
    script = "print('the disk is full'); raise SystemExit(9)"
    broken = BrokerProcess(
        "The broker",
        [sys.executable, "-c", script],
        port=1,
        log=tmp_path / "broker.log",
        ready_limit=20,
        grace=1,
    )
    with pytest.raises(BrokerError, match=r"code 9 at 127.0.0.1:1.*words: the disk is full"):
        broken.start()


def test_a_broker_that_never_answers_is_given_up_and_ended(tmp_path):
    mute = BrokerProcess(
        "The broker",
        [sys.executable, "-c", "import time; time.sleep(600)"],
        port=1,
        log=tmp_path / "broker.log",
        ready_limit=0.3,
        grace=5,
    )
    with pytest.raises(BrokerError, match="did not answer within 0 s"):
        mute.start()
    with pytest.raises(BrokerError, match="not running"):
        mute.pid  # noqa: B018 - the access is what is tested


def test_without_the_extra_the_three_choices_are_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BrokerError) as told:
        bundled()
    for choice in ("WATCHFLOOR_BROKER", "watchfloor[broker]", "Apache Kafka"):
        assert choice in str(told.value)


def test_apache_kafka_without_jars_or_java_says_where_to_get_them(tmp_path, monkeypatch):
    with pytest.raises(BrokerError, match="make kafka-jars"):
        apache_kafka(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BrokerError, match="needs Java 17"):
        find_java({"PATH": str(tmp_path)})
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    assert find_java({"JAVA_HOME": str(tmp_path)}) == str(tmp_path / "bin" / "java")
