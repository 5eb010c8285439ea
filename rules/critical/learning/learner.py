"""One step of learning: a batch of marks upon all earlier ones gives new weights, and says why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from rules.critical.learning.bounds import DIGITS, ENTRY, THRESHOLD, Move, moved
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
from rules.critical.learning.tally import (
    MEMORY,
    Tally,
    contradicted,
    said_of,
    standing,
    tallies,
)

__all__ = ["Lesson", "learn"]

_THRESHOLD = "review_from"
_HIGHEST = REVIEW_FROM + THRESHOLD.down
_NEGLIGIBLE = 0.005
"""What fades below this is gone."""
_FADED = "no new mark asks for it, so that it fades"


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
    seen = _seen([*all_marks, *(marked.mark for marked in new)], {m.id for m in new}, as_of)
    fade = float(0.5 ** ((as_of - last.as_of) / MEMORY)) if last else 1.0
    changes: list[Change] = []
    frozen: list[str] = []
    learned = _weights(last.weights if last else [], fade, seen, weights, changes, frozen)
    review_from = _threshold(last.review_from if last else REVIEW_FROM, fade, seen, changes)
    return Step(
        number=len(layer.steps) + 1,
        as_of=as_of,
        lexicon=digest(weights),
        review_from=review_from,
        weights=learned,
        changes=changes,
        frozen=frozen,
        shares=shares_of(seen.valid),
        drift=drift_of(seen.valid),
        marks=new,
    )


class _Seen(NamedTuple):
    """All marks that stand, and those of them that are new and that nobody contradicts."""

    valid: list[Disposition]
    fresh: list[Disposition]


def _seen(marks: list[Disposition], new: Collection[str], as_of: datetime) -> _Seen:
    valid = standing(marks, as_of)
    disputed = contradicted(valid)
    return _Seen(valid, [m for m in valid if mark_id(m) in new and m.incident_id not in disputed])


def _weights(
    earlier: Iterable[Weight],
    fade: float,
    seen: _Seen,
    weights: Mapping[str, float],
    changes: list[Change],
    frozen: list[str],
) -> list[Weight]:
    """The entries that differ from the lexicon after this step; fills changes and frozen."""
    before = {weight.entry: weight for weight in earlier}
    shares = partial(_shares, weights)
    told, said = tallies(seen.valid, shares, ENTRY.cap), said_of(seen.fresh, shares)
    after = []
    for entry in sorted(before.keys() | told.keys()):
        was = before[entry].delta if entry in before else 0.0
        base = weights.get(entry)
        if entry in before and base != before[entry].base:
            changes.append(Change(entry, was, 0.0, "the lexicon weighs it anew, or not any more"))
            was = 0.0
        if base is None or base >= TEACHABLE:
            continue
        tally = told.get(entry, Tally())
        move = moved(_faded(was, fade), tally, ENTRY, said.get(entry, ()))
        if move.frozen:
            frozen.append(entry)
        if move.after != was:
            changes.append(Change(entry, was, move.after, move.why or _FADED))
        if move.after:
            after.append(Weight(entry, base, move.after))
    return after


def _threshold(was: float, fade: float, seen: _Seen, changes: list[Change]) -> float:
    """The review threshold after this step. Its change counts downward, as more is shown then.

    All marks are counted, and once more without each entry, and the smallest move is made: no
    single noisy word shall hide what other words find.
    """
    valid = [mark for mark in seen.valid if _tells_of_threshold(mark)]
    fresh = [mark for mark in seen.fresh if _tells_of_threshold(mark)]
    faded = _faded(REVIEW_FROM - was, fade)
    moves = []
    for without in ("", *sorted({code for mark in valid for code in mark.reasons})):
        pool = [mark for mark in valid if without not in mark.reasons]
        said = said_of((mark for mark in fresh if without not in mark.reasons), _whole)
        tally = tallies(pool, _whole, THRESHOLD.cap).get(_THRESHOLD, Tally())
        moves.append(moved(faded, tally, THRESHOLD, said.get(_THRESHOLD, ())))
    move = _agreed(faded, moves)
    now = round(REVIEW_FROM - move.after, DIGITS)
    if now != was:
        changes.append(Change(_THRESHOLD, was, now, move.why or _FADED))
    return now


def _agreed(before: float, moves: list[Move]) -> Move:
    """The smallest of moves in the same direction; none where they differ."""
    least = min(moves, key=lambda move: move.after)
    most = max(moves, key=lambda move: move.after)
    if most.after < before:
        return most
    return least if least.after > before else Move(before)


def _tells_of_threshold(mark: Disposition) -> bool:
    """Marks on reports for review do, unless they score more than any threshold."""
    return mark.tier == "review" and (mark.score is None or mark.score <= _HIGHEST)


def _whole(_: Disposition) -> Mapping[str, float]:
    return {_THRESHOLD: 1.0}


def _shares(weights: Mapping[str, float], mark: Disposition) -> dict[str, float]:
    """A mark in equal parts for the entries that it can teach."""
    known = [code for code in mark.reasons if weights.get(code, TEACHABLE) < TEACHABLE]
    return {code: 1 / len(known) for code in known}


def _faded(delta: float, fade: float) -> float:
    faded = round(delta * fade, DIGITS)
    return faded if abs(faded) >= _NEGLIGIBLE else 0.0
