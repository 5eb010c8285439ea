"""Our goals beside what was measured: what a centre should be able to count on."""

from __future__ import annotations

from collections.abc import Iterator

from commands.evaluate.report import Asked, AtRate, City, DetectorReport, Goal, NullReport

__all__ = ["goals_of", "null_goals"]

_SPARSE = 0.6
"""Below this many calls an area-hour a city is a sparse one. The goals are those of two cities."""
_TRUE = {1.0: (0.85, 1.15), 0.1: (0.8, 1.25), 0.01: (0.5, 2.0)}
_POWER = {
    "sparse": {0.1: {"+5/1h": 0.96, "+5/2h": 0.85, "+10/2h": 0.995}},
    "busy": {
        1.0: {"+5/1h": 0.82, "+5/2h": 0.60, "+10/2h": 0.98},
        0.1: {"+5/1h": 0.45, "+5/2h": 0.28, "+10/2h": 0.85},
    },
}
_DELAY = {1.0: 26.0, 0.1: 36.0}
_DELAY_KIND = "+5/1h"
_OWN_P90 = 1.4
_LOST = 0.02
_FIRST_WEEK = 1.3
_INFLATION = 0.03
_FOLLOWED = 1.8
_FOLLOWED_IN = ("0.5 to 1", "1 to 2", "2 and more")
_WORST_DAYS = 0.07


def goals_of(detector: DetectorReport, city: City) -> list[Goal]:
    """All goals that this run has a figure for."""
    return list(_goals(detector, "sparse" if city.rate < _SPARSE else "busy"))


def null_goals(null: NullReport) -> list[Goal]:
    """Where the model is right: measured never above asked, with its upper 95 % bound."""
    return [
        _goal(
            f"simulated: upper bound of measured / asked {rate.rate:g}",
            null.name,
            rate.upper / rate.rate,
            high=1.0,
        )
        for rate in null.rates
        if rate.way == "calibrated"
    ]


def _goals(detector: DetectorReport, kind: str) -> Iterator[Goal]:
    name = detector.name
    for asked in detector.asked:
        if asked.way == _best_way(detector):
            yield from _asked(name, asked)
    for at in detector.at:
        yield from _matched(name, at, kind)
    if detector.start is not None:
        yield _goal(
            "first week, episodes / asked", name, detector.start.first_week, high=_FIRST_WEEK
        )
    learning = detector.learning
    if learning is not None and learning.inflation is not None:
        yield _goal(
            "expectation too high the day after 72 h at x4",
            name,
            learning.inflation,
            high=_INFLATION,
        )
    if learning is not None:
        for stratum in _FOLLOWED_IN:
            if stratum in learning.followed:
                value = learning.followed[stratum]
                text = f"lasting x2 after 7 days, areas of {stratum} an hour"
                yield _goal(text, name, value, low=_FOLLOWED)


def _best_way(detector: DetectorReport) -> str:
    """The way that an installation uses: recalibrated where that was measured."""
    ways = {asked.way for asked in detector.asked}
    return "calibrated" if "calibrated" in ways else "training"


def _asked(name: str, asked: Asked) -> Iterator[Goal]:
    if asked.rate in _TRUE:
        low, high = _TRUE[asked.rate]
        yield _goal(f"measured / asked {asked.rate:g}", name, asked.ratio, low, high)
    # Multiples of next to nothing are seen by chance alone, at any threshold.
    lost = [
        asked.flat[power.kind] - power.share.value
        for power in asked.power
        if power.kind.startswith("+") and power.kind in asked.flat and power.share.value is not None
    ]
    if lost:
        text = f"most power lost by areas' own thresholds, asked {asked.rate:g}"
        yield _goal(text, name, max(lost), high=_LOST)
    if asked.rate == 1:
        yield _goal("areas' own rate, p90, asked 1", name, asked.own_p90, high=_OWN_P90)
        if asked.worst_days is not None:
            text = "share of episodes on the worst 5 % of days, asked 1"
            yield _goal(text, name, asked.worst_days, high=_WORST_DAYS)


def _matched(name: str, at: AtRate, kind: str) -> Iterator[Goal]:
    wanted = _POWER[kind].get(at.rate, {})
    for power in at.power:
        if power.kind in wanted:
            text = f"power at {at.rate:g}, {power.kind}"
            yield _goal(text, name, power.share.value, low=wanted[power.kind])
        if power.kind == _DELAY_KIND and kind == "sparse" and at.rate in _DELAY:
            text = f"mean delay at {at.rate:g}, {power.kind}, minutes"
            yield _goal(text, name, power.delay, high=_DELAY[at.rate])


def _goal(
    name: str,
    detector: str,
    value: float | None,
    low: float | None = None,
    high: float | None = None,
) -> Goal:
    met = value is not None and (low is None or value >= low) and (high is None or value <= high)
    return Goal(name=name, detector=detector, low=low, high=high, value=value, met=met)
