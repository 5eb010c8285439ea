"""Peer: Quix Streams, JSON in, a five-minute tumbling count per key, every update emitted."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
from datetime import timedelta
from typing import Any

import click

from commands.bench.peers import Stopwatch

__all__ = ["installed"]

_WINDOW = timedelta(minutes=5)
_GRACE = timedelta(minutes=1)


def installed() -> bool:
    """Whether the package is there: it is a peer, never a dependency."""
    return importlib.util.find_spec("quixstreams") is not None


@click.command()
@click.option("--broker", required=True)
@click.option("--topic", required=True)
@click.option("--app-id", required=True)
@click.option("--warm", type=int, required=True)
@click.option("--total", type=int, required=True)
def main(broker: str, topic: str, app_id: str, warm: int, total: int) -> None:
    """Read TOTAL records of TOPIC and report the rate."""
    quix: Any = importlib.import_module("quixstreams")
    watch = Stopwatch(warm=warm, total=total)

    def count(_: object) -> None:
        if watch.add(1):
            watch.report_and_exit()

    app = quix.Application(
        broker_address=broker,
        consumer_group=app_id,
        auto_offset_reset="earliest",
        state_dir=tempfile.mkdtemp(prefix="watchfloor-bench-"),
        loglevel="ERROR",
    )
    incidents = app.topic(topic, value_deserializer="json", key_deserializer="str")
    frame = app.dataframe(incidents)
    frame.tumbling_window(_WINDOW, grace_ms=_GRACE).count().current().update(count)
    app.run()


if __name__ == "__main__":
    main()
