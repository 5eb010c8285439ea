"""How many alerts a day a rule lets expect, by its budget."""

from __future__ import annotations

from rules.false_alarms import asked_of
from rules.language.schema.heat import HeatRule
from rules.trials.tally import per_day

__all__ = ["expected_a_day"]


def expected_a_day(rule: object) -> float | None:
    """What `expect` says, else the false alerts of all areas together; None where neither does."""
    if not isinstance(rule, HeatRule) or rule.budget is None:
        return None
    if rule.budget.expect is not None:
        return per_day(rule.budget.expect)
    asked = asked_of(rule.budget.false) if rule.budget.false is not None else None
    return None if asked is None or asked.each else round(asked.a_week / 7, 6)
