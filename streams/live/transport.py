"""The batch transport: Faust's aiokafka consumer, handing over one event per partition and chunk.

Stock Faust makes four asyncio tasks per message; here a stage gets everything that one fetch
brought for one partition as a `Chunk`. What Faust keeps: the group, rebalancing, flow control,
commits. What changes: the order book of acks, and that positions come from our own stored state
(`Custodian`) instead of the group's committed offsets, which serve lag monitoring only.

Faust's internals are private, so its version is pinned and checked at start.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message
from mode.utils.futures import notify

from streams.errors import BrokerError, ConfigError
from streams.live.acks import AckBook
from streams.live.chunks import Chunk
from streams.live.consumer_thread import LiveThread

if TYPE_CHECKING:
    from mode import ServiceT

__all__ = [
    "Custodian",
    "LiveConsumer",
    "LiveTransport",
    "check_versions",
    "made_anew",
]

TESTED: dict[str, str] = {"faust-streaming": "0.15.", "aiokafka": "0.14.", "mode-streaming": "0.7."}
FETCH_TIMEOUT = 1.0
FEW_RECORDS = 500
GATHER_SECONDS = 0.004
"""After a fetch of few records, let some more gather: every chunk costs sends and wake-ups."""

log = logging.getLogger(__name__)


def check_versions(tested: Mapping[str, str] = TESTED) -> None:
    """Refuse to start on versions whose internals this transport was not tested with.

    Raises ConfigError with the remedy.
    """
    for package, wanted in tested.items():
        found = importlib.metadata.version(package)
        if not found.startswith(wanted):
            message = (
                f"{package} {found} is installed, but the live worker is built on {wanted}x, whose "
                f"internals it extends. Install the locked requirements (make setup)."
            )
            raise ConfigError(message)


class Custodian(Protocol):
    """Who keeps the state that belongs to partitions, and so knows where to read on."""

    async def take_over(self, tps: frozenset[TP], reader: LiveConsumer) -> Mapping[TP, int]:
        """Restore the state of newly assigned partitions; where to read on in each of them."""
        ...

    async def hand_over(self) -> None:
        """Store the state of all partitions: they are about to be revoked, or the worker stops."""
        ...


class LiveConsumer(driver.Consumer):
    """Delivers chunks, keeps their acks in order, and reads on where the custodian says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.book = AckBook()
        self._next: dict[TP, int] = {}
        self._taken: dict[TP, int | None] = {}
        self._fetching = asyncio.Lock()

    def _new_consumer_thread(self) -> LiveThread:
        return LiveThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def custodian(self) -> Custodian:
        """The app's keeper of partition state."""
        return cast("Custodian", cast("Any", self.app).custodian)

    # -- reading

    async def _drain_messages(self, fetcher: ServiceT) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                taken = 0
                async for chunk in self._chunks():
                    taken += len(chunk.records)
                    await self._deliver(chunk)
                # The loop must turn even where fetches return at once.
                await asyncio.sleep(GATHER_SECONDS if taken < FEW_RECORDS else 0)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise
        except Exception:
            log.exception("reading from the broker failed")
            raise

    async def _chunks(self) -> Any:
        """One fetch, as chunks that belong to the current positions; nothing while flow is off."""
        if not self.flow_active:
            await self.can_resume_flow.wait()
        # Repositioning takes the same lock: a fetch is never under way while positions change.
        async with self._fetching:
            records = await self._fetch()
            era = self.book.era
        for tp, batch in records.items():
            # Records from before a repositioning will be fetched again from the new position.
            if era != self.book.era or not self.flow_active:
                return
            if batch:
                # Only the broker can have gone back: the position lay beyond the partition's end.
                if batch[0].offset < (expected := self._next.get(tp, 0)):
                    raise made_anew(tp, expected, batch[0].offset)
                yield Chunk(tp, batch, era)

    async def _fetch(self) -> dict[TP, list[Any]]:
        active = self._get_active_partitions()
        if not active:
            await self.sleep(0.05)
            return {}
        if not self.flow_active or self.should_stop:
            return {}
        # Here all that was taken before is delivered; what this fetch takes is in hand for a while.
        thread = cast("LiveThread", self._thread)
        self._taken = {tp: thread.position_of(tp) for tp in active}
        found = await self._getmany(active_partitions=set(active), timeout=FETCH_TIMEOUT)
        return {TP(tp.topic, tp.partition): batch for tp, batch in (found or {}).items()}

    async def _deliver(self, chunk: Chunk) -> None:
        message = self._chunk_message(chunk)
        self.book.delivered(chunk.tp, chunk.last)
        self._next[chunk.tp] = chunk.last + 1
        # The callback blocks while a stage's queue is full; a rebalance must get through then.
        await self.wait_first(self.callback(message), self.suspend_flow.wait())

    def _chunk_message(self, chunk: Chunk) -> ConsumerMessage:
        last = chunk.records[-1]
        return ConsumerMessage(
            chunk.tp.topic,
            chunk.tp.partition,
            last.offset,
            (last.timestamp or 0) / 1000.0,
            last.timestamp_type,
            None,
            None,
            cast("bytes", chunk),
            None,
            0,
            0,
            chunk.tp,
            generation_id=self.app.consumer_generation_id,
        )

    # -- acks and commits

    def ack(self, message: Message) -> bool:
        """Mark a chunk as done; a chunk of an earlier era is only struck off the waiting list."""
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        chunk = cast("Chunk", message.value)
        try:
            return self.book.acked(message.tp, message.offset, chunk.era)
        finally:
            notify(self._waiting_for_ack)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        for tp in cast("list[TP]", self.book.partitions()):
            if topics is None or tp in topics or tp.topic in topics:
                yield tp

    def _new_offset(self, tp: TP) -> int | None:
        return self.book.committable(tp)

    # -- rebalancing

    async def perform_seek(self) -> None:
        """Let the custodian restore the assigned partitions, and read on where it says."""
        async with self._fetching:
            self.book.turn()
            assigned = frozenset(self.assignment())
            positions = await self.custodian.take_over(assigned, self)
            await self.seek_wait(positions)
            self._next = dict(positions)

    async def wait_empty(self) -> None:
        """Wait until delivered chunks are done, then store the state that includes them."""
        await super().wait_empty()
        await self.custodian.hand_over()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """End the era: what was delivered so far is done or void."""
        await super().on_partitions_revoked(revoked)
        self.book.turn()
        self._next.clear()

    # -- what the shell asks

    def lag(self, tp: TP) -> int | None:
        """Records not read yet; None while not known."""
        return cast("LiveThread", self._thread).lag(tp)

    def progress(self, tp: TP) -> tuple[int | None, int]:
        """Something that changes whenever a chunk is delivered or done."""
        return self._next.get(tp), self.book.outstanding(tp)

    def caught_up(self, tp: TP) -> bool:
        """Whether the partition is read to its end and every chunk of it is done.

        A fetch moves the position when it takes records, before they are delivered here: only
        where it stands as it did when the last fetch began is nothing in hand.
        """
        thread = cast("LiveThread", self._thread)
        position = thread.position_of(tp)
        return (
            position is not None
            and position == self._taken.get(tp)
            and thread.lag(tp) == 0
            and not self.book.outstanding(tp)
        )

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: our own watchdog judges progress (Faust's counts messages, not chunks)."""


def made_anew(tp: TP, expected: int, end: int) -> BrokerError:
    """The error for a partition that ends before our position in it.

    With the old state, whatever the new partition holds would be taken for read already.
    """
    return BrokerError(
        f"{tp.topic}/{tp.partition} was read up to offset {expected}, but now it ends at {end}: "
        "the topic was made anew. Use another WATCHFLOOR_TOPIC_PREFIX, or delete the topics "
        "`observations` and `state` as well and run `watchfloor topics apply`."
    )


class LiveTransport(driver.Transport):
    """Kafka through aiokafka, chunk by chunk. Set with `app.transport`."""

    Consumer = LiveConsumer
