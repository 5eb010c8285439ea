"""The incidents that lie on the broker, as files: what a backtest reads where nobody kept any."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

__all__ = ["histories"]


@contextmanager
def histories(files: Sequence[str], *, broker: bool) -> Iterator[tuple[str, ...]]:
    """The files that were named, or one file a partition of the topic, gone afterwards.

    A partition is a source of its own, as it is live. Raises click.UsageError where both or neither
    were asked for, and BrokerError for a topic that cannot be read.
    """
    if bool(files) == broker:
        raise click.UsageError("name files of incidents, or --broker")
    if not broker:
        yield tuple(files)
        return
    # Here, since most verbs need no broker: its client would only slow them down.
    from streams.kafka_client import consumer, read_all
    from streams.settings import load_settings

    settings = load_settings(os.environ)
    with TemporaryDirectory(prefix="watchfloor-history-") as folder, ExitStack() as stack:
        written = {}
        with consumer(settings) as client:
            for message in read_all(client, settings.topic("incidents")):
                if message.partition not in written:
                    path = Path(folder) / f"incidents-{message.partition}.jsonl"
                    written[message.partition] = stack.enter_context(path.open("wb"))
                # No line break stands within a JSON string; one between two values is space.
                line = (message.value or b"").replace(b"\r", b" ").replace(b"\n", b" ")
                written[message.partition].write(line + b"\n")
        for file in written.values():
            file.flush()
        if not written:
            raise click.ClickException("the topic `incidents` holds nothing yet")
        yield tuple(file.name for _, file in sorted(written.items()))
