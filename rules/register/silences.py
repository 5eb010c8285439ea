"""Silences made while running: which of them stand over an alert, and when that changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct

from rules.language.when import Condition, Subject
from streams.acts import Act, Silence, silence_name
from streams.records import Alert

__all__ = ["Known", "Silences"]

_KEPT_MS: Final = 24 * 3600 * 1000
"""How long after its end a silence is known, for reports that come late."""
_AT_MOST: Final = 1_024
"""Silences known at one time; of more, the oldest is forgotten (law 6)."""


class Known(Protocol):
    """What the rule book of an alert says of it (rules/register/facts.py)."""

    def subject(self, alert: Alert) -> Subject:
        """The alert as conditions ask about it."""
        ...

    def lifeline(self, alert: Alert) -> bool:
        """Whether nothing may hold it back."""
        ...

    def condition(self, silence: Silence) -> Condition | None:
        """Its conditions on the book's calendar; None where they cannot be met by anything."""
        ...


class _Running(Struct, array_like=True, frozen=True):
    """A silence. at_once: it had begun when it was made, and holds for all that is told since."""

    silence: Silence
    at_once: bool

    def standing(self, moment_ms: int) -> bool:
        begun = self.at_once or self.silence.from_ms <= moment_ms
        return begun and moment_ms < self.silence.to_ms


class Silences:
    """Those that were made and have not ended, by id. Holds no clock: moments are event time."""

    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}

    def __len__(self) -> int:
        return len(self._running)

    def begin(self, act: Act) -> None:
        """A silence was made, or made anew with other bounds."""
        silence = act.silence
        if silence is None or silence.to_ms <= silence.from_ms:
            return
        self._running.pop(silence.id, None)
        self._running[silence.id] = _Running(silence, silence.from_ms <= act.at_ms)
        while len(self._running) > _AT_MOST:
            del self._running[next(iter(self._running))]

    def end(self, silence_id: str) -> None:
        """It was ended before its time."""
        self._running.pop(silence_id, None)

    def forget(self, upto_ms: int) -> None:
        """Event time has passed a moment."""
        self._running = {
            id_: running
            for id_, running in self._running.items()
            if running.silence.to_ms + _KEPT_MS > upto_ms
        }

    def over(self, alert: Alert, known: Known, moment_ms: int) -> tuple[str, ...]:
        """Names of those that stand over an alert at a moment, in order."""
        if not self._running:
            return ()
        subject: Subject | None = None
        found = []
        for id_, running in sorted(self._running.items()):
            silence = running.silence
            if not running.standing(moment_ms) or not _is_for(silence, alert):
                continue
            subject = subject or known.subject(alert)
            condition = known.condition(silence)
            if condition is None or not condition.holds(subject, moment_ms):
                continue
            if silence.lifeline or not known.lifeline(alert):
                found.append(silence_name(id_))
        return tuple(found)

    def next_change(self, moment_ms: int, books: Iterable[Known]) -> int | None:
        """First later moment at which any may begin or end; None where none does any more."""
        found: list[int] = []
        for running in self._running.values():
            silence = running.silence
            found += [at for at in (silence.from_ms, silence.to_ms) if at > moment_ms]
            if not (silence.when.time or silence.when.day) or silence.to_ms <= moment_ms:
                continue
            for known in books:
                condition = known.condition(silence)
                change = None if condition is None else condition.next_change(moment_ms)
                found += [] if change is None else [change]
        return min(found, default=None)

    def standing(self, moment_ms: int) -> int:
        """How many of them stand at a moment."""
        return sum(running.standing(moment_ms) for running in self._running.values())

    def ids(self) -> list[str]:
        """Of all that are known still."""
        return list(self._running)

    def snapshot(self) -> list[Any]:
        """Plain values, in the order in which they were made."""
        return list(self._running.values())

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        running = msgspec.convert(state, list[_Running])
        self._running = {one.silence.id: one for one in running}


def _is_for(silence: Silence, alert: Alert) -> bool:
    """The conditions that no rule file has: this very alert, and its level."""
    when = silence.when
    return (not when.alert or alert.id in when.alert) and (
        not when.level or alert.level in when.level
    )
