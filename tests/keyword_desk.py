"""A desk of keyword rules: rule files given as text, reports in, and what was told of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from rules.critical.lexicon import Lexicon
from rules.critical.matcher import CriticalMatcher
from rules.language.book import RuleBook
from rules.language.loader import load_book
from streams.records import Alert
from tests.core_cases import World, report, small_city

METRE_DEG = 1 / 111_320


class Desk:
    """A world of rules given as text, with a restart after every report."""

    words = CriticalMatcher(Lexicon.load())

    def __init__(self, folder: Path, rules: str) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "kw.yaml").write_text(f"format: 1\nkind: keyword\n{rules}", encoding="utf-8")
        self.book: RuleBook = load_book(folder)
        self.world = World(
            self.book, matcher=self.words.with_books([self.book]), areas=small_city()
        )

    def hear(self, raws: Sequence[bytes], *, restart: bool = True) -> list[Alert]:
        """All that has been told by now."""
        for raw in raws:
            self.world.feed([raw])
            if restart:
                self.world.restart()
        return [msgspec.json.decode(line, type=Alert) for line in self.world.alerts]


def call(
    number: int,
    minute: float,
    text: str = "",
    *,
    area: str = "A",
    metres: float | None = 0,
    **fields: Any,
) -> bytes:
    """A report from somewhere north of a point in station A; `metres=None` for nowhere."""
    place: dict[str, Any] = {}
    if metres is not None:
        lat = 30.004 + metres * METRE_DEG
        place = {"lat": lat, "lon": 100.005, "coord_sys": "wgs84"}
    return report(number, minute, area, text=text, **place | fields)
