"""`control` as a worker sees it: read in full before it is ready, then followed to its end."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from msgspec import structs

from streams.control import (
    ControlView,
    Held,
    Running,
    bundle_key,
    encode_bundle,
    encode_running,
    running_key,
)
from streams.errors import BrokerError
from streams.live.connection import client_options
from streams.live.meter import Meter
from streams.live.shelf import BookLike, RuleSource, Shelf
from streams.live.writer import Outgoing, Writer
from streams.settings import Settings
from streams.topics import CONTROL

__all__ = ["Control"]

FETCH_WAIT_MS = 100
POLL_MS = 500
LIMIT = 30.0
"""Longest wait for a bundle that the log announces: it was written to `control` before."""
AGAIN = 1.0

log = logging.getLogger(__name__)


class Control:
    """Knows the published bundles, and tells `control` which of them this worker runs."""

    def __init__(
        self,
        settings: Settings,
        source: RuleSource,
        writer: Writer,
        meter: Meter,
        *,
        on_books: Callable[[Sequence[Any]], None],
    ) -> None:
        """on_books: is given the books that may hold by `control`, whenever these are others."""
        self.view = ControlView()
        self.shelf = Shelf(source, self.view)
        self._settings = settings
        self._source = source
        self._writer = writer
        self._meter = meter
        self._on_books = on_books
        self._worker = f"{socket.gethostname()}-{os.getpid()}"
        self._held: dict[int, Held] = {}
        self._grown = asyncio.Condition()
        self._changed = asyncio.Event()
        self._making = asyncio.Lock()
        self._told: tuple[str, ...] = ()
        self._consumer = AIOKafkaConsumer(
            **client_options(settings),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )

    # -- what is published

    async def open(self) -> None:
        """Read `control` to its end, and make the book that holds. Raises BrokerError."""
        place = TopicPartition(self._settings.topic(CONTROL), 0)
        try:
            await self._consumer.start()
            self._consumer.assign([place])
            start = (await self._consumer.beginning_offsets([place]))[place]
            end = (await self._consumer.end_offsets([place]))[place]
            self._consumer.seek(place, start)
            while start < end and await self._consumer.position(place) < end:
                await self._fetch()
        except KafkaError as error:
            message = f"the topic {place.topic} cannot be read: {error!r}."
            raise BrokerError(message) from error
        await self._tell()
        self._log_start()

    async def close(self) -> None:
        """Stop following."""
        await self._consumer.stop()

    async def run(self) -> None:
        """Follow `control`, and write what this worker runs when that changes."""
        await asyncio.gather(self._follow(), self._report())

    async def heard(self, records: Sequence[Any]) -> None:
        """Take in records of `control` (aiokafka's), and wake who waits for one of them."""
        for record in records:
            self.view.add(record.offset, record.key, record.value)
        if records:
            async with self._grown:
                self._grown.notify_all()

    async def book(self, hash_: str) -> BookLike | None:
        """The book of an announced bundle, waiting until it is here; None where it is refused.

        Raises BrokerError where it does not come.
        """
        async with self._grown:
            try:
                await asyncio.wait_for(self._grown.wait_for(lambda: self.shelf.known(hash_)), LIMIT)
            except TimeoutError as error:
                message = (
                    f"the log announces the rules {hash_}, but {self._settings.topic(CONTROL)} "
                    f"does not hold them ({LIMIT:g} s waited). Publish them again, from the "
                    "directory they came from (`watchfloor rules publish`)."
                )
                raise BrokerError(message) from error
        return await self._made(hash_)

    # -- what runs here

    async def took_over(self) -> None:
        """Put the own rules where every other worker finds them: state will name them."""
        base = self._source.bundle
        if base.hash not in self.view.bundles:
            key, value = bundle_key(base.hash), encode_bundle(base)
            await self._writer.send([Outgoing(self._settings.topic(CONTROL), key, value, 0)])

    def holds(self, partition: int, held: Held) -> None:
        """A partition of the log is ours, or was told of a switch."""
        before = self.view.held().get(partition)
        if before is not None and structs.replace(before[1], since_ms=held.since_ms) == held:
            held = before[1]  # it ran before this start: so long
        self._held[partition] = held
        self._changed.set()
        self._meter.rules({held.hash for held in self._held.values()})

    async def released(self) -> None:
        """No partition is ours any more. Raises BrokerError."""
        if self._held:
            self._held.clear()
            self._changed.clear()
            await self._send_running()

    # -- inside

    async def _follow(self) -> None:
        while True:
            try:
                await self._fetch()
                await self._tell()
            except KafkaError as error:
                log.warning("control cannot be read at the moment: %r", error)
                await asyncio.sleep(AGAIN)

    async def _fetch(self) -> None:
        found = await self._consumer.getmany(timeout_ms=POLL_MS)
        await self.heard([record for batch in found.values() for record in batch])

    async def _tell(self) -> None:
        """Hand on the books that may hold, where they are others: intake looks for their words.

        Until the moment from which it holds, the newest one and the one before it.
        """
        current = self.view.current
        if current is None:
            return
        hashes: tuple[str, ...] = (current.hash,)
        if current.effective_ms > _clock():
            hashes = (current.previous or self.shelf.base.bundle, current.hash)
        if hashes == self._told:
            return
        self._told = hashes
        books = [book for hash_ in hashes if (book := await self._made(hash_)) is not None]
        if books:
            self._on_books(books)

    async def _made(self, hash_: str) -> BookLike | None:
        # In a thread, since it takes a while, and one at a time, since all want the same one.
        async with self._making:
            refused_before = self.shelf.refusal(hash_)
            book = await asyncio.to_thread(self.shelf.find, hash_)
        refused = self.shelf.refusal(hash_)
        if refused and not refused_before:
            log.error("rules %s refused, those in use stay: %s", hash_, refused)
        return book

    def _log_start(self) -> None:
        current, base = self.view.current, self.shelf.base.bundle
        if current is not None and current.hash != base:
            log.info(
                "rules %s, published by %s, go before the %s of this worker's own directory",
                current.hash,
                current.by,
                base,
            )

    async def _report(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._send_running()

    async def _send_running(self) -> None:
        topic = self._settings.topic(CONTROL)
        running = Running(
            worker=self._worker,
            at_ms=_clock(),
            partitions=dict(sorted(self._held.items())),
        )
        value = encode_running(running) if self._held else None
        records = [Outgoing(topic, running_key(self._worker), value, 0)]
        self.view.add(-1, running_key(self._worker), value)
        records += [Outgoing(topic, running_key(worker), None, 0) for worker in self.view.gone()]
        await self._writer.send(records)


def _clock() -> int:
    return time.time_ns() // 1_000_000
