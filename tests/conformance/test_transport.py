"""The batch transport on Faust's true consumer code, without a broker: acks, commits, positions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import pytest
from faust.types import TP

from streams.errors import BrokerError, ConfigError
from streams.live.app import LiveApp
from streams.live.chunks import Chunk
from streams.live.transport import LiveConsumer, LiveTransport, check_versions

P0, P1 = TP("incidents", 0), TP("incidents", 1)


class Record(NamedTuple):
    """The part of aiokafka's ConsumerRecord that is used."""

    offset: int
    value: bytes = b"x"
    timestamp: int = 1_000
    timestamp_type: int = 0


class Positions:
    """A custodian that says where to read on, and notes what it was asked."""

    def __init__(self, positions: Mapping[TP, int]) -> None:
        self.positions = dict(positions)
        self.asked: list[str] = []

    async def take_over(self, tps: frozenset[TP], reader: LiveConsumer) -> Mapping[TP, int]:
        self.asked.append("take over")
        return {tp: self.positions[tp] for tp in tps}

    async def hand_over(self) -> None:
        self.asked.append("hand over")


class ScriptedConsumer(LiveConsumer):
    """Fetches come from a script; commits and seeks are noted. The rest is the real consumer."""

    script: list[dict[TP, list[Record]]]
    committed: dict[TP, int]
    sought: dict[TP, int]
    assigned: set[TP]

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109
        if not self.script:
            self._stopped.set()
            return {}
        return self.script.pop(0)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        self.committed.update(offsets)
        return True

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        self.sought.update(partitions)

    def assignment(self) -> set[TP]:
        return self.assigned


class Scene:
    """A consumer over a script, and the messages that reached the stages."""

    def __init__(self, fetches: Sequence[dict[TP, list[Record]]], **positions: int) -> None:
        self.app = LiveApp("test", broker="kafka://127.0.0.1:1", store="memory://")
        self.app.custodian = Positions({P0: positions.get("p0", 0), P1: positions.get("p1", 0)})
        self.app.transport = LiveTransport(self.app.conf.broker_consumer, self.app)
        self.messages: list[Any] = []
        nothing = self._nothing
        self.consumer = ScriptedConsumer(
            self.app.transport,
            callback=self._take,
            on_partitions_revoked=nothing,
            on_partitions_assigned=nothing,
        )
        # Its thread is never started, so nobody else would close the thread's loop.
        self.consumer._thread.thread_loop.close()
        self.consumer.script = list(fetches)
        self.consumer.committed, self.consumer.sought = {}, {}
        self.consumer.assigned = {P0, P1}
        self.consumer._active_partitions = {P0, P1}

    async def _take(self, message: Any) -> None:
        message.incref()
        self.consumer._unacked_messages.add(message)
        self.messages.append(message)

    async def _nothing(self, *_: Any) -> None:
        return

    async def drain(self) -> None:
        await self.consumer.perform_seek()
        await self.consumer._drain_messages(self.consumer)

    async def commit(self) -> dict[TP, int]:
        self.app._producer = cast("Any", Flushed())
        await self.consumer.force_commit()
        return dict(self.consumer.committed)

    def ack(self, *numbers: int) -> None:
        for number in numbers:
            self.messages[number].ack(self.consumer)

    @property
    def chunks(self) -> list[tuple[TP, list[int]]]:
        return [(m.value.tp, [r.offset for r in m.value.records]) for m in self.messages]


class Flushed:
    """A producer with nothing under way."""

    async def flush(self) -> None:
        return


def _records(first: int, last: int) -> list[Record]:
    return [Record(offset) for offset in range(first, last + 1)]


def test_one_event_per_partition_and_fetch_with_every_record_in_order():
    async def scenario() -> Scene:
        scene = Scene([{P0: _records(0, 4), P1: _records(0, 1)}, {P0: _records(5, 6)}])
        await scene.drain()
        return scene

    scene = asyncio.run(scenario())
    assert scene.chunks == [(P0, [0, 1, 2, 3, 4]), (P1, [0, 1]), (P0, [5, 6])]
    assert all(isinstance(m.value, Chunk) for m in scene.messages)
    assert set(scene.consumer.unacked) == set(scene.messages)


def test_commits_are_exact_and_stop_at_a_hole():
    async def scenario() -> list[dict[TP, int]]:
        scene = Scene([{P0: _records(0, 9)}, {P0: _records(10, 19)}, {P0: _records(20, 29)}])
        await scene.drain()
        seen = [await scene.commit()]
        scene.ack(2, 0)
        seen.append(await scene.commit())
        scene.ack(1)
        seen.append(await scene.commit())
        assert not scene.consumer.unacked
        return seen

    assert asyncio.run(scenario()) == [{}, {P0: 10}, {P0: 30}]


def test_a_gap_in_the_log_holds_nothing_back():
    async def scenario() -> dict[TP, int]:
        scene = Scene([{P0: _records(0, 1)}, {P0: [Record(500), Record(777)]}])
        await scene.drain()
        scene.ack(0, 1)
        return await scene.commit()

    assert asyncio.run(scenario()) == {P0: 778}


def test_it_reads_on_where_the_custodian_says_and_not_where_the_group_committed():
    async def scenario() -> Scene:
        scene = Scene([{P0: _records(100, 101)}], p0=100, p1=7)
        await scene.drain()
        return scene

    scene = asyncio.run(scenario())
    assert scene.consumer.sought == {P0: 100, P1: 7}
    assert scene.chunks == [(P0, [100, 101])]


def test_a_partition_that_begins_again_below_the_position_is_refused_with_a_sentence():
    async def scenario() -> None:
        await Scene([{P0: _records(0, 5)}], p0=100).drain()

    with pytest.raises(BrokerError, match="the topic was made anew"):
        asyncio.run(scenario())


def test_late_acks_after_a_rebalance_commit_nothing():
    async def scenario() -> tuple[dict[TP, int], int]:
        scene = Scene([{P0: _records(0, 9)}])
        await scene.drain()
        await scene.consumer.on_partitions_revoked({P0, P1})
        await scene.consumer.perform_seek()
        scene.ack(0)
        waiting = len(scene.consumer.unacked)
        return await scene.commit(), waiting

    committed, waiting = asyncio.run(scenario())
    assert committed == {}
    assert waiting == 0, "the old chunk must not hold up the next rebalance"


def test_what_was_fetched_before_a_repositioning_is_not_delivered():
    async def scenario() -> Scene:
        scene = Scene([{P0: _records(0, 9), P1: _records(0, 9)}])
        take = scene._take

        async def take_and_rebalance(message: Any) -> None:
            await take(message)
            await scene.consumer.on_partitions_revoked({P0, P1})
            scene.consumer._stopped.set()

        scene.consumer.callback = take_and_rebalance
        await scene.drain()
        return scene

    assert asyncio.run(scenario()).chunks == [(P0, list(range(10)))]


def test_nothing_is_delivered_while_flow_is_stopped():
    async def scenario() -> Scene:
        scene = Scene([{P0: _records(0, 9), P1: _records(0, 9)}])
        take = scene._take

        async def take_and_stop(message: Any) -> None:
            await take(message)
            scene.consumer.flow_active = False

        scene.consumer.callback = take_and_stop
        draining = asyncio.create_task(scene.drain())
        for _ in range(200):
            await asyncio.sleep(0)
        draining.cancel()
        await asyncio.wait([draining])
        return scene

    assert len(asyncio.run(scenario()).chunks) == 1


def test_waiting_until_empty_stores_the_state_last():
    async def scenario() -> list[str]:
        scene = Scene([{P0: _records(0, 9)}])
        await scene.drain()
        scene.consumer._stopped.clear()
        scene.app._producer = cast("Any", Flushed())
        scene.ack(0)
        await scene.consumer.wait_empty()
        assert scene.consumer.committed == {P0: 10}
        return cast("Positions", scene.app.custodian).asked

    assert asyncio.run(scenario()) == ["take over", "hand over"]


def test_untested_versions_are_refused_with_the_remedy():
    check_versions()
    with pytest.raises(ConfigError, match="Install the locked requirements"):
        check_versions({"faust-streaming": "0.14."})
