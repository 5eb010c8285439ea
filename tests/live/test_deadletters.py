"""`watchfloor deadletters` on a real broker: list, show, and the original sent again."""

from __future__ import annotations

import json

import msgspec
import pytest

from streams.observations import DeadLetter

pytestmark = pytest.mark.live

ORIGINALS = [b'{"one": 1}', b"\x00broken", b"x" * 3_000_000]


@pytest.fixture
def letters(bench):
    """Dead letters of three records on partition 2 of incidents, and of one that is gone."""
    bench.produce("incidents", ORIGINALS, key=lambda n: b"k%d" % n, partition=2)
    made = [
        DeadLetter(
            reason="naive_time" if offset == 0 else "broken_json",
            detail=f"sentence {offset}",
            disposition="rejected",
            topic="incidents",
            partition=2,
            offset=offset,
            arrived_ms=1772323200000 + offset,
            size=10,
            excerpt="***",
        )
        for offset in (0, 1, 2, 77)
    ]
    repaired = msgspec.structs.replace(made[1], reason="unknown_category", disposition="repaired")
    values = [msgspec.json.encode(letter) for letter in [*made, made[0], repaired]]
    bench.produce("dead-letters", values)
    return made


def test_list_and_show(bench, letters):
    listed = bench.cli("deadletters", "list")
    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.splitlines()) == 5
    assert listed.stderr == b"dead letters: broken_json 3, naive_time 1, unknown_category 1\n"
    lines = bench.cli("deadletters", "list", "--json", "--reason", "naive_time").stdout.splitlines()
    assert [msgspec.json.decode(line, type=DeadLetter) for line in lines] == [letters[0]]
    newest = bench.cli("deadletters", "list", "--json", "--limit", "1").stdout
    assert json.loads(newest)["offset"] == 77
    later = bench.cli("deadletters", "list", "--json", "--since", "2100-01-01T00:00:00Z")
    assert later.stdout == b""
    shown = bench.cli("deadletters", "show", "incidents/2/0").stdout.decode()
    assert "reason       naive_time (rejected)" in shown
    assert "remedy" in shown
    assert bench.cli("deadletters", "show", "incidents/2/9").returncode == 1
    assert bench.cli("deadletters", "list", "--since", "soon").returncode == 3


def test_retry_appends_the_originals_to_their_topic(bench, letters):
    done = bench.cli("deadletters", "retry")
    assert done.returncode == 1  # one original is gone
    assert b"incidents/2/77: the original is gone" in done.stdout
    assert done.stderr == b"sent again: 3, gone: 1\n"
    found = bench.consume("incidents")
    before = [m for m in found if m.partition == 2][:3]
    again = [m for m in found if m not in before]
    assert sorted(m.value for m in again) == sorted(ORIGINALS)
    assert sorted(m.key for m in again) == [b"k0", b"k1", b"k2"]
    one = bench.cli("deadletters", "retry", "incidents/2/0", "incidents/9/9")
    assert one.returncode == 1
    assert one.stderr.splitlines()[-1] == b"sent again: 1, gone: 0"
    assert b"incidents/9/9: there is no dead letter" in one.stderr
