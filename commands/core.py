"""The pure core put together from settings: what worker, replay and bench run."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from rules.book import SHIPPED, RuleBook, load_book
from rules.critical.matcher import CriticalMatcher
from rules.engine import Watch
from streams.adapters import Adapter, adapter_for
from streams.areas import AreaTree, load_areas
from streams.intake import Intake, IntakeSettings
from streams.settings import Settings

__all__ = ["Core", "build_core"]


class Core(Struct, frozen=True):
    """Rules, areas and words of one installation; makes the stages that run on them."""

    book: RuleBook
    areas: AreaTree
    matcher: CriticalMatcher
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
    return Core(
        book=load_book(Path(settings.rules) if settings.rules else SHIPPED),
        areas=load_areas(Path(settings.areas)) if settings.areas else AreaTree(),
        matcher=CriticalMatcher.load(_lexicon_layers(settings.rules)),
        settings=settings,
    )


def _lexicon_layers(rules: str) -> list[Path]:
    """The installation's own words, laid over the shipped ones, where it has any."""
    layer = Path(rules) / "lexicon"
    return [layer] if rules and layer.is_dir() else []
