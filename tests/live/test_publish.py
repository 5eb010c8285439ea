"""Rules that change while incidents flow: no alert is lost or doubled, and a replay agrees.

WATCHFLOOR_PUBLISH_INCIDENTS makes the long run as long as wanted.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from commands.rules.publishing import publish_bundle
from commands.rules.running import state_of
from rules.language.bundle import bundle_of
from rules.language.loader import read_rules
from streams.kafka_client import producer
from tests.live.city import FINISH, START, incidents
from tests.live.harness import Bench, Worker, wait_until
from tests.live.rulebooks import control_view, replayed, write_rules
from tests.live.runs import close_feed, outcome, wait_for_all

INCIDENTS = int(os.environ.get("WATCHFLOOR_PUBLISH_INCIDENTS", "60000"))
BUNDLES = 50
AHEAD = 5

pytestmark = pytest.mark.live


class Flow(threading.Thread):
    """Sends records in as many parts as bundles are published, and some more: side by side."""

    def __init__(self, bench: Bench, records: list[bytes]) -> None:
        super().__init__()
        self.published = 0
        self._sent = 0
        self._bench = bench
        self._records = records

    def run(self) -> None:
        """Send a part when the bundle some parts before it is out."""
        size = -(-len(self._records) // (BUNDLES + AHEAD))
        with producer(self._bench.settings) as client:
            for part in range(BUNDLES + AHEAD):
                wait_until(
                    lambda due=part - AHEAD: self.published >= due,  # type: ignore[misc]  # a default
                    limit=60,
                    what="bundles are published",
                )
                for record in self._records[part * size : (part + 1) * size]:
                    key = hashlib.blake2b(record, digest_size=4).digest()
                    client.send(self._bench.settings.topic("incidents"), record, key=key)
                client.flush()
                self._sent = part + 1

    def reach(self, part: int) -> None:
        """Wait until so many parts are sent."""
        wait_until(
            lambda: self._sent >= part or not self.is_alive(), limit=60, what="incidents flow"
        )


def _hash(directory: Path) -> str:
    return read_rules(directory).book.bundle


def _runs(worker: Worker) -> set[str]:
    """The bundles that a worker says it runs."""
    return {
        line.partition('hash="')[2].partition('"')[0]
        for line in worker.get("/metrics")[1].splitlines()
        if line.startswith("watchfloor_rules_bundle_info{")
    }


@pytest.mark.timeout(300)
def test_fifty_bundles_while_incidents_flow(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    records = list(incidents(INCIDENTS))
    usual = INCIDENTS // (60 * 8)  # of an area in a quarter of an hour
    own = write_rules(tmp_path / "rules", 0, usual)
    base = _hash(own)
    worker = new_worker(environ={"WATCHFLOOR_RULES": str(own)}).start()
    flow = Flow(bench, records)
    flow.start()
    hashes = []
    for number in range(1, BUNDLES + 1):
        flow.reach(number)
        rules = write_rules(tmp_path / "rules", number, usual + number % 7 * usual // 10)
        # Before what flows, in it, and ahead of it.
        moment = (
            START + (FINISH - START) * (number / BUNDLES) + timedelta(seconds=30 * (number % 5 - 2))
        )
        bundle = bundle_of(read_rules(rules), by="test", because=f"version {number}", at_ms=0)
        effective_ms = round(moment.timestamp() * 1000)
        assert not publish_bundle(bench.settings, bundle, effective_ms=effective_ms).anew
        hashes.append(bundle.hash)
        flow.published = number
        if number == BUNDLES // 2:
            worker.kill()
            worker.start(ready=False)
    flow.join()
    close_feed(bench)
    wait_for_all(worker, len(records), limit=120)
    wait_until(lambda: _runs(worker) == {hashes[-1]}, limit=20, what="the last bundle runs")
    assert worker.terminate() == 0

    alerts, totals = outcome(bench)
    assert sum(totals.values()) == len(records)
    judged_by = {msgspec.json.decode(value)["rule"]["bundle"] for value in alerts.values()}
    assert len(judged_by) > BUNDLES // 3
    assert judged_by <= {base, *hashes}
    assert alerts == replayed(bench, base)
    newest = {message.key: message.value for message in bench.consume("alerts")}
    last = {id_: value for (id_, _), value in sorted(alerts.items())}
    assert newest == {id_.encode(): value for id_, value in last.items()}


def test_publish_status_and_rollback(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    first = write_rules(tmp_path / "first", 1, 9)
    second = write_rules(tmp_path / "second", 2, 9)
    bad = write_rules(tmp_path / "bad", 3, 9)
    (bad / "heat.yaml").write_text("format: 1\nkind: heat\nrules: [{id: x}]\n", encoding="utf-8")

    told = bench.cli("rules", "publish", str(first), "--wait", "1")
    assert told.returncode == 1, "nobody takes it"
    assert "partition 3: no worker has it" in told.stdout.decode()
    worker = new_worker(environ={"WATCHFLOOR_RULES": str(second)}).start()
    wait_until(lambda: _runs(worker) == {_hash(first)}, limit=30, what="the log is told")
    assert f"rules {_hash(first)}, published by " in worker.log.read_text()

    told = bench.cli("rules", "publish", str(bad))
    assert told.returncode == 2
    assert "heat.yaml:3:" in told.stdout.decode()

    told = bench.cli("rules", "publish", str(second), "--by", "anna", "--because", "quieter")
    assert (told.returncode, told.stderr.splitlines()[-1]) == (
        0,
        b"4 of 4 partitions have taken it",
    ), told
    again = bench.cli("rules", "publish", str(second))
    assert again.returncode == 0
    assert "was published already by anna" in again.stdout.decode()

    shown = bench.cli("rules", "status", "--json")
    assert shown.returncode == 0, shown.stdout
    state = json.loads(shown.stdout)
    assert state["current"]["hash"] == _hash(second)
    assert state["current"]["previous"] == _hash(first)
    assert (state["current"]["by"], state["current"]["because"]) == ("anna", "quieter")
    assert [row["held"]["hash"] for row in state["partitions"]] == [_hash(second)] * 4

    told = bench.cli("rules", "rollback", "--because", "too quiet")
    assert told.returncode == 0, told
    assert _runs(worker) == {_hash(first)}
    told = bench.cli("rules", "rollback", "--to", "ffff")
    assert told.returncode == 2
    assert b"is not on the broker" in told.stderr

    worker.kill()
    worker.start()
    wait_until(lambda: _runs(worker) == {_hash(first)}, limit=30, what="it goes on by the same")
    assert worker.terminate() == 0
    assert control_view(bench).running == {}, "a worker that stops says so"
    gone = bench.cli("rules", "status")
    assert gone.returncode == 1
    assert b"no worker runs partition 0, 1, 2, 3" in gone.stdout


def test_a_watched_directory_publishes_what_is_good(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    versions = [write_rules(tmp_path / f"version-{n}", n, 9) for n in range(2)]
    rules = tmp_path / "rules"
    rules.symlink_to(versions[0])
    environ = {"WATCHFLOOR_RULES": str(rules), "WATCHFLOOR_RULES_WATCH": "true"}
    worker = new_worker(environ=environ).start()

    def published(hash_: str) -> bool:
        current = control_view(bench).current
        return current is not None and (current.hash, current.by) == (hash_, "directory")

    wait_until(lambda: published(_hash(rules)), limit=30, what="the directory is published")
    link = tmp_path / "link"
    link.symlink_to(versions[1])
    link.replace(rules)
    wait_until(lambda: published(_hash(versions[1])), limit=30, what="another one is published")
    wait_until(lambda: _runs(worker) == {_hash(versions[1])}, limit=30, what="it is run")
    (versions[1] / "heat.yaml").write_text("format: 1\nkind: hot\n", encoding="utf-8")
    wait_until(
        lambda: 'rules_switch_total{outcome="directory_refused"} 1.0' in worker.get("/metrics")[1],
        limit=30,
        what="the broken one is refused",
    )
    assert "heat.yaml:2:7: error E111" in worker.log.read_text()
    assert worker.terminate() == 0
    view = control_view(bench)
    assert view.current is not None
    assert set(view.bundles) == {_hash(versions[0]), view.current.hash}
    assert state_of(view, 4, view.current.at_ms).current == view.current


WORDS = """\
format: 1
kind: keyword
rules:
  - {id: library, title: {zh: 图书馆, en: Library}, level: III, match: {any: {zh: [图书馆]}}}
"""


def test_own_words_of_published_rules_are_looked_for_at_once(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    rules = write_rules(tmp_path / "rules", 1, 9)
    worker = new_worker(environ={"WATCHFLOOR_RULES": str(rules)}).start()
    (rules / "own.yaml").write_text(WORDS, encoding="utf-8")
    told = bench.cli("rules", "publish", str(rules), "--skip-tests")
    assert told.returncode == 0, told
    call = {
        "schema": "incident/1",
        "incident_id": "inc-1",
        "reported_at": datetime.now(UTC).isoformat(),
        "source": "phone_110",
        "category": "99",
        "text": "图书馆门口的路灯坏了",
        "area_id": "area-1",
    }
    bench.produce("incidents", [call])
    (alert,) = bench.consume_until("alerts.log", bool, limit=30)
    fields = json.loads(alert.value or b"")
    assert (fields["rule"]["id"], fields["level"]) == ("library", "III")
    assert fields["rule"]["bundle"] == _hash(rules)
    assert worker.terminate() == 0
