"""What one channel sends: one attempt after the other, and when its receiver is left alone."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Final

from commands.dispatch.letters import Letters
from commands.dispatch.partition import Partition, Piece
from sinks.base import Retryable, Sink
from sinks.dispatch.circuit import Circuit
from sinks.dispatch.delivery import Attempt, attempt
from streams.errors import ConfigError
from streams.live.meter import DeliveryMeter

__all__ = ["Sender"]

_ASK_S: Final = 30.0
"""How often a channel is looked at that a person has to put right first."""
_LONGEST_BATCH: Final = 100
_QUICK_S: Final = 0.5
"""Attempts quicker than this take twice as many alerts the next time; slower ones half."""

log = logging.getLogger(__name__)


class Sender:
    """The sink of a channel, opened when it is needed, and what is known of its receiver."""

    def __init__(
        self,
        name: str,
        opener: Callable[[], AbstractContextManager[Sink]],
        letters: Letters,
        meter: DeliveryMeter,
    ) -> None:
        self._name, self._opener, self._letters, self._meter = name, opener, letters, meter
        self._circuit = Circuit()
        self._most = 1
        self._sink: Sink | None = None
        self._open = ExitStack()
        self._said = ""

    def wait_s(self) -> float:
        """How long the receiver is to be left alone; 0 where an attempt may be made."""
        return self._circuit.wait_s(time.monotonic())

    def send(self, partition: Partition, now_ms: int) -> bool:
        """One attempt with what is due of a partition; whether there was any, and it went well."""
        began = time.monotonic()
        trial = self._circuit.state(began) == "half_open"
        pieces = partition.batch(now_ms, 1 if trial else self._most)
        if not pieces:
            return False
        sink = self._opened()
        if sink is None:
            partition.put_back(pieces)
            return False
        self._meter.channel_state(self._name, self._circuit.state(began))
        result = attempt(sink, [piece.alert for piece in pieces])
        quick = time.monotonic() - began < _QUICK_S
        self._most = min(self._most * 2, _LONGEST_BATCH) if quick else max(self._most // 2, 1)
        self._account(partition, pieces, result)
        if result.failed:
            self._failed(result, len(pieces) - result.taken - result.refused)
            return False
        self._circuit.succeeded()
        self._said = ""
        self._meter.channel_state(self._name, "closed")
        return True

    def tell(self, said: str) -> None:
        """Say in the log what is wrong, once until it is something else, or over."""
        if said != self._said:
            self._said = said
            log.warning("channel %s: %s", self._name, said)

    def close(self) -> None:
        """Close the sink; the next attempt opens it again. Never raises."""
        self._sink = None
        try:
            self._open.close()
        except Exception as error:  # noqa: BLE001 - it is given up anyway
            log.warning("channel %s: closing failed: %r", self._name, error)
        self._open = ExitStack()

    def _account(self, partition: Partition, pieces: list[Piece], result: Attempt) -> None:
        """Settle what was taken and what was refused; the rest goes back."""
        end = result.taken + result.refused
        self._settle(partition, pieces[: result.taken], "delivered")
        refused = pieces[result.taken : end]
        if refused:
            letters = [(piece.offset, piece.alert) for piece in refused]
            self._letters.write(partition.number, letters, result.said)
            self._settle(partition, refused, "rejected")
        partition.put_back(pieces[end:])

    def _settle(self, partition: Partition, pieces: Sequence[Piece], outcome: str) -> None:
        now = time.time()
        for piece in pieces:
            if outcome == "delivered" and piece.parcel.why == "alert":
                arrived = partition.arrived.get(piece.offset)
                if arrived is not None:
                    self._meter.delivery_seconds(self._name, now - arrived / 1000)
            if piece.last:
                partition.settle(piece.parcel)
        if pieces:
            self._meter.delivered(self._name, outcome, len(pieces))

    def _failed(self, result: Attempt, left: int) -> None:
        now = time.monotonic()
        self._circuit.failed(now, random.random(), result.after_s)  # noqa: S311 - jitter
        self._most = 1
        self._meter.delivered(self._name, "failed", left)
        self._meter.channel_state(self._name, self._circuit.state(now))
        self.tell(result.said)
        if self._circuit.state(now) == "open":
            # A new connection, and secrets that were renewed, for the attempt that follows.
            self.close()

    def _opened(self) -> Sink | None:
        """The sink, opened when it is first needed; None where it cannot be."""
        if self._sink is None:
            now = time.monotonic()
            try:
                self._sink = self._open.enter_context(self._opener())
            except ConfigError as error:
                self.tell(f"left out until that is put right: {error}")
                self._circuit.failed(now, 1.0, _ASK_S)
            except Retryable as error:
                self.tell(str(error))
                self._circuit.failed(now, random.random(), error.after_s)  # noqa: S311 - jitter
            self._meter.channel_state(self._name, self._circuit.state(now))
        return self._sink
