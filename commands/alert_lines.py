"""Alerts that were written down: from files of JSON lines, or from topics on the broker."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from streams.alert_codec import decode_alert
from streams.errors import ConfigError, SourceError
from streams.records import Alert
from streams.settings import load_settings

__all__ = ["alerts_of", "alerts_on"]


def alerts_of(files: Sequence[str]) -> Iterator[Alert]:
    """Alerts of files, `-` is stdin. Raises ConfigError and SourceError for what is no such."""
    for file in files:
        for number, line in enumerate(_lines(file), 1):
            if line.strip():
                yield _decoded(line, f"{file}:{number}")


def alerts_on(topics: Iterable[str], since_ms: int | None) -> Iterator[Alert]:
    """Alerts on the broker; event times may lie before the broker's own, never after."""
    # Here, since most verbs need no broker: its client would only slow them down.
    from streams.kafka_client import consumer, read_all

    settings = load_settings(os.environ)
    with consumer(settings) as client:
        for name in topics:
            topic = settings.topic(name)
            for message in read_all(client, topic, since_ms=since_ms):
                if message.value is not None:
                    place = f"{topic}/{message.partition}, offset {message.offset}"
                    yield _decoded(message.value, place)


def _lines(path: str) -> Iterator[bytes]:
    if path == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(path).open("rb") as file:
            yield from file
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error


def _decoded(raw: bytes, place: str) -> Alert:
    try:
        return decode_alert(raw)
    except msgspec.DecodeError as error:
        raise SourceError(f"{place}: this is no alert: {error}") from error
