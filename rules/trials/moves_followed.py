"""What if every suggested move had been followed: the same calls and units, seen twice.

Pure and estimated: nobody knows which calls a unit would have answered elsewhere. A unit that was
sent counts, with the status that it really told, where it was sent, until it can be spared there;
moves are those to stations of which the rule tells. Uncovered calls are those that
the model expects to find no free unit near (MEXCLP, Daskin 1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from detectors.coverage.expected import uncovered
from detectors.coverage.gap import assess
from detectors.coverage.redeployment import Units
from detectors.coverage.strength import Strength, add_up
from detectors.seasonal_pool import exact_sum
from rules.coverage.ground import Look
from rules.coverage.model import Suggestion
from rules.coverage.recent_moves import RecentMoves
from rules.coverage.sight import Sight
from rules.language.schema.coverage import SuggestDonors
from rules.limits import ticks_of
from streams.clock import TICK_MS

__all__ = ["Followed", "MovesFollowed", "Shortfall"]

_COLD: Final = 2
_MINUTES: Final = 60.0
_SLACK: Final = 1e-9


class Shortfall(Struct, frozen=True):
    """What was missing over a span, summed over stations.

    calls: expected ones that find no free unit near. cold_minutes: of stations that were cold.
    missing: unit-hours below the need.
    """

    calls: float
    cold_minutes: float
    missing: float


class Followed(Struct, frozen=True, kw_only=True):
    """One rule: what was missing as it was, and had all its moves been followed."""

    rule: str
    moves: int
    station_minutes: float
    without: Shortfall
    with_moves: Shortfall

    @property
    def cut(self) -> float | None:
        """Share of the uncovered calls that the moves would have saved; None without any."""
        calls = self.without.calls
        return round(1.0 - self.with_moves.calls / calls, 3) if calls > 0 else None


class _Sent(Struct):
    """A unit away from home: from where, to where (areas of its command), since which tick."""

    giver: int
    taker: int
    tick: int
    arrives: int
    back: int | None = None

    def stands(self, tick: int) -> int:
        """Index of its area; -1 on the way, and where it comes from once it is back."""
        if self.back is not None:
            return self.giver if tick >= self.back else -1
        return self.taker if tick >= self.arrives else -1


class MovesFollowed:
    """Looks on while coverage rules judge, and plays their moves beside what really was."""

    def __init__(self) -> None:
        self._commands: dict[tuple[str, str], _Command] = {}

    def __call__(self, sight: Sight) -> None:
        """Take in one judgement of one command."""
        if sight.entry.rule.suggest is None:
            return
        key = sight.entry.rule.id, sight.ground.name
        if key not in self._commands:
            self._commands[key] = _Command()
        self._commands[key].take(sight)

    def results(self) -> list[Followed]:
        """By rule."""
        found: dict[str, list[_Command]] = {}
        for (rule, _), command in sorted(self._commands.items()):
            found.setdefault(rule, []).append(command)
        return [
            Followed(
                rule=rule,
                moves=sum(command.moves for command in commands),
                station_minutes=sum(command.minutes for command in commands),
                without=_sum([command.without for command in commands]),
                with_moves=_sum([command.following for command in commands]),
            )
            for rule, commands in found.items()
        ]


class _Command:
    """One command under one rule."""

    def __init__(self) -> None:
        self.moves = 0
        self.minutes = 0.0
        self.without = np.zeros(3)
        self.following = np.zeros(3)
        self._sent: dict[str, _Sent] = {}
        self._recent = RecentMoves()
        self._streak: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def take(self, sight: Sight) -> None:
        look, ground = sight.looks[0], sight.ground
        minutes = float(max(1, ticks_of(sight.entry.rule.every)))
        area = self._areas(look, ground.tick)
        own = add_up(
            area, look.supplied.units.weight, look.supplied.waits, look.supplied.drives,
            len(ground.command.ids),
        )  # fmt: skip
        self.minutes += minutes * len(ground.command.ids)
        self.without += minutes * _shortfall(look, look.supplied.own)
        self.following += minutes * _shortfall(look, own)
        self._recall(look, own, ground.tick)
        self._send(sight, look, area, own)

    def _areas(self, look: Look, tick: int) -> NDArray[np.int64]:
        """Where each unit of the view stands, or would."""
        area = look.supplied.units.area.copy()
        here = set()
        for row in range(area.size) if self._sent else ():
            name = look.view.name(row)
            sent = self._sent.get(name)
            if sent is not None:
                here.add(name)
                area[row] = sent.stands(tick)
        # Whose shift is over is back with the next one; who is home again goes as he did.
        self._sent = {
            name: sent
            for name, sent in self._sent.items()
            if name in here and not (sent.back is not None and tick >= sent.back)
        }
        return area

    def _recall(self, look: Look, own: Strength, tick: int) -> None:
        """Send home whom the area can spare: it is no longer short without him."""
        spare = own.total - look.demand.need
        for sent in self._sent.values():
            if sent.back is None and tick >= sent.arrives and spare[sent.taker] >= 1.0 - _SLACK:
                spare[sent.taker] -= 1.0
                sent.back = tick + sent.arrives - sent.tick

    def _streaks(self, sight: Sight) -> NDArray[np.int64]:
        """How many judgements in a row some level has fired, by area."""
        size = sight.fired.size
        return self._streak if self._streak.size == size else np.zeros(size, dtype=np.int64)

    def _send(self, sight: Sight, look: Look, area: NDArray[np.int64], own: Strength) -> None:
        rule, ground, model = sight.entry.rule, sight.ground, sight.ground.command.model
        suggest = rule.suggest or SuggestDonors()
        wait = ticks_of(rule.hold) // max(1, ticks_of(rule.every))
        self._streak = np.where(sight.fired > 0, self._streaks(sight) + 1, 0)
        now_ms = (ground.tick + 1) * TICK_MS
        units = look.supplied.units
        away = np.array([look.view.name(row) in self._sent for row in range(area.size)], np.bool_)
        moves: list[Suggestion] = model.suggest(
            look.demand,
            own,
            Units(area, units.weight, units.movable & ~away),
            look.calls,
            name=look.view.name,
            pause=self._recent.pause(now_ms),
            limits=structs.replace(model.limits, keep_free=float(suggest.donor_keeps)),
            near=look.near,
        )
        column = ground.command.index
        for move in moves:
            if self._streak[column[move.taker]] <= wait:
                continue  # nobody was told of it
            self._recent.remember(now_ms, move.unit, move.giver, move.taker)
            arrives = ground.tick + max(1, round(move.minutes))
            self._sent[move.unit] = _Sent(
                column[move.giver], column[move.taker], ground.tick, arrives
            )
            self.moves += 1


def _shortfall(look: Look, own: Strength) -> NDArray[np.float64]:
    """A minute's uncovered calls, cold stations, and missing unit-hours."""
    busy = exact_sum(look.demand.load) / max(exact_sum(own.total), _SLACK)
    calls = exact_sum(uncovered(look.calls, own, look.near, busy)) / _MINUTES
    found = assess(look.demand, own, look.near)
    missing = exact_sum(np.maximum(found.gap, 0.0)) / _MINUTES
    return np.array([calls, float((found.coldness >= _COLD).sum()), missing])


def _sum(parts: Sequence[NDArray[np.float64]]) -> Shortfall:
    calls, cold, missing = np.sum(parts, axis=0).tolist()
    return Shortfall(round(calls, 3), round(cold, 1), round(missing, 2))
