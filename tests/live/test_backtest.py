"""`watchfloor rules backtest --broker`: the history that lies on the topic, as from files."""

from __future__ import annotations

import json

import pytest

from tests.live.harness import ROOT

pytestmark = pytest.mark.live

NIGHT = ROOT / "examples" / "night"


def test_a_topic_tells_what_its_records_in_a_file_tell(bench):
    lines = (NIGHT / "incidents.jsonl").read_bytes().splitlines()
    bench.produce("incidents", lines, partition=0)
    options = ("--areas", str(NIGHT / "areas.geojson"), "--json", "--no-progress")
    topic = bench.cli("rules", "backtest", "--broker", *options)
    files = bench.cli("rules", "backtest", str(NIGHT / "incidents.jsonl"), *options)
    assert topic.returncode == files.returncode == 0, topic.stderr
    told, expected = json.loads(topic.stdout), json.loads(files.stdout)
    assert told["tally"] == expected["tally"]
    assert told["history"]["read"] == len(lines)


def test_files_or_the_broker_not_both(bench):
    told = bench.cli("rules", "plan", "-", "-", "x.jsonl", "--broker")
    assert told.returncode == 3
    assert b"name files of incidents, or --broker" in told.stderr
