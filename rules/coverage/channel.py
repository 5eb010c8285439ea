"""One coverage rule over the areas of a partition: its ladder, its open alerts, its suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from rules.coverage.coverage_alert import Told, coverage_alert
from rules.coverage.ground import Ground, Look
from rules.coverage.hot_areas import HotAreas
from rules.coverage.model import Suggestion
from rules.coverage.recent_moves import RecentMoves
from rules.coverage.reserve_watch import ReserveWatch
from rules.coverage.rungs import Rungs, Seen
from rules.coverage.shortage import Shortage
from rules.coverage.sight import Sight, SightWitness
from rules.ladder import OpenAlert, Step, advance, tell
from rules.language.book import RuleBook
from rules.language.coverage_entry import CoverageEntry
from rules.limits import ticks_of
from rules.suppression import NOTHING, Standing
from streams.areas import AreaTree
from streams.clock import TICK_MS
from streams.records import Alert

__all__ = ["CoverageChannel"]


class CoverageChannel:
    """A rule as the book in force has it. State: open alerts by area, moves of half an hour."""

    def __init__(self, entry: CoverageEntry, book: RuleBook, areas: AreaTree) -> None:
        self.entry = entry
        self._book = book
        self._areas = areas
        self._open: dict[str, OpenAlert] = {}
        self.standing: dict[str, Shortage] = {}
        """By command, as the newest tick saw it; no state, a tick after a restart it is back."""
        self._moves = RecentMoves()
        self._rungs: dict[str, tuple[int, Rungs]] = {}
        self._reserve = ReserveWatch(entry, book, areas)
        self.witness: SightWitness | None = None

    def judge(self, name: str, ground: Ground, hot: HotAreas) -> list[Alert]:
        """A command at a tick: what is told of its areas, by id. name: the command's."""
        if (ground.tick + 1) % max(1, ticks_of(self.entry.rule.every)):
            return []
        rungs = self._ladder(name, ground)
        looks, look_of = self._looks(rungs, ground)
        self.standing[name] = Shortage.of(looks[0])
        seen = self._seen(looks, look_of, ground, hot)
        fired, held = rungs.judge(seen)
        if self.witness is not None:
            pause = self._moves.pause((ground.tick + 1) * TICK_MS)
            self.witness(Sight(self.entry, ground, rungs, looks, look_of, seen, fired, held, pause))
        ids = ground.command.ids
        column = ground.command.index
        awake = {ids[at] for at in np.flatnonzero(fired).tolist()}
        alerts: list[Alert] = []
        plan: list[Suggestion] | None = None
        for area in sorted(awake | (self._open.keys() & column.keys())):
            at = column[area]
            step, open_ = self._step(area, ground.tick, rungs, at, (int(fired[at]), int(held[at])))
            standing = self._standing(area, ground.tick)
            before = self._tells(step, open_, standing)
            if before is not None:
                look = looks[look_of[at]]
                if plan is None and open_.rung and self.entry.rule.suggest is not None:
                    plan = self._plan(ground, look)
                reason = None if open_.rung else (step and step.reason) or "cleared"
                moves = [move for move in plan or () if reason is None and move.taker == area]
                told = Told(
                    area, ground.tick, open_, before, reason, standing, look, at,
                    bool(seen.blind[at]), moves,
                )  # fmt: skip
                alerts.append(self._alert(rungs, told))
                self._remember(ground.tick, moves)
            if open_.rung == 0 and (open_.fired is not None or not fired[at]):
                del self._open[area]
        return alerts + self._reserve.judge(name, ground.tick, looks[0])

    def answered(self, unit: str, tick: int) -> str | None:
        """A suggestion was accepted or declined: it rests for half an hour from now.

        Where the unit was to go; None where it was not suggested here.
        """
        return self._moves.answered(unit, tick * TICK_MS)

    def take_over(self, other: CoverageChannel) -> None:
        """The same rule in another book: what is open goes on; what its limits do not hold ends."""
        self._open, self._moves = other._open, other._moves
        self._reserve.open = other._reserve.open
        if other.entry.hash != self.entry.hash:
            self.changed()

    def changed(self) -> None:
        """Other limits hold than at the last judged tick."""
        for open_ in (*self._open.values(), *self._reserve.open.values()):
            open_.changed = "limits"

    def leave(self, tick: int, reason: str) -> list[Alert]:
        """The rule is no more: the ends of what is open."""
        alerts = []
        for area, open_ in sorted(self._open.items()):
            open_.rung = 0
            before = tell(open_, NOTHING)
            if before is not None:
                told = Told(area, tick, open_, before, reason, NOTHING)
                effective = self.entry.with_overrides(())
                alerts.append(
                    coverage_alert(effective, self.entry.hash, self._book.bundle, self._areas, told)
                )
        self._open = {}
        return alerts + self._reserve.leave(tick, reason)

    def snapshot(self) -> dict[str, Any]:
        """Plain values, in order of the areas."""
        return {
            "hash": self.entry.hash,
            "state": self.entry.rule.state,
            "open": _plain(self._open),
            "reserve": _plain(self._reserve.open),
            "moves": self._moves.snapshot(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot of the same rule; under another hash it is a switch."""
        if state["state"] != self.entry.rule.state:
            return
        self._open, self._reserve.open = (
            {row[0]: OpenAlert(*row[1:]) for row in state[name]} for name in ("open", "reserve")
        )
        self._moves.restore(state["moves"])
        if state["hash"] != self.entry.hash:
            self.changed()

    def _ladder(self, name: str, ground: Ground) -> Rungs:
        size = len(ground.command.ids)
        known = self._rungs.get(name)
        if known is None or known[0] != size:
            known = self._rungs[name] = size, Rungs(self.entry, ground.command.ids)
        known[1].move(ground.tick)
        return known[1]

    def _looks(self, rungs: Rungs, ground: Ground) -> tuple[list[Look], Sequence[int]]:
        """What is seen by each way of counting units, and which of them holds in each area."""
        supplies = [self.entry.rule.supply]  # first the rule's own, which the reserve is judged by
        number = []
        for variant in rungs.variants:
            if variant.rule.supply not in supplies:
                supplies.append(variant.rule.supply)
            number.append(supplies.index(variant.rule.supply))
        looks = [ground.look(self.entry.rule, supply, self.entry.zone) for supply in supplies]
        return looks, [number[of] for of in rungs.of]

    def _seen(
        self, looks: Sequence[Look], look_of: Sequence[int], ground: Ground, hot: HotAreas
    ) -> Seen:
        at = np.arange(len(look_of))
        of = np.array(look_of, dtype=np.int64)
        lost = np.stack([look.supplied.lost for look in looks])[of, at]
        counted = np.stack([look.supplied.counted for look in looks])[of, at]
        blind = self.entry.rule.blind
        share = 2.0 if blind is None else blind.unknown_share
        shadow = self.entry.rule.state == "shadow"

        def is_hot(rule_id: str) -> np.ndarray:
            there = hot.of(rule_id, shadow=shadow)
            return np.array(
                [not there.isdisjoint(self._areas.path(area)) for area in ground.command.ids],
                dtype=np.bool_,
            )

        return Seen(
            free=np.stack([look.free for look in looks])[of, at],
            gap=np.stack([look.found.gap for look in looks])[of, at],
            cold=np.stack([look.found.coldness for look in looks])[of, at],
            blind=(counted > 0) & (lost >= share * counted),
            hot=is_hot,
        )

    def _step(
        self, area: str, tick: int, rungs: Rungs, at: int, found: tuple[int, int]
    ) -> tuple[Step | None, OpenAlert]:
        open_ = self._open.get(area)
        if open_ is None:
            open_ = self._open[area] = OpenAlert(breached=tick, rung=0)
        rule = rungs.effective(at).rule
        wait, keep = ticks_of(rule.hold), max(1, ticks_of(rule.keep_firing))
        return advance(open_, tick, *found, wait=wait, keep=keep), open_

    def _tells(self, step: Step | None, open_: OpenAlert, standing: Standing) -> int | None:
        if step is None and open_.told == open_.rung and not open_.test:
            return None
        return tell(open_, standing)

    def _standing(self, area: str, tick: int) -> Standing:
        if not len(self._book.suppressions):
            return NOTHING
        return self._book.suppressions.standing(self.entry.subject(area), (tick + 1) * TICK_MS)

    def _plan(self, ground: Ground, look: Look) -> list[Suggestion]:
        """Moves in the whole command, so that no unit is suggested twice."""
        suggest, model = self.entry.rule.suggest, ground.command.model
        if suggest is None:
            return []
        return model.suggest(
            look.demand,
            look.supplied.own,
            look.supplied.units,
            look.calls,
            name=look.view.name,
            pause=self._moves.pause((ground.tick + 1) * TICK_MS),
            limits=msgspec.structs.replace(model.limits, keep_free=float(suggest.donor_keeps)),
            near=look.near,
        )

    def _remember(self, tick: int, moves: Sequence[Suggestion]) -> None:
        for move in moves:
            self._moves.remember((tick + 1) * TICK_MS, move.unit, move.giver, move.taker)

    def _alert(self, rungs: Rungs, told: Told) -> Alert:
        return coverage_alert(
            rungs.effective(told.column), self.entry.hash, self._book.bundle, self._areas, told
        )


def _plain(alerts: dict[str, OpenAlert]) -> list[list[Any]]:
    names = OpenAlert.__struct_fields__
    return [
        [area, *(getattr(open_, name) for name in names)] for area, open_ in sorted(alerts.items())
    ]
