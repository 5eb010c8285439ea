"""Dispatch on a broker: nothing lost on a bad receiver or a kill, in order; rules that change."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from commands.rules.publishing import publish_bundle
from rules.language.bundle import bundle_of
from rules.language.loader import read_rules
from streams.alert_codec import encode_alert
from streams.kafka_client import producer
from tests.live.harness import Bench, Worker, wait_until
from tests.live.receivers import Answer, in_turn, receiver
from tests.unit.rules.notify.alerts import NOON_MS, alert

pytestmark = pytest.mark.live

ALERTS = 20
RULES = """format: 1
kind: keyword
defaults: {{route: command, lifeline: false}}
routes:
  command: [{{to: [{to}], ack_within: 1s, otherwise: [{otherwise}]}}]
rules:
  - {{id: kw, title: {{zh: 抢劫, en: Robbery}}, match: {{category: [robbery]}}}}
"""
CHANNELS = """format: 1
kind: channels
channels:
  - {{id: hall, sink: webhook, url: "{url}", timeout: 1s, per_minute: 100000, format: alert}}
  - {{id: locked, sink: webhook, url: "{url}", secret: "env:NOT_THERE", format: alert}}
  - {{id: book, sink: jsonl, file: "{folder}/book.jsonl"}}
"""


def write(
    folder: Path, url: str, to: str = '"webhook:hall"', otherwise: str = '"jsonl:book"'
) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "keyword.yaml").write_text(RULES.format(to=to, otherwise=otherwise))
    (folder / "channels.yaml").write_text(CHANNELS.format(url=url, folder=folder))
    return folder


def publish(bench: Bench, ids: list[str], revision: int, **fields: Any) -> None:
    """One revision of each, as the watch writes it."""
    with producer(bench.settings) as client:
        for id_ in ids:
            one = alert(id_, revision=revision, at_ms=NOON_MS + revision, **fields)
            for topic in ("alerts", "alerts.log"):
                client.send(bench.settings.topic(topic), encode_alert(one), key=id_.encode())


def misbehaving(at: dict[int, Answer]) -> Callable[[int], Answer]:
    """Fails three requests of ten, and these in their own way; never so often that it is left."""
    ways: tuple[Answer, ...] = ("503", "drop", "cut")
    fails = {1: ways[0], 4: ways[1], 7: ways[2]}
    return lambda number: at.get(number) or fails.get(number % 10, "ok")


def told(bodies: list[bytes]) -> dict[str, list[int]]:
    """By id the revisions in the order in which they were first taken."""
    found: dict[str, list[int]] = {}
    for body in bodies:
        one = json.loads(body)
        revisions = found.setdefault(one["id"], [])
        if one["revision"] not in revisions:
            revisions.append(one["revision"])
    return found


@pytest.mark.timeout(180)
def test_a_bad_receiver_and_a_kill_lose_nothing_and_keep_the_order(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    ids = [f"A{number}" for number in range(ALERTS)]
    with receiver() as hall:
        hall.behave = misbehaving({2: "hang", 5: "429"})
        rules = write(tmp_path / "rules", hall.url)
        environ = {"WATCHFLOOR_RULES": str(rules)}
        worker = new_worker(environ=environ, arguments=["--only", "dispatch"]).start()
        publish(bench, ids, 1, level="III")
        wait_until(lambda: len(hall.taken()) > ALERTS // 4, limit=60, what="some were taken")
        worker.kill()
        publish(bench, ids, 2, level="II", previous_level="III")
        publish(bench, ids, 3, level="II", status="resolved")
        hall.behave = misbehaving({})
        worker.start()
        wait_until(
            lambda: sum(map(len, told(hall.taken()).values())) >= 3 * ALERTS,
            limit=90,
            what="every revision was taken",
        )
        assert worker.terminate() == 0
    assert told(hall.taken()) == {id_: [1, 2, 3] for id_ in ids}
    assert bench.consume("dead-letters") == []


def test_what_is_refused_is_a_dead_letter_and_the_rest_goes_on(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    with receiver() as hall:
        hall.behave = in_turn("400")
        rules = write(tmp_path / "rules", hall.url, to='"webhook:locked", "webhook:hall"')
        environ = {"WATCHFLOOR_RULES": str(rules)}
        worker = new_worker(environ=environ, arguments=["--only", "dispatch"]).start()
        publish(bench, ["A1", "A2", "A3"], 1, level="I")
        letters = bench.consume_until("dead-letters", len, limit=30)
        wait_until(lambda: len(hall.taken()) == 2, limit=30, what="the others were taken")
        (letter,) = [json.loads(message.value or b"") for message in letters]
        assert (letter["reason"], letter["topic"]) == ("sink_rejected", "alerts.log")
        assert "webhook:hall refused A" in letter["detail"]
        # All four commands have each of them, and the escalation reached the next rung.
        for desk in ("station", "county", "city", "province"):
            bench.consume_until(f"alerts.{desk}", lambda found: len(found) == 3, limit=20)
        acts = bench.consume_until(
            "audit",
            lambda found: sum(b'"told"' in (message.value or b"") for message in found) >= 3,
            limit=20,
        )
        assert all(json.loads(message.value or b"")["by"] == "escalation-clock" for message in acts)
        said = worker.log.read_text()
        assert "webhook:locked" in said
        assert "NOT_THERE" in said
        figures = worker.metrics()
        assert figures["watchfloor_ready"] == 1
        assert figures["watchfloor_deliveries_total"] >= 3
        assert figures["watchfloor_dead_letters_total"] == 1
        # Other rules are published: what comes from then on goes elsewhere, without a restart.
        reading = read_rules(write(tmp_path / "other", hall.url, to='"jsonl:book"'))
        bundle = bundle_of(reading, by="test", because="moved", at_ms=0)
        publish_bundle(bench.settings, bundle, effective_ms=0)
        wait_until(
            lambda: f"dispatch goes by the rules {bundle.hash}" in worker.log.read_text(),
            limit=20,
            what="the new rules are known",
        )
        book = tmp_path / "other" / "book.jsonl"
        publish(bench, ["A4"], 1)
        wait_until(
            lambda: book.exists() and '"A4"' in book.read_text(), limit=20, what="it is told"
        )
        assert len(hall.taken()) == 2
        assert worker.terminate() == 0


def test_a_call_that_nobody_acknowledges_reaches_the_next_rung(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    with receiver() as hall:
        rules = write(tmp_path / "rules", hall.url)
        worker = new_worker(environ={"WATCHFLOOR_RULES": str(rules)}).start()
        call = {
            "schema": "incident/1",
            "incident_id": "J1",
            "reported_at": datetime.now(UTC).isoformat(),
            "source": "phone_110",
            "category": "1002",
            "text": "我被抢劫了",
            "area_id": "S1",
        }
        bench.produce("incidents", [call], key=lambda _: b"S1")
        book = tmp_path / "rules" / "book.jsonl"
        wait_until(lambda: book.exists() and book.read_text(), limit=40, what="the next is told")
        shown = json.loads(book.read_text().splitlines()[0])
        assert shown["ack"]["rung"] == 1
        wait_until(lambda: len(hall.taken()) >= 1, limit=10, what="the first was told")
        # The one who was told at first is not told again that somebody else is.
        assert told(hall.taken()) == {shown["id"]: [1]}
        assert worker.metrics()["watchfloor_escalations_total"] == 1
        assert worker.terminate() == 0
