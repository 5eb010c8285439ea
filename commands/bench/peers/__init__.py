"""The peers that Watchfloor is measured against, each a process of its own that prints one line."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import NoReturn

__all__ = ["Stopwatch"]


class Stopwatch:
    """Rate over all records but the warm-up ones, taken inside the peer's own process.

    The clock starts when `warm` records are done and stops at `total`, so that neither process
    start nor joining the group nor the first slow calls count.
    """

    def __init__(self, *, warm: int, total: int) -> None:
        self.warm = warm
        self.total = total
        self.done = 0
        self._counted_from = 0
        self._started = 0.0
        self._cpu = 0.0

    def add(self, records: int) -> bool:
        """Count finished records; True when all are done."""
        self.done += records
        if not self._started and self.done >= self.warm:
            self._counted_from = self.done
            self._started = time.perf_counter()
            self._cpu = time.process_time()
        return self.done >= self.total

    @property
    def counted(self) -> int:
        """Records done since the warm-up."""
        return self.done - self._counted_from

    def report_and_exit(self) -> NoReturn:
        """Print `{"records": N, "seconds": S, "cpu": S}` and end the process.

        At once, without a clean stop: Faust may wait for tasks that never end.
        """
        spent = {
            "records": self.counted,
            "seconds": time.perf_counter() - self._started,
            "cpu": time.process_time() - self._cpu,
        }
        print(json.dumps(spent))
        sys.stdout.flush()
        os._exit(0)
