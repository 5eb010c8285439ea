"""All coverage rules of one partition through every rule book: calls, ticks, commands, switches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rules.columns import AreaColumns
from rules.coverage.area_checks import stations_of
from rules.coverage.channel import CoverageChannel
from rules.coverage.driving import Driving
from rules.coverage.forecast import Forecasts
from rules.coverage.ground import Command, Ground
from rules.coverage.hot_areas import HotAreas
from rules.coverage.open_calls import OpenCalls
from rules.coverage.placing import Placing
from rules.coverage.presence import Presence
from rules.coverage.shortage import Shortage
from rules.coverage.sight import SightWitness
from rules.coverage.strain import strain_in
from rules.coverage.units_by_command import UnitsByCommand
from rules.coverage.waiting_calls import CallRows
from rules.heat_rules import HeatRules
from rules.language.book import RuleBook
from rules.language.schema.coverage import CoverageRule
from rules.timeline import Timeline
from streams.acts import Act
from streams.areas import UNKNOWN_AREA, AreaTree
from streams.observations import Batch
from streams.records import Alert

__all__ = ["CoverageRules"]

_BOOKS_KEPT: Final = 256
_AWAY_TICKS: Final = 24 * 60
"""A command without a unit for so long is not judged: that is no shortage, but no data."""


class CoverageRules:
    """Calls by category, and a channel for every rule in force. A command is judged whole.

    Ticks are judged that incidents and positions have both passed; heat is never behind.
    """

    def __init__(self, book: RuleBook, areas: AreaTree) -> None:
        self._areas = areas
        self._columns = AreaColumns()
        self._placed = Placing(areas)  # of the columns
        self._units_placed = Placing(areas)  # of the areas of units
        self._books = {book.bundle: book}
        self._timeline = Timeline(book.bundle, kept=_BOOKS_KEPT, in_force=True)
        self._calls: dict[tuple[str, ...], OpenCalls] = {}
        self._hot = HotAreas()
        self._driving = Driving()
        self._forecasts = Forecasts()
        self._judged: int | None = None
        self._staffed: dict[str, int] = {}  # by command: the last tick with a unit here
        self._since: dict[str, int] = {}  # by command: the first tick with one
        self._own: dict[str, list[str]] = {}  # areas heard of that the tree does not know
        self._commands: dict[str, Command] = {}
        self._reach = 0.0  # minutes of driving up to which rules look
        self._stations: dict[str, list[str]] = {}
        for area in stations_of(areas):
            self._stations.setdefault(areas.command_of(area.area_id), []).append(area.area_id)
        self._channels = self._of(book)
        self._provide()

    def schedule(self, tick: int, book: RuleBook) -> None:
        """Judge by another book from a tick on, which takes rows still."""
        self._books[book.bundle] = book
        self._timeline.switch(tick, book.bundle)
        self._provide()

    def shortage(self) -> Shortage | None:
        """How the areas stand by the first live rule; None without one, or before its first tick.

        Several rules may weigh units otherwise; one of them gives the figures, never a mixture.
        """
        now = self._judged or 0
        awake = {name for name, last in self._staffed.items() if now - last <= _AWAY_TICKS}
        for channel in self._channels:
            if channel.entry.rule.state == "live":
                parts = [part for name, part in channel.standing.items() if name in awake]
                return Shortage.sum(parts) if parts else None
        return None

    @property
    def asked(self) -> bool:
        """Whether any book in force or to come has a coverage rule, or one has left alerts."""
        return bool(self._calls)

    def count(
        self, batch: Batch, rows: NDArray[np.intp], new: NDArray[np.bool_], sealed: int | None
    ) -> None:
        """Take in rows about calls, also such as close one.

        new: the first of their call. sealed: the first tick that still takes rows.
        """
        if self._calls:
            told = CallRows.of(batch, rows, new, sealed or 0)
            for calls in self._calls.values():
                calls.add(batch, told, self._columns)

    def heard(self, act: Act) -> None:
        """The desk answered a suggested move; by event time, whatever its own clock says.

        A unit that was accepted counts at its taker while it drives.
        """
        if act.unit is None or self._judged is None:
            return
        takers = [channel.answered(act.unit, self._judged) for channel in self._channels]
        taker = next((taker for taker in takers if taker is not None), None)
        if act.to == "accept" and taker is not None:
            self._driving.accept(act.unit, taker, self._judged)

    def hear(self, alerts: Sequence[Alert]) -> None:
        """Take in what heat told."""
        if self._calls:
            self._hot.hear(alerts)

    def show(self, witness: SightWitness) -> None:
        """Let somebody look on while the rules in force now judge."""
        for channel in self._channels:
            channel.witness = witness

    def suppose(self, rule_id: str, area: str) -> None:
        """Let a heat alert of a rule be open in an area: what a test gives at its start."""
        self._hot.suppose(rule_id, area)

    def judge(self, presence: Presence, upto: int, heat: HeatRules | None = None) -> list[Alert]:
        """Judge every tick before `upto`, which presence must have sealed; it is settled here.

        heat: rules that ask for load against strength are judged here, tick by tick.
        """
        alerts: list[Alert] = []
        if not self._calls:
            return alerts
        tick = self._first(presence, 0, upto) if self._judged is None else self._judged
        while tick < upto:
            if not self._awake(tick):
                tick = self._first(presence, tick, upto)
                if tick == upto:
                    break
            alerts += self._switch(tick)
            alerts += self._tick(tick, presence, heat)
            tick += 1
        self._judged = max(tick, upto) if self._calls else None
        return alerts

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes. The channels go with the books that the timeline names."""
        return {
            "books": self._timeline.snapshot(),
            "areas": self._columns.ids,
            "calls": [[list(key), calls.snapshot()] for key, calls in sorted(self._calls.items())],
            "hot": self._hot.snapshot(),
            "driving": self._driving.snapshot(),
            "forecasts": self._forecasts.snapshot(),
            "judged": self._judged,
            "staffed": dict(sorted(self._staffed.items())),
            "since": dict(sorted(self._since.items())),
            "own": dict(sorted(self._own.items())),
            "channels": {channel.entry.rule.id: channel.snapshot() for channel in self._channels},
        }

    def restore(self, state: dict[str, Any], books: Sequence[tuple[int, RuleBook]]) -> None:
        """Take over a snapshot; `books` are those of its timeline, or what stands for them."""
        self._timeline.restore([(tick, book.bundle) for tick, book in books])
        self._books = {book.bundle: book for _, book in books}
        self._columns = AreaColumns(state["areas"])
        self._placed, self._units_placed = Placing(self._areas), Placing(self._areas)
        self._calls = {}
        self._provide()
        for key, calls in state["calls"]:
            if tuple(key) in self._calls:
                self._calls[tuple(key)].restore(calls)
        self._hot.restore(state["hot"])
        self._driving.restore(state["driving"])
        self._forecasts.restore(state["forecasts"])
        self._judged = state["judged"]
        self._staffed, self._own, self._commands = state["staffed"], state["own"], {}
        self._since = state["since"]
        self._channels = self._of(self._books[self._timeline.hashes()[0]])
        for channel in self._channels:
            if channel.entry.rule.id in state["channels"]:
                channel.restore(state["channels"][channel.entry.rule.id])

    def _of(self, book: RuleBook) -> list[CoverageChannel]:
        return [CoverageChannel(entry, book, self._areas) for entry in book.coverage]

    def _provide(self) -> None:
        """Count the calls that rules ask for; also of books to come, so that they are warm."""
        books = [self._books[hash_] for hash_ in self._timeline.hashes()]
        self._books = {book.bundle: book for book in books}
        wanted = {_categories(entry.rule) for book in books for entry in book.coverage}
        if any(entry.rule.strength for book in books for entry in book.heat):
            wanted.add(())
        reach = max([0.0, *(entry.reach_min for book in books for entry in book.coverage)])
        if reach > self._reach:
            self._reach, self._commands = reach, {}
        self._calls = {key: self._calls.get(key) or OpenCalls(key) for key in sorted(wanted)}
        forecasts = {
            (_categories(entry.rule), entry.zone)
            for book in books
            for entry in book.coverage
            if entry.rule.demand is not None and entry.rule.demand.forecast is not None
        }
        self._forecasts.provide(forecasts, books[0].calendar.like)
        if not wanted:
            self._hot, self._judged = HotAreas(), None

    def _first(self, presence: Presence, tick: int, upto: int) -> int:
        """The first tick from one on that a row waits for, else `upto`."""
        ticks = presence.earliest(), *(calls.earliest() for calls in self._calls.values())
        return max(tick, min([upto, *(due for due in ticks if due is not None)]))

    def _awake(self, tick: int) -> bool:
        """Whether any command had a unit within a day: else nothing changes without a row."""
        return any(tick - last < _AWAY_TICKS for last in self._staffed.values())

    def _switch(self, tick: int) -> list[Alert]:
        """Let the book that is due at a tick take over; what ends with the one before."""
        if self._timeline.due(tick) is None:
            return []
        book = self._books[self._timeline.hashes()[0]]
        before = {channel.entry.rule.id: channel for channel in self._channels}
        self._channels = self._of(book)
        alerts: list[Alert] = []
        for channel in self._channels:
            old = before.pop(channel.entry.rule.id, None)
            if old is None:
                continue
            if old.entry.rule.state == channel.entry.rule.state:
                channel.take_over(old)
            else:
                alerts += old.leave(tick, "rule_changed")
        for old in before.values():
            alerts += old.leave(tick, "rule_removed")
        self._provide()
        return alerts

    def _tick(self, tick: int, presence: Presence, heat: HeatRules | None) -> list[Alert]:
        presence.settle(tick + 1)
        self._placed.extend(self._columns.ids)
        names = self._placed.names()
        commands = [names[number] for number in self._placed.number.tolist()]
        for calls in self._calls.values():
            calls.take(tick, commands)
        fresh = {key: calls.fresh for key, calls in self._calls.items()}
        self._forecasts.take(tick, fresh, self._placed)
        self._staff(tick, presence)
        alerts: list[Alert] = []
        if self._driving:
            self._driving.move(tick, presence.stands([unit for unit, _ in self._driving]))
        units = UnitsByCommand(presence, self._units_placed, self._driving)
        ids = self._columns.ids
        grounds = {
            name: Ground(
                tick,
                name,
                self._since[name],
                self._command(name),
                units,
                self._calls,
                self._placed,
                ids,
                self._forecasts,
            )
            for name, last in sorted(self._staffed.items())
            if tick - last < _AWAY_TICKS
        }
        if heat is not None:
            alerts += self._heat(tick, heat, grounds.values())
        self._hot.move(tick)
        for channel in self._channels:
            for name, ground in grounds.items():
                alerts += channel.judge(name, ground, self._hot)
        return alerts

    def _heat(self, tick: int, heat: HeatRules, grounds: Iterable[Ground]) -> list[Alert]:
        """Heat at a tick, which load against strength may raise; what it tells is heard."""
        alerts = heat.judge(tick)
        alerts += heat.judge(tick + 1, strain_in(grounds))
        self.hear(alerts)
        return alerts

    def _staff(self, tick: int, presence: Presence) -> None:
        """Which commands have units here now."""
        for area in presence.places():
            if area == UNKNOWN_AREA:
                continue
            command = self._areas.command_of(area)
            self._staffed[command] = tick
            self._since.setdefault(command, tick)
            if area not in self._areas and area not in self._own.setdefault(command, []):
                self._own[command] = sorted([*self._own[command], area])
                self._commands.pop(command, None)

    def _command(self, name: str) -> Command:
        known = self._commands.get(name)
        if known is None:
            ids = [*self._stations.get(name, ()), *self._own.get(name, ())]
            known = self._commands[name] = Command(self._areas, ids, self._reach)
        return known


def _categories(rule: CoverageRule) -> tuple[str, ...]:
    """Whose calls it counts, as the calls are kept by."""
    return () if rule.demand is None else tuple(rule.demand.open)
