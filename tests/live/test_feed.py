"""`watchfloor feed` on a real broker: everything arrives once, in order by id, and is counted."""

from __future__ import annotations

import gzip
import itertools
import json
from collections import defaultdict

import pytest

from streams.adapters import adapter_for
from streams.records import Incident
from tests.live.harness import Bench

pytestmark = pytest.mark.live


def incident(number: int, rev: int) -> bytes:
    return json.dumps(
        {
            "schema": "incident/1",
            "incident_id": f"C-{number}",
            "rev": rev,
            "reported_at": f"2026-03-01T08:{number % 60:02}:00+08:00",
            "source": "phone_110",
            "category": "2001",
            "text": "有人打架" * 20,
        }
    ).encode()


def test_revisions_keep_their_order_bad_records_go_along_and_the_end_is_marked(bench, tmp_path):
    good = [incident(number, rev) for rev in range(3) for number in range(2000)]
    lines = [*good[:50], b"{broken", b"\x00\xff", *good[50:]]
    file = tmp_path / "city.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    done = bench.cli("feed", str(file), "--close")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == b"read=6002 sent=6002 repaired=0 rejected=2"
    assert f"{file}:51: broken_json".encode() in done.stderr
    found = bench.consume("incidents")
    marks = [m for m in found if b'"mark/1"' in m.value]
    assert sorted(m.partition for m in marks) == [0, 1, 2, 3]
    assert {m.value for m in marks} == {b'{"schema":"mark/1","closes":"2026-03-01T01:00:00Z"}'}
    ends = {m.partition: m.offset for m in found}
    assert {m.partition: m.offset for m in marks} == ends
    assert sorted(m.value for m in found if m not in marks) == sorted(lines)
    revisions = defaultdict(list)
    for message in found:
        if message.key and message.key.startswith(b"C-"):
            revisions[message.key].append((message.partition, json.loads(message.value)["rev"]))
    assert len(revisions) == 2000
    assert all([rev for _, rev in seen] == [0, 1, 2] for seen in revisions.values())
    assert all(len({place for place, _ in seen}) == 1 for seen in revisions.values())


def test_standard_input_at_a_rate(bench):
    done = bench.cli(
        "feed", "-", "--rate", "500", stdin=b"\n".join(incident(n, 0) for n in range(50))
    )
    assert done.stderr == b"read=50 sent=50 repaired=0 rejected=0\n"
    assert len(bench.consume("incidents")) == 50
    assert bench.consume("positions") == []


def test_wrong_usage_and_missing_files_are_told(bench):
    both = bench.cli("feed", "x", "--rate", "1", "--speed", "1")
    assert b"choose one" in both.stderr
    gone = bench.cli("feed", "no-such-file.jsonl")
    assert gone.returncode == 2
    assert gone.stderr.startswith(b"watchfloor: no-such-file.jsonl: No such file")
    unknown = bench.cli("feed", "x", "--format", "no-such-format")
    assert unknown.returncode == 2
    assert b"choose one of watchfloor" in unknown.stderr


def test_a_topic_that_is_not_there_is_a_sentence(broker, prefix):
    done = Bench(broker, prefix).cli("feed", "-", stdin=incident(1, 0))
    assert done.returncode == 2, done.stderr
    assert b"watchfloor topics apply" in done.stderr


def test_a_real_citys_calls_arrive_as_our_own_records(bench, shared, tmp_path):
    with gzip.open(shared / "montgomery_pa" / "incidents.csv.gz", "rb") as whole:
        rows = list(itertools.islice(whole, 801))
    file = tmp_path / "calls.csv"
    file.write_bytes(b"".join([*rows, b"not,a,call\n"]))
    done = bench.cli("feed", str(file), "--format", "montgomery911")
    assert done.returncode == 0, done.stderr
    assert b"read=801 sent=800 " in done.stderr.splitlines()[-1]
    assert f"{file}:801: ".encode() in done.stderr
    assert b"(not sent)" in done.stderr
    found = bench.consume("incidents")
    records = adapter_for("watchfloor").decode([message.value for message in found])
    incidents = [record for record in records if isinstance(record, Incident)]
    assert len({record.incident_id for record in incidents}) == len(records) == 800
    keys = [message.key for message in found]
    assert keys == [record.incident_id.encode() for record in incidents]
