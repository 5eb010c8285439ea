"""What the week lets expect: a station is short of units before its usual calls come."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from rules.coverage.forecast import Forecast
from rules.language.loader import load_book
from streams.intake import Source
from streams.records import Alert
from tests.core_cases import World, fix, report, small_city

FILE = Source("file", 0, 1, "mixed")
RULE = """
format: 1
kind: coverage
defaults: {{timezone: UTC}}
rules:
  - id: cold
    title: {{zh: 冰点, en: Cold spot}}
    demand: {{{demand}}}
    for: 0m
    levels: {{III: {{fire: {{free_below: 9}}, clear: {{free_at_least: 9}}}}}}
"""
DAYS, DAY = 20, 24 * 60
EVENING = 10 * 60
"""Minutes after the world's start, which is at 8: the hour that brings the calls of A."""


@pytest.fixture
def played(tmp_path):
    """What A had on the last day, half an hour before its hour and within it."""
    city = small_city()

    def play(demand, *, restart=False):
        (tmp_path / "cover.yaml").write_text(RULE.format(demand=demand), encoding="utf-8")
        world = World(load_book(tmp_path, city), areas=city, lateness_min=0)
        for day in range(DAYS):
            calls = [
                report(day * 100 + n, day * DAY + EVENING + n * 8, "A", text="吵架")
                for n in range(7)
            ]
            world.feed(calls, FILE)
            if restart and day % 5 == 0:
                world.restart()
        last = DAYS * DAY + EVENING
        fixes = [fix(1, last - 40 + minute) for minute in range(20)]
        quiet = [report(99_000 + n, last - 40 + n, "E", category="95") for n in range(20)]
        for pair in zip(fixes, quiet, strict=True):
            world.feed(pair, FILE)
        world.close(last - 20, [FILE])
        alerts = [msgspec.json.decode(raw, type=Alert) for raw in world.alerts]
        seen = next(a for a in alerts if a.area.id == "A").evidence.coverage
        assert seen is not None
        return world, seen.load

    return play


def test_the_load_of_the_coming_hour_is_expected_before_it_comes(played):
    _, plain = played("open: ['20']")
    _, expected = played("open: ['20'], forecast: 60m")
    assert plain < 0.1
    assert expected > 0.5


def test_what_was_learned_goes_on_after_a_restart(played):
    (whole, load), (again, same) = (
        played("forecast: 60m", restart=restart) for restart in (False, True)
    )
    assert load == same
    assert whole.state() == again.state()


def test_a_young_area_has_no_forecast_and_hours_share_what_lies_ahead():
    forecast = Forecast("UTC", lambda day: None)
    first = round(datetime(2026, 3, 2, tzinfo=UTC).timestamp() / 60)
    for day in range(21):
        for hour, calls in ((18, 12), (9, 2)):
            for minute in range(calls):
                forecast.take(first + day * DAY + hour * 60 + minute, "C", np.array([1, 0]))
        if day == 5:
            assert np.isnan(forecast.rate(first + 6 * DAY, "C", 2, 60)).all()
    now = first + 21 * DAY + 17 * 60
    before, half, late = (forecast.rate(now + m, "C", 3, 60) for m in (-90, 29, 59))
    assert np.isnan(late[2])
    # The shape of the week is smooth, and drawn to the mean while it rests on little.
    assert 3 * before[0] < late[0] < 12
    assert before[0] < half[0] < late[0]
