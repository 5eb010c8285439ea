"""What the `state` topic holds, as pure data: intake progress, and snapshots of the watch in parts.

Keys: `intake/<topic>/<partition>` and `watch/<partition>/<slot>/<part>`. A snapshot above the part
size is cut; a writer alternates between two slots, so a crash in mid-write leaves the older
snapshot whole, and the slots differ between one group generation and the next, so a worker that
has lost the partition without knowing cannot tear its successor's. Every snapshot is complete in
itself: an older one only means that more of the log is read again.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from streams.intake import Progress

__all__ = ["PART_BYTES", "Snapshot", "StateView", "Told", "cut", "progress_record"]

PART_BYTES = 900_000
"""Below the 1 MiB that a broker takes by default."""


class Told(Struct, frozen=True, array_like=True):
    """An announcement of rules that was applied: its number, and the bundle that holds since.

    refused: why the announced bundle was not taken, and `hash` goes on.
    """

    hash: str
    number: int
    effective_ms: int
    refused: str = ""


class Snapshot(Struct, frozen=True, kw_only=True):
    """State of one partition of the log: `blob` includes everything below `next_offset`.

    told: the newest announcement of rules below it; None where there was none.
    """

    partition: int
    next_offset: int
    totals: dict[str, int]
    blob: bytes
    told: Told | None = None


class _Part(Struct, frozen=True, array_like=True, tag="snapshot/1", tag_field="schema"):
    writer: str
    epoch: int
    part: int
    parts: int
    next_offset: int
    totals: dict[str, int]
    data: bytes
    told: Told | None = None


class _Stored(Struct, frozen=True, tag="progress/1", tag_field="schema"):
    progress: Progress


_parts = msgspec.msgpack.Decoder(_Part)
_stored = msgspec.json.Decoder(_Stored)


def progress_record(topic: str, partition: int, progress: Progress) -> tuple[bytes, bytes]:
    """Key and value that store the progress of an intake source partition."""
    return f"intake/{topic}/{partition}".encode(), msgspec.json.encode(_Stored(progress))


def cut(
    snapshot: Snapshot, *, writer: str, generation: int, epoch: int, size: int = PART_BYTES
) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values that store a snapshot, at most `size` bytes of state in each.

    writer: unique to this process and takeover; epoch: counts the snapshots it wrote;
    generation: of the consumer group.
    """
    slot = 2 * (generation % 2) + epoch % 2
    starts = range(0, max(len(snapshot.blob), 1), size)
    for part, start in enumerate(starts):
        value = _Part(
            writer=writer,
            epoch=epoch,
            part=part,
            parts=len(starts),
            next_offset=snapshot.next_offset,
            totals=snapshot.totals,
            data=snapshot.blob[start : start + size],
            told=snapshot.told,
        )
        key = f"watch/{snapshot.partition}/{slot}/{part}".encode()
        yield key, msgspec.msgpack.encode(value)


class StateView:
    """Gathers records of the `state` topic, in log order, into what is to be restored."""

    def __init__(self) -> None:
        self.progress: dict[tuple[str, int], Progress] = {}
        self.snapshots: dict[int, Snapshot] = {}
        self.foreign = 0
        self._pending: dict[tuple[int, str], dict[int, _Part]] = {}

    def add(self, key: bytes | None, value: bytes | None) -> None:
        """Take in one record. Foreign ones are counted; a tombstone removes nothing but itself."""
        if value is None:
            return
        try:
            kind, name, *rest = (key or b"").decode().split("/")
            if kind == "intake":
                self._add_progress(name, int(rest[0]), _stored.decode(value).progress)
            elif kind == "watch":
                self._add_part(int(name), rest[0], _parts.decode(value))
            else:
                self.foreign += 1
        except (ValueError, IndexError, msgspec.DecodeError):
            self.foreign += 1

    def _add_progress(self, topic: str, partition: int, progress: Progress) -> None:
        known = self.progress.get((topic, partition))
        if known is None or progress.next_offset >= known.next_offset:
            self.progress[topic, partition] = progress

    def _add_part(self, partition: int, slot: str, part: _Part) -> None:
        parts = self._pending.setdefault((partition, slot), {})
        if any((p.writer, p.epoch) != (part.writer, part.epoch) for p in parts.values()):
            parts.clear()
        parts[part.part] = part
        if len(parts) < part.parts:
            return
        del self._pending[partition, slot]
        best = self.snapshots.get(partition)
        if best is None or part.next_offset >= best.next_offset:
            self.snapshots[partition] = Snapshot(
                partition=partition,
                next_offset=part.next_offset,
                totals=part.totals,
                blob=b"".join(parts[i].data for i in range(part.parts)),
                told=part.told,
            )
