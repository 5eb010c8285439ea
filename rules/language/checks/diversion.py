"""Rules for other desks and for visits: nothing critical is given away, no number is idle."""

from __future__ import annotations

from collections.abc import Iterator

from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.parts import RuleEntry
from rules.language.schema.keyword import KeywordRule

__all__ = ["check"]


def check(subject: Subject) -> Iterator[Fault]:
    """What `divert`, `match.outcome` and `match.sure` of keyword rules come to together."""
    for entry in subject.parts.rules:
        rule = entry.rule
        if isinstance(rule, KeywordRule):
            yield from _of_rule(entry, rule)


def _of_rule(entry: RuleEntry, rule: KeywordRule) -> Iterator[Fault]:
    if rule.divert == "12345" and rule.match.category:
        message = f"rule {rule.id} would give critical reports to 12345, where they never go"
        yield Fault(entry.place("match", "category"), "E232", message)
    if "sure" in entry.raw.get("match", {}) and not rule.match.outcome:
        message = "`sure` says how sure an outcome must be, and the rule asks for none"
        yield Fault(entry.place("match", "sure"), "W233", message)
    if rule.match.address is not None:
        match = rule.match
        if match.category or match.outcome or match.any.zh or match.any.en or rule.divert:
            message = f"rule {rule.id} is about addresses, and answers to nothing else"
            yield Fault(entry.place("match", "address"), "E235", message)
        if rule.lifeline:
            message = f"rule {rule.id} makes notes for a visit, which are no lifeline"
            yield Fault(entry.place("match", "address"), "W236", message, "`lifeline: false`")
    if rule.divert == "12345" and rule.lifeline:
        message = f"rule {rule.id} is a lifeline, so nothing may hold back what is for 12345"
        yield Fault(entry.place("divert"), "W234", message, "`lifeline: false`")
