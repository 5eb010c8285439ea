"""What one rule book says of alerts beside raising them: silences, lifelines, the mechanism."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from rules.language.book import RuleBook
from rules.language.schema.common import SuppressWhen
from rules.language.when import Condition, Subject, compile_when
from rules.notify.router import Router
from rules.register.mechanism import proposal
from streams.acts import Silence
from streams.decisions import Mechanism
from streams.records import Alert
from streams.texts import Text2

__all__ = ["Books", "Facts"]


class Facts:
    """One book, as the register asks it. Conditions of silences are compiled once."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._router = Router(book)
        self._lifelines = {held.rule.id for held in book.keyword if held.rule.lifeline}
        self._measures = {
            entry.rule.id: [Text2(zh=text.zh, en=text.en) for text in entry.rule.measures]
            for entry in book.parts.rules
            if entry.rule.measures
        }
        self._conditions: dict[str, tuple[Silence, Condition | None]] = {}

    def subject(self, alert: Alert) -> Subject:
        """The alert as conditions ask about it. An alert of many areas lies in its own one."""
        category = alert.evidence.category
        return Subject(
            path=alert.area.path,
            tags=self._book.tree.tags(alert.area.id),
            categories=() if category is None else (category,),
            rule=alert.rule.id,
        )

    def lifeline(self, alert: Alert) -> bool:
        """Whether nothing may hold it back, but what says so."""
        return alert.rule.id in self._lifelines

    def advised(self, alert: Alert) -> Alert:
        """The alert with what its rule advises, while it goes on (capability C10)."""
        measures = self._measures.get(alert.rule.id)
        if measures is None or alert.status != "firing":
            return alert
        return replace(alert, suggest=replace(alert.suggest, measures=measures))

    def condition(self, silence: Silence) -> Condition | None:
        """Its conditions on this book's calendar; None where that does not know their times."""
        known = self._conditions.get(silence.id)
        if known is None or known[0] != silence:
            known = self._conditions[silence.id] = silence, self._compiled(silence)
        return known[1]

    def forget(self, silences: Collection[str]) -> None:
        """Keep what was compiled of these only."""
        self._conditions = {id_: of for id_, of in self._conditions.items() if id_ in silences}

    def mechanism(self, alert: Alert) -> Mechanism | None:
        """The joint mechanism that the alert's route asks for, as it is proposed (C4)."""
        asked = self._router.of(alert).plan.mechanism
        return None if asked is None else proposal(asked, alert.times.updated)

    def _compiled(self, silence: Silence) -> Condition | None:
        when = silence.when
        plain = SuppressWhen(
            area=when.area or None,
            tag=when.tag or None,
            rule=when.rule or None,
            category=when.category or None,
            time=when.time or None,
            day=when.day or None,
        )
        try:
            return compile_when(plain, self._book.calendar)
        except ValueError:
            return None


class Books:
    """What the books say that hold or may hold still, by their hashes; the newest comes last."""

    def __init__(self, *books: RuleBook) -> None:
        self._facts = {book.bundle: Facts(book) for book in books}
        self._newest = books[-1].bundle

    def switch(self, book: RuleBook, held: Sequence[str]) -> None:
        """Another book holds, or will; only those of these hashes are kept."""
        facts = {**self._facts, book.bundle: self._facts.get(book.bundle) or Facts(book)}
        self._facts = {hash_: facts[hash_] for hash_ in held if hash_ in facts}
        self._newest = held[-1]

    def of(self, alert: Alert) -> Facts:
        """What the book says that an alert was judged by; of one forgotten, the newest."""
        return self._facts.get(alert.rule.bundle) or self._facts[self._newest]

    def all(self) -> list[Facts]:
        """All of them."""
        return list(self._facts.values())

    def forget(self, silences: Collection[str]) -> None:
        """Keep nothing of silences that are none of these."""
        for facts in self._facts.values():
            facts.forget(silences)
