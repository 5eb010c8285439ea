"""What a check says about the values of a rule."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Remark"]


class Remark(NamedTuple):
    """Something about a rule's values: where inside the rule, which code, what."""

    path: tuple[str, ...]
    code: str
    message: str
