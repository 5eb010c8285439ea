"""One partition of `alerts.log` for one channel: its outbox, and what of it is under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from rules.notify.outbox import Outbox, Parcel
from streams.records import Alert

__all__ = ["Partition", "Piece"]

_TOGETHER = ("alert", "repeat")
"""Messages that may go in one attempt; a group, a list or a summary is a message by itself."""


class Piece(Struct, frozen=True):
    """One alert of a message. last: its message is settled with it. offset: for a dead letter."""

    alert: Alert
    parcel: Parcel
    last: bool
    offset: int


class Partition:
    """Takes messages out of an outbox, and puts back what an attempt did not get through.

    So an alert that was taken is not sent again with the rest of a long attempt.
    """

    def __init__(self, number: int, outbox: Outbox, *, since_ms: int = 0) -> None:
        """since_ms: what is older on the broker is not for this channel, which is new."""
        self.number, self.outbox, self.since_ms = number, outbox, since_ms
        self.committed = outbox.position
        self.arrived: dict[int, int] = {}
        """Broker timestamps (ms) by offset, of what is not settled."""
        self._back: deque[Piece] = deque()

    def batch(self, now_ms: int, most: int) -> list[Piece]:
        """What is to be sent next, in order: at most so many alerts, but a message is not cut."""
        if self._back:
            return self._again(most)
        found: list[Piece] = []
        while len(found) < most and (parcel := self.outbox.due(now_ms)) is not None:
            pieces = list(_pieces(parcel))
            if not pieces:
                self.settle(parcel)
                continue
            if found and parcel.why not in _TOGETHER:
                self._back.extend(pieces)
                break
            found += pieces
            if parcel.why not in _TOGETHER:
                break
        return found

    def put_back(self, pieces: list[Piece]) -> None:
        """What is to be sent again, before anything else."""
        self._back.extendleft(reversed(pieces))

    def settle(self, parcel: Parcel) -> None:
        """A message was taken, or refused for good."""
        self.outbox.done(parcel)
        for offset in parcel.offsets:
            self.arrived.pop(offset, None)

    @property
    def backlog(self) -> int:
        """Messages that are due, and alerts that are to be sent again."""
        return self.outbox.backlog + len(self._back)

    @property
    def pending(self) -> bool:
        """Whether something waits to be sent again."""
        return bool(self._back)

    def _again(self, most: int) -> list[Piece]:
        together = self._back[0].parcel.why in _TOGETHER
        found: list[Piece] = []
        while self._back:
            piece = self._back[0]
            same = bool(found) and piece.parcel is found[0].parcel
            if found and not same and (not together or piece.parcel.why not in _TOGETHER):
                break
            if len(found) >= most and not same:
                break
            found.append(self._back.popleft())
        return found


def _pieces(parcel: Parcel) -> Iterator[Piece]:
    offset = parcel.offsets[-1] if parcel.offsets else -1
    for number, alert in enumerate(parcel.alerts, 1):
        yield Piece(alert, parcel, number == len(parcel.alerts), offset)
