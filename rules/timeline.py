"""Which rule book holds when: switches by tick or by moment; what is said later wins."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

__all__ = ["Timeline"]


class Timeline:
    """Hashes of rule books by the position from which each of them holds, in order.

    The first holds for everything before its position, too. At most `kept` of them are
    remembered (law 6). Beyond that the oldest is forgotten, and the next one takes its place; or,
    where the first one is in force until another is `due`, the first that is to come.
    """

    def __init__(self, first: str, *, kept: int, in_force: bool = False) -> None:
        self._kept = kept
        self._in_force = in_force
        self._from: list[int] = [0]
        self._hashes: list[str] = [first]

    def at(self, position: int) -> str:
        """The hash that holds at a position."""
        return self._hashes[max(0, bisect_right(self._from, position) - 1)]

    def switch(self, position: int, hash_: str) -> None:
        """From a position on another one holds; what was said of later positions is void."""
        while len(self._from) > 1 and self._from[-1] >= position:
            self._from.pop()
            self._hashes.pop()
        if self._hashes[-1] != hash_:
            self._from.append(position)
            self._hashes.append(hash_)
        while len(self._from) > self._kept:
            if self._in_force:
                del self._from[1], self._hashes[1]
            else:
                self._forget(1)

    def next_after(self, position: int) -> int | None:
        """The first switch later than a position."""
        later = bisect_right(self._from, position, lo=1)
        return self._from[later] if later < len(self._from) else None

    def later(self, position: int) -> list[int]:
        """All switches later than a position."""
        return self._from[bisect_right(self._from, position, lo=1) :]

    def due(self, position: int) -> str | None:
        """The hash to switch to at a position; None where the first one holds still.

        What came before it is forgotten.
        """
        now = max(0, bisect_right(self._from, position) - 1)
        if now == 0:
            return None
        self._forget(now)
        return self._hashes[0]

    def hashes(self) -> list[str]:
        """All hashes, in order."""
        return list(self._hashes)

    def snapshot(self) -> list[tuple[int, str]]:
        """(position, hash) pairs, in order."""
        return list(zip(self._from, self._hashes, strict=True))

    def restore(self, state: Sequence[tuple[int, str]]) -> None:
        """Take over a snapshot."""
        self._from = [position for position, _ in state]
        self._hashes = [hash_ for _, hash_ in state]

    def _forget(self, count: int) -> None:
        del self._from[:count]
        del self._hashes[:count]
        self._from[0] = 0
