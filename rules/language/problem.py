"""One thing wrong inside a value of a rule file; whoever has the file knows the line it is on."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Problem"]


class Problem(NamedTuple):
    """What is wrong and where inside the value it was found.

    path: keys and positions from the value that was looked at down to what is wrong.
    name: which check found it, a stable word that the catalogue of faults maps to a code.
    message: a sentence for a person. suggestion: what was probably meant, or an empty text.
    """

    path: tuple[str | int, ...]
    name: str
    message: str
    suggestion: str = ""
