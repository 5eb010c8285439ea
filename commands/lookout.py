"""A look at something every so often, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["looking"]

_LAST_LOOK = 1.0
"""Seconds that a look under way is given to end."""


@contextmanager
def looking(look: Callable[[float], None], *, every: float, name: str) -> Iterator[None]:
    """Call `look` every so many seconds as long as the block lasts.

    It is given seconds of a clock that never goes back, and must not raise. name: of the thread.
    """
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(every):
            look(time.monotonic())

    thread = threading.Thread(target=watch, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_LAST_LOOK)
