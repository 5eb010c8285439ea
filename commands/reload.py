"""Words that change while a worker runs: a new lexicon takes over between two chunks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

from commands.lookout import looking
from rules.critical.loader import SHIPPED, fingerprint, layers_of
from rules.critical.matcher import CriticalMatcher
from rules.language.book import RuleBook
from streams.errors import WatchfloorError
from streams.intake import Matcher
from streams.observations import Finding

__all__ = ["Reloader", "ReloadingMatcher"]

POLL = 0.5
"""Seconds between two looks at the directory."""
SETTLE = 1.0
"""Seconds that it must lie still before it is read: files are often written one by one."""

log = logging.getLogger(__name__)


class Told(Protocol):
    """Where the outcome goes; sinks/metrics implements it."""

    def lexicon(self, hash_: str) -> None:
        """The lexicon of this hash is in use."""

    def lexicon_reload(self, outcome: Literal["loaded", "refused"]) -> None:
        """A changed lexicon was read."""


class BookedMatcher(Matcher, Protocol):
    """A matcher of a lexicon that looks for the own words of rules, too."""

    def with_books(self, books: Iterable[RuleBook]) -> Matcher:
        """The same lexicon, and the words of these books."""
        ...


class ReloadingMatcher:
    """Judges by the newest matcher that it was given; implements `streams.intake.Matcher`.

    A call reads the matcher once, so that a chunk is judged by one lexicon from end to end. What
    swaps the lexicon and what swaps the rules run in threads of their own.
    """

    def __init__(self, matcher: BookedMatcher, books: Sequence[RuleBook] = ()) -> None:
        """books: the rule books whose words `matcher` looks for by now."""
        self._lexicon = matcher
        self._books = tuple(books)
        self._matcher: Matcher = matcher
        self._swapping = threading.Lock()

    def match_chunk(self, texts: Sequence[str]) -> list[Finding | None]:
        """One finding per text; None where nothing was found at all."""
        return self._matcher.match_chunk(texts)

    def swap(self, matcher: BookedMatcher) -> None:
        """Judge by this lexicon from the next chunk on. May be called from any thread."""
        with self._swapping:
            self._lexicon = matcher
            self._matcher = matcher.with_books(self._books) if self._books else matcher

    def judge_by(self, books: Sequence[RuleBook]) -> None:
        """Look for the own words of these rule books from the next chunk on."""
        with self._swapping:
            self._books = tuple(books)
            self._matcher = self._lexicon.with_books(self._books)


class Reloader:
    """Looks after the lexicon of a rule directory, and swaps it when it has changed for good.

    A lexicon with faults never replaces one that works: it is told once, and the next change is
    awaited. What cannot be read at the moment (a file that is being replaced) is read later.
    """

    def __init__(
        self,
        rules: Path,
        matcher: ReloadingMatcher,
        loaded: str,
        told: Told,
        *,
        load: Callable[[Sequence[Path]], BookedMatcher] = CriticalMatcher.load,
    ) -> None:
        """loaded: the hash (`fingerprint`) of what `matcher` judges by now."""
        self._rules = rules
        self._matcher = matcher
        self._told = told
        self._load = load
        self._known = {loaded}
        self._loaded = loaded
        self._seen = loaded
        self._since = 0.0

    def running(self) -> AbstractContextManager[None]:
        """Look after it in a thread of its own, as long as the block lasts."""
        return looking(self.look, every=POLL, name="lexicon")

    def look(self, now: float) -> None:
        """One look; `now` in seconds of a clock that never goes back. Never raises."""
        try:
            layers = layers_of(self._rules)
            hash_ = fingerprint([SHIPPED, *layers])
        except OSError:
            self._seen = ""
            return
        if hash_ != self._seen:
            self._seen, self._since = hash_, now
        elif hash_ not in self._known and now - self._since >= SETTLE:
            self._take(layers, hash_)

    def _take(self, layers: Sequence[Path], hash_: str) -> None:
        try:
            matcher = self._load(layers)
            unchanged = fingerprint([SHIPPED, *layers]) == hash_
        except OSError:
            return
        except WatchfloorError as error:
            self._refuse(hash_, str(error))
        except Exception as error:  # noqa: BLE001 - the words in use must go on, whatever it is
            self._refuse(hash_, f"unexpected {type(error).__name__}")
        else:
            if unchanged:
                self._swap(matcher, hash_)

    def _swap(self, matcher: BookedMatcher, hash_: str) -> None:
        self._matcher.swap(matcher)
        log.info("lexicon %s takes over from %s", hash_, self._loaded)
        self._known, self._loaded = {hash_}, hash_
        self._told.lexicon(hash_)
        self._told.lexicon_reload("loaded")

    def _refuse(self, hash_: str, why: str) -> None:
        self._known.add(hash_)
        log.error("lexicon %s refused, %s stays in use: %s", hash_, self._loaded, why)
        self._told.lexicon_reload("refused")
