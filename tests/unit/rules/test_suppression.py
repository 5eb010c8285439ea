"""What suppressions do together, to whom, and until when."""

from __future__ import annotations

from rules.language.calendar import Calendar
from rules.language.schema.common import Suppression, SuppressWhen
from rules.language.when import Subject
from rules.suppression import NOTHING, Standing, Suppressions, word_rule

NOON = 1_772_424_000_000  # 2026-03-02T12:00 in Shanghai
HOUR = 3_600_000
HERE = Subject(path=["city", "bund"], tags=["bars"], rule="heat")


def of(*suppressions: Suppression) -> Suppressions:
    return Suppressions.of(suppressions, Calendar())


def one(id_: str, do: str, when: SuppressWhen | None = None, **fields: str) -> Suppression:
    names = {"from_" if name == "since" else name: value for name, value in fields.items()}
    when = when or SuppressWhen(area="city")
    return Suppression(id=id_, when=when, do=do, by="x", because="y", **names)  # type: ignore[arg-type]


def test_without_any_nothing_stands() -> None:
    assert of().standing(HERE, NOON) is NOTHING
    assert of().next_change(NOON) is None


def test_all_that_stand_work_together_and_the_lowest_cap_wins() -> None:
    found = of(
        one("a", "cap", cap="II"), one("b", "cap", cap="III"), one("c", "exercise")
    ).standing(HERE, NOON)
    assert found == Standing(by=("a", "b", "c"), cap="III", exercise=True)
    assert [found.level(level) for level in ("I", "II", "III", "IV")] == ["III", "III", "III", "IV"]


def test_a_lifeline_is_not_held_by_what_holds_everything() -> None:
    all_ = of(one("a", "hold"), one("b", "cap", cap="III"))
    assert all_.standing(HERE, NOON).by == ("a", "b")
    assert all_.standing(HERE, NOON, lifeline=True) == Standing(by=("b",), cap="III")


def test_words_are_asked_by_name() -> None:
    drill = of(one("drill", "exercise", SuppressWhen(area="city", text=["演练"])))
    assert drill.standing(HERE, NOON) is NOTHING
    assert drill.standing(HERE, NOON, words=[word_rule("drill")]).exercise
    elsewhere = Subject(path=["other"])
    assert drill.standing(elsewhere, NOON, words=[word_rule("drill")]) is NOTHING


def test_a_span_of_time_and_a_band_both_have_to_hold() -> None:
    night = one("n", "hold", SuppressWhen(time="22:00-06:00"), since="2026-03-02", to="2026-03-03")
    held = of(night)
    assert not held.standing(HERE, NOON).hold
    assert held.next_change(NOON) == NOON + 10 * HOUR
    assert held.standing(HERE, NOON + 10 * HOUR).hold
    assert held.next_change(NOON + 10 * HOUR) == NOON + 18 * HOUR
    assert held.standing(HERE, NOON + 35 * HOUR).hold
    assert not held.standing(HERE, NOON + 36 * HOUR).hold, "the last day is over at midnight"
    assert held.next_change(NOON + 36 * HOUR) is None


def test_those_about_a_subject_leave_out_what_never_concerns_it() -> None:
    both = of(one("a", "hold"), one("b", "hold", SuppressWhen(rule="other")))
    assert len(both) == 2
    assert len(both.about(HERE)) == 1
