"""`watchfloor doctor` on a real broker: silent about a sound one, precise about a bad one."""

from __future__ import annotations

import json
import time

import pytest

from streams.brokers.process import free_port
from streams.kafka_client import producer
from streams.topics import topic_specs
from tests.live.harness import Bench

pytestmark = pytest.mark.live


def findings(bench, **environ):
    environ.setdefault("WATCHFLOOR_WEB_PORT", str(free_port()))
    done = bench.cli("doctor", "--json", environ=environ)
    assert b"Traceback" not in done.stderr, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == int(any(not finding["ok"] for finding in found))
    return [(finding["check"], finding["detail"]) for finding in found if not finding["ok"]]


def test_a_sound_installation_has_no_problem(bench):
    assert findings(bench) == []
    bench.produce("incidents", [b"{}"] * 3)
    assert findings(bench) == []


def test_topics_that_are_missing_or_have_other_partitions(broker, prefix):
    bench = Bench(broker, prefix)
    found = findings(bench)
    specs = topic_specs(bench.settings)
    assert [check for check, _ in found] == ["topics"] * len(specs)
    assert found[0][1] == f"{prefix}incidents is not there: run `watchfloor topics apply`."
    bench.apply_topics()
    found = findings(bench, WATCHFLOOR_PARTITIONS="5")
    assert len(found) == sum(spec.partitions == bench.settings.partitions for spec in specs)
    assert "has 4 partitions, not 5: set WATCHFLOOR_PARTITIONS to 4" in found[0][1]


def test_a_record_from_the_future_means_that_clocks_disagree(bench):
    with producer(bench.settings) as client:
        ahead = int((time.time() + 600) * 1000)
        client.send(bench.settings.topic("incidents"), value=b"{}", timestamp_ms=ahead)
    ((check, detail),) = findings(bench)
    assert check == "clock"
    assert "in the future of this machine's clock: let this machine" in detail
