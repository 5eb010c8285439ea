"""Contestants of a throughput measurement: what runs, how its rate is learned, in which order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from streams.errors import BrokerError

__all__ = ["Contestant", "Round", "interleave", "peer_rate"]


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


class Contestant(Struct, frozen=True):
    """A name, what it does in words, and how it measures itself once (records per second)."""

    name: str
    note: str
    rate: Callable[[Round], float]


def interleave(contestants: Sequence[Contestant], repeat: int) -> list[Contestant]:
    """The order of a repeat: rotated, so that nobody always runs on the warmest page cache."""
    turn = repeat % len(contestants)
    return [*contestants[turn:], *contestants[:turn]]


def peer_rate(module: str, arguments: Mapping[str, str | int], *, limit_s: float) -> float:
    """Run a peer module to its end and return records per second. Raises BrokerError on failure."""
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
            result = json.loads(line)
            return float(result["records"] / result["seconds"])
    tail = " | ".join(done.stderr.strip().splitlines()[-3:])
    message = f"the peer {module} ended without a result (code {done.returncode}): {tail}"
    raise BrokerError(message)


def _quiet() -> dict[str, str]:
    return {**os.environ, "PYTHONWARNINGS": "ignore", "NO_COLOR": "1"}
