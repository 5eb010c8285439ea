"""What `watchfloor evaluate` takes for a candidate, a sample and a goal."""

from __future__ import annotations

from typing import ClassVar

import click
import numpy as np
import pytest

from commands.evaluate import figures, goals
from commands.evaluate.candidates import Candidate, candidates
from commands.evaluate.plain import title_of
from commands.evaluate.reading import Read
from commands.evaluate.report import (
    Asked as AskedRate,
)
from commands.evaluate.report import (
    AtRate,
    City,
    DetectorReport,
    Learning,
    Options,
    Power,
    Start,
)
from commands.evaluate.run import sample_of
from detectors import Fixed, SeasonalCount
from detectors.evaluation.rates import Rate
from rules.critical.evaluation.intervals import proportion

OPTIONS = Options(
    window=60,
    every=5,
    link=30,
    link_type=2,
    train_share=0.65,
    time_zone="Asia/Shanghai",
    without=[],
    kinds=["+5/1h"],
    seeds=[1],
    rates=[1.0, 0.1],
)


class Slow(Fixed, frozen=True, tag="slow"):
    """A detector that says it is slow."""

    slow: ClassVar[bool] = True


def test_a_detector_says_of_itself_that_it_is_slow():
    assert Candidate("slow", Slow()).slow
    assert not Candidate("fixed", Fixed()).slow


def test_only_a_score_in_standard_deviations_has_a_nominal_threshold():
    assert Candidate("seasonal-count", SeasonalCount()).standard
    assert not Candidate("fixed", Fixed()).standard
    assert figures.nominal_level(1.0, 2016) == pytest.approx(3.292, abs=0.001)
    assert figures.nominal_level(0.1, 2016) == pytest.approx(3.892, abs=0.001)


def test_the_zone_of_the_data_is_the_detectors():
    found, left_out = candidates(["seasonal-count"], None, OPTIONS, "Asia/Shanghai")
    assert found[0].config.time_zone == "Asia/Shanghai"
    assert left_out == {}


def test_an_unknown_detector_is_told_with_those_that_are_known():
    with pytest.raises(click.UsageError, match=r"choose from.*seasonal-count"):
        candidates(["oracle"], None, OPTIONS, "UTC")


def test_a_sample_holds_areas_of_every_rate():
    rates = np.arange(100)[::-1] / 10.0
    areas = rates > 0
    picked = sample_of(areas, rates, 5)
    assert len(picked) == 5
    assert rates[picked].min() == pytest.approx(0.1)
    assert rates[picked].max() == pytest.approx(9.9)
    assert sorted(sample_of(areas, rates, 1000)) == list(range(99))


def test_areas_fall_into_strata_by_their_rate():
    rates = np.array([0.0, 0.05, 0.1, 0.3, 5.0])
    strata = figures.strata_of(rates, rates > 0)
    assert {name: np.flatnonzero(where).tolist() for name, where in strata.items()} == {
        "below 0.1": [1],
        "0.1 to 0.25": [2],
        "0.25 to 0.5": [3],
        "2 and more": [4],
    }


def city(rate):
    return City(
        read=Read(files=[], format=[]), calls=1, linked=0, stray=0, areas=1, new_areas=0,
        new_area_calls=0, rate=rate, first="", holdout_from="", last="", train_weeks=1,
        holdout_weeks=1, gaps=[],
        strata=[],
    )  # fmt: skip


def detector(*, hits=96, ratio=1.0, flat=0.97, learning=None):
    measured = Rate(ratio, ratio, ratio, 10)
    power = Power("+5/1h", proportion(hits, 100), 30.0, [])
    asked = [
        AskedRate(
            rate=1.0, way=way, threshold=3.0, measured=measured, ratio=value, ratio_low=value,
            ratio_high=value, own_p10=0.5, own_p90=1.3, worst_days=0.05, power=[power],
            flat={"+5/1h": flat},
        )
        for way, value in (("training", 9.0), ("calibrated", ratio))
    ]  # fmt: skip
    return DetectorReport(
        name="it", parameters={}, areas=1, sampled=None, observed_over_expected=1.0,
        at=[AtRate(rate=0.1, possible=True, threshold=3.0, measured=measured, power=[power])],
        asked=asked, curve=[], own_rates=[], start=Start(0.1, 1.2, 1.0), learning=learning,
    )  # fmt: skip


def met(report, rate):
    return {goal.name: goal.met for goal in goals.goals_of(report, city(rate))}


def test_goals_are_those_of_a_city_as_sparse():
    assert met(detector(hits=96), 0.25)["power at 0.1, +5/1h"]
    assert not met(detector(hits=90), 0.25)["power at 0.1, +5/1h"]
    assert met(detector(hits=50), 1.0)["power at 0.1, +5/1h"]


def test_the_recalibrated_rate_is_held_to_its_goal_not_the_one_before():
    assert met(detector(ratio=1.1), 0.25)["measured / asked 1"]
    assert not met(detector(ratio=1.2), 0.25)["measured / asked 1"]
    assert not met(detector(ratio=0.8), 0.25)["measured / asked 1"]


def test_areas_thresholds_of_their_own_may_cost_little_power():
    name = "most power lost by areas' own thresholds, asked 1"
    assert met(detector(flat=0.97), 0.25)[name]
    assert not met(detector(flat=0.99), 0.25)[name]


def test_what_was_learnt_is_held_to_its_goals():
    learning = Learning(
        inflation=0.02, surges=10, taken_for_level=0, followed={"0.5 to 1": 1.5, "below 0.1": 1.0}
    )
    found = met(detector(learning=learning), 0.25)
    assert found["expectation too high the day after 72 h at x4"]
    assert not found["lasting x2 after 7 days, areas of 0.5 to 1 an hour"]
    assert not any("below 0.1" in name for name in found)


@pytest.mark.parametrize(
    ("category", "title"),
    [
        ("EMS: FALL VICTIM", "fall victim"),
        ("Traffic: Fall victim -", "fall victim"),
        ("Disturbance - Family", "disturbance - family"),
        ("Fire:", ""),
        ("", ""),
    ],
)
def test_a_type_is_what_follows_the_service(category: str, title: str) -> None:
    assert title_of(category) == title
