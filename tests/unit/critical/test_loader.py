"""Lexicon files: layers, and faults that are all named with their place."""

from __future__ import annotations

import pytest

from rules.critical.loader import SHIPPED, read_layers
from rules.critical.matcher import CriticalMatcher
from streams.errors import RuleError


def _layer(path, text, name="own.yaml"):
    path.mkdir(exist_ok=True)
    (path / name).write_text(text, encoding="utf-8")
    return path


def _faults(path, text):
    with pytest.raises(RuleError) as error:
        read_layers([SHIPPED, _layer(path, text)])
    return [line.removeprefix(path.as_posix() + "/") for line in str(error.value).splitlines()]


def test_a_layer_adds_words_to_a_group(tmp_path):
    layer = _layer(
        tmp_path / "lexicon",
        "schema: lexicon/1\ngroups:\n  blade: {words: [铁鱼叉]}\n",
    )
    text = "有个男的提着铁鱼叉 追邻居"
    assert CriticalMatcher.load([layer]).match(text).category == "stabbing"


def test_a_layer_adds_acts_and_takes_words_away(tmp_path):
    layer = _layer(
        tmp_path / "lexicon",
        "schema: lexicon/1\nacts:\n- {category: robbery, words: [剥猪猡]}\nremove: [跳楼]\n",
    )
    matcher = CriticalMatcher.load([layer])
    assert matcher.match("码头有人剥猪猡").category == "robbery"
    assert matcher.match("有人跳楼").tier != "critical"


def test_a_layer_replaces_a_frame_and_puts_its_grades_first(tmp_path):
    layer = _layer(
        tmp_path / "lexicon",
        "schema: lexicon/1\n"
        "frames:\n  mass.crush: {category: mass_disturbance, all: [crush], weight: 0.1}\n"
        "grades:\n- {level: I, because: local, categories: [robbery]}\n",
    )
    finding = CriticalMatcher.load([layer]).match("我被抢劫了")
    assert finding.level == "I"
    assert "grade:local" in finding.reasons


def test_all_faults_are_named_with_their_place(tmp_path):
    faults = _faults(
        tmp_path / "lexicon",
        "schema: lexicon/1\n"
        "acts:\n"
        "- {category: jaywalking, words: [闯红灯]}\n"
        "- {category: robbery, words: ['(抢|劫']}\n"
        "frames:\n"
        "  a.b: {category: robbery, all: [blade, nosuch]}\n"
        "  c.d: {category: robbery, all: [blade], gap: wide}\n"
        "  e.f: {category: robbery, all: [people_3, blade]}\n"
        "cues:\n"
        "  odd: {scope: paragraph, words: [x]}\n"
        "grades:\n"
        "- {level: I, because: x, facts: [unheard_of]}\n"
        "wrods: []\n",
    )
    places = [fault.split(": error: ")[0] for fault in faults]
    assert places == sorted(places, key=lambda p: [int(n) for n in p.split(":")[1:]])
    text = "\n".join(faults)
    for part in (
        "own.yaml:3:14: error: invalid enum value 'jaywalking'",
        'own.yaml:4:31: error: "(抢|劫": "(" is never closed',
        'own.yaml:6:41: error: "nosuch" is no group',
        "own.yaml:7:47: error: expected `int`, got `str`",
        "own.yaml:8:34: error: a number of people cannot be the anchor",
        "own.yaml:10:16: error: invalid enum value 'paragraph'",
        'own.yaml:12:34: error: no group, act or frame gives the fact "unheard_of"',
        "own.yaml:13:8: error: unknown section `wrods`",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acts: []\n", "`schema` must be lexicon/1"),
        ("[1, 2]\n", "a lexicon file is a mapping"),
        ("schema: lexicon/1\nacts: {}\n", "`acts` must be a list"),
        ("schema: lexicon/1\nacts: [\n", "not valid YAML"),
        ("schema: lexicon/1\nacts:\n- {category: robbery}\n", "missing required field `words`"),
    ],
)
def test_a_file_of_the_wrong_form(tmp_path, text, said):
    assert said in "\n".join(_faults(tmp_path / "lexicon", text))


@pytest.mark.parametrize("word", ["维权", "穆斯林聚集", "少数民族", "protest march", "Muslim man"])
def test_words_about_politics_origin_and_belief_are_refused(tmp_path, word):
    faults = _faults(
        tmp_path / "lexicon",
        f"schema: lexicon/1\nacts:\n- {{category: mass_disturbance, words: [{word}]}}\n",
    )
    assert len(faults) == 1
    assert "is refused" in faults[0]


def test_a_directory_without_files_is_a_fault(tmp_path):
    with pytest.raises(RuleError, match="holds no lexicon"):
        read_layers([SHIPPED, tmp_path])


def test_a_word_without_letters_is_a_fault(tmp_path):
    layer = _layer(tmp_path / "lexicon", "schema: lexicon/1\nfriends:\n- {words: ['...']}\n")
    with pytest.raises(RuleError, match="holds no letter"):
        CriticalMatcher.load([layer])
