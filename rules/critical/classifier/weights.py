"""The shipped weights file: small integers by bucket, and where they come from."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from rules.critical.classifier.features import BITS, LENGTHS
from rules.critical.classifier.grammar import LABELS
from streams.errors import RuleError

__all__ = ["SHIPPED", "Facts", "Weights", "read_weights", "write_weights"]

SHIPPED = Path(__file__).with_name("weights.npz")


_ARRAYS = ("rows", "table", "scales", "bias")


class Facts(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where weights come from, from which probability on they speak, what they were measured to do.

    grammar: the digest of the grammar they were trained on. review, critical: the least probability
    of a critical report for that tier. figures: measured on templates that were held
    out.
    """

    grammar: str
    seed: int
    labels: tuple[str, ...]
    bits: int
    lengths: tuple[tuple[int, int], ...]
    review: float
    critical: float
    figures: dict[str, float]


class Weights(Struct, frozen=True, eq=False):
    """What the model multiplies.

    rows[b] is the row of bucket b, 0 for those that say nothing. table[row, k] * scales[k] is what
    an n-gram adds to label k; bias[k] is added once.
    """

    facts: Facts
    rows: npt.NDArray[np.uint16]
    table: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]


def read_weights(path: Path = SHIPPED) -> Weights:
    """The weights of a file. Raises RuleError where it cannot be read or is of another make."""
    remedy = "train anew with: python -m rules.critical.classifier.train"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            facts = msgspec.json.decode(data["facts"].tobytes(), type=Facts)
            weights = Weights(facts, *(data[name][()] for name in _ARRAYS))
    except (OSError, BadZipFile, ValueError, KeyError, msgspec.MsgspecError) as error:
        raise RuleError(f"{path.name}: cannot be read as weights ({error}); {remedy}") from error
    if (facts.labels, facts.bits, facts.lengths) != (LABELS, BITS, LENGTHS):
        raise RuleError(f"{path.name}: is for other labels or features; {remedy}")
    return weights


def write_weights(weights: Weights, path: Path = SHIPPED) -> None:
    """The same weights give the same bytes."""
    facts = np.frombuffer(msgspec.json.encode(weights.facts), dtype=np.uint8)
    np.savez_compressed(path, facts=facts, **{name: getattr(weights, name) for name in _ARRAYS})
