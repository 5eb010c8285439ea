"""One step of learning: a batch of marks upon all earlier ones gives new weights, and says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from rules.critical.learning.bounds import DIGITS, ENTRY, THRESHOLD, moved
from rules.critical.learning.drift import drift_of, shares_of
from rules.critical.learning.entries import is_code
from rules.critical.learning.layer import (
    REVIEW_FROM,
    TEACHABLE,
    Change,
    LearnedLayer,
    Marked,
    Step,
    Weight,
    digest,
)
from rules.critical.learning.marks import Disposition, in_order, mark_id
from rules.critical.learning.tally import MEMORY, Tally, standing, tallies

__all__ = ["Lesson", "learn"]

_THRESHOLD = "review_from"
_HIGHEST = REVIEW_FROM + THRESHOLD.down
_NEGLIGIBLE = 0.005
"""What fades below this is gone."""


class Lesson(Struct, frozen=True):
    """What became of a batch: the step, None where no mark was new. unknown: codes not known."""

    step: Step | None
    new: int
    repeated: int
    unknown: list[str]


def learn(
    layer: LearnedLayer, marks: Iterable[Disposition], weights: Mapping[str, float]
) -> Lesson:
    """The step that a batch of marks adds to a layer; the order of the batch does not matter.

    weights: the lexicon's weight of every entry, by code. A mark that the layer holds already is
    not counted again.
    """
    known = {marked.id for step in layer.steps for marked in step.marks}
    batch = in_order(marks)
    fresh = {mark_id(mark): mark for mark in batch}
    fresh = {id_: mark for id_, mark in fresh.items() if id_ not in known}
    unknown = {code for mark in fresh.values() for code in mark.reasons if is_code(code)}
    new = [Marked(id_, _kept(mark, weights)) for id_, mark in fresh.items()]
    step = _step(layer, new, weights) if new else None
    return Lesson(step, len(new), len(batch) - len(new), sorted(unknown - weights.keys()))


def _kept(mark: Disposition, weights: Mapping[str, float]) -> Disposition:
    """A mark with the codes of this lexicon's entries alone: nothing else can teach or leak."""
    return replace(mark, reasons=sorted({code for code in mark.reasons if code in weights}))


def _step(layer: LearnedLayer, new: list[Marked], weights: Mapping[str, float]) -> Step:
    last = layer.steps[-1] if layer.steps else None
    newest = max(marked.mark.at for marked in new)
    as_of = max(newest, last.as_of) if last else newest
    all_marks = [marked.mark for step in layer.steps for marked in step.marks]
    valid = standing([*all_marks, *(marked.mark for marked in new)], as_of)
    fade = _fade(last.as_of, as_of) if last else 1.0
    changes: list[Change] = []
    frozen: list[str] = []
    learned = _weights(last.weights if last else [], fade, valid, weights, changes, frozen)
    review_from = _threshold(last.review_from if last else REVIEW_FROM, fade, valid, changes)
    return Step(
        number=len(layer.steps) + 1,
        as_of=as_of,
        lexicon=digest(weights),
        review_from=review_from,
        weights=learned,
        changes=changes,
        frozen=frozen,
        shares=shares_of(valid),
        drift=drift_of(valid),
        marks=new,
    )


def _weights(
    earlier: Iterable[Weight],
    fade: float,
    valid: list[Disposition],
    weights: Mapping[str, float],
    changes: list[Change],
    frozen: list[str],
) -> list[Weight]:
    """The entries that differ from the lexicon after this step; fills changes and frozen."""
    before = {weight.entry: weight for weight in earlier}
    told = tallies(valid, lambda mark: _shares(mark, weights), ENTRY.cap)
    after = []
    for entry in sorted(before.keys() | told.keys()):
        was = before[entry].delta if entry in before else 0.0
        base = weights.get(entry)
        if entry in before and base != before[entry].base:
            changes.append(Change(entry, was, 0.0, "the lexicon weighs it anew, or not any more"))
            was = 0.0
        if base is None or base >= TEACHABLE:
            continue
        faded = _faded(was, fade)
        move = moved(faded, told.get(entry, Tally()), ENTRY)
        if move.frozen:
            frozen.append(entry)
        if move.after != was:
            changes.append(Change(entry, was, move.after, move.why or _FADED))
        if move.after:
            after.append(Weight(entry, base, move.after))
    return after


_FADED = "the marks do not ask for it any more, so that it fades"


def _threshold(was: float, fade: float, valid: list[Disposition], changes: list[Change]) -> float:
    """The review threshold after this step. Its change counts downward, as more is shown then."""
    in_review = [mark for mark in valid if mark.tier == "review" and _near(mark)]
    tally = tallies(in_review, lambda _: {_THRESHOLD: 1.0}, THRESHOLD.cap)
    faded = _faded(REVIEW_FROM - was, fade)
    move = moved(faded, tally.get(_THRESHOLD, Tally()), THRESHOLD)
    now = round(REVIEW_FROM - move.after, DIGITS)
    if now != was:
        changes.append(Change(_THRESHOLD, was, now, move.why or _FADED))
    return now


def _near(mark: Disposition) -> bool:
    """Whether a mark says anything of the threshold: no threshold hides what scores more."""
    return mark.score is None or mark.score <= _HIGHEST


def _shares(mark: Disposition, weights: Mapping[str, float]) -> dict[str, float]:
    """A mark in equal parts for the entries that it can teach."""
    known = [code for code in mark.reasons if weights.get(code, TEACHABLE) < TEACHABLE]
    return {code: 1 / len(known) for code in known}


def _fade(before: datetime, now: datetime) -> float:
    return float(0.5 ** ((now - before) / MEMORY))


def _faded(delta: float, fade: float) -> float:
    faded = round(delta * fade, DIGITS)
    return faded if abs(faded) >= _NEGLIGIBLE else 0.0
