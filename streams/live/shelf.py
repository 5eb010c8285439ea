"""The rule books that a worker can judge by, by their hashes: its own, and those of `control`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from streams.control import Bundle, ControlView
from streams.errors import WatchfloorError

__all__ = ["BookLike", "RuleSource", "Shelf"]

KEPT = 16
"""Books kept ready; a partition keeps those that it judges by in any case."""

log = logging.getLogger(__name__)


class BookLike(Protocol):
    """A rule book, as `rules.language.book.RuleBook` is one."""

    @property
    def bundle(self) -> str:
        """Its hash."""


class RuleSource(Struct, frozen=True):
    """Where rule books come from.

    base: what the worker was started with, and `bundle` its files. open_: makes the book of a
    bundle; raises WatchfloorError for one that cannot be used.
    """

    base: BookLike
    bundle: Bundle
    open_: Callable[[Bundle], BookLike]


class Shelf(Mapping[str, Any]):
    """Books by hash, made when first asked for.

    As a mapping (for state that is restored) it has every hash: what nobody published was the own
    book of an earlier start, and the own book of this one takes its place.
    """

    def __init__(self, source: RuleSource, view: ControlView) -> None:
        self._source = source
        self._view = view
        self._made: dict[str, BookLike] = {}
        self._refused: dict[str, str] = {}

    @property
    def base(self) -> BookLike:
        """The worker's own book."""
        return self._source.base

    def known(self, hash_: str) -> bool:
        """Whether the bundle is here, good or not."""
        return hash_ == self.base.bundle or hash_ in self._view.bundles

    def find(self, hash_: str) -> BookLike | None:
        """The book of a bundle; None where it is not here, or was refused."""
        if hash_ == self.base.bundle:
            return self.base
        book = self._made.get(hash_)
        if book is None and hash_ not in self._refused:
            book = self._make(hash_)
        return book

    def refuse(self, hash_: str, why: str) -> None:
        """Never give this one again."""
        self._made.pop(hash_, None)
        self._refused[hash_] = why

    def refusal(self, hash_: str) -> str:
        """Why a bundle was refused; empty where it was not."""
        return self._refused.get(hash_, "")

    def _make(self, hash_: str) -> BookLike | None:
        try:
            bundle = self._view.bundle(hash_)
            if bundle is None:
                return None
            book = self._source.open_(bundle)
        except (WatchfloorError, msgspec.DecodeError) as error:
            self.refuse(hash_, str(error))
        except Exception as error:  # noqa: BLE001 - the rules in use must go on, whatever it is
            self.refuse(hash_, f"unexpected {type(error).__name__}")
        else:
            while len(self._made) >= KEPT:
                del self._made[next(iter(self._made))]
            self._made[hash_] = book
            return book
        return None

    def __getitem__(self, hash_: str) -> BookLike:
        book = self.find(hash_)
        if book is None:
            log.warning("state was written under rules %s; %s go on", hash_, self.base.bundle)
            return self.base
        return book

    def __iter__(self) -> Iterator[str]:
        yield from {self.base.bundle: None} | dict.fromkeys(self._view.bundles)

    def __len__(self) -> int:
        return len({self.base.bundle, *self._view.bundles})
