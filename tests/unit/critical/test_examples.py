"""Examples beside the entries: what each asks for, and what is said where one does not hold."""

from __future__ import annotations

import pytest

from rules.critical.examples import examples, failure
from rules.critical.explain import Explainer
from tests.unit.critical.small import BASE, layers


def _run(tmp_path, *texts):
    explainer = Explainer(layers(tmp_path, *texts))
    found = list(examples(explainer.layers))
    return found, [failed for each in found if (failed := failure(explainer, each))]


def _own(tmp_path, entry):
    return _run(tmp_path, f"schema: lexicon/1\n{entry}\n")


@pytest.mark.parametrize(
    "entry",
    [
        "acts: [{category: robbery, words: [剥猪猡], tests: {fires: [有人剥猪猡]}}]",
        "acts: [{category: robbery, words: [剥猪猡], tests: {silent: [演练剥猪猡]}}]",
        "acts: [{category: robbery, weight: 0.5, words: [扯包], tests: {review: [有人扯包]}}]",
        "acts: [{category: robbery, weight: 0.5, words: [扯包], tests: {fires: [扯包快来]}}]",
        "acts: [{category: robbery, weight: 0.5, words: [扯包], tests: {fires: [有人扯包]}}]",
        "acts: [{category: attend, words: [吵架], tests: {fires: [两人吵架], silent: [吵架]}}]",
        "acts: [{category: fraud, words: [刷单], tests: {fires: [我刷单了]}}]",
        "frames: {blade.attack: {tests: {fires: [拿刀捅人], silent: [拿刀切菜]}}}",
        "groups: {blade: {tests: {fires: [拿刀捅人], silent: [买了把刀]}}}",
        "friends: [{words: [抢座], note: n, tests: {silent: [抢座], fires: [抢座时抢劫]}}]",
        "cues: {drill: {tests: {silent: [演练抢劫], fires: [演练抢劫是真的]}}}",
        "acts: [{category: robbery, words: [剥猪猡], tests: {level: {剥猪猡: II, 拿刀剥猪猡: I}}}]",
        "acts: [{category: robbery, words: [剥猪猡], tests: {category: {剥猪猡: robbery}}}]",
    ],
)
def test_examples_that_hold(tmp_path, entry):
    found, failures = _own(tmp_path, entry)
    assert found
    assert failures == []


@pytest.mark.parametrize(
    ("entry", "expected", "why"),
    [
        (
            "acts: [{category: robbery, words: [剥猪猡], tests: {fires: [演练剥猪猡]}}]",
            "critical",
            "剥猪猡 taken back by drill (演练)",
        ),
        (
            "acts: [{category: robbery, words: [剥猪猡], tests: {fires: [有人抢劫]}}]",
            "critical, and the act robbery has its part in it",
            "no word of it counts here; robbery 1 by 抢劫; robbery 0.5 by 抢",
        ),
        (
            "acts: [{category: robbery, words: [剥猪猡], tests: {silent: [剥猪猡]}}]",
            "neither critical nor for review",
            "robbery 1 by 剥猪猡",
        ),
        (
            "acts: [{category: robbery, words: [剥猪猡], tests: {level: {剥猪猡: I}}}]",
            "grade I",
            "robbery 1 by 剥猪猡",
        ),
        (
            "acts: [{category: robbery, words: [剥猪猡], tests: {category: {剥猪猡: firearm}}}]",
            "firearm",
            "robbery 1 by 剥猪猡",
        ),
        (
            "acts: [{category: attend, words: [吵架], tests: {fires: [抢劫]}}]",
            "not critical, grade III",
            "robbery 1 by 抢劫; robbery 0.5 by 抢",
        ),
        (
            "cues: {drill: {tests: {silent: [路灯坏了]}}}",
            "neither critical nor for review, and the cue drill has its part in it",
            "no word of it counts here; no act and no frame was found",
        ),
        (
            "friends: [{words: [抢座], note: n, tests: {silent: [抢购]}}]",
            "neither critical nor for review, and the false friend has its part in it",
            "no word of it counts here; 抢 hidden in 抢购",
        ),
    ],
)
def test_an_example_that_does_not_hold_says_why(tmp_path, entry, expected, why):
    _, failures = _own(tmp_path, entry)
    assert [(f.expected, f.why) for f in failures] == [(expected, why)]
    assert failures[0].got.startswith(("critical, ", "review, ", "none, "))
    assert not failures[0].changed


def test_an_example_has_its_place_in_the_file(tmp_path):
    own = (
        "schema: lexicon/1\nacts:\n- category: robbery\n  words: [剥猪猡]\n"
        "  tests:\n    fires:\n    - 路灯坏了\n    level:\n      剥猪猡: I\n"
    )
    _, failures = _run(tmp_path, own)
    assert [(f.example.place.line, f.example.place.column) for f in failures] == [(7, 7), (9, 12)]


def test_an_example_of_a_lower_layer_that_a_higher_one_changes_is_marked(tmp_path):
    base = BASE.replace("[抢劫, 抢包]}", "[抢劫, 抢包], tests: {fires: [有人抢包]}}")
    explainer = Explainer(layers(tmp_path, "schema: lexicon/1\nremove: [抢包]\n", base=base))
    failures = [failure(explainer, example) for example in examples(explainer.layers)]
    assert [failed.changed for failed in failures if failed] == [True]


def test_examples_of_what_is_disabled_are_not_run(tmp_path):
    base = BASE.replace("spare_with: [real]", "spare_with: [real], tests: {silent: [演练抢劫]}")
    found, _ = _run(tmp_path, "schema: lexicon/1\ndisable: [drill]\n")
    assert found == []
    explainer = Explainer(layers(tmp_path, "schema: lexicon/1\ndisable: [drill]\n", base=base))
    assert list(examples(explainer.layers)) == []
