"""Whom an alert is to be told, from its record alone and the rule book in force."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rules.language.book import RuleBook
from rules.language.overrides import merged
from rules.language.parts import Placed, RuleEntry
from rules.language.routing import Plan, Rung, plan_for
from rules.language.schema.common import CommandLevel, Grouping, Override, RouteEntry
from rules.language.schema.names import Language, Level
from rules.notify.chain import commands_for
from streams.records import Alert

__all__ = ["Routed", "Router", "Targets"]

SILENCE = "silence/"
"""What begins the name of a silence made while running, in `suppressed_by`.

Those of the rule book are not meant: what they hold is not published, and what they cap is told.
"""
_NOBODY = Plan(0, ())
_FOR_PEOPLE = "live"


class Routed(Struct, frozen=True):
    """What a rule's route says for a level and a moment. place: of the entry, None where none is.

    languages: of the texts that people get. lifeline: nothing may hold the alert back.
    """

    route: str | None
    place: str | None
    plan: Plan
    lifeline: bool
    languages: tuple[Language, ...]


class Targets(Struct, frozen=True, kw_only=True):
    """Whom one revision of an alert is for.

    rungs: all of the route's entry; reached: number of the last one that is told by now (-1: there
    is none). channels: of the rungs reached, each once. commands: of the chain. quiet: a silence
    stands, something else explains it, or it is no live alert: channels that people read are left
    out. answer_ms: how long each command has to answer whether the mechanism starts. key: what the
    alerts of its group have in common; None where nothing is gathered.
    """

    route: str | None
    rungs: tuple[Rung, ...]
    reached: int
    channels: tuple[str, ...]
    commands: tuple[CommandLevel, ...]
    quiet: bool
    lifeline: bool
    languages: tuple[Language, ...]
    key: tuple[str, ...] | None = None
    wait_ms: int = 0
    digest_ms: int | None = None
    repeat_ms: int | None = None
    ack_ms: int | None = None
    answer_ms: int | None = None

    def newly(self, before: int) -> frozenset[str]:
        """Channels of the rungs that were reached after the rung of number `before`."""
        rungs = self.rungs[before + 1 : self.reached + 1]
        return frozenset(channel for rung in rungs for channel in rung.channels)


class Router:
    """Routes by one rule book. Holds no clock and no state beside what the book says."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self._rules = {entry.rule.id: entry for entry in book.parts.rules}
        self._contacts = {name: placed.value for name, placed in book.parts.contacts.items()}
        self._areas = book.tree.areas()
        self._timeless: dict[tuple[str, str | None, Level], Routed] = {}

    def routed(
        self, entry: RuleEntry, overrides: Sequence[Override], level: Level, at_ms: int
    ) -> Routed:
        """What holds for a rule with these overrides; at_ms: the moment, ms since the epoch."""
        name = merged(entry.raw, overrides).get("route")
        name = name if isinstance(name, str) else None
        key = (entry.rule.id, name, level)
        if key in self._timeless:
            return self._timeless[key]
        placed = None if name is None else self.book.parts.routes.get(name)
        found = self._plan(entry, name, placed, level, at_ms)
        if placed is None or all(one.when is None for one in placed.value):
            self._timeless[key] = found
        return found

    def of(self, alert: Alert) -> Routed:
        """What the route of an alert's rule says at its level and moment."""
        entry = self._rules.get(alert.rule.id)
        if entry is None:
            return Routed(None, None, _NOBODY, lifeline=False, languages=("zh", "en"))
        at_ms = round(alert.times.updated.timestamp() * 1000)
        return self.routed(entry, _named(entry, alert), alert.level, at_ms)

    def targets(self, alert: Alert) -> Targets:
        """Whom a revision is for. An alert of a rule that is no more goes to the commands alone."""
        routed = self.of(alert)
        plan = routed.plan
        asked = _asked(alert)
        reached = min(max(alert.ack.rung, asked), len(plan.rungs) - 1)
        told = plan.rungs[: reached + 1]
        group = plan.group
        return Targets(
            route=routed.route,
            rungs=plan.rungs,
            reached=reached,
            channels=tuple(dict.fromkeys(c for rung in told for c in rung.channels)),
            commands=commands_for(alert.level, plan.commands, further=asked),
            quiet=_quiet(alert),
            lifeline=routed.lifeline,
            languages=routed.languages,
            key=None if group is None else self._group(alert, routed, group),
            wait_ms=plan.wait_ms,
            digest_ms=plan.digest_ms,
            repeat_ms=plan.repeat_ms,
            ack_ms=plan.ack_ms,
            answer_ms=plan.answer_ms,
        )

    def _plan(
        self,
        entry: RuleEntry,
        name: str | None,
        placed: Placed[list[RouteEntry]] | None,
        level: Level,
        at_ms: int,
    ) -> Routed:
        lifeline = bool(getattr(entry.rule, "lifeline", False))
        plan = None
        if placed is not None:
            plan = plan_for(
                placed.value,
                level,
                at_ms,
                self.book.calendar,
                contacts=self._contacts,
                lifeline=lifeline,
            )
        place = None if plan is None or placed is None else str(placed.place(plan.entry))
        return Routed(name, place, plan or _NOBODY, lifeline, tuple(entry.rule.languages))

    def _group(self, alert: Alert, routed: Routed, group: Grouping) -> tuple[str, ...]:
        values = [routed.route or "", str(routed.plan.entry)]
        for part in group.by:
            if part == "rule":
                values.append(alert.rule.id)
            elif part == "level":
                values.append(alert.level)
            elif part == "category":
                values.append(alert.evidence.category or "")
            else:
                values.append(self._above(alert, part.removeprefix("area.")))
        return tuple(values)

    def _above(self, alert: Alert, kind: str) -> str:
        """The area of a kind that the alert's lies in; its own where there is none."""
        for area_id in alert.area.path:
            area = self._areas.get(area_id)
            if area is not None and area.kind == kind:
                return area_id
        return alert.area.id


def _quiet(alert: Alert) -> bool:
    """Whether nobody is told of it by name, though it is published and may end."""
    silenced = any(name.startswith(SILENCE) for name in alert.suppressed_by)
    return silenced or bool(alert.inhibited_by) or alert.state != _FOR_PEOPLE


def _asked(alert: Alert) -> int:
    """So many levels of command further up are asked whether the joint mechanism starts (C4)."""
    mechanism = alert.mechanism
    return mechanism.rung if mechanism is not None and mechanism.status == "proposed" else 0


def _named(entry: RuleEntry, alert: Alert) -> list[Override]:
    """The overrides that the record names; a rule that was changed since may have others."""
    return [
        override
        for index, override in enumerate(entry.rule.overrides)
        if f"{index}: {override.because}" in alert.rule.overrides
    ]
