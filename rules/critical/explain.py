"""Why a text is critical or not: every word, act, cue, fact and grade line, with its source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rules.critical.classifier.grammar import LABELS
from rules.critical.cue_sentences import because_silent, ended_by, reach
from rules.critical.explanation import (
    Explanation,
    Fact,
    Hidden,
    Member,
    Opinion,
    Score,
    TakenBack,
    Told,
    Word,
)
from rules.critical.explanation import SilentCue as Silent
from rules.critical.frames import Trigger
from rules.critical.judge import CRITICAL_SCORE, REVIEW_SCORE, SECOND_CUE, facts, verdict
from rules.critical.layers import Entry, Layers
from rules.critical.lexicon import CUE, FRIEND, SOUND, Lexicon
from rules.critical.loader import SHIPPED, read_layers
from rules.critical.matcher import CriticalMatcher
from rules.critical.model import Grade
from rules.critical.origins import Origin, Origins
from rules.critical.scan import Hit, consumed
from rules.critical.scopes import Held
from rules.critical.second_stage import SecondStage
from streams.observations import Finding

__all__ = ["Explainer", "Look", "titled"]


_LIKELY = 3
"""So many labels of the second stage are shown."""


class Explainer:
    """Explains texts by one lexicon; `matcher` is the real one, so that both always agree."""

    def __init__(self, layers: Layers, second: SecondStage | None = None) -> None:
        self.layers = layers
        self.lexicon = Lexicon(layers)
        self.second = second
        self.matcher = CriticalMatcher(self.lexicon, self.second)
        self.origins = Origins(layers, self.lexicon.folder)

    @classmethod
    def load(cls, directories: Iterable[Path] = ()) -> Explainer:
        """With the shipped lexicon and directories laid over it. Raises RuleError."""
        return cls(read_layers([SHIPPED, *directories]), SecondStage.load())

    def explain(self, text: str) -> Explanation:
        """Everything that the finding of this text rests on."""
        return self.look(text).explanation()

    def look(self, text: str) -> Look:
        """The finding of this text and its evidence, to be asked piece by piece."""
        return Look(self, text)


class Look:
    """One text looked at: names and places for what the judge found."""

    def __init__(self, explainer: Explainer, text: str) -> None:
        self._lexicon = explainer.lexicon
        self._layers = explainer.layers
        self._origins = explainer.origins
        self._second = explainer.second
        self._raw = text
        self.finding: Finding = explainer.matcher.match(text)
        self._view, self._places, self.evidence = explainer.matcher.look(text)
        self.by_words = verdict(self._lexicon, self._view, self.evidence)
        """What the words alone say, without the second stage."""

    def explanation(self) -> Explanation:
        """The whole of it."""
        finding = self.finding
        return Explanation(
            tier=finding.tier,
            category=finding.category,
            level=finding.level,
            outcome=finding.outcome,
            confidence=finding.confidence,
            reasons=finding.reasons,
            words=self._words(),
            hidden=[
                Hidden(self._word(hit), self._word(friend, [FRIEND]))
                for hit, friend in self.consumed()
            ],
            told=[self._told(trigger) for trigger in _once(self.evidence.found)],
            silent_cues=self._silent(),
            facts=self._facts(),
            scores=self._scores(),
            opinion=self._opinion(),
            critical_from=CRITICAL_SCORE,
            review_from=REVIEW_SCORE,
            grade=self._grade(),
        )

    def consumed(self) -> list[tuple[Hit, Hit]]:
        """The words that false friends hide, each with its friend."""
        return consumed(self._lexicon, self._view, self._places)

    def hides(self, entry: Entry) -> bool:
        """Whether a word of this false friend hides something in the text."""
        terms = {friend.term for _, friend in self.consumed()}
        forms = {self._lexicon.folder.word(term.text) for term in terms if term}
        origins = [o for form in forms for o in self._origins.of_word(form, FRIEND)]
        return any(origin.entry is entry for origin in origins)

    def _words(self) -> list[Word]:
        hits = {
            (hit.start, hit.end, group): hit
            for group, found in self.evidence.hits.items()
            for hit in found
            if hit.term is None
        }
        terms = {hit for found in self.evidence.hits.values() for hit in found if hit.term}
        words = [self._word(hit) for hit in sorted(terms, key=lambda hit: (hit.start, hit.end))]
        words += [self._word(hit, [group]) for (_, _, group), hit in sorted(hits.items())]
        return words

    def _word(self, hit: Hit, groups: Sequence[str] = ()) -> Word:
        start, end = self._view.original(hit.start, hit.end)
        groups = groups or (hit.term.groups if hit.term else ())
        members = [member for group in groups for member in self._members(hit, group)]
        return Word(start, end, self.text(hit), _listed(hit), members)

    def _members(self, hit: Hit, group: str) -> list[Member]:
        if hit.term is None:
            return [self._member(entry) for entry in self._origins.of_group(group)]
        folded = self._lexicon.folder.word(hit.term.text)
        if group.startswith(SOUND):
            category = group.removeprefix(SOUND)
            origins = self._origins.of_act(folded, category)
            return [self._written(origin, "sounds like the ") for origin in origins]
        return [self._written(origin) for origin in self._origins.of_word(folded, group)]

    def _written(self, origin: Origin, how: str = "") -> Member:
        entry = origin.entry
        source = self._origins.source(entry, origin.place)
        return Member(how + titled(entry), source, getattr(entry.value, "note", ""))

    def _member(self, entry: Entry) -> Member:
        return Member(titled(entry), self._origins.source(entry, entry.place()))

    def _told(self, trigger: Trigger) -> Told:
        words = [
            self._word(part, [group])
            for part, group in zip(trigger.parts, trigger.frame.all, strict=True)
        ]
        by = self._source(trigger)
        return Told(
            by.entry,
            trigger.frame.category,
            trigger.frame.weight,
            by.source,
            words,
            list(trigger.frame.facts),
            self._taken_back(trigger.cancelled) if trigger.cancelled else None,
        )

    def _source(self, trigger: Trigger) -> Member:
        """The entry that a trigger comes from; of what only sounds like an act, that act."""
        entries = self._origins.of_frame(trigger.name)
        if entries:
            return self._member(entries[-1])
        return self._word(trigger.parts[0], trigger.frame.all).members[0]

    def _taken_back(self, held: Held) -> TakenBack:
        name, cue, hit = held
        word = self._word(hit, [CUE + name])
        source = word.members[-1].source if word.members else ""
        return TakenBack(name, word, reach(cue), source, cue.level, ended_by(cue, self._layers))

    def _silent(self) -> list[Silent]:
        evidence = self.evidence
        live = {(name, hit) for name, _, hit in evidence.scopes.live}
        silent = []
        for group in sorted(evidence.hits.keys() & self._lexicon.cues.keys()):
            name = group.removeprefix(CUE)
            for hit in evidence.hits[group]:
                if (name, hit) not in live:
                    cue = self._lexicon.cues[group]
                    why = because_silent(cue, hit, evidence.hits, self._view)
                    silent.append(Silent(name, self._word(hit, [group]), why))
        return silent

    def _facts(self) -> list[Fact]:
        told = []
        for fact in sorted(facts(self._lexicon, self.evidence)):
            by = [self.quoted(t) for t in self.evidence.alive if fact in t.frame.facts]
            by += [
                f"{self.text(hit)} (group {group})"
                for group, gives in self._lexicon.facts.items()
                if gives == fact
                for hit in self.evidence.hits.get(group, ())
                if self.evidence.scopes.cancels(hit, None) is None
            ]
            told.append(Fact(fact, list(dict.fromkeys(by))))
        return told

    def _scores(self) -> list[Score]:
        weights: dict[str, dict[str, float]] = {}
        for trigger in self.evidence.alive:
            category = str(trigger.frame.category)
            if category in self.evidence.scores:
                by = f"{self._source(trigger).entry} ({self._source(trigger).source})"
                weights.setdefault(category, {})[by] = trigger.frame.weight
        scores = []
        for name, score in sorted(self.evidence.scores.items(), key=lambda pair: -pair[1]):
            own = weights.get(name, {})
            lift = round(score - sum(own.values()), 6)
            hits = self.evidence.hits.get(SECOND_CUE, ()) if lift > 0 else ()
            lifted = [self._word(hit, [SECOND_CUE]) for hit in hits]
            scores.append(Score(name, score, own, lift, lifted))
        return scores

    def _opinion(self) -> Opinion | None:
        if self._second is None:
            return None
        heard = self._second.opinions(self._lexicon.folder.chunk([self._raw]))
        opinion = heard.opinion(0)
        shares = {label: round(opinion.of(label), 2) for label in LABELS}
        likely = sorted(shares.items(), key=lambda pair: -pair[1])[:_LIKELY]
        spans = heard.spans(self._view, opinion.category) if opinion.tier != "none" else ()
        return Opinion(
            opinion.tier,
            opinion.category,
            round(opinion.critical, 2),
            {label: share for label, share in likely if share > 0},
            [Word(s.start, s.end, self._raw[s.start : s.end], s.term) for s in spans],
        )

    def _grade(self) -> str:
        """Layer, file and line of the grading line that gave the level."""
        codes = {r.partition(":")[2] for r in self.finding.reasons if r.startswith("grade:")}
        for entry in self._layers.entries:
            value = entry.value
            fits = isinstance(value, Grade) and value.because in codes
            if fits and value.level == self.finding.level:
                return self._origins.source(entry, entry.place())
        return ""

    def quoted(self, trigger: Trigger) -> str:
        """Its words as they stand in the text."""
        return " + ".join(map(self.text, trigger.parts))

    def text(self, hit: Hit) -> str:
        """A word as it stands in the text; of a phrase its words, and not what lies between."""
        if hit.parts:
            return " ".join(map(self.text, hit.parts))
        start, end = self._view.original(hit.start, hit.end)
        return self._raw[start:end]


def titled(entry: Entry) -> str:
    """What people call an entry: `act robbery`, `frame blade.attack`, `cue drill`."""
    if entry.section == "acts":
        return f"act {entry.value.category}"
    if entry.section == "friends":
        return "false friend"
    return f"{entry.section[:-1]} {entry.name}"


def _listed(hit: Hit) -> str:
    """As the lexicon has it."""
    if hit.parts:
        return " ".join(part.term.text for part in hit.parts if part.term)
    return hit.term.text if hit.term else "a number of people"


def _once(found: Iterable[Trigger]) -> list[Trigger]:
    """Each act or frame once for the same words."""
    kept: dict[tuple[str, tuple[Hit, ...]], Trigger] = {}
    for trigger in found:
        kept.setdefault((trigger.name, trigger.parts), trigger)
    return list(kept.values())
