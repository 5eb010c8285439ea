"""Asked versus measured: how often heat rules alerted beside the false alarms they may give."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from detectors.rate_interval import poisson_interval
from rules.language.schema.names import LEVELS, Level
from rules.trials.ledger import millis
from streams.records import Alert, AlertBudget

__all__ = ["AreaRate", "Budgets", "Rate", "RuleBudget"]

_DAY_MS = 86_400_000
_WORST_DAYS = 0.05
_WORST_AREAS = 5
_WHOLE = 0.8
"""Share of areas whose first alert has to be there for the file to begin at the beginning."""


class Rate(Struct, frozen=True):
    """Alerts per area-week with an exact 95 % interval (Poisson, from their number)."""

    measured: float
    low: float
    high: float


class AreaRate(Struct, frozen=True):
    """One area's alerts, a week, and whether they are more than asked beyond chance."""

    area: str
    alerts: int
    rate: Rate
    above: bool


class RuleBudget(Struct, frozen=True, kw_only=True):
    """One rule: asked and measured per area-week, and where and when its alerts were.

    asked: by its newest alert; None without a budget. area_weeks: observed while the alerts that
    count were given; None where nobody says. alerts: those that count, whole: all of the file's.
    share: measured / asked. p10, p90: of areas by their own rate, quiet ones too. worst_days: share
    of the alerts on the worst 5 % of days. learning: alerts of the time when little was known.
    """

    rule: str
    asked: float | None
    alerts: int
    area_weeks: float | None
    areas: int
    rate: Rate | None
    share: Rate | None
    above: bool
    p10: float | None
    p90: float | None
    worst_days: float | None
    learning: int
    levels: dict[Level, int]
    worst: list[AreaRate]


class _Fired(Struct):
    """One alert: when it fired first (ms), where, its gravest level, and what it said then."""

    rule: str
    area: str
    at: int
    level: Level
    budget: AlertBudget | None


class Budgets:
    """Alerts of heat rules, to be shown revision by revision in the order of their time."""

    def __init__(self) -> None:
        self._fired: dict[str, _Fired] = {}

    def add(self, alerts: Iterable[Alert]) -> None:
        """Take in revisions; those of other kinds and exercises are passed over."""
        for alert in alerts:
            if alert.kind != "heat" or alert.state == "test":
                continue
            held = self._fired.get(alert.id)
            if held is not None:
                held.level = min(held.level, alert.level, key=LEVELS.index)
            elif alert.status == "firing":
                self._fired[alert.id] = _Fired(
                    alert.rule.id, alert.area.id, millis(alert), alert.level, alert.evidence.budget
                )

    def rows(
        self,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        weeks: float | None = None,
        areas: int | None = None,
    ) -> list[RuleBudget]:
        """A row a rule, by id.

        Observed time is what the alerts say of it: from the beginning, where the first alerts of
        the areas are there; else from the first alert to the last, and the first does not count.
        weeks, areas: this many weeks of this many areas instead.
        """
        by_rule: dict[str, list[_Fired]] = {}
        for fired in sorted(self._fired.values(), key=lambda f: (f.at, f.area)):
            if (since_ms is None or fired.at >= since_ms) and (
                until_ms is None or fired.at < until_ms
            ):
                by_rule.setdefault(fired.rule, []).append(fired)
        return [_row(rule, mine, weeks, areas) for rule, mine in sorted(by_rule.items())]


def _row(rule: str, mine: Sequence[_Fired], weeks: float | None, areas: int | None) -> RuleBudget:
    stamps = [fired.budget for fired in mine if fired.budget is not None]
    counted, area_weeks = list(mine), None
    of_all = _observed(mine)
    number = areas or sum(o.areas for o in of_all) or len({fired.area for fired in mine})
    if weeks is not None:
        area_weeks = weeks * number
    elif stamps:
        area_weeks = sum(o.area_weeks for o in of_all)
        counted = [fired for fired in mine if not any(fired is o.left_out for o in of_all)]
    asked = stamps[-1].asked if stamps else None
    rate = _rate(len(counted), area_weeks)
    own = Counter(fired.area for fired in counted)
    spread = _spread(list(own.values()), number, area_weeks)
    share = None
    if rate is not None and asked:
        share = Rate(*(round(v / asked, 4) for v in (rate.measured, rate.low, rate.high)))
    return RuleBudget(
        rule=rule,
        asked=asked,
        alerts=len(counted),
        area_weeks=None if area_weeks is None else round(area_weeks, 1),
        areas=number,
        rate=rate,
        share=share,
        above=rate is not None and asked is not None and rate.low > asked,
        p10=spread[0],
        p90=spread[1],
        worst_days=_worst_days([fired.at for fired in counted]),
        learning=sum(fired.budget is not None and fired.budget.learning for fired in counted),
        levels=_levels(counted),
        worst=list(_worst(own, number, area_weeks, asked)),
    )


class _Observed(Struct, frozen=True):
    """What the alerts of one partition say was observed; `left_out` is where it begins."""

    areas: int
    area_weeks: float
    left_out: _Fired | None


def _observed(mine: Sequence[_Fired]) -> list[_Observed]:
    parts: dict[str, list[tuple[_Fired, AlertBudget]]] = {}
    for fired in mine:
        if fired.budget is not None:
            parts.setdefault(fired.budget.among, []).append((fired, fired.budget))
    return [_part(part) for part in parts.values()]


def _part(mine: Sequence[tuple[_Fired, AlertBudget]]) -> _Observed:
    """From the beginning, where nearly every area's first alert is its first ever; else later.

    Of a storm or of merged neighbours not every area's alert is told, so not all are looked for.
    """
    (begin, first), (_, last) = mine[0], mine[-1]
    firsts: dict[str, int] = {}
    for fired, budget in mine:
        firsts.setdefault(fired.area, budget.alerts)
    if sum(number == 1 for number in firsts.values()) >= _WHOLE * len(firsts):
        return _Observed(last.areas, last.area_weeks, None)
    return _Observed(last.areas, last.area_weeks - first.area_weeks, begin)


def _rate(alerts: int, area_weeks: float | None) -> Rate | None:
    if not area_weeks or area_weeks < 0:
        return None
    return Rate(*(float(f"{v / area_weeks:.4g}") for v in (alerts, *poisson_interval(alerts))))


def _spread(
    own: list[int], areas: int, area_weeks: float | None
) -> tuple[float, float] | tuple[None, None]:
    """10th and 90th of 100 areas by their own rate."""
    if not area_weeks or area_weeks < 0:
        return None, None
    counts = own + [0] * max(areas - len(own), 0)
    low, high = np.quantile(counts, (0.1, 0.9)) * areas / area_weeks
    return round(float(low), 3), round(float(high), 3)


def _worst(
    own: Counter[str], areas: int, area_weeks: float | None, asked: float | None
) -> Iterable[AreaRate]:
    for area, alerts in sorted(own.items(), key=lambda o: (-o[1], o[0]))[:_WORST_AREAS]:
        rate = _rate(alerts, area_weeks / areas if area_weeks else None)
        if rate is not None:
            yield AreaRate(area, alerts, rate, asked is not None and rate.low > asked)


def _worst_days(times: Sequence[int]) -> float | None:
    """Share of the alerts on the worst 5 % of the days from the first to the last (UTC)."""
    if not times:
        return None
    days = Counter(at // _DAY_MS for at in times)
    span = max(days) - min(days) + 1
    worst = sorted(days.values(), reverse=True)[: math.ceil(_WORST_DAYS * span)]
    return round(sum(worst) / len(times), 4)


def _levels(mine: Sequence[_Fired]) -> dict[Level, int]:
    levels = Counter(fired.level for fired in mine)
    return {level: levels[level] for level in LEVELS if levels[level]}
