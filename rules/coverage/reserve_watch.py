"""The reserve of a command: a warning while no more is free than grave calls may need at once."""

from __future__ import annotations

import numpy as np

from detectors.coverage.reserve import reserve_of
from rules.coverage.coverage_alert import Found, Transition, alert_record
from rules.coverage.ground import Look
from rules.ladder import RUNGS, OpenAlert, Step, advance, tell
from rules.language.book import RuleBook
from rules.language.coverage_entry import CoverageEntry, EffectiveCoverage
from rules.limits import ticks_of
from rules.suppression import NOTHING, Standing
from streams.areas import AreaTree
from streams.clock import TICK_MS
from streams.records import Alert, AlertCoverage, AlertIncidents, Evidence, ThresholdFrom

__all__ = ["ReserveWatch"]


class ReserveWatch:
    """The warnings of one rule, one for each command; open: those that stand, by command.

    Strength is that of the command's own units, each in one area: what areas have within reach of
    each other is not counted twice. Priority queues with a cut-off (Schaack & Larson 1986).
    """

    def __init__(self, entry: CoverageEntry, book: RuleBook, areas: AreaTree) -> None:
        self.open: dict[str, OpenAlert] = {}
        self._entry = entry
        self._book = book
        self._areas = areas

    def judge(self, name: str, tick: int, look: Look) -> list[Alert]:
        """A command at a tick; name: its id. It lasts as the rule's `for` and `keep_firing` say."""
        rule = self._entry.rule
        if rule.reserve is None and name not in self.open:
            return []
        free = look.supplied.own.free
        kept = np.array([0.0 if rule.reserve is None else rule.reserve.units])
        low = bool(reserve_of(free, np.zeros(free.size, dtype=np.int64), kept).low[0])
        if not low and name not in self.open:
            return []
        rung = RUNGS.index(rule.reserve.level) + 1 if rule.reserve is not None and low else 0
        open_ = self.open.setdefault(name, OpenAlert(breached=tick, rung=0))
        step = advance(
            open_, tick, rung, rung,
            wait=ticks_of(rule.hold), keep=max(1, ticks_of(rule.keep_firing)),
        )  # fmt: skip
        alerts = self._told(name, tick, step, open_, look)
        if open_.rung == 0 and (open_.fired is not None or not rung):
            del self.open[name]
        return alerts

    def leave(self, tick: int, reason: str) -> list[Alert]:
        """The rule is no more: the ends of what is open."""
        alerts: list[Alert] = []
        for name, open_ in sorted(self.open.items()):
            open_.rung = 0
            before = tell(open_, NOTHING)
            if before is not None:
                alerts.append(self._alert(Transition(name, tick, open_, before, reason, NOTHING)))
        self.open = {}
        return alerts

    def _told(
        self, name: str, tick: int, step: Step | None, open_: OpenAlert, look: Look
    ) -> list[Alert]:
        if step is None and open_.told == open_.rung and not open_.test:
            return []
        standing = self._standing(name, tick)
        before = tell(open_, standing)
        if before is None:
            return []
        reason = None if open_.rung else (step and step.reason) or "cleared"
        return [self._alert(Transition(name, tick, open_, before, reason, standing), look)]

    def _standing(self, name: str, tick: int) -> Standing:
        if not len(self._book.suppressions):
            return NOTHING
        return self._book.suppressions.standing(self._entry.subject(name), (tick + 1) * TICK_MS)

    def _alert(self, told: Transition, look: Look | None = None) -> Alert:
        effective = self._entry.with_overrides(())
        found = Found(self._evidence(effective, look), AlertIncidents(count=0, ids=[]))
        hashes = self._entry.hash, self._book.bundle
        key = f"reserve/{told.area}"
        return alert_record(effective, hashes, self._areas, told, key, found)

    @staticmethod
    def _evidence(effective: EffectiveCoverage, look: Look | None) -> Evidence:
        """What the command has in all; nothing was looked at where the rule is no more."""
        reserve = effective.rule.reserve
        if look is None or reserve is None:
            return Evidence()
        own, demand, found = look.supplied.own, look.demand, look.found
        place = effective.places.get(("reserve", "units", ""))
        return Evidence(
            observed=round(float(own.free.sum()), 2),
            threshold=ThresholdFrom(count=reserve.units, from_=place),
            coverage=AlertCoverage(
                units=round(float(own.total.sum()), 2),
                free=int(look.supplied.free.sum()),
                lost=int(look.supplied.lost.sum()),
                need=int(demand.need.sum()),
                minimum=int(demand.minimum.sum()),
                gap=round(float(found.gap.sum()), 2),
                coldness=int(found.coldness.max(initial=0)),
                load=round(float(demand.load.sum()), 3),
            ),
            reasons=["reserve"],
        )
