"""The thread in which aiokafka reads: short fetch waits, harmless commits, and what it knows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

__all__ = ["LiveThread"]

FETCH_WAIT_MS = 20
"""Longest wait of a fetch for data. While it waits, no other partition of that broker is fetched,
and the bundled broker looks for new data only at fixed shares of it."""

log = logging.getLogger(__name__)


class LiveThread(driver.AIOKafkaConsumerThread):
    """The consumer's thread, with a short fetch wait, and commits that cannot end the worker."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - Faust fixes it at 1.5 s
        return consumer

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        try:
            await self._ensure_consumer().commit(
                {TopicPartition(*tp): offset for tp, offset in offsets.items()}
            )
        except KafkaError as error:
            # Group offsets are advisory here, so a lost commit costs nothing.
            log.warning("commit of group offsets failed: %r", error)
            return False
        return True

    def position_of(self, tp: TP) -> int | None:
        """Offset up to which records were taken from aiokafka; None while not known."""
        state = self._state(tp)
        return int(state.position) if state is not None else None

    def lag(self, tp: TP) -> int | None:
        """Records between that position and the end; None while either is not known."""
        state = self._state(tp)
        if state is None or state.highwater is None:
            return None
        return int(state.highwater - state.position)

    def _state(self, tp: TP) -> Any:
        """What aiokafka knows of an assigned partition with a position."""
        consumer = self._consumer
        subscription = None if consumer is None else consumer._subscription.subscription  # noqa: SLF001
        assignment = None if subscription is None else subscription.assignment
        if assignment is None or tp not in assignment.tps:
            return None
        state = assignment.state_value(tp)
        return state if state is not None and state.has_valid_position else None
