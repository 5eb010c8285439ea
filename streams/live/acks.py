"""Which chunks of a partition are done, in order: what may be committed as the group's offset."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable

__all__ = ["AckBook"]


class AckBook:
    """Delivered chunks by partition, each known by its last offset and the era it was fetched in.

    Faust's own book expands gaps into lists and can commit past a hole; here a chunk is committed
    only when every chunk delivered before it is done. An era ends when a partition is revoked or
    repositioned: later acks of chunks from before mean nothing then.
    """

    def __init__(self) -> None:
        self._order: dict[Hashable, deque[int]] = {}
        self._done: dict[Hashable, set[int]] = {}
        self._era = 0

    @property
    def era(self) -> int:
        """Number of the current era; goes into every chunk."""
        return self._era

    def turn(self) -> None:
        """End the era: forget everything delivered so far."""
        self._era += 1
        self._order.clear()
        self._done.clear()

    def delivered(self, tp: Hashable, last: int) -> None:
        """Note a chunk that goes to its stage now, by its last offset."""
        self._order.setdefault(tp, deque()).append(last)
        self._done.setdefault(tp, set())

    def acked(self, tp: Hashable, last: int, era: int) -> bool:
        """Note that the chunk is done. False when its era is over, or when it is done already."""
        done = self._done.get(tp)
        if era != self._era or done is None or last in done or last not in self._order[tp]:
            return False
        done.add(last)
        return True

    def committable(self, tp: Hashable) -> int | None:
        """The offset after the last chunk up to which all are done; None when there is nothing new.

        Takes these chunks out of the book.
        """
        order, done = self._order.get(tp), self._done.get(tp)
        last = None
        while order and done and order[0] in done:
            last = order.popleft()
            done.discard(last)
        return None if last is None else last + 1

    def outstanding(self, tp: Hashable) -> int:
        """How many delivered chunks of the partition are not done yet."""
        return len(self._order.get(tp, ())) - len(self._done.get(tp, ()))

    def partitions(self) -> Iterable[Hashable]:
        """Partitions with delivered chunks that are not committed yet."""
        return [tp for tp, order in self._order.items() if order]
