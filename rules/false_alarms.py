"""The false-alarm budget of a heat rule: the score it asks for, and what it was found to give."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.calibration import Calibration
from rules.heat_groups import group_of
from rules.language.schema.heat import By, HeatRule
from rules.limits import ticks_of
from streams.areas import AreaTree
from streams.records import AlertBudget

__all__ = ["WEEKS_KEPT", "Asked", "FalseAlarms", "Given", "Stand", "asked_of", "false_alarms"]

Floats = NDArray[np.float64]

WEEKS_KEPT = 13
"""Weeks over which what a rule gave is told."""
_DAY_TICKS, _WEEK_TICKS, _REACH_TICKS = 1440, 10_080, 120
_SPANS = {"shift": 8 / 168, "day": 1 / 7, "week": 1.0, "month": 365.25 / 84, "year": 365.25 / 7}
"""In weeks."""


class Asked(Struct, frozen=True):
    """Alerts a week that a budget asks for: of each area, or of all areas together."""

    a_week: float
    each: bool


class Stand(Struct, frozen=True):
    """A budget as it stands in a stretch of ticks; it changes once a day.

    row: where the stretch begins in its block. asked: per area-week. rests_on: area-weeks behind
    the threshold, with forgetting. weeks: what each area has been observed so far.
    """

    row: int
    asked: float
    rests_on: float
    learning: bool
    weeks: Floats


class Given(Struct, frozen=True):
    """What a budget asks for per area-week, and the alerts and area-weeks of its last weeks."""

    asked: float
    alerts: int
    area_weeks: float


def asked_of(text: str) -> Asked:
    """`1 per area per week` or `5 per shift` as a number a week; a shift is 8 h."""
    number, *words = text.split(" per ")
    return Asked(float(number) / _SPANS[words[-1]], each=len(words) > 1)


def false_alarms(
    rule: HeatRule, areas: AreaTree, before: FalseAlarms | None = None
) -> FalseAlarms | None:
    """The budget that a rule asks for, which goes on from an earlier one of the same step."""
    if rule.budget is None or rule.budget.false is None:
        return None
    every = ticks_of(rule.window.every)
    kept = before if before is not None and before.every == every else FalseAlarms(every)
    asked = asked_of(rule.budget.false)
    kept.ask(asked, None if asked.each else _groups(rule.by, areas))
    return kept


class FalseAlarms:
    """Thresholds of a rule's score that keep its budget, and the alerts that it gave.

    every: ticks from one judgement to the next. Only judged ticks count, and those in which no
    area has anything in its window are left out: whether they are shown is a matter of the cut.
    """

    def __init__(self, every: int) -> None:
        self.every = every
        per_day = max(1, round(_DAY_TICKS / every))
        self._per_day = per_day
        self._calibration = Calibration(
            rate=1.0, ticks_per_week=7 * per_day, reach=max(1, _REACH_TICKS // every)
        )
        self._alerts = np.zeros(0, dtype=np.int32)
        self._weeks: dict[int, tuple[int, int]] = {}
        self._stands: list[Stand] = []

    def ask(self, asked: Asked, groups: int | None) -> None:
        """From now on this is asked for; groups: how many share it, where all are one."""
        self._calibration.ask(asked.a_week, groups)

    def thresholds(
        self, first_tick: int, shown: NDArray[np.bool_], score: Floats, ready: NDArray[np.bool_]
    ) -> Floats:
        """The score to be reached in each tick of a block, [ticks, areas]; then it is learned.

        shown: judged ticks in which there is something to see, [ticks].
        """
        if score.shape[1] > self._alerts.size:
            self._alerts = np.pad(self._alerts, (0, score.shape[1] - self._alerts.size))
        calibration = self._calibration
        found = [calibration.in_force(score.shape[1])[None]]
        rows = np.flatnonzero(shown)
        numbers = (first_tick + rows + 1) // self.every
        self._stands = [self._stand(0)]
        for part in self._stretches(numbers):
            first, cells = int(numbers[part][0]), rows[part]
            before = calibration.observed
            found.append(calibration.observe(first, score[cells], ready[cells]))
            self._note(self._week(first), 0, calibration.observed - before)
            self._stands.append(self._stand(int(cells[0])))
        # A tick in which nothing is to see has the thresholds of the one before.
        return np.concatenate(found)[np.cumsum(shown)]

    def fired(self, column: int, tick: int) -> None:
        """An alert of an area begins to fire."""
        self._alerts[column] += 1
        self._note(self._week((tick + 1) // self.every), 1, 0)

    def evidence(self, row: int, column: int, among: str) -> AlertBudget:
        """What an alert says of its budget; `row` of the block shown last, `among` these areas."""
        stand = next(s for s in reversed(self._stands) if s.row <= row)
        # An area that joined in this block was not observed on any day that is closed.
        own = float(stand.weeks[column]) if column < stand.weeks.size else 0.0
        return AlertBudget(
            asked=float(f"{stand.asked:.4g}"),
            rests_on=round(stand.rests_on, 1),
            learning=stand.learning,
            alerts=int(self._alerts[column]),
            weeks=round(own, 2),
            area_weeks=round(float(stand.weeks.sum()), 1),
            areas=int(np.count_nonzero(stand.weeks)),
            among=among,
        )

    def given(self) -> Given:
        """Asked and measured, over the last weeks and all areas."""
        alerts = sum(alerts for alerts, _ in self._weeks.values())
        ticks = sum(ticks for _, ticks in self._weeks.values())
        return Given(self._calibration.rate, alerts, ticks / (7 * self._per_day))

    def confirm(self, column: int, tick: int, score: float) -> None:
        """An alert was true: it is no false one. See `Calibration.confirm`.

        One that was given before anything was observed (with another step) is passed over.
        """
        if column >= self._calibration.weeks.size:
            return
        self._calibration.confirm(column, (tick + 1) // self.every, score)

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes."""
        return {
            "every": self.every,
            "calibration": self._calibration.snapshot(),
            "alerts": self._alerts.tobytes(),
            "weeks": [[week, *counts] for week, counts in sorted(self._weeks.items())],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot; what was learned at another step is of no use."""
        if state["every"] != self.every:
            return
        self._calibration.restore(state["calibration"])
        self._alerts = np.frombuffer(state["alerts"], dtype=np.int32).copy()
        self._weeks = {week: (alerts, ticks) for week, alerts, ticks in state["weeks"]}

    def _stand(self, row: int) -> Stand:
        known = self._calibration
        return Stand(row, known.rate, known.area_weeks, known.learning, known.weeks)

    def _week(self, number: int) -> int:
        return number // (7 * self._per_day)

    def _note(self, week: int, alerts: int, ticks: int) -> None:
        """Count alerts and observed ticks of a week; weeks that are long over are forgotten."""
        before = self._weeks.get(week, (0, 0))
        self._weeks[week] = before[0] + alerts, before[1] + ticks
        last = max(self._weeks) - WEEKS_KEPT
        self._weeks = {w: counts for w, counts in self._weeks.items() if w > last}

    def _stretches(self, numbers: NDArray[np.int64]) -> Iterator[slice]:
        """Parts of the numbers of judged ticks that follow each other within one day."""
        if not numbers.size:
            return
        day = numbers // self._per_day
        ends = np.flatnonzero((np.diff(numbers) != 1) | (np.diff(day) != 0)) + 1
        edges = [0, *ends.tolist(), numbers.size]
        yield from (slice(first, end) for first, end in pairwise(edges))


def _groups(by: By, areas: AreaTree) -> int:
    """How many groups the areas file has for a rule; 0 without one."""
    stations = [a for a in areas.ids() if (area := areas.get(a)) and area.kind == "station"]
    return len({group_of(area_id, by, areas) for area_id in stations})
