"""An explanation in lines for people: what was found, what it tells, and what took it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.critical.explanation import Explanation, Opinion, Score, Told, Word
from rules.critical.model import CATEGORIES

__all__ = ["explained"]

_SHOWN = 6


def explained(id_: str | int, what: Explanation) -> Iterator[str]:
    """The block of one text. Of the text itself only the words that were found are shown."""
    category = "" if what.category == "none" else f", {what.category}"
    outcome = "" if what.outcome == "none" else f", {what.outcome} ({what.confidence:.0%} sure)"
    tier = "not critical" if what.tier == "none" else what.tier
    yield f"{id_}: {tier}{category}, grade {what.level}{outcome}"
    yield from _section("words found", map(_word, what.words))
    hidden = (f"{_at(h.word)} lies in {_at(h.friend)}: {_sources(h.friend)}" for h in what.hidden)
    yield from _section("not seen, in a false friend", hidden)
    yield from _section("what they tell", (line for told in what.told for line in _told(told)))
    silent = (f"{s.cue} {_at(s.word)}: {s.because}" for s in what.silent_cues)
    yield from _section("cues that take nothing back", silent)
    yield from _section("score", (_score(score, what) for score in what.scores))
    whole = [_opinion(what.opinion)] if what.opinion else []
    yield from _section("the text as a whole (second stage)", whole)
    facts = (f"{fact.fact}: {_some(fact.told_by)}" for fact in what.facts)
    yield from _section("facts for the grade", facts)
    yield from _section("grade", [_grade(what)])


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"  {title}"
        yield from (f"    {line}" for line in found)


def _at(word: Word) -> str:
    return f"{word.text} [{word.start}:{word.end}]"


def _word(word: Word) -> str:
    term = "" if word.term == word.text else f" (listed as {word.term})"
    return f"{_at(word)}{term}: {_sources(word)}"


def _sources(word: Word) -> str:
    return "; ".join(
        f"{m.entry} ({m.source}){f', {m.about}' if m.about else ''}" for m in word.members
    )


def _told(told: Told) -> Iterator[str]:
    words = " + ".join(map(_at, told.words))
    says = f"{told.category} {told.weight:g}" if told.category else "for the grade"
    facts = f", facts {', '.join(told.facts)}" if told.facts else ""
    stands = "taken back" if told.taken_back else "stands"
    yield f"{says}: {words}, {told.entry} ({told.source}){facts}: {stands}"
    back = told.taken_back
    if back is not None:
        yield f"  by the cue {back.cue} {_at(back.word)} ({back.source}), reach: {back.reach}"
        ended = "; or ".join(back.ended_by) or "no other word"
        yield f"  it would be silent with {ended}"


def _score(score: Score, what: Explanation) -> str:
    sum_ = " + ".join(f"{weight:g} {name}" for name, weight in score.weights.items())
    if score.lift > 0:
        words = _some(list(dict.fromkeys(map(_at, score.lifted_by))))
        sum_ += f" + {score.lift:g} second cue {words}"
    limits = f" (critical from {what.critical_from:g}, for review from {what.review_from:g})"
    return f"{score.category} {score.score:g} = {sum_}{limits * (score.category in CATEGORIES)}"


def _opinion(opinion: Opinion) -> str:
    likely = ", ".join(f"{label} {share:.0%}" for label, share in opinion.shares.items())
    enough = {"critical": "enough for critical", "review": "enough for review"}
    by = f", by {_some([_at(word) for word in opinion.spoken_by])}" if opinion.spoken_by else ""
    return f"{likely}: {enough.get(opinion.tier, 'raises nothing')}{by}"


def _grade(what: Explanation) -> str:
    codes = ", ".join(reason for reason in what.reasons if reason.startswith(("grade:", "cue:")))
    if what.grade:
        return f"{what.level} by {what.grade} ({codes})"
    if what.tier == "critical":
        return f"{what.level}: no line of the grading table fits what is known"
    return f"{what.level}{f' ({codes})' if codes else ''}"


def _some(words: list[str]) -> str:
    more = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
