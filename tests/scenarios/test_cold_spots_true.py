"""Cold spots of a simulated city that works its calls, against who knows everything about it."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from msgspec import Struct

from commands.core import build_core
from commands.replay import Replay
from streams.records import Alert
from streams.settings import load_settings
from streams.sources.synthetic import Plan, Simulation
from tests.scenarios.perfect_city import Truth, perfect

PLAN = Plan(
    seed=2, hours=6, stations=12, counties=2, shortages=6, rate=400, bursts=1, disorder=20,
    closings=True,
)  # fmt: skip
RULE = """\
format: 1
kind: coverage
rules:
  - id: cold-spot
    title: {zh: 警力冰点, en: Cold spot}
    for: 5m
    suggest: {donors: 2, donor_keeps: 1}
    levels:
      III: {fire: {gap: 1}, clear: {gap: 0}}
      II: {fire: {cold: 2}, clear: {cold: 0}}
"""
WAIT, SETTLE, LEAST, AROUND = 5, 60, 5, 5
"""Minutes: the rule's `for`; not scored at first; a cold spot lasts; a shortage reaches around."""


class Score(Struct, frozen=True):
    """Cold spots of five minutes or more; told within two minutes after `for`; alerts, and those
    of stations to which perfect information says that no part of a unit is missing."""

    true: int
    told: int
    alerts: int
    needless: int
    needless_minutes: float


def alerts_of(plan: Plan, folder: Path) -> list[Alert]:
    simulation = Simulation(plan)
    calls, units, areas = (folder / name for name in ("c.jsonl", "u.jsonl", "a.geojson"))
    for path, stream in ((calls, simulation.incidents()), (units, simulation.positions())):
        path.write_bytes(b"\n".join(arrival.line for arrival in chain.from_iterable(stream)))
    areas.write_bytes(b"".join(simulation.city.geojson()))
    (folder / "rules").mkdir()
    (folder / "rules" / "cold.yaml").write_text(RULE, encoding="utf-8")
    core = build_core(load_settings({}, areas=str(areas), rules=str(folder / "rules")))
    adapter = core.adapter()
    intake = core.intake(adapter, partitions=1)
    replay = Replay(intake, core.watch(), adapter, clock=4_102_444_800_000)
    return [alert for step in replay.run([str(calls), str(units)]) for alert in step.told]


def score(plan: Plan, truth: Truth, alerts: list[Alert]) -> Score:
    opened = np.zeros(truth.coldness.shape, np.bool_)
    began = []
    for alert in sorted(alerts, key=lambda one: one.times.updated):
        minute = round((alert.times.updated.timestamp() - plan.start_s) / 60) - 1
        at = truth.stations.index(alert.area.id)
        if alert.status == "firing" and not opened[minute, at] and minute >= SETTLE:
            began.append((minute, at))
        opened[minute:, at] = alert.status == "firing"
    short = np.zeros_like(opened)
    for begin, end, at in _runs(truth.coldness >= 1):
        short[max(0, begin - AROUND) : end + AROUND, at] = True
    cold = [
        (begin, at)
        for begin, end, at in _runs(truth.coldness >= 2)
        if begin >= SETTLE and end - begin >= LEAST
    ]
    quiet = ~short[SETTLE:]
    return Score(
        true=len(cold),
        told=sum(bool(opened[begin : begin + WAIT + 3, at].any()) for begin, at in cold),
        alerts=len(began),
        needless=sum(not short[minute, at] for minute, at in began),
        needless_minutes=float((opened[SETTLE:] & quiet).sum() / quiet.sum()),
    )


def _runs(flags: np.ndarray) -> list[tuple[int, int, int]]:
    """(first, end, column) of every run of True down a column."""
    found = []
    for at in range(flags.shape[1]):
        steps = np.diff(np.concatenate(([0], flags[:, at].astype(np.int8), [0])))
        ends = np.flatnonzero(steps == -1).tolist()
        found += [
            (b, e, at) for b, e in zip(np.flatnonzero(steps == 1).tolist(), ends, strict=True)
        ]
    return found


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Score:
    alerts = alerts_of(PLAN, tmp_path_factory.mktemp("city"))
    return score(PLAN, perfect(PLAN), alerts)


def test_nearly_every_true_cold_spot_is_told_within_two_minutes_after_for(scored: Score) -> None:
    assert scored.true >= 5
    assert scored.told >= 0.9 * scored.true


def test_few_alerts_and_minutes_are_of_stations_that_lack_nothing(scored: Score) -> None:
    assert scored.needless <= 0.2 * scored.alerts
    assert scored.needless_minutes <= 0.05
