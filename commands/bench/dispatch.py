"""`watchfloor bench dispatch`: latency of alerts while a channel's receiver is up, and is away.

Every call is an alert, and every alert goes to one webhook. One process detects, another tells, as
in an installation with many alerts; with `together` one does both, on one interpreter.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from commands.bench.engine import Engine, declare_topics
from commands.bench.openloop import Load, Probe, measure
from commands.bench.peers.hook import Hook
from commands.bench.report import Figure, Ratio, Report, figure, percentile
from commands.bench.workload import simulate
from streams.areas import load_areas
from streams.errors import BrokerError
from streams.kafka_client import consumer, read_all
from streams.records import Alert
from streams.settings import Settings
from streams.topics import DESKS

__all__ = ["measure_dispatch"]

_PARTITIONS = 4
_TIMED_EVERY = 20
_CATCH_UP_S = 300.0
_POLL_S = 0.1
_GOAL = 1.5
_WARM_UP_S = 3.0
_CALL = "有人持刀抢劫,抢走了我的包"
_RULES = """format: 1
kind: keyword
defaults: {route: all, lifeline: false}
routes: {all: [{to: ["webhook:hook"]}]}
rules: [{id: kw, title: {zh: 抢劫, en: Robbery}, match: {category: [robbery]}}]
"""
_CHANNELS = """format: 1
kind: channels
channels:
  - {id: hook, sink: webhook, url: "URL", batch: true, timeout: 2s,
     per_minute: 1000000}
"""
_alerts = msgspec.json.Decoder(Alert)


def measure_dispatch(broker: str, *, rate: float, seconds: float, together: bool = False) -> Report:
    """Latencies in milliseconds, from the call's scheduled moment to its alert on `alerts`.

    Up, away, and up again: what only drifts with time is no fault of the absence.
    """
    with tempfile.TemporaryDirectory(prefix="watchfloor-bench-") as name, Hook() as hook:
        folder = Path(name)
        workload = simulate(200, folder)
        rules = folder / "rules"
        rules.mkdir()
        (rules / "keyword.yaml").write_text(_RULES, encoding="utf-8")
        (rules / "channels.yaml").write_text(_CHANNELS.replace("URL", hook.url), encoding="utf-8")
        prefix = f"bench-{uuid.uuid4().hex[:8]}."
        declare_topics(broker, prefix, _PARTITIONS)
        stages = [()] if together else [("intake", "watch"), ("dispatch",)]
        with ExitStack() as engines:
            for number, only in enumerate(stages):
                log = folder / f"worker-{number}.log"
                engine = Engine(
                    broker, prefix, _PARTITIONS, workload.areas_file, log, rules=rules, only=only
                )
                engines.enter_context(engine)
            tree = load_areas(workload.areas_file)
            areas = [id_ for id_ in tree.ids() if (a := tree.get(id_)) and a.kind == "station"]

            def phase(name: str, length: float) -> tuple[list[float], int]:
                load = Load(rate, length, _maker(areas, name))
                found, lost = asyncio.run(
                    measure(
                        broker, f"{prefix}incidents", f"{prefix}alerts", _PARTITIONS, load, _ids
                    )
                )
                return [1000 * value for value in found], lost

            phase("warm", _WARM_UP_S)
            _wait(hook, int(rate * _WARM_UP_S), "before the measurement")
            up, lost_up = phase("up", seconds)
            hook.away = True
            down, lost_down = phase("down", seconds)
            missing = int(rate * _WARM_UP_S) + 2 * int(rate * seconds) - hook.taken
            hook.away, began = False, time.monotonic()
            _wait(hook, int(rate * _WARM_UP_S) + 2 * int(rate * seconds), "after the absence")
            caught_up = time.monotonic() - began
            after, lost_after = phase("after", seconds)
            apart = _apart(Settings(broker=broker, topic_prefix=prefix, partitions=_PARTITIONS))
    if not (up and down and after):
        message = "no timed call became an alert: nothing can be said of its latency."
        raise BrokerError(message)
    return Report(
        "Dispatch: latency of alerts with the receiver up and away",
        {"rate": rate, "seconds": seconds, "processes": 1 if together else 2},
        [
            *_figures("up", up),
            *_figures("away", down),
            *_figures("up again", after),
            figure("catch up", "s", [caught_up]),
            figure("levels apart p99", "ms", [percentile(apart, 0.99)]),
        ],
        [
            Ratio(
                "p99 away / mean of up before and after",
                2 * percentile(down, 0.99) / (percentile(up, 0.99) + percentile(after, 0.99)),
                _GOAL,
                at_least=False,
            )
        ],
        [
            f"up: {len(up)} timed calls, {lost_up} without an alert",
            f"away: {len(down)} timed calls, {lost_down} without an alert",
            f"up again: {len(after)} timed calls, {lost_after} without an alert",
            f"{missing} alerts waited for the receiver; every one of them was taken afterwards",
        ],
    )


def _figures(who: str, values: list[float]) -> list[Figure]:
    shares = (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    return [figure(f"{who} {name}", "ms", [percentile(values, share)]) for name, share in shares]


def _wait(hook: Hook, wanted: int, when: str) -> None:
    """Until the receiver has so many different alerts."""
    end = time.monotonic() + _CATCH_UP_S
    while hook.taken < wanted:
        if time.monotonic() > end:
            message = f"{when}, the receiver has {hook.taken} of {wanted} alerts."
            raise BrokerError(message)
        time.sleep(_POLL_S)


def _apart(settings: Settings) -> list[float]:
    """By alert: milliseconds between the first command that has it and the last (C20)."""
    seen: dict[str, list[int]] = {}
    with consumer(settings) as client:
        for topic in DESKS.values():
            for message in read_all(client, settings.topic(topic)):
                seen.setdefault(_alerts.decode(message.value or b"").id, []).append(
                    message.timestamp
                )
    return [float(max(times) - min(times)) for times in seen.values() if len(times) > 1]


def _maker(areas: list[str], phase: str) -> Callable[[int], Probe]:
    """Robberies that happen now, area by area; every twentieth is timed."""

    def make(number: int) -> Probe:
        name = f"D{phase}-{number}"
        call = {
            "schema": "incident/1",
            "incident_id": name,
            "reported_at": datetime.now(UTC).isoformat(),
            "source": "phone_110",
            "category": "1002",
            "text": _CALL,
            "area_id": areas[number % len(areas)],
        }
        timed = None if number % _TIMED_EVERY else name
        return Probe(name.encode(), msgspec.json.encode(call), timed)

    return make


def _ids(value: bytes) -> list[str]:
    return _alerts.decode(value).incidents.ids
