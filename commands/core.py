"""The pure core put together from settings: what worker, replay and bench run."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from rules.critical.loader import SHIPPED as SHIPPED_WORDS
from rules.critical.loader import fingerprint, layers_of
from rules.critical.matcher import CriticalMatcher
from rules.engine import Watch
from rules.language.book import RuleBook
from rules.language.loader import SHIPPED, load_book
from streams.adapters import Adapter, adapter_for
from streams.areas import AreaTree, load_areas
from streams.intake import Intake, IntakeSettings, Matcher
from streams.settings import Settings

__all__ = ["Core", "build_core"]


class Core(Struct, frozen=True):
    """Rules, areas and words of one installation; makes the stages that run on them.

    words: hash of the lexicon that the matcher was loaded from.
    """

    book: RuleBook
    areas: AreaTree
    matcher: Matcher
    words: str
    settings: Settings

    def adapter(self, format_: str = "watchfloor") -> Adapter:
        """The adapter of a feed format as this installation has it."""
        return adapter_for(
            format_,
            china=self.settings.china,
            hash_key=self.settings.hash_key.encode() or None,
        )

    def intake(self, adapter: Adapter, *, partitions: int | None = None) -> Intake:
        """An intake for a feed format, writing to so many partitions of the log."""
        return Intake(
            adapter,
            self.matcher,
            self.areas,
            IntakeSettings(
                partitions=partitions or self.settings.partitions,
                lateness_ms=round(self.settings.lateness * 1000),
                future_ms=round(self.settings.future_limit * 1000),
            ),
        )

    def watch(self) -> Watch:
        """A watch without any state, for one partition of the log."""
        return Watch(self.book, self.areas)


def build_core(settings: Settings) -> Core:
    """Load rules, areas and lexicon. Raises RuleError or ConfigError naming every fault."""
    rules = Path(settings.rules) if settings.rules else None
    layers = layers_of(rules)
    # Before it is read: words that change meanwhile have another hash, and are loaded anew.
    words = fingerprint([SHIPPED_WORDS, *layers])
    areas = load_areas(Path(settings.areas)) if settings.areas else AreaTree()
    return Core(
        book=load_book(_book_of(rules), areas),
        areas=areas,
        matcher=CriticalMatcher.load(layers),
        words=words,
        settings=settings,
    )


def _book_of(rules: Path | None) -> Path:
    """A rule directory that holds only words keeps the shipped rules."""
    if rules is None or (layers_of(rules) and not any(rules.glob("*.yaml"))):
        return SHIPPED
    return rules
