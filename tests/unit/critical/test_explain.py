"""Explanations: every word with its source, what took an act back, and what would not have."""

from __future__ import annotations

import pytest

from rules.critical.explain import Explainer
from rules.critical.loader import SHIPPED, read_layers
from rules.critical.matcher import CriticalMatcher
from tests.unit.critical.small import layers


@pytest.fixture
def explain(tmp_path):
    return Explainer(layers(tmp_path)).explain


@pytest.fixture(scope="module")
def shipped():
    return Explainer.load()


@pytest.fixture(scope="module")
def matcher():
    return CriticalMatcher.load()


def _words(found):
    return {(word.text, word.start, word.end) for word in found}


def test_words_are_shown_as_they_stand_in_the_text_with_their_sources(explain):
    told = explain("有人 抢 劫 ,拿 匕首")
    word = next(word for word in told.words if word.term == "抢劫")
    assert (word.text, word.start, word.end) == ("抢 劫", 3, 6)
    assert [(m.entry, m.source.rpartition("/")[2]) for m in word.members] == [
        ("act robbery", "layer0 words.yaml:3")
    ]
    blade = next(word for word in told.words if word.term == "匕首")
    assert blade.members[0].entry == "group blade"


def test_an_act_that_is_taken_back_names_the_cue_and_what_would_silence_it(explain):
    told = explain("今天演练,有人抢劫")
    back = next(t.taken_back for t in told.told if t.weight == 1)
    assert told.tier == "none"
    assert (back.cue, back.word.text, back.reach) == ("drill", "演练", "the whole text")
    assert back.source.endswith("words.yaml:19")
    assert back.ended_by == ["a word of `real` (是真的 ...) anywhere in the text"]


def test_a_denial_tells_its_reach_and_what_ends_it(explain):
    back = next(t.taken_back for t in explain("没有抢劫").told)
    assert back.reach == "up to 8 characters after it in its clause"
    assert back.ended_by == ["a word of `contrast` (但 ...) between it and the act"]


@pytest.mark.parametrize(
    ("text", "cue", "because"),
    [
        ("演练里有人抢劫是真的", "drill", "`real` stands in the text"),
        ("前夫抢劫", "custody", "it needs `child` in the text"),
        ("前夫拿刀来找孩子 抢劫", "custody", "`blade` stands in its clause"),
    ],
)
def test_a_cue_that_takes_nothing_back_says_why(explain, text, cue, because):
    silent = [(s.cue, s.because) for s in explain(text).silent_cues]
    assert (cue, because) in silent


def test_false_friends_are_told_with_what_they_hide(explain):
    hidden = explain("大家在抢购").hidden
    assert [(h.word.text, h.friend.text) for h in hidden] == [("抢", "抢购")]
    assert hidden[0].friend.members[0].about == "buying in a hurry"


def test_score_facts_and_grade_line(explain):
    told = explain("他拿刀捅人,快来")
    assert (told.tier, told.category, told.level) == ("critical", "stabbing", "I")
    score = told.scores[0]
    assert (score.score, score.lift, _words(score.lifted_by)) == (1.5, 0.5, {("快来", 6, 8)})
    assert list(score.weights.values()) == [1.0]
    assert [(f.fact, f.told_by) for f in told.facts] == [("weapon", ["刀 (group blade)"])]
    assert told.grade.endswith("words.yaml:23")
    assert (told.critical_from, told.review_from) == (1.0, 0.5)


def test_the_layer_that_a_word_comes_from_is_shown(tmp_path):
    own = "schema: lexicon/1\nacts:\n- {category: robbery, words: [剥猪猡]}\n"
    directory = layers(tmp_path, own).directories[1]
    explainer = Explainer(read_layers([SHIPPED, directory]))
    sources = {m.source for w in explainer.explain("有人剥猪猡").words for m in w.members}
    assert f"{directory.as_posix()} words.yaml:3" in sources
    assert any(source.startswith("shipped ") for source in sources)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "路灯坏了",
        "今天演练,有人持刀抢劫",
        "没有打架,是三个人拿刀捅人",
        "他一条腿已经荡在窗外了",
        "Two men with guns are robbing the bank, this is not a drill",
        "抢购一空",
    ],
)
def test_an_explanation_agrees_with_the_matcher(shipped, matcher, text):
    told = shipped.explain(text)
    finding = matcher.match(text)
    assert (told.tier, told.category, told.level) == (
        finding.tier,
        finding.category,
        finding.level,
    )
    assert told.reasons == finding.reasons
    for word in told.words:
        assert 0 <= word.start < word.end <= len(text)
        assert word.members, word
