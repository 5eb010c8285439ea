"""What marks teach: how many it takes, how far it goes, and what makes them teach nothing."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from rules.critical.learning.layer import LearnedLayer, digest, encoded, read_learned
from rules.critical.learning.learner import learn
from rules.critical.learning.marks import read_marks
from streams.errors import RuleError
from tests.unit.critical.marked import (
    KEYWORD,
    OTHER,
    START,
    WEIGHTS,
    WORD,
    delta,
    many,
    mark,
    taught,
)


def test_false_marks_lower_a_word_by_one_step_and_say_why():
    layer = taught(many(16, "false"))
    (change,) = layer.steps[0].changes
    assert (change.entry, change.before, change.after) == (WORD, 0.0, -0.05)
    counted, limited = change.because.split("; ")
    assert counted == "0 real and 16 false marks count, by 4 officers"
    assert limited == "-0.25 was asked for, a step is 0.05 at most"
    assert layer.steps[0].lexicon == digest(WEIGHTS)


def test_real_marks_raise_it_and_many_steps_end_at_the_bound():
    batches = [many(16, "real", first=16 * number) for number in range(8)]
    assert delta(taught(batches[0])) == 0.05
    assert delta(taught(*batches)) == 0.25


@pytest.mark.parametrize(
    "marks",
    [
        many(7, "real"),
        many(7, "false"),
        many(40, "real", officers=1),
        many(40, "false", officers=1),
        many(40, "unclear"),
        many(40, "false", codes=[KEYWORD]),
        many(40, "false", codes=[]),
        many(10, "real") + many(10, "false", first=10),
    ],
    ids=[
        "few real",
        "few false",
        "one officer",
        "one officer, false",
        "unclear",
        "a keyword",
        "no entry",
        "half and half",
    ],
)
def test_what_teaches_no_entry_anything(marks):
    layer = taught(marks)
    assert layer.steps[0].weights == []
    assert [c for c in layer.steps[0].changes if c.entry != "review_from"] == []


def test_a_mark_on_a_report_with_two_entries_is_half_of_each():
    both = many(16, "real", codes=[WORD, OTHER])
    assert taught(both[:14]).steps[0].weights == []
    assert {w.entry for w in taught(both).steps[0].weights} == {WORD, OTHER}


def test_officers_who_contradict_each_other_hold_an_entry():
    layer = taught(
        many(16, "false") + [mark(f"r{n}", "real", "duty_z", hours=20) for n in range(4)]
    )
    assert layer.steps[0].weights == []
    assert layer.steps[0].frozen == [WORD]


def test_an_officer_may_change_their_mind_and_the_last_word_counts():
    changed = [mark(f"r{n}", "unclear", f"duty_{n % 4}", hours=n + 30) for n in range(16)]
    layer = taught(many(16, "false") + changed)
    assert layer.steps[0].weights == []


def test_a_mark_that_comes_again_counts_once():
    marks = many(6, "false")
    again = learn(taught(marks), marks, WEIGHTS)
    assert (again.step, again.new, again.repeated) == (None, 0, 6)
    assert delta(taught(marks * 3)) == 0.0


def test_a_step_about_something_else_is_no_step_for_a_word():
    layer = taught(many(16, "false"), [mark("x", "real", codes=[OTHER], hours=15)])
    assert delta(layer) == -0.05


def test_what_nobody_renews_fades_and_is_forgotten():
    later = [mark("late", "real", codes=[OTHER], hours=90 * 24 + 20)]
    layer = taught(many(16, "false"), later)
    assert delta(layer) == pytest.approx(-0.025, abs=1e-3)
    (change,) = layer.steps[1].changes
    assert change.because == "no new mark asks for it, so that it fades"
    much_later = [mark("later", "real", codes=[OTHER], hours=2000 * 24)]
    assert taught(many(16, "false"), later, much_later).steps[-1].weights == []


def test_a_word_that_the_analyst_weighs_anew_starts_anew():
    layer = taught(many(16, "false"))
    step = learn(layer, [mark("x", "real", codes=[OTHER], hours=20)], {**WEIGHTS, WORD: 0.6}).step
    assert step is not None
    assert step.changes[0].because == "the lexicon weighs it anew, or not any more"
    assert step.weights == []


def test_the_threshold_moves_by_the_whole_tier_and_within_its_bounds():
    up = taught(*(many(50, "false", codes=[], first=50 * n) for n in range(6)))
    assert [step.review_from for step in up.steps[:2]] == [0.55, pytest.approx(0.6, abs=1e-3)]
    assert up.steps[-1].review_from == 0.7
    down = taught(*(many(50, "real", codes=[], first=50 * n) for n in range(6)))
    assert down.steps[-1].review_from == 0.4
    critical = taught(many(50, "false", codes=[], tier="critical"))
    assert critical.steps[0].review_from == 0.5
    clear = taught(many(50, "false", codes=[], score=0.9))
    assert clear.steps[0].review_from == 0.5


def test_one_noisy_word_alone_never_moves_the_threshold():
    alone = taught(many(100, "false"))
    assert (delta(alone), alone.steps[0].review_from) == (-0.05, 0.5)
    two = taught(many(50, "false") + many(50, "false", first=50, codes=[OTHER]))
    assert two.steps[0].review_from == 0.55
    (change,) = [c for c in two.steps[0].changes if c.entry == "review_from"]
    assert change.because.startswith("0 real and 80 false marks count, by 4 officers")


def test_the_share_of_false_marks_is_told_and_its_change_noticed():
    layer = taught(many(80, "real") + many(60, "false", first=80))
    step = layer.steps[0]
    assert [(s.tier, s.false, s.marks) for s in step.shares] == [("review", 60, 140)]
    assert step.drift is not None
    assert START + timedelta(hours=80) < step.drift.noticed < START + timedelta(hours=110)
    assert step.drift.before < 0.1
    assert step.drift.now > 0.9
    assert taught(many(140, "real")).steps[0].drift is None


def test_codes_that_the_lexicon_does_not_have_are_told_and_not_kept():
    lesson = learn(
        LearnedLayer(), [mark("r", "real", codes=["word:arson:点火", "张三丰"])], WEIGHTS
    )
    assert lesson.unknown == ["word:arson:点火"]
    assert lesson.step is not None
    assert lesson.step.marks[0].mark.reasons == []


GOOD = msgspec.json.encode(mark("r1", "real"))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"{broken", "not a JSON object in UTF-8"),
        (GOOD.replace(b"r1", b"\xff"), "not a JSON object in UTF-8"),
        (GOOD.replace(b"duty_a", "张三".encode()), "`by` must be a role"),
        (GOOD.replace(b"duty_a", b"Wang Wei"), "a name has no place here"),
        (GOOD.replace(b'"real"', b'"maybe"'), "not a mark: Invalid enum value 'maybe'"),
        (GOOD.replace(b"2026", b"2036"), "which is still to come; correct `at`"),
        (GOOD.replace(b"00:00:00Z", b"00:00:00"), "not a mark"),
        (GOOD.replace(b"disposition/1", b"disposition/2"), "not a mark"),
    ],
)
def test_a_line_that_is_wrong_is_a_sentence_with_its_number(line, fault):
    read = list(read_marks([b"\n", GOOD + b"\n", line], START + timedelta(days=1)))
    assert [(r.number, r.mark is None) for r in read] == [(2, False), (3, True)]
    assert fault in read[1].fault


def test_times_are_kept_in_utc_so_that_the_same_mark_is_the_same():
    there = GOOD.replace(b"2026-03-01T00:00:00Z", b"2026-03-01T08:00:00+08:00")
    here, same = (line.mark for line in read_marks([GOOD, there], START + timedelta(days=1)))
    assert here == same
    assert msgspec.json.encode(here) == msgspec.json.encode(same)


@pytest.mark.parametrize(
    "wrong",
    [
        b"{",
        b'{"schema": "learned/2"}',
        encoded(taught(many(16, "false"))).replace(b'"delta":-0.05', b'"delta":-0.5'),
        encoded(taught(many(16, "false"))).replace(b'"review_from":0.5', b'"review_from":0.9'),
        encoded(taught(many(16, "false"))).replace(b'"number":1', b'"number":2'),
    ],
)
def test_a_layer_that_was_tampered_with_is_refused_with_the_remedy(tmp_path, wrong):
    file = tmp_path / "learned.json"
    file.write_bytes(wrong)
    with pytest.raises(RuleError, match=r"learned.json: .*remove it to begin anew"):
        read_learned(file)


def test_a_layer_is_read_as_it_was_written(tmp_path):
    layer = taught(many(16, "false"), many(16, "real", first=16))
    file = tmp_path / "learned.json"
    assert read_learned(file) == LearnedLayer()
    file.write_bytes(encoded(layer))
    assert read_learned(file) == layer
