"""The texts beside the entries of a lexicon, run through the matcher: what fails, and why."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from rules.critical.explain import Explainer, Look, titled
from rules.critical.layers import Entry, Layers
from rules.critical.lexicon import CUE
from rules.critical.model import ATTEND, CATEGORIES, MODEL, Examples
from rules.critical.origins import Origins
from streams.observations import Finding
from streams.yaml_nodes import Place

__all__ = ["Example", "Expected", "Failure", "examples", "failure"]


class Expected(StrEnum):
    """What an example may ask for; the words that stand in the file."""

    FIRES = "fires"
    REVIEW = "review"
    SILENT = "silent"
    LEVEL = "level"
    CATEGORY = "category"


class Example(Struct, frozen=True):
    """One text beside an entry. value: the level or category that is asked for."""

    entry: Entry
    place: Place
    text: str
    asks: Expected
    value: str = ""


class Failure(Struct, frozen=True):
    """An example that does not hold: what was expected, what came, and why, each in words.

    changed: it is not the entry's fault, since a layer above it or the second stage, which reads
    the text as a whole, makes the difference.
    """

    example: Example
    expected: str
    got: str
    why: str
    changed: bool


def examples(layers: Layers) -> Iterator[Example]:
    """Every example of every layer, in the order read."""
    for entry in layers.entries:
        told: Examples | None = getattr(entry.value, "tests", None)
        if told is None:
            continue
        for asks in (Expected.FIRES, Expected.REVIEW, Expected.SILENT):
            for i, text in enumerate(getattr(told, asks)):
                yield Example(entry, entry.place("tests", asks, i), text, asks)
        for asks in (Expected.LEVEL, Expected.CATEGORY):
            for text, value in getattr(told, asks).items():
                yield Example(entry, entry.place("tests", asks, text), text, asks, value)


def failure(explainer: Explainer, example: Example) -> Failure | None:
    """Why an example does not hold; None where it does."""
    look = explainer.look(example.text)
    asked, expected = _as_asked(example, look.finding)
    part = _takes_part(explainer.origins, example, look)
    if asked and part:
        return None
    why = _why(look)
    if asked:
        expected += f", and the {titled(example.entry)} has its part in it"
        why = f"no word of it counts here; {why}"
    above = example.entry.layer < len(explainer.layers.directories) - 1
    by_words, _ = _as_asked(example, look.by_words)
    return Failure(example, expected, _got(look.finding), why, above or (by_words and not asked))


def _got(finding: Finding) -> str:
    got = f"{finding.tier}, {finding.category}, grade {finding.level}"
    return got if finding.outcome == "none" else f"{got}, {finding.outcome}"


def _as_asked(example: Example, finding: Finding) -> tuple[bool, str]:
    """Whether a text became what was asked for, and what that is in words."""
    match example.asks:
        case Expected.LEVEL:
            return finding.level == example.value, f"grade {example.value}"
        case Expected.CATEGORY:
            return finding.category == example.value, example.value
        case Expected.SILENT:
            return finding.tier == "none", "neither critical nor for review"
        case Expected.REVIEW:
            return finding.tier == "review", "for review"
        case _:
            return _fires(example.entry, finding)


def _fires(entry: Entry, finding: Finding) -> tuple[bool, str]:
    """Whether the text becomes what the entry promises."""
    category = getattr(entry.value, "category", None)
    if category == ATTEND:
        return (finding.tier, finding.level) == ("none", "III"), "not critical, grade III"
    if category is not None and category not in CATEGORIES:
        return finding.outcome == category, str(category)
    if getattr(entry.value, "weight", 1.0) < 1 and finding.tier == "review":
        return True, "critical or for review"
    return finding.tier == "critical", "critical"


def _takes_part(origins: Origins, example: Example, look: Look) -> bool:
    """Whether the entry is why: an example that holds by something else says nothing of it."""
    entry, asks = example.entry, example.asks
    if asks in (Expected.LEVEL, Expected.CATEGORY):
        return True
    if entry.section == "friends":
        return look.hides(entry)
    evidence, name = look.evidence, origins.name(entry)
    if asks == Expected.SILENT:
        if entry.section != "cues":
            return True
        return any(t.cancelled and CUE + t.cancelled[0] == name for t in evidence.found)
    if entry.section in ("acts", "frames"):
        return any(trigger.name == name for trigger in evidence.alive)
    return name in evidence.hits


def _why(look: Look) -> str:
    """The reason of the verdict in one line."""
    told = []
    for trigger in sorted(look.evidence.found, key=lambda trigger: -trigger.frame.weight):
        words, back = look.quoted(trigger), trigger.cancelled
        if back:
            told.append(f"{words} taken back by {back[0]} ({look.text(back[2])})")
        elif trigger.frame.category:
            told.append(f"{trigger.frame.category} {trigger.frame.weight:g} by {words}")
    told += [f"the whole text: {code}" for code in look.finding.reasons if code.startswith(MODEL)]
    told += [f"{look.text(hit)} hidden in {look.text(by)}" for hit, by in look.consumed()]
    return "; ".join(dict.fromkeys(told)) or "no act and no frame was found"
