"""A limit on the whole of an exchange, whatever the other side does with its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket
from threading import Timer

__all__ = ["Limit", "limited"]


class Limit:
    """Whether the limit has passed. held: the socket in use, None where there is none now.

    A socket's own time limit is one between two bytes: a receiver that sends one now and then
    would be waited for without end.
    """

    def __init__(self, held: Callable[[], socket | None]) -> None:
        self._held = held
        self.over = False

    def end(self) -> None:
        """Make what waits on the socket fail at once; called from the timer's thread."""
        self.over = True
        held = self._held()
        if held is not None:
            # not SSLSocket.shutdown, which takes the encryption away under the reader
            with suppress(OSError):
                socket.shutdown(held, SHUT_RDWR)


@contextmanager
def limited(seconds: float, held: Callable[[], socket | None]) -> Iterator[Limit]:
    """End whatever the block does on a socket after so many seconds."""
    limit = Limit(held)
    timer = Timer(seconds, limit.end)
    timer.daemon = True
    timer.start()
    try:
        yield limit
    finally:
        timer.cancel()
