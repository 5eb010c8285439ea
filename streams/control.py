"""What the `control` topic holds, as pure data: bundles of rules, who runs which, and silences.

Keys: `bundle/<hash>` (all rule files of a bundle; never written twice), `rules/current` (the bundle
that holds, and from which event time on) and `rules/running/<worker>` (what each partition of a
worker was told; removed when it stops); and `silence/<id>` (the act that began a silence; removed
by the one that ends it before its time). The switch itself is announced in the log, by a batch of
the stream `rules` on every partition, so that it comes at the same place for whoever reads it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from streams.acts import Act, decode_act
from streams.errors import ConfigError
from streams.observations import Batch, encode_batch

__all__ = [
    "CURRENT",
    "LARGEST_BUNDLE",
    "Bundle",
    "ControlView",
    "Current",
    "Held",
    "Running",
    "acts_announcement",
    "announcement",
    "bundle_key",
    "decode_bundle",
    "encode_bundle",
    "encode_current",
    "encode_running",
    "running_key",
]

CURRENT = b"rules/current"
LARGEST_BUNDLE = 900_000
"""Bytes of a packed bundle: below the 1 MiB that a broker takes by default."""
_BUNDLE = "bundle/"
_SILENCE = "silence/"
_RUNNING = "rules/running/"
_UNPACKED = 64 * 1024 * 1024


class Bundle(Struct, frozen=True, kw_only=True):
    """All rule files of a book by the names that places give them, and who published them why.

    hash: of what the files say, not of their layout. at_ms: when (the publisher's clock).
    """

    schema: Literal["bundle/1"] = "bundle/1"
    hash: str
    files: dict[str, str]
    by: str
    because: str
    at_ms: int


class Current(Struct, frozen=True, kw_only=True):
    """The bundle that holds from `effective_ms` (event time) on, and the one that held before."""

    schema: Literal["rules_current/1"] = "rules_current/1"
    hash: str
    previous: str | None
    effective_ms: int
    by: str
    because: str
    at_ms: int


class Held(Struct, frozen=True, kw_only=True):
    """What one partition of the log was last told: by the announcement of this `number`.

    number: -1 where nothing was announced yet, and the worker's own rules hold. refused: why the
    bundle was not taken, and the one before it goes on; empty where it was. since_ms: clock of the
    worker.
    """

    hash: str
    number: int
    effective_ms: int
    since_ms: int
    refused: str = ""


class Running(Struct, frozen=True, kw_only=True):
    """What one worker runs, by partition of the log."""

    schema: Literal["rules_running/1"] = "rules_running/1"
    worker: str
    at_ms: int
    partitions: dict[int, Held]


_bundles = msgspec.msgpack.Decoder(Bundle)
_current = msgspec.json.Decoder(Current)
_running = msgspec.json.Decoder(Running)


def bundle_key(hash_: str) -> bytes:
    """Key of a bundle on `control`."""
    return f"{_BUNDLE}{hash_}".encode()


def running_key(worker: str) -> bytes:
    """Key of what a worker runs."""
    return f"{_RUNNING}{worker}".encode()


def encode_bundle(bundle: Bundle) -> bytes:
    """The value of a bundle's record. Raises ConfigError where it is too large for a record."""
    packed = zlib.compress(msgspec.msgpack.encode(bundle), level=6)
    if len(packed) > LARGEST_BUNDLE:
        message = (
            f"the rule files come to {len(packed):,} bytes packed, and a bundle may have "
            f"{LARGEST_BUNDLE:,}: take out what is not a rule, or split the installation"
        )
        raise ConfigError(message)
    return packed


def decode_bundle(value: bytes) -> Bundle:
    """The bundle in a record of `control`. Raises msgspec.DecodeError on foreign bytes."""
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(value, _UNPACKED)
    except zlib.error as error:
        raise msgspec.DecodeError(str(error)) from error
    return _bundles.decode(plain)


def encode_current(current: Current) -> bytes:
    """The value of the record `rules/current`."""
    return msgspec.json.encode(current)


def encode_running(running: Running) -> bytes:
    """The value of a record `rules/running/<worker>`."""
    return msgspec.json.encode(running)


def announcement(current: Current, number: int) -> bytes:
    """The value of the record that tells one partition of the log of the switch.

    number: offset of `current` on `control`.
    """
    return encode_batch(
        Batch(
            stream="rules",
            source="rules",
            sources=1,
            first=number,
            last=number,
            watermark=None,
            clock=current.at_ms,
            bundle=current.hash,
            effective_ms=current.effective_ms,
        )
    )


def acts_announcement(acts: Sequence[Act]) -> bytes:
    """The value of the record that tells one partition of the log of acts, at least one."""
    return encode_batch(
        Batch(
            stream="acts",
            source="acts",
            sources=1,
            first=0,
            last=-1,
            watermark=None,
            clock=max(act.at_ms for act in acts),
            acts=list(acts),
        )
    )


class ControlView:
    """Gathers the records of `control`, in order, into what holds now.

    bundles: packed, by hash. number: offset of the newest `rules/current`. silences: the acts that
    began those that nobody ended before their time, by the silence's id. What is none of these is
    passed over; foreign ones of ours are counted.
    """

    def __init__(self) -> None:
        self.bundles: dict[str, bytes] = {}
        self.current: Current | None = None
        self.number = -1
        self.running: dict[str, Running] = {}
        self.silences: dict[str, Act] = {}
        self.foreign = 0

    def add(self, offset: int, key: bytes | None, value: bytes | None) -> None:
        """Take in one record."""
        try:
            name = (key or b"").decode()
            if name.startswith(_BUNDLE):
                self._bundle(name.removeprefix(_BUNDLE), value)
            elif name == CURRENT.decode() and value is not None:
                self.current, self.number = _current.decode(value), offset
            elif name.startswith(_RUNNING):
                self._running(name.removeprefix(_RUNNING), value)
            elif name.startswith(_SILENCE):
                self._silence(name.removeprefix(_SILENCE), value)
        except (ValueError, msgspec.DecodeError):
            self.foreign += 1

    def bundle(self, hash_: str) -> Bundle | None:
        """The bundle of this hash; None where it is not here. Raises msgspec.DecodeError."""
        packed = self.bundles.get(hash_)
        return None if packed is None else decode_bundle(packed)

    def held(self) -> Mapping[int, tuple[str, Held]]:
        """By partition of the log: the worker that has it, and what it was told.

        A worker that was killed leaves its record behind: whoever said so last has a partition.
        """
        found: dict[int, tuple[str, Held]] = {}
        for running in self.running.values():
            for partition, held in running.partitions.items():
                found[partition] = (running.worker, held)
        return dict(sorted(found.items()))

    def gone(self) -> Iterator[str]:
        """Workers that left their record behind: others have all of their partitions by now."""
        alive = {worker for worker, _ in self.held().values()}
        yield from (worker for worker in self.running if worker not in alive)

    def _bundle(self, hash_: str, value: bytes | None) -> None:
        if value is None:
            self.bundles.pop(hash_, None)
        else:
            self.bundles[hash_] = value

    def _silence(self, id_: str, value: bytes | None) -> None:
        if value is None:
            self.silences.pop(id_, None)
        else:
            self.silences[id_] = decode_act(value)

    def _running(self, worker: str, value: bytes | None) -> None:
        self.running.pop(worker, None)  # so that they are in the order in which they were said
        if value is not None:
            self.running[worker] = _running.decode(value)
