"""What the crash tests compare: the outcome of a whole run, read back from the broker."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

import msgspec

from streams.live.state_log import read_totals
from streams.marks import closing_mark
from tests.live.city import FINISH
from tests.live.harness import Bench, Worker, wait_until

__all__ = ["Alerts", "close_feed", "feed", "outcome", "wait_for_all"]

Alerts = dict[tuple[str, int], bytes]


def feed(bench: Bench, records: Sequence[bytes]) -> int:
    """Send records to `incidents`, the same record always to the same partition."""
    return bench.produce(
        "incidents", records, key=lambda i: hashlib.blake2b(records[i], digest_size=4).digest()
    )


def close_feed(bench: Bench) -> None:
    """Say on every partition that no more will come."""
    mark = closing_mark(int(FINISH.timestamp() * 1000))
    for partition in range(bench.settings.partitions):
        bench.produce("incidents", [mark], partition=partition)


def wait_for_all(worker: Worker, count: int, *, limit: float = 240) -> None:
    """Wait until `count` records are accounted for and nothing waits."""

    def finished() -> bool:
        metrics = worker.metrics()
        return (
            metrics.get("watchfloor_log_records", 0) == count
            and metrics.get("watchfloor_lag_records", 1) == 0
        )

    wait_until(finished, limit=limit, what=f"{count} records are accounted for")


def outcome(bench: Bench) -> tuple[Alerts, dict[str, int]]:
    """Alerts by id and revision, and the counts of the log. Fails where two writings differ."""
    alerts: Alerts = {}
    for message in bench.consume("alerts.log"):
        assert message.value is not None
        fields = msgspec.json.decode(message.value)
        place = (fields["id"], fields["revision"])
        known = alerts.setdefault(place, message.value)
        assert known == message.value, f"{place} came out twice, differently"
    return alerts, asyncio.run(read_totals(bench.settings))
