"""A lane: the sends of one partition, one after the other, while the next chunk is computed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

__all__ = ["Lane"]

Job = Callable[[], Awaitable[None]]


class Lane:
    """Runs jobs strictly in order, and never the next one after a failure.

    A later chunk of a source partition must not reach the log when an earlier one did not: the
    watch drops rows at or below the offset it has applied. So nothing of chunk n + 1 is sent
    before the broker has confirmed all of chunk n.
    """

    def __init__(self, on_failure: Callable[[BaseException], None], depth: int = 2) -> None:
        self._on_failure = on_failure
        self._room = asyncio.Semaphore(depth)
        self._tail: asyncio.Task[None] | None = None
        self._failed = False

    @property
    def idle(self) -> bool:
        """Whether every submitted job is done."""
        return self._tail is None or self._tail.done()

    async def submit(self, job: Job) -> None:
        """Queue a job; waits while `depth` jobs are under way."""
        await self._room.acquire()
        self._tail = asyncio.create_task(self._run(job, self._tail))

    async def drain(self) -> None:
        """Wait until every job submitted so far is done or given up."""
        if self._tail is not None:
            await asyncio.wait([self._tail])

    async def _run(self, job: Job, previous: asyncio.Task[None] | None) -> None:
        try:
            if previous is not None:
                await asyncio.wait([previous])
            if not self._failed:
                await job()
        except Exception as error:  # noqa: BLE001 - whatever it was, the lane ends here
            self._failed = True
            self._on_failure(error)
        finally:
            self._room.release()
