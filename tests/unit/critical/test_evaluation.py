"""Labels, tallies, intervals and goals of a score: known answers, and what a bad line is told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.critical.evaluation.intervals import f_score, proportion
from rules.critical.evaluation.labels import read_labels
from rules.critical.evaluation.score import compare, goals, score
from rules.critical.evaluation.tally import Tally, wrongs
from streams.observations import Finding

COUNTS = st.integers(min_value=0, max_value=5_000)


def line(**fields):
    whole = {
        "id": "a",
        "text": "有人抢劫",
        "critical": True,
        "category": "robbery",
        "level_expected": "II",
        "note": "zh; plain; triggers=抢; explicit",
    }
    return json.dumps(whole | fields, ensure_ascii=False).encode()


def label(**fields):
    (read,) = read_labels([line(**fields)])
    assert read.label is not None, read.fault
    return read.label


def harmless(level="IV", **fields):
    return label(critical=False, category="none", level_expected=level, **fields)


def alert(category="robbery", level="II"):
    return Finding("critical", category, level)


REVIEW = Finding("review", "robbery", "III")
SILENT = Finding("none", "none", "IV")


def tally(*pairs):
    counted = Tally()
    for pair in pairs:
        counted.add(*pair)
    return counted


# Newcombe 1998, Statistics in Medicine 17, table I, method 3 (Wilson's score without correction).
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilsons(hits, of, low, high):
    share = proportion(hits, of)
    assert (share.low, share.high) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_nothing_is_known():
    assert proportion(0, 0).value is None
    assert (proportion(0, 0).low, proportion(0, 0).high) == (0.0, 1.0)


@given(COUNTS, COUNTS, COUNTS)
def test_f1_lies_in_its_interval_and_between_precision_and_recall(found, false, missed):
    share = f_score(found, false, missed)
    if share.value is None:
        return
    assert 0 <= share.low <= share.value <= share.high <= 1
    precision, recall = proportion(found, found + false), proportion(found, found + missed)
    ends = [p.value for p in (precision, recall) if p.value is not None]
    assert min(ends) - 1e-12 <= share.value <= max(ends) + 1e-12


def test_f1_is_the_harmonic_mean():
    share = f_score(8, 2, 4)
    assert share.value == pytest.approx(2 * 0.8 * (8 / 12) / (0.8 + 8 / 12))


def test_a_label_knows_language_kinds_wording_and_other_categories():
    read = label(note="en; sms/trad; no trigger word; implied; alt=homicide,firearm")
    assert (read.lang, read.kinds, read.wording) == ("en", ("sms", "trad"), "implied")
    assert read.alts == ("homicide", "firearm")


def test_a_kind_that_is_called_implied_does_not_make_the_wording_implied():
    read = label(note="zh; implied; no trigger word; explicit")
    assert (read.kinds, read.wording) == (("implied",), "explicit")


def test_a_label_without_note_says_nothing_of_kind_and_wording():
    read = label(note="")
    assert (read.lang, read.kinds, read.wording) == ("unsaid", ("unsaid",), "unsaid")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": 7}, "Expected `str`, got `int` - at `$.text`"),
        ({"critical": "yes"}, "Expected `bool`"),
        ({"level_expected": "V"}, "Invalid enum value 'V'"),
        ({"category": "murder"}, "`murder` is no category; take one of suicide_jump"),
        ({"note": "zh; plain; alt=murder"}, "`murder` is no category"),
        ({"category": "none"}, "a critical line has the category none"),
        ({"critical": False, "level_expected": "IV"}, "a line that is not critical has a category"),
        ({"level_expected": "III"}, "a line that is critical has level III"),
        (
            {"critical": False, "category": "none"},
            "a line that is not critical has level II; critical lines are I or II",
        ),
        ({"outcome": "fraud"}, "a critical line has an outcome"),
        ({"outcome": "weather"}, "Invalid enum value 'weather'"),
    ],
)
def test_a_label_that_contradicts_itself_is_told_what_to_do(fields, said):
    (read,) = read_labels([line(**fields)])
    assert read.label is None
    assert said in read.fault


def test_lines_keep_their_numbers_and_broken_ones_their_fault():
    raws = [b"\xef\xbb\xbf" + line(id="a"), b"\n", b"{broken", b'{"id": "x"}', b"\xff\xfe", line()]
    read = list(read_labels(raws))
    assert [one.number for one in read] == [1, 3, 4, 5, 6]
    assert read[0].label
    assert "not a JSON object" in read[1].fault
    assert "missing required field `text`" in read[2].fault
    assert "not a JSON object" in read[3].fault
    assert "stands in line 1 already" in read[4].fault


def test_figures_of_a_small_set():
    counted = tally(
        (label(), alert()),
        (label(note="zh; asr; implied"), SILENT),
        (label(level_expected="I"), alert("stabbing", "II")),
        (label(level_expected="I", note="zh; sms; explicit"), REVIEW),
        (harmless(note="zh; film"), alert()),
        (harmless(note="zh; film"), REVIEW),
        (harmless(level="III", note="en; fight"), Finding("none", "none", "III")),
    )
    scored = score(counted, ["kind", "lang", "category"])
    figures = scored.figures
    assert (figures.lines, figures.critical, figures.found, figures.missed) == (7, 4, 2, 2)
    assert figures.precision.value == pytest.approx(2 / 3)
    assert figures.recall.value == 0.5
    assert figures.recall_with_review.value == 0.75
    assert figures.category.value == 0.5
    assert (figures.level.hits, figures.level.of) == (2, 7)
    assert (figures.level_one_low.hits, figures.level_one_low.of) == (1, 2)
    assert (figures.review_only.hits, figures.harmless_in_review.hits) == (1, 1)
    assert (scored.explicit_recall.hits, scored.explicit_recall.of) == (2, 3)
    assert (scored.implied_recall.hits, scored.implied_recall.of) == (0, 1)
    assert scored.confusion["robbery"] == {"none": 1, "review": 1, "robbery": 1, "stabbing": 1}
    assert scored.confusion["none"] == {"none": 1, "review": 1, "robbery": 1}
    assert scored.levels["I"] == {"II": 1, "III": 1}
    assert {row.name for row in scored.tables["kind"]} == {"plain", "asr", "sms", "film", "fight"}
    assert [row.name for row in scored.tables["lang"]] == ["zh", "en"]


def test_another_category_that_the_label_accepts_is_right():
    either = label(note="zh; plain; explicit; alt=stabbing")
    scored = score(tally((either, alert("stabbing"))))
    assert scored.figures.category.value == 1
    assert scored.confusion == {"robbery": {"robbery": 1}}
    assert wrongs(either, alert("stabbing")) == ()


def test_a_line_of_two_kinds_counts_in_both():
    scored = score(tally((label(note="zh; sms/trad; explicit"), alert())), ["kind"])
    assert [row.figures.lines for row in scored.tables["kind"]] == [1, 1]
    assert scored.figures.lines == 1


def test_what_is_wrong_has_a_name():
    assert wrongs(label(), SILENT) == ("missed", "level")
    assert wrongs(label(), REVIEW) == ("missed", "level")
    assert wrongs(label(), alert("arson")) == ("category",)
    assert wrongs(harmless(), alert()) == ("false", "level")
    assert wrongs(harmless(outcome="fraud"), SILENT) == ("outcome",)


def test_outcomes_are_counted_with_their_confidence():
    def said(outcome, confidence):
        return Finding("none", "none", "IV", (), (), outcome, confidence)

    scored = score(
        tally(
            (harmless(outcome="fraud"), said("fraud", 0.9)),
            (harmless(outcome="fraud"), said("consultation", 0.6)),
            (harmless(outcome="none"), SILENT),
            (harmless(outcome="drill"), SILENT),
            (harmless(), said("fraud", 0.9)),
        )
    )
    outcomes = scored.outcomes
    assert outcomes is not None
    assert (outcomes.accuracy.hits, outcomes.accuracy.of) == (2, 4)
    assert outcomes.recall["fraud"].value == 0.5
    steps = {step.least: (step.right.hits, step.right.of) for step in outcomes.said}
    assert (steps[0.0], steps[0.7]) == ((1, 2), (1, 1))
    assert outcomes.confusion["drill"] == {"none": 1}


def test_without_labels_of_outcomes_nothing_is_said_of_them():
    assert score(tally((harmless(), SILENT))).outcomes is None


def test_a_goal_that_cannot_be_measured_is_not_met():
    reached = {goal.name: goal for goal in goals(score(tally((label(note="zh; plain"), alert()))))}
    assert reached["recall"].met
    assert reached["explicit recall"].value is None
    assert not reached["explicit recall"].met
    assert reached["level I graded III or IV"].value is None


def test_two_sets_that_lie_apart_fail_the_goal_of_f1():
    good, bad = score(tally((label(), alert()))), score(tally((label(), SILENT)))
    assert compare(good, good).met
    assert compare(good, bad).value == 1
    assert not compare(good, bad).met


def test_tables_begin_with_the_worst_not_with_one_unlucky_line():
    unlucky = [(label(note="zh; one; explicit"), SILENT)]
    bad = [(label(note="zh; many; explicit"), SILENT)] * 20
    good = [(label(note="zh; good; explicit"), alert())] * 20
    table = score(tally(*unlucky, *bad, *good), ["kind"]).tables["kind"]
    assert [row.name for row in table] == ["many", "one", "good"]
