"""Callers who call again: which alerts their last calls were about, for some minutes."""

from __future__ import annotations

from typing import Any

__all__ = ["Place", "RepeatCalls"]

Place = tuple[str, str]
"""An alert: rule id, and the incident that it is named after."""

_CALLERS_AT_MOST = 4_096
"""Calls that are remembered; of more, the oldest are forgotten first (law 6)."""


class RepeatCalls:
    """The last call of every caller about every alert, as a hash that is another one in each area.

    Nothing of a caller is kept longer than a further call would be linked. Source: capability C28.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[int, str, str], tuple[int, int, int]] = {}  # ms, within, calls

    def note(self, caller: int, alert: Place, time_ms: int, within_ms: int) -> int:
        """A call about an alert; which one of this caller it is, counted from 1.

        It is a first one again where the last one can be linked to no longer, whether or not that
        was forgotten yet.
        """
        key = (caller, *alert)
        last, within, calls = self._last.pop(key, (time_ms, within_ms, 0))
        if abs(time_ms - last) > within:
            calls = 0
        self._last[key] = (max(last, time_ms), within_ms, calls + 1)
        while len(self._last) > _CALLERS_AT_MOST:
            del self._last[next(iter(self._last))]
        return calls + 1

    def about(self, caller: int, time_ms: int) -> list[Place]:
        """The alerts that a call at a moment may be about, the one called about last first."""
        if not caller:
            return []
        return [
            (rule_id, entity)
            for (known, rule_id, entity), (last, within, _) in reversed(self._last.items())
            if known == caller and abs(time_ms - last) <= within
        ]

    def forget(self, upto_ms: int) -> None:
        """Forget every call to which none from a moment on can be linked."""
        gone = [key for key, (last, within, _) in self._last.items() if last + within < upto_ms]
        for key in gone:
            del self._last[key]

    def snapshot(self) -> list[Any]:
        """Plain values; the call that came last comes last."""
        return [[*key, *values] for key, values in self._last.items()]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        self._last = {
            (caller, rule_id, entity): (last, within, calls)
            for caller, rule_id, entity, last, within, calls in state
        }
