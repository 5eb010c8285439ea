"""A real receiver for every registered sink: the sink's options on it, and what has arrived."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
from msgspec import Struct

from sinks import ChannelOptions
from sinks.alertmanager import AlertmanagerOptions
from sinks.apprise import AppriseOptions
from sinks.cap import CapOptions
from sinks.console import ConsoleOptions
from sinks.email import EmailOptions
from sinks.jsonl import JsonlOptions
from sinks.kafka import KafkaOptions
from sinks.webhook import WebhookOptions
from streams.brokers.process import HOST
from tests.live.harness import Bench
from tests.live.mailbox import mailbox
from tests.live.receivers import Receiver, receiver

__all__ = ["LIVE", "PEERS", "Peer"]


class Peer(Struct):
    """options: of a channel that reaches the receiver. arrived: the texts it has, in order.

    environ: the secrets that the options name.
    """

    options: ChannelOptions
    arrived: Callable[[], list[str]]
    environ: dict[str, str] = {}


Starter = Callable[[Path, Callable[[], Bench]], AbstractContextManager[Peer]]


@contextmanager
def _alertmanager(folder: Path, bench: Callable[[], Bench]) -> Iterator[Peer]:
    with receiver() as mine:
        options = AlertmanagerOptions(url=mine.url, user="desk", password="env:PASSWORD")
        yield Peer(options, lambda: [b.decode() for b in mine.taken()], {"PASSWORD": "s3cret"})


@contextmanager
def _apprise(folder: Path, bench: Callable[[], Bench]) -> Iterator[Peer]:
    pytest.importorskip("apprise")
    with receiver() as mine:
        secrets = {"CHAT": mine.url.replace("http://", "json://")}
        yield Peer(AppriseOptions(url="env:CHAT"), lambda: _messages(mine), secrets)


def _messages(mine: Receiver) -> list[str]:
    bodies = [json.loads(body) for body in mine.taken()]
    return [f"{body['title']}\n{body['message']}" for body in bodies]


@contextmanager
def _cap(folder: Path, bench: Callable[[], Bench]) -> Iterator[Peer]:
    with receiver() as mine:
        yield Peer(CapOptions(url=mine.url), lambda: [body.decode() for body in mine.taken()])


@contextmanager
def _console(folder: Path, bench: Callable[[], Bench]) -> Iterator[Peer]:
    file = folder / "wall.txt"
    yield Peer(ConsoleOptions(file=str(file)), lambda: _texts(file))


@contextmanager
def _email(folder: Path, bench: Callable[[], Bench]) -> Iterator[Peer]:
    with mailbox() as mine:
        options = EmailOptions(
            host=HOST,
            port=mine.port,
            tls="none",
            to=["duty@city.example"],
            from_="watchfloor@city.example",
        )
        yield Peer(options, lambda: [_text(mail) for mail in mine.mails])


def _text(mail: EmailMessage) -> str:
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([str(mail["Subject"]), *parts])


@contextmanager
def _jsonl(folder: Path, bench: Callable[[], Bench]) -> Iterator[Peer]:
    file = folder / "alerts.jsonl"
    yield Peer(JsonlOptions(file=str(file)), lambda: _texts(file))


@contextmanager
def _kafka(folder: Path, bench: Callable[[], Bench]) -> Iterator[Peer]:
    mine = bench()
    options = KafkaOptions(topic=mine.settings.topic("alerts.log"), settings=mine.settings)
    yield Peer(options, lambda: [(m.value or b"").decode() for m in mine.consume("alerts.log")])


@contextmanager
def _webhook(folder: Path, bench: Callable[[], Bench]) -> Iterator[Peer]:
    with receiver() as mine:
        options = WebhookOptions(url=mine.url, secret="env:HALL_KEY", token="env:HALL_TOKEN")
        secrets = {"HALL_KEY": "key", "HALL_TOKEN": "token"}
        yield Peer(options, lambda: [body.decode() for body in mine.taken()], secrets)


def _texts(file: Path) -> list[str]:
    return [file.read_text(encoding="utf-8")] if file.exists() else []


PEERS: dict[str, Starter] = {
    "alertmanager": _alertmanager,
    "apprise": _apprise,
    "cap": _cap,
    "console": _console,
    "email": _email,
    "jsonl": _jsonl,
    "kafka": _kafka,
    "webhook": _webhook,
}
LIVE = {"kafka"}
"""Kinds whose receiver is a broker."""
