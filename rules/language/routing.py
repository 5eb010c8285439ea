"""Who is told of an alert at a level and a moment, and who is next while nobody acknowledges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from rules.language.calendar import Calendar
from rules.language.schema.channels import Contact
from rules.language.schema.common import CommandLevel, Grouping, JointMechanism, RouteEntry
from rules.language.schema.names import LEVELS, Level, duration_ms
from rules.language.when import compile_when

__all__ = ["Plan", "Rung", "entry_for", "plan_for", "unreached"]

_MOST_RUNGS = 20
"""Rungs at most: contacts that hand over to each other in a circle end here."""


class Rung(Struct, frozen=True):
    """Who is told, how long after the alert, and by which channels.

    after_ms: from the alert's first telling, if nobody has acknowledged by then; None where the
    route gives no time to acknowledge, so that this rung is never reached by itself. to: channels
    and contacts as the route names them. channels: the same with contacts resolved.
    """

    after_ms: int | None
    to: tuple[str, ...]
    channels: tuple[str, ...]


class Plan(Struct, frozen=True):
    """What a route does with an alert: its rungs, how it is grouped, and how often told again.

    entry: position of the entry in its route. ack_ms: time that the first rung has. digest_ms: how
    often what was gathered is told as one list. commands: of the chain, as the entry names them;
    empty where it leaves that to the level. mechanism: proposed with alerts of level I.
    """

    entry: int
    rungs: tuple[Rung, ...]
    ack_ms: int | None = None
    group: Grouping | None = None
    repeat_ms: int | None = None
    digest_ms: int | None = None
    commands: tuple[CommandLevel, ...] = ()
    mechanism: JointMechanism | None = None

    @property
    def answer_ms(self) -> int | None:
        """How long a command has to answer whether the joint mechanism starts."""
        return None if self.mechanism is None else duration_ms(self.mechanism.answer_within)

    @property
    def wait_ms(self) -> int:
        """How long further alerts of a group are gathered."""
        return 0 if self.group is None else duration_ms(self.group.wait)


def entry_for(
    route: Sequence[RouteEntry], level: Level, at_ms: int, calendar: Calendar
) -> int | None:
    """Position of the first entry that is for a level at an instant (ms); None where none is."""
    for index, entry in enumerate(route):
        if entry.level and level not in entry.level:
            continue
        if entry.when is None or compile_when(entry.when, calendar).dynamic(at_ms):
            return index
    return None


def plan_for(
    route: Sequence[RouteEntry],
    level: Level,
    at_ms: int,
    calendar: Calendar,
    *,
    contacts: Mapping[str, Contact] | None = None,
    lifeline: bool = False,
) -> Plan | None:
    """The plan of a route for a level at an instant; None where no entry is for it.

    contacts: by id; one without channels is told by its id. lifeline: nothing may hold the alert
    back, so it is told at once even where the entry gathers alerts.
    """
    index = entry_for(route, level, at_ms, calendar)
    if index is None:
        return None
    entry, known = route[index], contacts or {}
    return Plan(
        entry=index,
        rungs=tuple(_rungs(entry, known)),
        ack_ms=_ms(entry.ack_within),
        group=None if lifeline else entry.group,
        repeat_ms=_ms(entry.repeat),
        digest_ms=None if lifeline else _ms(entry.digest),
        commands=tuple(entry.commands),
        mechanism=entry.mechanism,
    )


def unreached(route: Sequence[RouteEntry]) -> list[int]:
    """Positions of entries that are never taken: earlier ones, at all times, have their levels."""
    taken: set[Level] = set()
    found: list[int] = []
    for index, entry in enumerate(route):
        levels = set(entry.level or LEVELS)
        if levels <= taken:
            found.append(index)
        if entry.when is None or (entry.when.time is None and entry.when.day is None):
            taken |= levels
    return found


def _rungs(entry: RouteEntry, contacts: Mapping[str, Contact]) -> list[Rung]:
    """The entry's own rung, then one for each of `otherwise`, then those of the last contact."""
    rungs = [Rung(0, tuple(entry.to), _channels(entry.to, contacts))]
    after, wait = 0, _ms(entry.ack_within)
    waiting = [(name, wait) for name in entry.otherwise]
    told = set(entry.to)
    while waiting and len(rungs) < _MOST_RUNGS:
        name, given = waiting.pop(0)
        at = None if given is None or rungs[-1].after_ms is None else after + given
        after = after if at is None else at
        rungs.append(Rung(at, (name,), _channels([name], contacts)))
        told.add(name)
        contact = contacts.get(name)
        if contact is not None and not waiting:
            given = _ms(contact.ack_within) or wait
            waiting = [(next_, given) for next_ in contact.otherwise if next_ not in told]
    return rungs


def _channels(names: Sequence[str], contacts: Mapping[str, Contact]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in names:
        contact = contacts.get(name)
        found.update(dict.fromkeys(contact.to if contact is not None and contact.to else [name]))
    return tuple(found)


def _ms(duration: str | None) -> int | None:
    return None if duration is None else duration_ms(duration)
