"""`watchfloor bench latency`: call produced -> critical alert readable, against a raw echo."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from commands.bench.engine import Engine, declare_topics
from commands.bench.feeding import declare
from commands.bench.openloop import Load, Probe, measure
from commands.bench.peers.echo import CRITICAL, READY
from commands.bench.report import Ratio, Report, figure, percentile
from commands.bench.workload import Workload, simulate
from streams.errors import BrokerError
from streams.records import Alert

__all__ = ["measure_latency"]

_PARTITIONS = 4
_BLOCKS = 2
_TIMED_EVERY = 20
_CALL = "有人持刀抢劫,抢走了我的包"
_GOAL = 2.0
_POOL = 2_000
_alerts = msgspec.json.Decoder(Alert)


def measure_latency(broker: str, *, rate: float, seconds: float) -> Report:
    """Echo and engine take turns in blocks of the same load; latencies in milliseconds."""
    samples: dict[str, list[float]] = {"echo": [], "watchfloor": []}
    lost = dict.fromkeys(samples, 0)
    with tempfile.TemporaryDirectory(prefix="watchfloor-bench-") as name:
        folder = Path(name)
        workload = simulate(_POOL, folder)
        for block in range(_BLOCKS):
            load = Load(
                rate, seconds / _BLOCKS, _maker(workload, f"{block}-{uuid.uuid4().hex[:8]}")
            )
            for who, run in (("echo", _echo), ("watchfloor", _engine)):
                latencies, missing = run(broker, load, workload, folder)
                samples[who] += [1000 * value for value in latencies]
                lost[who] += missing
    _require(samples)
    figures = [
        figure(f"{who} {name}", "ms", [percentile(values, share)])
        for who, values in samples.items()
        for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    ]
    p99 = {who: percentile(values, 0.99) for who, values in samples.items()}
    notes = [
        f"{who}: {len(values)} timed calls, {lost[who]} of them without an answer"
        for who, values in samples.items()
    ]
    setting: dict[str, str | int | float] = {"rate": rate, "seconds": seconds, "blocks": _BLOCKS}
    ratio = Ratio("p99 watchfloor / echo", p99["watchfloor"] / p99["echo"], _GOAL, at_least=False)
    return Report("Latency, produced -> alert readable", setting, figures, [ratio], notes)


def _maker(workload: Workload, run: str) -> Callable[[int], Probe]:
    """Simulated calls that happen now; every twentieth is a robbery, and timed."""
    calls = [
        msgspec.json.decode(record, type=dict) for record in workload.records if _clean(record)
    ]

    def make(number: int) -> Probe:
        name = f"L{run}-{number}"
        call = {**calls[number % len(calls)], "incident_id": name, "rev": 0, "event": "created"}
        call["reported_at"] = datetime.now(UTC).isoformat()
        if number % _TIMED_EVERY:
            return Probe(name.encode(), msgspec.json.encode(call), None)
        call["text"] = _CALL
        return Probe(CRITICAL + name.encode(), msgspec.json.encode(call), name)

    return make


def _clean(record: bytes) -> bool:
    try:
        return "area_id" in msgspec.json.decode(record, type=dict)
    except msgspec.DecodeError:
        return False


def _echo(broker: str, load: Load, _workload: Workload, _folder: Path) -> tuple[list[float], int]:
    topics = [f"bench-{uuid.uuid4().hex[:8]}.{part}" for part in ("in", "between", "out")]
    declare(broker, {topic: (_PARTITIONS, {}) for topic in topics})
    with _echo_process(broker, topics):
        return asyncio.run(measure(broker, topics[0], topics[2], _PARTITIONS, load, _id_of_call))


def _engine(broker: str, load: Load, workload: Workload, folder: Path) -> tuple[list[float], int]:
    prefix = f"bench-{uuid.uuid4().hex[:8]}."
    declare_topics(broker, prefix, _PARTITIONS)
    log = folder / f"{prefix}log"
    with Engine(broker, prefix, _PARTITIONS, workload.areas_file, log):
        return asyncio.run(
            measure(
                broker, f"{prefix}incidents", f"{prefix}alerts", _PARTITIONS, load, _ids_of_alert
            )
        )


def _id_of_call(value: bytes) -> list[str]:
    return [str(msgspec.json.decode(value, type=dict)["incident_id"])]


def _ids_of_alert(value: bytes) -> list[str]:
    alert = _alerts.decode(value)
    return alert.incidents.ids if alert.kind == "keyword" else []


@contextmanager
def _echo_process(broker: str, topics: list[str]) -> Iterator[None]:
    command = [sys.executable, "-m", "commands.bench.peers.echo", "--broker", broker]
    command += ["--topics", *topics, "--partitions", str(_PARTITIONS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        try:
            for _hop in range(2):
                if not child.stdout or child.stdout.readline().strip() != READY.encode():
                    message = f"the echo did not start at {broker}: look at the broker's log."
                    raise BrokerError(message)
            yield
        finally:
            child.kill()


def _require(samples: dict[str, list[float]]) -> None:
    for who, values in samples.items():
        if not values:
            message = f"no timed call came out of {who}: nothing can be said of its latency."
            raise BrokerError(message)
