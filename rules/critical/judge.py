"""The verdict on one text: tier, category by priority, grade I to IV, spans and reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from rules.critical.frames import Trigger, triggers
from rules.critical.lexicon import Lexicon
from rules.critical.model import ATTEND, CATEGORIES, OUTCOMES, Category, Kind
from rules.critical.phrases import Hit, Hits
from rules.critical.scan import scan
from rules.critical.scopes import Scopes
from rules.critical.sieve import Word
from rules.critical.view import View
from streams.observations import Finding, Outcome, Span
from streams.records import Level

__all__ = [
    "CRITICAL_SCORE",
    "DOUBT",
    "REVIEW_SCORE",
    "SECOND_CUE",
    "Evidence",
    "evidence",
    "evidences",
    "facts",
    "grade",
    "spans",
    "verdict",
]

CRITICAL_SCORE = 1.0
REVIEW_SCORE = 0.5
_NOT_CRITICAL = frozenset({ATTEND, *OUTCOMES})
DOUBT = 0.3
"""The share of the doubt about an outcome that words of weight 1 leave."""
CONTRAST = "contrast"
"""The group of words that begin a clause without a comma (but, 但是)."""
SECOND_CUE = "second_cue"
"""The group that lifts a doubtful word to a critical one: urgency, a victim, blood."""


class Evidence(Struct, frozen=True):
    """What a verdict rests on: words by group, cues that hold, frames found, scores by category."""

    hits: Hits
    scopes: Scopes
    found: list[Trigger]
    scores: dict[str, float]

    @property
    def alive(self) -> list[Trigger]:
        """The frames that no cue takes back."""
        return [trigger for trigger in self.found if trigger.cancelled is None]


def evidence(lexicon: Lexicon, view: View, words: list[Word], told: float = 1.0) -> Evidence:
    """What speaks for and against; words of the group `contrast` begin clauses in the view.

    told: how likely the second stage takes the text for critical; weak cues ask for it.
    """
    return evidences(lexicon, [(view, words, told)])[0]


def evidences(lexicon: Lexicon, texts: Iterable[tuple[View, list[Word], float]]) -> list[Evidence]:
    """The same for some texts together.

    Step by step: the processor then still has each step's code at hand, which saves a third of
    the time.
    """
    texts = list(texts)
    heard = [scan(lexicon, view, words) for view, words, _ in texts]
    for (view, _, _), hits in zip(texts, heard, strict=True):
        for hit in hits.get(CONTRAST, ()):
            view.split_at(hit.start)
    scoped = [
        Scopes(lexicon, view, hits, told)
        for (view, _, told), hits in zip(texts, heard, strict=True)
    ]
    found = [
        triggers(lexicon, view, hits, scopes)
        for (view, _, _), hits, scopes in zip(texts, heard, scoped, strict=True)
    ]
    return [
        Evidence(hits, scopes, frames, _scores(frames, hits, scopes))
        for hits, scopes, frames in zip(heard, scoped, found, strict=True)
    ]


def verdict(lexicon: Lexicon, view: View, seen: Evidence) -> Finding:
    """The finding that the evidence leads to."""
    scores = seen.scores
    if not scores:
        return _not_critical(lexicon, view, seen)
    alive = seen.alive
    for tier, least in (("critical", CRITICAL_SCORE), ("review", REVIEW_SCORE)):
        category = next((c for c in CATEGORIES if scores.get(c, 0.0) >= least), None)
        if category is None:
            continue
        shown = spans(lexicon, view, alive)
        codes = [f"lexicon:{c}" for c in (*CATEGORIES, *OUTCOMES) if c in scores]
        if tier == "critical":
            level, because = grade(lexicon, category, facts(lexicon, seen))
            return Finding("critical", category, level, shown, (*codes, *because))
        return Finding("review", category, "III", shown, (*codes, "tier:review"), *_outcome(scores))
    return _not_critical(lexicon, view, seen)


def _scores(found: list[Trigger], hits: Hits, scopes: Scopes) -> dict[str, float]:
    """Weights of distinct frames that stand, by category; a second cue lifts what is doubtful."""
    weights: dict[str, dict[str, float]] = {}
    for trigger in found:
        category = trigger.frame.category
        if category is not None and category != ATTEND and trigger.cancelled is None:
            weights.setdefault(category, {})[trigger.name] = trigger.frame.weight
    if not weights:
        return {}
    lift = REVIEW_SCORE if _stands(hits.get(SECOND_CUE, ()), scopes) else 0.0
    return {
        category: sum(frames.values()) + (0.0 if category in OUTCOMES else lift)
        for category, frames in weights.items()
    }


def _outcome(scores: dict[str, float]) -> tuple[Outcome, float]:
    """The likeliest outcome and how sure it is: every word leaves a part of the doubt."""
    found: tuple[Outcome, float] = ("none", 0.0)
    for outcome in OUTCOMES:
        confidence = 1 - DOUBT ** scores[outcome] if outcome in scores else 0.0
        if confidence > found[1]:
            found = (outcome, round(confidence, 2))
    return found


def _stands(found: Sequence[Hit], scopes: Scopes) -> bool:
    """Whether one of these words is not taken back."""
    if not scopes.live:
        return bool(found)
    return any(not scopes.cancels(hit, None) for hit in found)


def facts(lexicon: Lexicon, seen: Evidence) -> set[str]:
    """What the grading table may ask for: told by frames that stand, and by words of groups."""
    told = {fact for trigger in seen.alive for fact in trigger.frame.facts}
    hits = seen.hits
    for name, fact in lexicon.facts.items():
        if name in hits and fact not in told and _stands(hits[name], seen.scopes):
            told.add(fact)
    return told


def grade(lexicon: Lexicon, category: str, told: set[str]) -> tuple[Level, tuple[str, ...]]:
    """The grade of a critical report and the code of the line that gave it."""
    for grade in lexicon.grades[category]:
        if told.issuperset(grade.facts):
            return grade.level, (f"grade:{grade.because}",)
    return "II", ("grade:critical",)


def _not_critical(lexicon: Lexicon, view: View, seen: Evidence) -> Finding:
    """No critical act stands: grade III where a unit should go all the same, else IV.

    What only a weak cue takes back is for review: a keyword is never silenced on a suspicion.
    """
    finding = _calm(seen.found, seen.scores)
    weakly = [trigger for trigger in seen.found if _weakly_cancelled(trigger)]
    if not weakly:
        return finding
    category = min((str(t.frame.category) for t in weakly), key=CATEGORIES.index)
    return replace(
        finding,
        tier="review",
        category=category,
        spans=spans(lexicon, view, weakly),
        reasons=(*finding.reasons, "tier:review"),
    )


def _weakly_cancelled(trigger: Trigger) -> bool:
    """Whether a critical frame is taken back by nothing but a cue that the second stage allows."""
    return (
        trigger.cancelled is not None
        and trigger.cancelled[1].below < 1
        and trigger.frame.category in CATEGORIES
        and trigger.frame.weight >= CRITICAL_SCORE
    )


def _calm(found: list[Trigger], scores: dict[str, float]) -> Finding:
    outcome = _outcome(scores)
    cues = {t.cancelled[0]: t.cancelled[1].level for t in found if t.cancelled}
    reasons = tuple(f"cue:{name}" for name in sorted(cues))
    for trigger in found:
        if trigger.frame.category == ATTEND and trigger.cancelled is None:
            return Finding("none", "none", "III", (), ("grade:attend", *reasons), *outcome)
    level: Level = "III" if "III" in cues.values() else "IV"
    return Finding("none", "none", level, (), reasons, *outcome)


def spans(lexicon: Lexicon, view: View, alive: Iterable[Trigger]) -> tuple[Span, ...]:
    """The words that count, longest first where they overlap within a category."""
    found: dict[tuple[int, int, Category], tuple[str, Kind]] = {}
    for trigger in alive:
        category = trigger.frame.category
        if category is None or category in _NOT_CRITICAL:
            continue
        for part, kind in zip(trigger.parts, lexicon.kinds[trigger.name], strict=True):
            for word in part.words:
                if word.term is not None:
                    found.setdefault((word.start, -word.end, category), (word.term.text, kind))
    chosen = []
    reached: dict[Category, int] = {}
    for start, minus_end, category in sorted(found):
        if -minus_end > reached.get(category, 0):  # else it lies within an earlier one
            reached[category] = -minus_end
            text, kind = found[start, minus_end, category]
            chosen.append(Span(*view.original(start, -minus_end), text, category, kind))
    return tuple(sorted(chosen, key=lambda span: (span.start, span.end, span.category)))
