"""How many alerts a rule book gives over a history: by rule, level, area and day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from msgspec import Struct

from rules.language.calendar import Calendar
from rules.language.schema.names import LEVELS, Level
from rules.language.zone import DAY_MS
from rules.trials.ledger import Episode

__all__ = ["AreaRow", "RuleRow", "Tally", "per_day", "tally"]

_SPANS = {"hour": DAY_MS // 24, "day": DAY_MS, "week": 7 * DAY_MS}


class RuleRow(Struct, frozen=True, kw_only=True):
    """One rule's alerts.

    minutes: median time that one stood open. budget: alerts a day that the rule says it expects;
    None where it says nothing.
    """

    rule: str
    kind: str
    alerts: int
    a_day: float
    levels: dict[Level, int]
    review: int
    suppressed: int
    areas: int
    minutes: float | None
    budget: float | None


class AreaRow(Struct, frozen=True):
    """One area's alerts."""

    area: str
    alerts: int
    a_day: float
    levels: dict[Level, int]


class Tally(Struct, frozen=True, kw_only=True):
    """All alerts of a span of history; days: its length, not whole."""

    days: float
    alerts: int
    a_day: float
    levels: dict[Level, int]
    rules: list[RuleRow]
    areas: list[AreaRow]
    dates: dict[str, int]


def tally(
    episodes: Sequence[Episode],
    *,
    days: float,
    calendar: Calendar,
    rules: Iterable[tuple[str, str, float | None]] = (),
) -> Tally:
    """The table of some alerts.

    rules: (id, kind, budget) of rules that stand in it even if silent. Dates are those of the
    calendar's time zone.
    """
    by_rule: dict[str, list[Episode]] = defaultdict(list)
    by_area: dict[str, list[Episode]] = defaultdict(list)
    dates: Counter[str] = Counter()
    for episode in episodes:
        by_rule[episode.rule].append(episode)
        by_area[episode.area].append(episode)
        dates[calendar.shown(episode.fired).date().isoformat()] += 1
    known = {id_: (kind, budget) for id_, kind, budget in rules}
    for id_, mine in by_rule.items():
        known.setdefault(id_, (mine[0].kind, None))
    rows = [_rule(id_, by_rule.get(id_, []), days, *of) for id_, of in known.items()]
    areas = [AreaRow(a, len(e), _a_day(len(e), days), _levels(e)) for a, e in by_area.items()]
    return Tally(
        days=round(days, 3),
        alerts=len(episodes),
        a_day=_a_day(len(episodes), days),
        levels=_levels(episodes),
        rules=sorted(rows, key=lambda row: (-row.alerts, row.rule)),
        areas=sorted(areas, key=lambda row: (-row.alerts, row.area)),
        dates=dict(sorted(dates.items())),
    )


def per_day(text: str) -> float:
    """`6 per week` as a number a day."""
    number, _, span = text.partition(" per ")
    return float(number) * DAY_MS / _SPANS[span]


def _rule(
    id_: str, mine: Sequence[Episode], days: float, kind: str, budget: float | None
) -> RuleRow:
    open_for = [(e.ended - e.fired) / 60_000 for e in mine if e.ended is not None]
    return RuleRow(
        rule=id_,
        kind=kind,
        alerts=len(mine),
        a_day=_a_day(len(mine), days),
        levels=_levels(mine),
        review=sum(e.review for e in mine),
        suppressed=sum(bool(e.suppressed_by) for e in mine),
        areas=len({e.area for e in mine}),
        minutes=round(median(open_for), 1) if open_for else None,
        budget=budget,
    )


def _levels(episodes: Iterable[Episode]) -> dict[Level, int]:
    counts = Counter(episode.level for episode in episodes)
    return {level: counts[level] for level in LEVELS}


def _a_day(alerts: int, days: float) -> float:
    return round(alerts / days, 2) if days > 0 else float(alerts)
