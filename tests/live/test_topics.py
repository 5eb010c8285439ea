"""`watchfloor topics` on a real broker: makes, finds, corrects; an independent client sees it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from kafka import KafkaAdminClient

from commands.topics import apply_topics
from streams.topics import topic_specs
from tests.live.harness import Bench

pytestmark = pytest.mark.live


def test_apply_makes_every_declared_topic_and_a_second_apply_changes_nothing(broker, prefix):
    bench = Bench(broker, prefix)
    first, second = bench.cli("topics", "apply"), bench.cli("topics", "apply")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    specs = topic_specs(bench.settings)
    assert first.stdout.count(b": made with ") == len(specs)
    assert second.stdout.count(b": as declared") == len(specs)
    client = KafkaAdminClient(bootstrap_servers=broker)
    found = {t["name"]: len(t["partitions"]) for t in client.describe_topics()}
    client.close()
    assert {spec.name: spec.partitions for spec in specs}.items() <= found.items()


def test_list_finds_what_is_missing_and_what_has_other_partitions(broker, prefix):
    bench = Bench(broker, prefix)
    missing = bench.cli("topics", "list")
    assert missing.returncode == 1
    assert b"run `watchfloor topics apply`" in missing.stdout
    bench.apply_topics()
    assert bench.cli("topics", "list").returncode == 0
    other = bench.cli("topics", "list", environ={"WATCHFLOOR_PARTITIONS": "7"})
    assert other.returncode == 1
    assert b"has 4 partitions, not 7: set WATCHFLOOR_PARTITIONS to 4" in other.stdout
    assert bench.cli("topics", "apply", environ={"WATCHFLOOR_PARTITIONS": "7"}).returncode == 1


def test_two_that_apply_at_once_do_not_disturb_each_other(broker, prefix):
    bench = Bench(broker, prefix)
    with ThreadPoolExecutor(3) as pool:
        for applied in [pool.submit(apply_topics, bench.settings) for _ in range(3)]:
            applied.result(timeout=60)
    assert {state.state for state in apply_topics(bench.settings)} == {"ok"}


def test_a_broker_that_is_away_is_one_sentence_and_exit_code_2(prefix):
    done = Bench("127.0.0.1:1", prefix).cli("topics", "apply")
    assert done.returncode == 2
    assert done.stderr.startswith(b"watchfloor: The broker at 127.0.0.1:1 cannot be reached")
    assert b"Traceback" not in done.stderr
