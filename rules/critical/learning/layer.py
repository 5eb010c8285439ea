"""The learned layer of a deployment, `learned.json`: its steps, and what it does to weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from msgspec import DecodeError, Meta, Struct, ValidationError
from msgspec import json as msgjson

from rules.critical.learning.bounds import ENTRY, THRESHOLD
from rules.critical.learning.marks import Disposition
from streams.errors import RuleError
from streams.records import Instant

__all__ = [
    "LEARNED",
    "REVIEW_FROM",
    "TEACHABLE",
    "Change",
    "Drift",
    "Learned",
    "LearnedLayer",
    "Marked",
    "Share",
    "Step",
    "Weight",
    "deltas",
    "digest",
    "encoded",
    "read_learned",
    "reverted",
]

LEARNED = "learned.json"
"""Its name in the folder `lexicon` of a rule directory."""

REVIEW_FROM = 0.5
"""The review threshold as it ships."""

TEACHABLE = 1.0
"""Entries of this weight and above are critical by themselves: no mark moves them."""

_LEAST, _MOST = 0.0, 0.95
"""A learned weight stays below that of a keyword."""

_HASH_LENGTH = 12
Delta = Annotated[float, Meta(ge=-ENTRY.down, le=ENTRY.up)]
Threshold = Annotated[
    float, Meta(ge=REVIEW_FROM - THRESHOLD.up - 1e-9, le=REVIEW_FROM + THRESHOLD.down + 1e-9)
]


class Weight(Struct, frozen=True):
    """What was learnt of one entry: added to the weight `base` that the lexicon gave it then."""

    entry: str
    base: float
    delta: Delta


class Change(Struct, frozen=True):
    """One value that a step changed, and why; `entry` is a code, or `review_from`."""

    entry: str
    before: float
    after: float
    because: str


class Share(Struct, frozen=True):
    """How many of the remembered marks on a tier are false."""

    tier: Literal["critical", "review"]
    false: int
    marks: int


class Drift(Struct, frozen=True):
    """The share of false marks changed: when that was noticed, what it was and is."""

    noticed: Instant
    before: float
    now: float


class Marked(Struct, frozen=True):
    """A mark that a step learnt from, with its id."""

    id: str
    mark: Disposition


class Step(Struct, frozen=True, kw_only=True):
    """What one batch of marks changed, and all that stands after it.

    as_of: the time of the newest mark so far, at which older ones fade. lexicon: hash of the
    weights that it was learnt on. weights, review_from: what holds after this step. frozen:
    entries that stay because officers contradict each other.
    """

    number: int
    as_of: Instant
    lexicon: str
    review_from: Threshold
    weights: list[Weight]
    changes: list[Change]
    frozen: list[str]
    shares: list[Share]
    drift: Drift | None
    marks: list[Marked]


class LearnedLayer(Struct, frozen=True, kw_only=True):
    """The file: every step since the beginning; the last one counts."""

    schema: Literal["learned/1"] = "learned/1"
    steps: list[Step] = []


class Learned(Struct, frozen=True):
    """A learned layer made ready for one lexicon.

    deltas: what to add to the weight of an entry, by code. review_from: the review threshold.
    """

    deltas: Mapping[str, float]
    review_from: float


def digest(weights: Mapping[str, float]) -> str:
    """A short hash of the entries of a lexicon and their weights."""
    lines = "\n".join(f"{code}={weight!r}" for code, weight in sorted(weights.items()))
    return sha256(lines.encode()).hexdigest()[:_HASH_LENGTH]


def deltas(learned: Sequence[Weight], weights: Mapping[str, float]) -> dict[str, float]:
    """What to add to each entry of a lexicon, within the bounds whatever the layer says.

    An entry that is gone, or that the analyst has weighed anew since, keeps its own weight, and
    so does every keyword.
    """
    usable = {}
    for weight in learned:
        base = weights.get(weight.entry)
        if base == weight.base and base < TEACHABLE:
            delta = min(max(base + weight.delta, _LEAST), _MOST) - base
            if delta:
                usable[weight.entry] = delta
    return usable


def encoded(layer: LearnedLayer) -> bytes:
    """The file's bytes, a step a line: the same layer gives the same."""
    steps = b",\n".join(map(msgjson.encode, layer.steps))
    return b'{"schema": "%s", "steps": [\n%s\n]}\n' % (layer.schema.encode(), steps)


def reverted(layer: LearnedLayer, number: int) -> LearnedLayer:
    """The layer before step `number`: that step and all after it are taken out."""
    return LearnedLayer(steps=[step for step in layer.steps if step.number < number])


def read_learned(path: Path) -> LearnedLayer:
    """The layer in a file, an empty one where there is none. Raises RuleError with the remedy."""
    if not path.exists():
        return LearnedLayer()
    try:
        layer = msgjson.decode(path.read_bytes(), type=LearnedLayer)
    except (ValidationError, DecodeError, UnicodeDecodeError, OSError) as error:
        raise RuleError(
            f"{path}: no learned layer: {error}; put back the file as `rules learn` wrote it, or "
            "remove it to begin anew"
        ) from error
    if [step.number for step in layer.steps] != list(range(1, len(layer.steps) + 1)):
        raise RuleError(
            f"{path}: its steps are not numbered 1, 2, 3 ...; put back the file as `rules learn` "
            "wrote it, or remove it to begin anew"
        )
    return layer
