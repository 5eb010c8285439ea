"""What is injected into the city: bursts, critical calls and shortages, drawn before the rest."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime

import numpy as np
from msgspec import Struct

from streams.sources.synthetic.city import City
from streams.sources.synthetic.plan import LOCAL, Plan, generator
from streams.sources.synthetic.rhythm import Rhythm, times_by_rhythm
from streams.sources.synthetic.tables import table
from streams.sources.synthetic.truth import Burst

__all__ = ["Events", "Injected", "plan_events"]

_BURST_EXTRA = (8, 20)
_BURST_MINUTES = (20, 60)
_WORTH_SCORING = 100  # a city of so many reports has a critical one
_LEAD_S = 3 * 3600  # bursts leave an area's normal some time to be learned first


class Injected(Struct, frozen=True):
    """One planned report: when, in which station's area, and as part of what.

    `critical` is one of the twelve categories, `burst` the id of a burst; one of them is not empty.
    """

    at_s: int
    station: int
    critical: str = ""
    burst: str = ""


class Events(Struct, frozen=True):
    """All planned reports in order of time, the bursts they belong to, the hours of shortage.

    background: how many ordinary reports each block has, int64[blocks].
    shortages: (station, begin, end) in seconds.
    """

    injected: list[Injected]
    bursts: list[Burst]
    shortages: list[tuple[int, int, int]]
    background: np.ndarray

    def between(self, begin: int, end: int) -> list[Injected]:
        """The planned reports of a stretch of time, in order."""
        first = bisect_left(self.injected, begin, key=lambda call: call.at_s)
        last = bisect_left(self.injected, end, key=lambda call: call.at_s)
        return self.injected[first:last]


def plan_events(plan: Plan, city: City) -> Events:
    """Draw what is injected into a plan. Nothing here depends on how the texts look."""
    rng = generator(plan.seed, 4)
    days = (plan.end_s - plan.start_s) / 86_400
    total = plan.incidents if plan.incidents is not None else int(rng.poisson(plan.rate * days))
    bursts = _bursts(plan, city, rng, total, days)
    injected = [call for _, calls in bursts for call in calls]
    injected += _criticals(plan, city, rng, total, at_most=total - len(injected))
    injected.sort(key=lambda call: (call.at_s, call.station, call.burst))
    background = rng.multinomial(total - len(injected), Rhythm().weights(plan))
    return Events(injected, [b for b, _ in bursts], _shortages(plan, city, rng, days), background)


def _bursts(
    plan: Plan, city: City, rng: np.random.Generator, total: int, days: float
) -> list[tuple[Burst, list[Injected]]]:
    wanted = plan.bursts if plan.bursts is not None else max(1, round(2 * days))
    # Never more than a fifth of all reports: a short or thin city stays a city.
    count = min(wanted, total // (5 * _BURST_EXTRA[1]))
    found = []
    for number in range(count):
        minutes = int(rng.integers(*_BURST_MINUTES))
        extra = int(rng.integers(*_BURST_EXTRA))
        # Quiet areas: in a busy one the same extra reports would drown in its own spread.
        quiet = np.argsort(city.weights, kind="stable")[: max(1, len(city.stations) // 2)]
        station = int(rng.choice(quiet))
        if plan.opening and number == 0:
            begin, minutes, extra = plan.start_s + 600, 20, 18
        else:
            lead = min(_LEAD_S, (plan.end_s - plan.start_s) // 3)
            last = max(plan.start_s + lead + 1, plan.end_s - minutes * 60)
            begin = int(rng.integers(plan.start_s + lead, last))
        end = min(begin + minutes * 60, plan.end_s)
        times = np.sort(rng.integers(begin, end, extra)).tolist()
        burst = Burst(
            id=f"burst-{number + 1}",
            area=city.stations[station],
            start=datetime.fromtimestamp(begin, LOCAL),
            end=datetime.fromtimestamp(end, LOCAL),
            extra=extra,
        )
        found.append((burst, [Injected(t, station, burst=burst.id) for t in times]))
    return found


def _criticals(
    plan: Plan, city: City, rng: np.random.Generator, total: int, *, at_most: int
) -> list[Injected]:
    shares = {name: entry["share"] for name, entry in table("critical")["categories"].items()}
    names, weights = list(shares), np.array(list(shares.values()), float)
    # Something to see within the first minutes of a show.
    early = min(5, total // 50) if plan.opening else 0
    opening = [min(plan.start_s + 120 + 240 * i, plan.end_s - 1) for i in range(early)]
    count = round(plan.critical_share * total)
    if plan.critical_share > 0 and total >= _WORTH_SCORING:
        count = max(1, count)
    count = min(count, at_most - early)
    times = sorted([*times_by_rhythm(plan, count, rng, critical=True).tolist(), *opening])
    stations = city.draw_areas(rng.random(len(times))).tolist()
    kinds = rng.choice(len(names), size=len(times), p=weights / weights.sum()).tolist()
    return [
        Injected(t, s, critical=names[k]) for t, s, k in zip(times, stations, kinds, strict=True)
    ]


def _shortages(
    plan: Plan, city: City, rng: np.random.Generator, days: float
) -> list[tuple[int, int, int]]:
    count = plan.shortages if plan.shortages is not None else max(1, round(2 * days))
    span = plan.end_s - plan.start_s
    found = []
    for number in range(count):
        station = int(rng.integers(len(city.stations)))
        length = min(span, int(rng.integers(3600, 3 * 3600)))
        begin = plan.start_s + int(rng.integers(0, max(1, span - length)))
        if plan.opening and number == 0:
            begin = plan.start_s + 900
        found.append((station, begin, min(begin + length, plan.end_s)))
    return found
