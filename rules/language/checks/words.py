"""Words that rules look for: with letters, none that asks and forbids; categories with one rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.parts import RuleEntry
from rules.language.schema.common import listed
from rules.language.schema.keyword import KeywordRule
from streams.yaml_nodes import Place

__all__ = ["check"]

_LANGUAGES: tuple[Literal["zh", "en"], ...] = ("zh", "en")


def check(subject: Subject) -> Iterator[Fault]:
    """What keyword rules answer to, and the words of suppressions."""
    answered: dict[str, str] = {}
    for placed in subject.parts.suppressions:
        texts = placed.value.when.text
        for index, word in enumerate(listed(texts)):
            if not _has_letters(word):
                inner = () if isinstance(texts, str) else (index,)
                yield _letterless(placed.place("when", "text", *inner), word)
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


def _letterless(place: Place, word: str) -> Fault:
    message = f'"{word}" holds no letter, and only letters and digits are looked for'
    return Fault(place, "E242", message)


def _has_letters(word: str) -> bool:
    return any(map(str.isalnum, word))


def _nothing(entry: RuleEntry, rule: KeywordRule) -> Iterator[Fault]:
    match = rule.match
    empty = not (match.category or match.outcome or match.address or match.any.zh or match.any.en)
    if empty and "match" not in entry.mended:
        message = f"rule {rule.id} answers to nothing"
        yield Fault(
            entry.place("match"), "E230", message, "give `category`, `outcome` or words in `any`"
        )


def _words(entry: RuleEntry, rule: KeywordRule) -> Iterator[Fault]:
    for language in _LANGUAGES:
        wanted = getattr(rule.match.any, language)
        against = getattr(rule.match.unless, language)
        for side, words in (("any", wanted), ("unless", against)):
            for index, word in enumerate(words):
                if not _has_letters(word):
                    yield _letterless(entry.place("match", side, language, index), word)
                if word in words[:index]:
                    place = entry.place("match", side, language, index)
                    yield Fault(place, "W241", f'"{word}" stands in `{side}` already')
        for index, word in enumerate(against):
            if word in wanted:
                place = entry.place("match", "unless", language, index)
                yield Fault(place, "E240", f'"{word}" stands in `any` and in `unless`')
