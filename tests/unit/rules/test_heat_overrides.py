"""Overrides by time, day and end: the limits of a tick are those that hold at its end."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.language.loader import load_book
from rules.limits import Limits
from streams.clock import TICK_MS, tick_of
from streams.records import Alert
from tests.core_cases import START_MS, World, book, report

RULES = """format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 10m, every: 1m}
    floor: 2
    levels: {III: {fire: {count: 3}, clear: {count: 2}}}
    keep_firing: 3m
    overrides:
"""
NIGHT = 360
"""Minute of the test's world at which it is 22:00 in Shanghai, on a Monday."""


def run(tmp_path: Path, overrides: str, *minutes: float, area: str = "A") -> list[Alert]:
    world = World(book(tmp_path, RULES + overrides))
    world.feed([report(n, minute, area) for n, minute in enumerate(minutes)])
    world.close(max(minutes) + 120)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


def ends(alerts: list[Alert]) -> list[tuple[int, str]]:
    return [(_minute(a), a.status) for a in alerts]


def _minute(alert: Alert) -> int:
    return round((alert.times.updated.timestamp() * 1000 - START_MS) / 60_000)


BY_NIGHT = (
    "      - {when: {time: night}, because: bars,\n"
    "         set: {levels.III.fire.count: 5, levels.III.clear.count: 4}}\n"
)


@pytest.mark.parametrize(
    ("minute", "fires"),
    [(NIGHT - 1.5, True), (NIGHT - 0.5, False), (NIGHT + 100, False), (NIGHT + 480.5, True)],
)
def test_limits_by_night_begin_and_end_with_the_band(
    tmp_path: Path, minute: float, *, fires: bool
) -> None:
    assert bool(run(tmp_path, BY_NIGHT, *[minute] * 3)) is fires
    told = run(tmp_path, BY_NIGHT, *[minute] * 5)
    assert told[0].rule.overrides == ([] if fires else ["0: bars"])
    assert told[0].evidence.threshold is not None
    assert told[0].evidence.threshold.count == (3 if fires else 5)


def test_an_open_alert_is_held_by_the_limits_of_the_moment(tmp_path: Path) -> None:
    # Three at 21:55 hold until the night begins at 22:00, where four are wanted to go on.
    assert ends(run(tmp_path, BY_NIGHT, *[NIGHT - 4.5] * 3)) == [
        (NIGHT - 4, "firing"),
        (NIGHT + 2, "resolved"),
    ]


def test_an_override_ends_with_its_last_day(tmp_path: Path) -> None:
    until = "      - {when: {area: A}, until: 2026-03-02, because: fair, set: {floor: 9}}\n"
    midnight = NIGHT + 120
    assert run(tmp_path, until, *[midnight - 30] * 5) == []
    assert ends(run(tmp_path, until, *[midnight + 0.5] * 5))[0] == (midnight + 1, "firing")


def test_an_override_of_days_and_areas(tmp_path: Path) -> None:
    weekday = "      - {when: {area: B, day: tue}, because: market, set: {floor: 9}}\n"
    tuesday = NIGHT + 120
    assert run(tmp_path, weekday, *[tuesday + 30] * 5, area="B") == []
    assert run(tmp_path, weekday, *[tuesday + 30] * 5, area="C")
    assert run(tmp_path, weekday, *[tuesday - 30] * 5, area="B")


def test_waiting_and_keeping_are_of_the_moment_too(tmp_path: Path) -> None:
    waits = (
        "      - {when: {time: night}, because: calm,\n         set: {for: 4m, keep_firing: 6m}}\n"
    )
    day, night = run(tmp_path, waits, 10.5, 10.5, 10.5), run(tmp_path, waits, *[NIGHT + 10.5] * 3)
    assert ends(day) == [(11, "firing"), (23, "resolved")]
    assert ends(night) == [(NIGHT + 15, "firing"), (NIGHT + 26, "resolved")]


ANY = """format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    levels:
      III: {fire: {count: 3}, clear: {count: 2}}
      I: {fire: {count: 30}, clear: {count: 20}}
    overrides:
      - {when: {time: night}, because: 1, set: {floor: 7}}
      - {when: {area: A}, because: 2, set: {levels.III.fire.count: 5}}
      - {when: {area: [A, B], time: "23:30-01:15"}, because: 3, set: {levels.III.fire.count: 6}}
      - {when: {area: C, day: rest}, because: 4, set: {levels.I: null}}
      - {when: {day: sun}, until: 2026-03-29, because: 5, set: {levels.III.clear.count: 1}}
"""
CALENDAR = """format: 1
kind: calendar
timezone: Europe/Berlin
bands: {night: "22:00-06:00"}
"""


@pytest.fixture(scope="module")
def limits(tmp_path_factory: pytest.TempPathFactory) -> Limits:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "heat.yaml").write_text(ANY, encoding="utf-8")
    (folder / "calendar.yaml").write_text(CALENDAR, encoding="utf-8")
    made = Limits(load_book(folder).heat[0])
    made.extend(["A", "B"])
    made.extend(["C", "D"])
    return made


@settings(deadline=None, max_examples=60)
@given(first=st.integers(0, 40 * 1440), ticks=st.integers(1, 2000))
def test_phases_are_what_every_tick_alone_would_say(limits: Limits, first: int, ticks: int) -> None:
    # Clocks in Berlin go forward within these days.
    begin = tick_of(START_MS) + first
    covered: list[int] = []
    for rows, phase in limits.phases(begin, ticks):
        covered += range(rows.start, rows.stop)
        for row in {rows.start, (rows.start + rows.stop) // 2, rows.stop - 1}:
            end_ms = (begin + row + 1) * TICK_MS
            for column, area_id in enumerate("ABCD"):
                alone = limits.entry.effective(area_id, end_ms)
                assert phase.effective(column).overrides == alone.overrides
                assert phase.floor[column] == alone.rule.floor
                three = phase.values[2, "fire", "count"][column]
                assert three == alone.rule.levels["III"].fire.count
                one = phase.values[4, "fire", "count"][column]
                assert np.isinf(one) == ("I" not in alone.rule.levels)
    assert covered == list(range(ticks))
