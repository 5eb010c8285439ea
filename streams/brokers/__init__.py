"""Brokers that Watchfloor starts by itself: the bundled one, and Apache Kafka from its jars."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.brokers.bundled import bundled

__all__ = ["broker_for"]


@contextmanager
def broker_for(address: str | None, *, log: Path | None = None) -> Iterator[str]:
    """Address (host:port) of a broker that answers: the one given, else the bundled one meanwhile.

    Raises BrokerError where none is given and the bundled one is not installed.
    """
    if address:
        yield address
        return
    with bundled(log=log) as broker:
        yield broker.address
