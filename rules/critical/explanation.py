"""What `rules match --explain` says of one text, as values: words, acts, cues, facts, score."""

from __future__ import annotations

from msgspec import Struct

__all__ = [
    "Explanation",
    "Fact",
    "Hidden",
    "Member",
    "Opinion",
    "Score",
    "SilentCue",
    "TakenBack",
    "Told",
    "Word",
]


class Member(Struct, frozen=True):
    """One writing of a word in the lexicon: the entry it belongs to, and where it is written.

    source: layer, file and line. about: the entry's note.
    """

    entry: str
    source: str
    about: str = ""


class Word(Struct, frozen=True):
    """A word found: range [start, end) of the original text, as it stands there, and its entries.

    term: as the lexicon writes it, or the count of people that it was read as.
    """

    start: int
    end: int
    text: str
    term: str
    members: list[Member] = []


class TakenBack(Struct, frozen=True):
    """The cue that takes an act back; ended_by: what would have silenced it, in sentences."""

    cue: str
    word: Word
    reach: str
    source: str
    level: str
    ended_by: list[str]


class Told(Struct, frozen=True):
    """An act or frame found in the text: what it says, by which words, and whether it stands."""

    entry: str
    category: str | None
    weight: float
    source: str
    words: list[Word]
    facts: list[str] = []
    taken_back: TakenBack | None = None


class SilentCue(Struct, frozen=True):
    """A cue whose word stands in the text, but that takes nothing back there, and why."""

    cue: str
    word: Word
    because: str


class Hidden(Struct, frozen=True):
    """A word that is not seen, since it lies in a false friend; where the friend is written."""

    word: Word
    friend: Word


class Fact(Struct, frozen=True):
    """Something that the grading table may ask for, and what told it."""

    fact: str
    told_by: list[str]


class Score(Struct, frozen=True):
    """The score of a category: weights of its acts and frames, and the lift by a second cue."""

    category: str
    score: float
    weights: dict[str, float]
    lift: float
    lifted_by: list[Word]


class Opinion(Struct, frozen=True):
    """What the second stage, which reads the text as a whole, takes it for.

    tier: what that is enough for. shares: probability by label, the likeliest first. spoken_by:
    the stretches of text that speak most for its category.
    """

    tier: str
    category: str
    critical: float
    shares: dict[str, float]
    spoken_by: list[Word] = []


class Explanation(Struct, frozen=True, kw_only=True):
    """All of it for one text. Texts of words are pieces of the original, nothing else of it is.

    critical_from, review_from: the scores that the tiers begin at. grade: where the line of the
    grading table stands that gave the level; empty where none did.
    """

    tier: str
    category: str
    level: str
    outcome: str
    confidence: float
    reasons: tuple[str, ...]
    words: list[Word]
    hidden: list[Hidden]
    told: list[Told]
    silent_cues: list[SilentCue]
    facts: list[Fact]
    scores: list[Score]
    opinion: Opinion | None = None
    critical_from: float
    review_from: float
    grade: str
