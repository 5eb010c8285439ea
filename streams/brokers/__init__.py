"""Brokers that Watchfloor starts by itself: the bundled one, and Apache Kafka from its jars."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.brokers.bundled import bundled
from streams.settings import Settings

__all__ = ["broker_for"]


@contextmanager
def broker_for(settings: Settings, *, log: Path | None = None) -> Iterator[str]:
    """Addresses (host:port) of the broker that is set, else of the bundled one, started meanwhile.

    Raises BrokerError where none is set and the bundled one is not installed.
    """
    if settings.broker:
        yield settings.broker
        return
    with bundled(log=log) as broker:
        yield broker.address
