"""Labelled call texts: one JSON object a line, checked; a bad line becomes a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from msgspec import DecodeError, Struct, ValidationError
from msgspec import json as msgjson

from rules.critical.model import CATEGORIES
from streams.observations import Outcome
from streams.records import Level

__all__ = ["Label", "LabelLine", "read_labels"]

Wording = Literal["explicit", "implied", "unsaid"]
_CRITICAL_LEVELS = ("I", "II")
_BOM = b"\xef\xbb\xbf"


class _Line(Struct, frozen=True):
    """A line as it stands in the file; other fields are left alone."""

    id: str | int
    text: str
    critical: bool
    category: str
    level_expected: Level
    note: str = ""
    outcome: Outcome | None = None


class Label(Struct, frozen=True):
    """A text and what a person says it is.

    category: one of the twelve, `none` exactly when it is not critical. alts: further categories
    that are right too. kinds: the kinds of text it belongs to. wording: whether a critical line
    says it with a word of the trade (`explicit`) or not; `unsaid` where the label does not tell.
    outcome: where a line that is not critical belongs, None where nobody said.
    """

    id: str | int
    text: str
    critical: bool
    category: str
    level: Level
    lang: str
    kinds: tuple[str, ...]
    wording: Wording
    alts: tuple[str, ...] = ()
    outcome: Outcome | None = None


class LabelLine(NamedTuple):
    """Line number, from 1, with its label, or with what is wrong and what to do."""

    number: int
    label: Label | None
    fault: str = ""


def read_labels(lines: Iterable[bytes]) -> Iterator[LabelLine]:
    """Every line that is not blank. Lines are UTF-8; an id that comes again is a fault."""
    decoder = msgjson.Decoder(_Line)
    seen: dict[str | int, int] = {}
    for number, raw in enumerate(lines, start=1):
        line = raw.strip().removeprefix(_BOM)
        if line:
            yield _read(decoder, seen, number, line)


def _read(
    decoder: msgjson.Decoder[_Line], seen: dict[str | int, int], number: int, line: bytes
) -> LabelLine:
    try:
        read = decoder.decode(line)
    except ValidationError as error:
        fault = f"a field is missing or of the wrong type: {error}; mend it by the reference page"
        return LabelLine(number, None, fault)
    except (DecodeError, UnicodeDecodeError) as error:
        fault = f"not a JSON object in UTF-8: {error}; write one object a line"
        return LabelLine(number, None, fault)
    parts = [part.strip() for part in read.note.split(";")]
    alts = tuple(
        alt.strip()
        for part in parts
        if part.startswith("alt=")
        for alt in part.removeprefix("alt=").replace("/", ",").split(",")
    )
    fault = _contradiction(read, alts)
    if not fault and read.id in seen:
        fault = f"the id stands in line {seen[read.id]} already; give every line one of its own"
    if fault:
        return LabelLine(number, None, fault)
    seen[read.id] = number
    return LabelLine(number, _label(read, parts, alts))


def _label(read: _Line, parts: list[str], alts: tuple[str, ...]) -> Label:
    told = parts[2:]  # the second part may name a kind of text that is called `implied`
    wording: Wording = (
        "explicit" if "explicit" in told else "implied" if "implied" in told else "unsaid"
    )
    kinds = parts[1].split("/") if len(parts) > 1 else []
    return Label(
        id=read.id,
        text=read.text,
        critical=read.critical,
        category=read.category,
        level=read.level_expected,
        lang=parts[0] or "unsaid",
        kinds=tuple(dict.fromkeys(k for kind in kinds if (k := kind.strip()))) or ("unsaid",),
        wording=wording,
        alts=alts,
        outcome=read.outcome,
    )


def _contradiction(read: _Line, alts: tuple[str, ...]) -> str:
    """What in a label speaks against the rest of it, with the remedy; empty where nothing does."""
    unknown = [name for name in (read.category, *alts) if name not in (*CATEGORIES, "none")]
    if unknown:
        return f"`{unknown[0][:40]}` is no category; take one of {', '.join(CATEGORIES)}, or none"
    if read.critical and read.category == "none":
        return "a critical line has the category none; name one of the twelve, or set critical off"
    if not read.critical and read.category != "none":
        return "a line that is not critical has a category; write none, or set critical on"
    if read.critical != (read.level_expected in _CRITICAL_LEVELS):
        what = "critical" if read.critical else "not critical"
        return (
            f"a line that is {what} has level {read.level_expected}; "
            "critical lines are I or II, all others III or IV"
        )
    if read.critical and read.outcome not in (None, "none"):
        return "a critical line has an outcome; outcomes are for lines that are not critical"
    return ""
