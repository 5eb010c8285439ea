"""Invented personal data for the texts, all of it listed in the truth file: none of it may leak.

Phones lie in a number block that was never assigned, identity numbers have a valid check digit but
a region that does not exist: nobody can own one of them.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from streams.sources.synthetic.plan import generator
from streams.sources.synthetic.tables import table

__all__ = ["People", "invent_people"]

_POOL = 200
_DIGITS = "0123456789"
_NONZERO = "123456789"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"


class People(Struct, frozen=True):
    """Everything personal that the texts of one city can hold."""

    phones: list[str]
    id_numbers: list[str]
    plates: list[str]
    names: list[str]


def invent_people(seed: int) -> People:
    """The personal data of a seed: different values of each kind, in a fixed order."""
    rng = generator(seed, 3)
    names = table("names")

    def pick(letters: str, count: int) -> str:
        return "".join(letters[i] for i in rng.integers(0, len(letters), count))

    def identity() -> str:
        region, birth = (
            f"99{rng.integers(1000, 9999)}",
            f"19{rng.integers(50, 99)}0{pick(_NONZERO, 1)}",
        )
        body = region + birth + "1" + pick(_DIGITS, 4)
        total = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True))
        return body + _ID_CHECK[total % 11]

    return People(
        phones=_distinct(lambda: "154" + pick(_DIGITS, 8)),
        id_numbers=_distinct(identity),
        plates=_distinct(lambda: f"京{pick('ABCDEFGH', 1)}·{pick('JKLMNPQ', 1)}{pick(_DIGITS, 4)}"),
        names=_distinct(lambda: pick(names["surnames"], 1) + pick(names["given"], 2)),
    )


def _distinct(make: Callable[[], str]) -> list[str]:
    """A pool of different values, in the order in which they were drawn."""
    pool: dict[str, None] = {}
    while len(pool) < _POOL:
        pool[make()] = None
    return list(pool)
