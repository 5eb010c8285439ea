"""A text in the two languages of the duty desk."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Text2"]


class Text2(Struct, frozen=True):
    """A text in the two languages that duty officers read."""

    zh: str = ""
    en: str = ""
