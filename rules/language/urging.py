"""The words by which a caller asks where help remains: a list of its own, for all rule books."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import yaml

from rules.language.schema.keyword import Words

__all__ = ["urging_words"]

_FILE = Path(__file__).with_suffix(".yaml")


@cache
def urging_words() -> Words:
    """The shipped words, by language."""
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), Words)
