"""The pure core put together from settings: what worker, replay and bench run."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from rules.critical.loader import SHIPPED as SHIPPED_WORDS
from rules.critical.loader import fingerprint, layers_of
from rules.critical.matcher import CriticalMatcher
from rules.engine import Watch
from rules.language.book import RuleBook
from rules.language.checks.whole import judged_in_parts
from rules.language.loader import SHIPPED, read_rules
from streams.adapters import Adapter, adapter_for
from streams.areas import AreaTree, load_areas
from streams.control import Bundle
from streams.errors import RuleError
from streams.intake import Intake, IntakeSettings, Matcher
from streams.settings import Settings

__all__ = ["Core", "build_core"]


class Core(Struct, frozen=True):
    """Rules, areas and words of one installation; makes the stages that run on them.

    words: hash of the lexicon that the matcher was loaded from. files: texts of the rule files, by
    the names that places give them.
    """

    book: RuleBook
    files: dict[str, str]
    areas: AreaTree
    matcher: CriticalMatcher
    words: str
    settings: Settings

    def require_whole(self) -> None:
        """Raise RuleError where rules judge more than a partition of this installation's log holds.

        For those who run on the log; a replay sees everything.
        """
        faults = list(judged_in_parts(self.book.parts, self.settings.partitions))
        if faults:
            raise RuleError("\n".join(str(fault) for fault in faults))

    def adapter(self, format_: str = "watchfloor") -> Adapter:
        """The adapter of a feed format as this installation has it."""
        return adapter_for(
            format_,
            china=self.settings.china,
            hash_key=self.settings.hash_key.encode() or None,
        )

    def intake(
        self, adapter: Adapter, *, partitions: int | None = None, matcher: Matcher | None = None
    ) -> Intake:
        """An intake for a feed format, writing to so many partitions of the log.

        matcher: one that judges texts instead of this installation's.
        """
        return Intake(
            adapter,
            matcher or self.matcher,
            self.areas,
            IntakeSettings(
                partitions=partitions or self.settings.partitions,
                lateness_ms=round(self.settings.lateness * 1000),
                future_ms=round(self.settings.future_limit * 1000),
            ),
        )

    def watch(self, book: RuleBook | None = None) -> Watch:
        """A watch without any state, for one partition of the log; by this installation's book."""
        return Watch(book or self.book, self.areas)

    def bundle(self, at_ms: int) -> Bundle:
        """This installation's own rules as a bundle; at_ms: the moment of its making."""
        return Bundle(hash=self.book.bundle, files=self.files, by="worker", because="", at_ms=at_ms)


def build_core(settings: Settings) -> Core:
    """Load rules, areas and lexicon. Raises RuleError or ConfigError naming every fault."""
    rules = Path(settings.rules) if settings.rules else None
    layers = layers_of(rules)
    # Before it is read: words that change meanwhile have another hash, and are loaded anew.
    words = fingerprint([SHIPPED_WORDS, *layers])
    areas = load_areas(Path(settings.areas)) if settings.areas else AreaTree()
    reading = read_rules(_book_of(rules), areas=areas)
    if reading.errors:
        raise RuleError("\n".join(str(fault) for fault in reading.errors))
    book = reading.book
    return Core(
        book=book,
        files=reading.texts,
        areas=book.tree.areas(),
        matcher=CriticalMatcher.load(layers, [book]),
        words=words,
        settings=settings,
    )


def _book_of(rules: Path | None) -> Path:
    """A rule directory that holds only words keeps the shipped rules."""
    if rules is None or (layers_of(rules) and not any(rules.glob("*.yaml"))):
        return SHIPPED
    return rules
