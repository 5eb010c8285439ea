"""Does acts from inside a worker: the same records as `commands.acting`, through its producer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from streams.acts import Act
from streams.announce import act_records
from streams.live.writer import Outgoing, Writer
from streams.settings import Settings

__all__ = ["perform"]


async def perform(writer: Writer, settings: Settings, acts: Sequence[Act]) -> None:
    """Write them all; on return the broker has confirmed each. Raises BrokerError."""
    # Topic by topic: what a watch hears of must be on the audit log by then.
    for _, records in groupby(act_records(settings, acts), key=lambda record: record.topic):
        await writer.send(
            Outgoing(record.topic, record.key, record.value, record.partition) for record in records
        )
