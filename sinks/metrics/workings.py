"""Series of the worker itself: lag, computing time, snapshots, takeovers, faults, its version."""

from __future__ import annotations

from sinks.metrics.family import Family
from sinks.metrics.labels import PARTITION, STAGE, TOPIC, VERSION

__all__ = ["WorkSeries"]

_COMPUTING = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_CHUNK = (1, 10, 100, 500, 1000, 2000, 4000, 10_000, 50_000)


class WorkSeries(Family):
    """Implements that part of `streams.live.meter.Meter` which the shell calls."""

    def __init__(self) -> None:
        super().__init__()
        self._version = self._gauge("build_info", "The version that runs, always 1.", VERSION)
        self._ready = self._gauge(
            "ready", "1 where the assigned partitions are restored and read, else 0."
        )
        self._lag = self._gauge(
            "lag_records", "Records not read yet, by partition.", TOPIC, PARTITION
        )
        self._chunk_size = self._histogram("chunk_records", "Records in a chunk.", _CHUNK, STAGE)
        self._chunk_time = self._histogram(
            "chunk_seconds", "Computing time of a chunk.", _COMPUTING, STAGE
        )
        self._failures = self._counter("failures", "Unexpected faults contained.", STAGE)
        self._snapshots = self._counter("snapshots", "Snapshots captured.")
        self._snapshot_bytes = self._gauge("snapshot_bytes", "Size of the newest snapshot.")
        self._snapshot_seconds = self._gauge("snapshot_seconds", "Time to capture it.")
        self._stored = self._gauge(
            "snapshot_stored_timestamp_seconds",
            "When the broker confirmed the newest snapshot, Unix time.",
            PARTITION,
        )
        self._restores = self._counter("restores", "Takeovers of assigned partitions.")
        self._restore_seconds = self._gauge("restore_seconds", "Time of the newest takeover.")

    def version(self, version: str) -> None:
        """The version of Watchfloor that runs."""
        self._version.of(version).set(1)

    def ready(self, *, ready: bool) -> None:
        """Whether the assigned partitions are restored."""
        self._ready.of().set(ready)

    def lag(self, topic: str, partition: int, records: int) -> None:
        """Records between the read position and the end of a partition."""
        self._lag.of(topic, str(partition)).set(records)

    def chunk(self, stage: str, records: int, seconds: float) -> None:
        """A stage computed a chunk."""
        self._chunk_size.of(stage).observe(records)
        self._chunk_time.of(stage).observe(seconds)

    def failure(self, stage: str) -> None:
        """An unexpected fault was contained."""
        self._failures.of(stage).inc()

    def snapshot(self, size: int, seconds: float) -> None:
        """A snapshot was captured."""
        self._snapshots.of().inc()
        self._snapshot_bytes.of().set(size)
        self._snapshot_seconds.of().set(seconds)

    def snapshot_stored(self, partition: int, at: float) -> None:
        """The broker confirmed the whole snapshot of a partition of the log, at a Unix time."""
        self._stored.of(str(partition)).set(at)

    def restored(self, seconds: float) -> None:
        """Assigned partitions were restored."""
        self._restores.of().inc()
        self._restore_seconds.of().set(seconds)

    def revoked(self) -> None:
        """All partitions were handed over: their gauges mean nothing now."""
        super().revoked()
        self._ready.of().set(0)
        for gauge in (self._lag, self._stored):
            gauge.clear()
