"""One alert and its end through the dispatcher, to a receiver of every kind of channel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rules.language.loader import read_rules
from sinks import SINKS
from streams.alert_codec import encode_alert
from streams.kafka_client import producer
from tests.live.harness import Bench, Worker, wait_until
from tests.live.mailbox import mailbox
from tests.live.receivers import receiver
from tests.unit.rules.notify.alerts import NOON_MS, alert

pytestmark = pytest.mark.live

RULES = """format: 1
kind: keyword
defaults: {route: command}
routes:
  command:
    - to:
        - console:wall
        - jsonl:archive
        - kafka:alerts.hall
        - webhook:hall
        - alertmanager:operations
        - cap:desk
        - email:mail
        - apprise:chat
rules:
  - {id: kw, title: {zh: 抢劫, en: Robbery}, match: {category: [robbery]}}
"""
CHANNELS = """format: 1
kind: channels
channels:
  - {{id: wall, sink: console, file: "{folder}/wall.txt"}}
  - {{id: archive, sink: jsonl, file: "{folder}/archive.jsonl"}}
  - {{id: alerts.hall, sink: kafka, topic: alerts.hall}}
  - {{id: hall, sink: webhook, url: "{hall}", secret: env:HALL_KEY}}
  - {{id: operations, sink: alertmanager, url: "{operations}"}}
  - {{id: desk, sink: cap, directory: "{folder}/cap"}}
  - id: mail
    sink: email
    host: 127.0.0.1
    port: {port}
    tls: none
    to: [a@b.example]
    from: c@b.example
  - {{id: chat, sink: apprise, url: env:CHAT}}
"""


def publish(bench: Bench, revision: int, **fields: str) -> None:
    """A revision, as the watch writes it."""
    one = alert(revision=revision, at_ms=NOON_MS + revision, **fields)
    with producer(bench.settings) as client:
        for topic in ("alerts", "alerts.log"):
            client.send(bench.settings.topic(topic), encode_alert(one), key=one.id.encode())


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def await_count(count: Callable[[], int], wanted: int, *, what: str) -> None:
    wait_until(lambda: count() == wanted, limit=30, what=what)


def test_every_kind_of_channel_gets_the_alert_and_its_end(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    pytest.importorskip("apprise")
    rules = tmp_path / "rules"
    rules.mkdir()
    with receiver() as hall, receiver() as operations, receiver() as chat, mailbox() as mail:
        text = CHANNELS.format(
            folder=tmp_path, hall=hall.url, operations=operations.url, port=mail.port
        )
        (rules / "channels.yaml").write_text(text)
        (rules / "keyword.yaml").write_text(RULES)
        book = read_rules(rules).book.parts.channels
        assert {placed.value.sink for placed in book.values()} == set(SINKS)
        environ = {
            "WATCHFLOOR_RULES": str(rules),
            "HALL_KEY": "correct-horse",
            "CHAT": chat.url.replace("http://", "json://desk:battery-staple@"),
        }
        worker = new_worker(environ=environ, arguments=["--only", "dispatch"]).start()
        arrived: dict[str, Callable[[], int]] = {
            "console": lambda: len(lines(tmp_path / "wall.txt")) // 2,
            "jsonl": lambda: len(lines(tmp_path / "archive.jsonl")),
            "kafka": lambda: len(bench.consume("alerts.hall")),
            "webhook": lambda: len(hall.taken()),
            "alertmanager": lambda: len(operations.taken()),
            "cap": lambda: len(list((tmp_path / "cap").glob("*.xml"))),
            "email": lambda: len(mail.mails),
            "apprise": lambda: len(chat.taken()),
        }
        for revision, status in enumerate(("firing", "resolved"), start=1):
            publish(bench, revision, status=status)
            for kind, count in arrived.items():
                await_count(count, revision, what=f"{kind} has revision {revision}")
        said = worker.log.read_text()
        assert worker.terminate() == 0
    assert [json.loads(line)["status"] for line in lines(tmp_path / "archive.jsonl")] == [
        "firing",
        "resolved",
    ]
    (posted,) = json.loads(operations.taken()[1])
    assert posted["endsAt"] == json.loads(lines(tmp_path / "archive.jsonl")[1])["times"]["updated"]
    assert "webhook-signature" in hall.requests[0].headers
    assert mail.mails[1]["References"] == "<A1.1@b.example>"
    assert not any(secret in said for secret in ("correct-horse", "battery-staple"))
