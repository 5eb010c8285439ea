"""Reviewed silences: what those that stand at a moment do to an alert, the same for every kind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from rules.language.calendar import Calendar
from rules.language.schema.common import Suppression, SuppressWhen, listed
from rules.language.schema.names import LEVELS
from rules.language.when import Condition, Subject, compile_when
from streams.records import Alert, Level

__all__ = ["NOTHING", "Standing", "Suppressions", "word_rule"]


def word_rule(suppression_id: str) -> str:
    """The name in `Finding.rules` of a suppression whose words stand in the text."""
    return f"suppress:{suppression_id}"


class Standing(Struct, frozen=True):
    """The suppressions that stand for an alert at a moment, and what they do together.

    by: their ids in the order of the files. hold: not told. cap: the gravest level told.
    exercise: told as a test.
    """

    by: tuple[str, ...] = ()
    hold: bool = False
    cap: Level | None = None
    exercise: bool = False

    def level(self, level: Level) -> Level:
        """The level that is told instead of this one."""
        if self.cap is None:
            return level
        return max(level, self.cap, key=LEVELS.index)

    def applied(self, alert: Alert) -> Alert | None:
        """The alert as it is told; None where it is held back.

        An alert in shadow stays there: an exercise makes nothing public.
        """
        if self.hold:
            return None
        if not self.by:
            return alert
        previous = alert.previous_level
        state: Literal["live", "shadow", "test"] = alert.state
        return msgspec.structs.replace(
            alert,
            level=self.level(alert.level),
            previous_level=None if previous is None else self.level(previous),
            state="test" if self.exercise and state == "live" else state,
            suppressed_by=list(self.by),
        )


NOTHING = Standing()
"""No suppression stands."""


class _Silence(Struct, frozen=True):
    """A suppression with its compiled condition; `words`: its name where it asks for words."""

    suppression: Suppression
    condition: Condition
    words: str | None


class Suppressions:
    """All suppressions of a rule book, in the order of its files. Holds no clock and no state."""

    def __init__(self, silences: Sequence[_Silence]) -> None:
        self._silences = silences

    @classmethod
    def of(cls, suppressions: Sequence[Suppression], calendar: Calendar) -> Suppressions:
        """The suppressions of a book. Raises ValueError where a condition is wrong."""
        return cls([_silence(suppression, calendar) for suppression in suppressions])

    def __len__(self) -> int:
        return len(self._silences)

    def standing(
        self,
        subject: Subject,
        time_ms: int,
        *,
        lifeline: bool = False,
        words: Collection[str] = (),
    ) -> Standing:
        """What stands for a subject at a moment of event time (ms).

        subject.rule: id of the alert's rule. lifeline: nothing may hold it back, so that a hold
        of all alerts of an area leaves it alone. words: `Finding.rules` of a report.
        """
        if not self._silences:
            return NOTHING
        found = [
            silence.suppression
            for silence in self._silences
            if (silence.words is None or silence.words in words)
            and not (lifeline and silence.suppression.do == "hold")
            and silence.condition.holds(subject, time_ms)
        ]
        if not found:
            return NOTHING
        caps = [s.cap for s in found if s.do == "cap" and s.cap is not None]
        return Standing(
            by=tuple(s.id for s in found),
            hold=any(s.do == "hold" for s in found),
            cap=max(caps, key=LEVELS.index) if caps else None,
            exercise=any(s.do == "exercise" for s in found),
        )

    def about(self, subject: Subject) -> Suppressions:
        """Those that may ever stand for a subject, whatever the moment and the report's words."""
        return Suppressions([s for s in self._silences if s.condition.static(subject)])

    def next_change(self, time_ms: int) -> int | None:
        """First later moment at which `standing` may change; None where it never does again."""
        changes = [silence.condition.next_change(time_ms) for silence in self._silences]
        return min((change for change in changes if change is not None), default=None)


def _silence(suppression: Suppression, calendar: Calendar) -> _Silence:
    when = suppression.when
    texts = listed(when.text)
    if texts:  # the text is not here: whoever reads it says whether the words stand in it
        fields = {name: getattr(when, name) for name in when.__struct_fields__ if name != "text"}
        when = SuppressWhen(**fields)
    condition = compile_when(when, calendar, since=suppression.from_, until=suppression.to)
    return _Silence(suppression, condition, word_rule(suppression.id) if texts else None)
