"""Contestants of a throughput measurement: what runs, how its rate is learned, in which order."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import Struct

from streams.errors import BrokerError

__all__ = ["Contestant", "Round", "Run", "interleave", "run_peer"]


class Round(Struct, frozen=True):
    """One repeat: a broker and a fresh topic prefix that holds the input under `incidents`."""

    broker: str
    prefix: str
    partitions: int
    incidents: int

    @property
    def topic(self) -> str:
        """Name of the input topic of this repeat."""
        return f"{self.prefix}incidents"


class Run(Struct, frozen=True):
    """What one contestant did in one repeat: records, wall seconds, processor seconds."""

    records: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Records per second."""
        return self.records / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor microseconds per record: what a busy machine does not change much."""
        return 1e6 * self.cpu / self.records


class Contestant(Struct, frozen=True):
    """A name, what it does in words, and how it is measured once."""

    name: str
    note: str
    run: Callable[[Round], Run]


def interleave(contestants: Sequence[Contestant], repeat: int) -> list[Contestant]:
    """The order of a repeat: rotated, so that nobody always runs on the warmest page cache."""
    turn = repeat % len(contestants)
    return [*contestants[turn:], *contestants[:turn]]


def run_peer(module: str, arguments: Mapping[str, str | int], *, limit_s: float) -> Run:
    """Run a peer module to its end. Raises BrokerError on failure."""
    command = [sys.executable, "-m", f"commands.bench.peers.{module}"]
    command += [part for key, value in arguments.items() for part in (f"--{key}", str(value))]
    try:
        # Brokers and clients chat on stderr; it is shown only where the peer fails.
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit_s, check=False, env=_quiet()
        )
    except subprocess.TimeoutExpired as error:
        message = (
            f"the peer {module} read too little in {limit_s:.0f} s and was stopped. "
            "Ask for fewer incidents, or look at the broker's log."
        )
        raise BrokerError(message) from error
    for line in reversed(done.stdout.splitlines()):
        if line.startswith('{"records"'):
            return msgspec.json.decode(line, type=Run)
    tail = " | ".join(done.stderr.strip().splitlines()[-3:])
    message = f"the peer {module} ended without a result (code {done.returncode}): {tail}"
    raise BrokerError(message)


def _quiet() -> dict[str, str]:
    return {**os.environ, "PYTHONWARNINGS": "ignore", "NO_COLOR": "1"}
