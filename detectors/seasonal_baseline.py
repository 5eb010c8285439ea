"""What a seasonal baseline expects of every area, hour by hour; detectors judge by it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from detectors.base import Days
from detectors.seasonal_areas import Areas, Memory
from detectors.seasonal_pool import DAY_HOURS, WEEK_HOURS, LocalHours, Pool
from detectors.tick_hours import hours_of

__all__ = ["SeasonalBaseline", "SeasonalParameters"]

Floats = NDArray[np.float64]

_SHAPE_MEMORY = 3.0
"""Shapes change more slowly than levels: they are remembered this many times longer."""
_MOST_SPAN = 6
_CITY_HOURS = 3


class SeasonalParameters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the baselines that know the week have in common."""

    standard_score: ClassVar[bool] = True
    """The score is in standard deviations, so that a rate of alarms has a nominal threshold."""
    time_zone: Annotated[str, Meta(description="IANA name, such as Asia/Shanghai")] = "UTC"
    season: Annotated[Literal["hour-of-week", "hour-of-day"], Meta(description="what repeats")] = (
        "hour-of-week"
    )
    forgetting_days: Annotated[
        float, Meta(ge=7, le=366, description="after these days an hour weighs 1/e, in days")
    ] = 28.0
    warm_up_days: Annotated[
        int, Meta(ge=1, le=366, description="history before a score counts, in days")
    ] = 14
    gap_events: Annotated[
        float,
        Meta(ge=1, le=1e6, description="events expected while none came that make it a gap"),
    ] = 15.0
    special_days: Annotated[
        list[date],
        Meta(description="local dates taken for Sundays, and not learned: `[2026-10-01]`"),
    ] = []
    city_factor: Annotated[
        bool,
        Meta(description="expect more while the whole city has more, by its last three hours"),
    ] = False

    def __post_init__(self) -> None:
        """Refuse a time zone that is not known. Raises ValueError."""
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = (
                f'time_zone "{self.time_zone}" is not known: give an IANA name such as '
                "Asia/Shanghai or UTC"
            )
            raise ValueError(message) from None


class SeasonalBaseline:
    """Expected = rate of the area x shape of the week x the area's own profile of the day.

    rate     gamma-Poisson mean of the area's hours, forgotten over `forgetting` days
    shape    168 hours of the local week (or 24 of the day), pooled over areas and smoothed
    profile  hours of workdays and of weekends of the area against that shape, shrunk to 1

    Nothing is learned of an area while its last 12 h lie 4 standard deviations above what was
    expected, or while it is so silent that its calls must be lost, for at most 120 h; a level that
    lasts is taken over after six days. Hours without an event in any area are missing data once
    `gap` events were expected in them, and teach nothing.
    Hours count from the epoch; what areas share is renewed at set hours: first after 30,
    then every six in the first week, and once a day from then on.

    Use: `grow`, then for the ticks of each hour `enter`, any question, `add`.

    Source: capability C5; the formula, its measured power and its calibration stand in
    docs/explanation/decisions/seasonal-baseline.md.
    """

    def __init__(
        self, config: SeasonalParameters, *, window_ticks: int, ticks_per_hour: int
    ) -> None:
        self._per_hour = ticks_per_hour
        days = config.forgetting_days
        weekly = config.season == "hour-of-week"
        shape_days = _SHAPE_MEMORY * days
        memory = Memory(
            rate=float(np.exp(-1.0 / (DAY_HOURS * days))),
            workday=float(np.exp(-7.0 / (5.0 * shape_days))),
            weekend=float(np.exp(-7.0 / (2.0 * shape_days))),
            span=min(_MOST_SPAN, -(-window_ticks // ticks_per_hour)),
        )
        self._local = LocalHours(config.time_zone, config.special_days)
        self._pool = Pool(
            cells=WEEK_HOURS if weekly else DAY_HOURS,
            memory=shape_days / 7.0 if weekly else shape_days,
            gap=config.gap_events,
        )
        self._areas = Areas(memory)
        self._city_factor = config.city_factor
        self._hour: int | None = None
        self._rates: dict[int, Floats] = {}

    def __len__(self) -> int:
        return len(self._areas)

    @property
    def dispersion(self) -> Floats:
        """Phi of every area's counts (variance m + phi m^2), with what is not known of its rate."""
        return self._areas.dispersion

    @property
    def uncertainty(self) -> Floats:
        """The part of the dispersion that is due to a rate that is not known better."""
        return self._areas.uncertainty

    @property
    def history(self) -> NDArray[np.int64]:
        """Hours learned, per area."""
        return self._areas.history

    def use_days(self, days: Days) -> None:
        """See `KnowsDays.use_days`; the special days of the parameters stay."""
        self._local.days = days
        self._rates.clear()

    def grow(self, areas: int) -> None:
        """Add areas at the end."""
        if areas > len(self._areas):
            self._areas.grow(areas, self._pool)
            self._rates.clear()

    def add(self, fresh: NDArray[np.int64]) -> None:
        """Take in the events of ticks of the hour that was entered; fresh: [ticks, areas]."""
        self._areas.add(fresh)

    def correct(self, first_tick: int, late: NDArray[np.int64]) -> None:
        """Take in events of earlier ticks; late: see `Detector.observe`.

        `first_tick` lies in the hour that was entered. They count in their own hour while it waits
        to be learned, else in the one that is open: also in a silence, which they end.
        """
        since = self._pool.numbers.silent_since
        end = self._hour if since is None else since
        ticks = first_tick + 1 - len(late), len(late)
        for hour, _, rows in hours_of(*ticks, self._per_hour):
            counts = late[rows].sum(axis=0)
            if end is not None and counts.any():
                cell = self._local.of_week(hour)
                self._areas.correct(counts, self._pool.numbers.hours, end - hour, cell)
        if self._city_factor:
            self._rates.clear()

    def enter(self, hour: int) -> None:
        """End the hours before this one. Those that were left out had no event in any area."""
        if self._hour is None or self._hour == hour:
            self._hour = hour
            return
        self._rates.clear()
        counts = self._areas.take_open()
        if counts.any():
            self._learn(self._hour, counts)
        ended = range(self._hour + 1 if counts.any() else self._hour, hour)
        self._hour = hour
        if not self._areas.heard_of_any():
            return
        total = self._areas.total_rate()
        for silent in ended:
            if self._pool.hush(silent, self._local.of_week(silent), total):
                break  # a gap it stays, however long

    def expected(self, overlaps: NDArray[np.int64], hour: int) -> Floats:
        """Events expected in stretches of ticks.

        overlaps[back, ...]: how many ticks of a stretch lie in the hour `hour` - back. Returns
        [..., areas].
        """
        total = np.zeros((*overlaps.shape[1:], len(self._areas)))
        for back, ticks in enumerate(overlaps):
            if ticks.any():
                total += (ticks / self._per_hour)[..., None] * self._rate_of(hour - back)
        return total

    def rates(self, hour: int, count: int) -> list[Floats]:
        """Events an hour of every area in the hours `hour`, `hour` - 1, ..."""
        return [self._rate_of(hour - back) for back in range(count)]

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes."""
        return {"hour": self._hour, **self._pool.snapshot(), **self._areas.snapshot()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._hour = state["hour"]
        self._pool.restore(state)
        self._areas.restore(state, self._pool)
        self._rates.clear()

    def _rate_of(self, hour: int) -> Floats:
        """Events an hour of every area, as it is expected now."""
        rate = self._rates.get(hour)
        if rate is None:
            cell = self._local.of_week(hour)
            rate = self._areas.rate * self._areas.pattern(cell, self._pool.factor(cell))
            if self._city_factor:
                rate *= self._areas.city_factor(_CITY_HOURS, self._pool.numbers.hours - 1)
            self._rates[hour] = rate
        return rate

    def _learn(self, hour: int, counts: NDArray[np.int64]) -> None:
        """An hour with events: the silence before it, if there was one, is a zero or a gap."""
        since = self._pool.numbers.silent_since
        gap = self._pool.is_gap()
        self._pool.numbers.silent_since = None
        if gap:
            return  # nobody knows how much of this hour was seen
        if since is not None:
            nothing = np.zeros_like(counts)
            for silent in range(since, hour):
                self._file(silent, nothing)
        self._file(hour, counts)

    def _file(self, hour: int, counts: NDArray[np.int64]) -> None:
        cell, special = self._local.of_week(hour), self._local.is_special(hour)
        self._areas.observe_hour(counts, cell, self._pool, special=special)
