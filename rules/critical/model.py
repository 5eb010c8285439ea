"""The lexicon's file format: word groups, acts, frames, false friends, cues and grades.

What an analyst edits, described in docs/reference/lexicon.md. Words may hold alternatives in
round brackets, `(拿|持)刀`, `stab(|s|bed)`; they are folded like the texts, so width, case and
script of a word do not matter.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from streams.observations import Outcome
from streams.records import Level

__all__ = [
    "ATTEND",
    "CATEGORIES",
    "DOUBTED",
    "MODEL",
    "OUTCOMES",
    "OWN",
    "UNLESS",
    "Act",
    "Category",
    "Cue",
    "Examples",
    "Frame",
    "Friend",
    "Grade",
    "Group",
    "Kind",
    "Learning",
    "LexiconFile",
    "PeopleCount",
]

CATEGORIES: tuple[Category, ...] = (
    "suicide_jump",
    "hostage",
    "kidnapping",
    "rape",
    "robbery",
    "explosion",
    "arson",
    "poisoning",
    "homicide",
    "firearm",
    "mass_disturbance",
    "stabbing",
)
"""The twelve critical categories, first wins (reference: priority of keyword lexicon, step 6)."""

MODEL = "model"
"""Kind of the spans that the text model shows: places in the text that speak for a category."""

OWN, DOUBTED, UNLESS = "own", "doubted", "unless"
"""Kinds of the spans that words of rules leave: a rule's own words; own words that a cue takes
back, which count beside one of `unless` alone; those of `unless`. Their category is the rule."""

ATTEND = "attend"
"""Not critical, but a unit should go now: grade III (a fight, a crash, a missing child)."""

OUTCOMES: tuple[Outcome, ...] = ("fraud", "missing_person", "drill", "consultation", "non_police")
"""Where a report that is not critical belongs; of equal confidence the first wins (C16, C17)."""

Category = Literal[
    "suicide_jump",
    "hostage",
    "kidnapping",
    "rape",
    "robbery",
    "explosion",
    "arson",
    "poisoning",
    "homicide",
    "firearm",
    "mass_disturbance",
    "stabbing",
    "attend",
    "fraud",
    "missing_person",
    "drill",
    "consultation",
    "non_police",
]
Kind = Literal["act", "weapon", "harm", "threat", "context"]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.]*$", max_length=64)]
Word = Annotated[str, Meta(min_length=1, max_length=4000)]
Weight = Annotated[float, Meta(gt=0, le=2)]
Gap = Annotated[int, Meta(ge=0, le=200)]
Positive = Annotated[int, Meta(ge=1)]


class Examples(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Texts beside an entry, and what must become of them; `watchfloor rules test` runs them.

    fires: what the entry promises comes true, and by it. review: the text is for review. silent:
    it is neither critical nor for review. level, category: the grade and the category of a text.
    """

    fires: list[str] = []
    review: list[str] = []
    silent: list[str] = []
    level: dict[str, Level] = {}
    category: dict[str, Category] = {}


class Group(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named list of words that frames and cues speak of; `fact` is what it tells the grading.

    phrases: groups of which a word each, one after the other in a clause and at most `reach`
    characters apart, is a word of this group: [leg, hangs, outside].
    """

    words: list[Word] = []
    phrases: list[Annotated[list[Name], Meta(min_length=2, max_length=4)]] = []
    reach: Gap = 3
    kind: Kind = "context"
    fact: Name | None = None
    tests: Examples | None = None
    note: str = ""


class Act(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Words that say it by themselves. Weight 1 is critical, 0.5 is for review, and they add up."""

    category: Category
    words: list[Word]
    kind: Kind = "act"
    weight: Weight = 1.0
    facts: list[Name] = []
    tests: Examples | None = None
    note: str = ""


class Frame(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Groups that together say it: a weapon and an act no more than `gap` characters apart.

    all: the groups; the first is the anchor, so name the rarest first. order `given` wants them one
    after the other, `any` wants each within `gap` of the anchor. without: groups that must not
    stand in the anchor's clause. A frame without a category only gives `facts`.
    """

    all: Annotated[list[Name], Meta(min_length=1, max_length=4)]
    category: Category | None = None
    kind: Kind = "act"
    gap: Gap = 12
    order: Literal["any", "given"] = "any"
    within: Literal["clause", "sentence", "text"] = "sentence"
    without: list[Name] = []
    weight: Weight = 1.0
    facts: list[Name] = []
    tests: Examples | None = None
    note: str = ""


class Friend(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """False friends: every word that lies wholly inside one of them is not seen."""

    words: list[Word]
    tests: Examples | None = None
    note: str = ""


class Cue(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Words that take back what stands in their scope: a denial, a drill, a question.

    scope: `ahead` and `behind` reach so many characters within the clause. spare_with: groups that,
    anywhere in the text, silence the cue (happening now). spare_after: groups that, between cue and
    act, end its scope (but, now). unless: groups that silence it from within its clause.
    own: groups that give its clause a topic of its own: then it says nothing about other sentences,
    nor about what stands before it. needs: groups without any of which in the text it says nothing.
    categories: what it takes back, empty for all. below: it holds only where the second stage takes
    the text for critical with less than this probability; such a cue needs no words. level: the
    grade that remains. outcome: what such a report is, where its words stand and are not taken back
    themselves.
    """

    scope: Literal["ahead", "behind", "clause", "sentence", "text"]
    words: list[Word] = []
    reach: Positive = 8
    level: Level = "IV"
    categories: list[Category] = []
    below: Annotated[float, Meta(gt=0, le=1)] = 1.0
    spare_with: list[Name] = []
    spare_after: list[Name] = []
    unless: list[Name] = []
    own: list[Name] = []
    needs: list[Name] = []
    outcome: Outcome = "none"
    tests: Examples | None = None
    note: str = ""


class Grade(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of the grading table; the first that fits wins, a report without one is II."""

    level: Level
    because: Name
    categories: list[Category] = []
    facts: list[Name] = []


class PeopleCount(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A group that a number of people fills: `least` and more of them."""

    least: Positive


class Learning(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether what `watchfloor rules learn` wrote into this folder counts; off if unsaid."""

    use: bool = False


class LexiconFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file of a lexicon directory."""

    schema: Literal["lexicon/1"]
    groups: dict[str, Group] = {}
    counts: dict[str, PeopleCount] = {}
    acts: list[Act] = []
    frames: dict[str, Frame] = {}
    friends: list[Friend] = []
    cues: dict[str, Cue] = {}
    grades: list[Grade] = []
    remove: list[Word] = []
    refused: list[Word] = []
    disable: list[Name] = []
    learning: Learning = Learning()
