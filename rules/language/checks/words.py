"""Words of keyword rules: none that both asks and forbids, none twice; categories with one rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.parts import RuleEntry
from rules.language.schema.keyword import KeywordRule

__all__ = ["check"]

_LANGUAGES: tuple[Literal["zh", "en"], ...] = ("zh", "en")


def check(subject: Subject) -> Iterator[Fault]:
    """What keyword rules answer to."""
    answered: dict[str, str] = {}
    for entry in subject.parts.rules:
        rule = entry.rule
        if not isinstance(rule, KeywordRule):
            continue
        yield from _nothing(entry, rule)
        yield from _words(entry, rule)
        if rule.state != "live":
            continue
        for index, category in enumerate(rule.match.category):
            if category in answered:
                message = (
                    f'"{category}" is answered by rule {answered[category]} already; the later '
                    "rule wins"
                )
                yield Fault(entry.place("match", "category", index), "W231", message)
            answered[category] = rule.id


def _nothing(entry: RuleEntry, rule: KeywordRule) -> Iterator[Fault]:
    match = rule.match
    empty = not (match.category or match.any.zh or match.any.en)
    if empty and "match" not in entry.mended:
        message = f"rule {rule.id} answers to nothing"
        yield Fault(entry.place("match"), "E230", message, "give `category` or words in `any`")


def _words(entry: RuleEntry, rule: KeywordRule) -> Iterator[Fault]:
    for language in _LANGUAGES:
        wanted = getattr(rule.match.any, language)
        against = getattr(rule.match.unless, language)
        for side, words in (("any", wanted), ("unless", against)):
            for index, word in enumerate(words):
                if word in words[:index]:
                    place = entry.place("match", side, language, index)
                    yield Fault(place, "W241", f'"{word}" stands in `{side}` already')
        for index, word in enumerate(against):
            if word in wanted:
                place = entry.place("match", "unless", language, index)
                yield Fault(place, "E240", f'"{word}" stands in `any` and in `unless`')
