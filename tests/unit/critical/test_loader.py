"""Lexicon files: layers, and faults that are all named with their place."""

from __future__ import annotations

import pytest

from rules.critical.lexicon import Lexicon
from rules.critical.loader import SHIPPED, fingerprint, read_layers
from rules.critical.matcher import CriticalMatcher
from streams.errors import RuleError


def _layer(path, text, name="own.yaml"):
    path.mkdir(exist_ok=True)
    (path / name).write_text(text, encoding="utf-8")
    return path


def _by_words(*layers):
    """A matcher without the second stage: what the words alone say."""
    return CriticalMatcher(Lexicon.load(layers))


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
    matcher = _by_words(layer)
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


def test_a_word_without_letters_is_named_with_its_place(tmp_path):
    faults = _faults(
        tmp_path / "lexicon", "schema: lexicon/1\nfriends:\n- words: [杀价, '(...|抢购)']\n"
    )
    assert faults == ['own.yaml:3:15: error: the lexicon word "..." holds no letter; remove it']


def test_a_layer_weighs_a_word_anew(tmp_path):
    layer = _layer(
        tmp_path / "lexicon",
        "schema: lexicon/1\nremove: [开片]\nacts:\n- {category: mass_disturbance, words: [开片]}\n",
    )
    assert _by_words().match("他们要开片").tier == "review"
    assert _by_words(layer).match("他们要开片").tier == "critical"


def test_a_layer_disables_frames_and_cues_of_the_layers_below(tmp_path):
    text, drill = "有个男的提着刀 追邻居", "演练,有人抢劫"
    shipped = _by_words()
    assert (shipped.match(text).tier, shipped.match(drill).tier) == ("critical", "none")
    layer = _layer(tmp_path / "lexicon", "schema: lexicon/1\ndisable: [drill, fact.crowd]\n")
    matcher = _by_words(layer)
    assert (matcher.match(text).tier, matcher.match(drill).tier) == ("critical", "critical")


def test_what_is_disabled_can_be_made_anew_in_the_same_layer(tmp_path):
    layer = _layer(
        tmp_path / "lexicon",
        "schema: lexicon/1\ncues:\n  drill: {scope: clause, words: [操练]}\ndisable: [drill]\n",
    )
    cue = read_layers([SHIPPED, layer]).cues["drill"]
    assert (cue.scope, cue.words, cue.spare_with) == ("clause", ["操练"], [])


def test_a_layer_changes_single_fields_of_frames_cues_and_groups(tmp_path):
    below = read_layers([SHIPPED])
    layer = _layer(
        tmp_path / "lexicon",
        "schema: lexicon/1\n"
        "frames:\n  blade.attack: {weight: 0.5}\n"
        "cues:\n  negation: {reach: 3}\n"
        "groups:\n  blade: {kind: context, words: [铁鱼叉]}\n",
    )
    layers = read_layers([SHIPPED, layer])
    frame, cue, group = layers.frames["blade.attack"], layers.cues["negation"], layers.groups
    assert (frame.weight, frame.all) == (0.5, below.frames["blade.attack"].all)
    assert (cue.reach, cue.words) == (3, below.cues["negation"].words)
    assert cue.spare_after == below.cues["negation"].spare_after
    assert group["blade"].words == [*below.groups["blade"].words, "铁鱼叉"]
    assert (group["blade"].kind, group["blade"].fact) == ("context", below.groups["blade"].fact)


def test_disabling_what_is_not_there_is_a_fault_with_a_hint(tmp_path):
    faults = _faults(tmp_path / "lexicon", "schema: lexicon/1\ndisable: [negatoin]\n")
    assert faults == [
        (
            'own.yaml:2:11: error: no frame or cue of a layer below is called "negatoin"; '
            "did you mean negation?"
        )
    ]


def test_the_fingerprint_tells_contents_not_times(tmp_path):
    layer = _layer(tmp_path / "lexicon", "schema: lexicon/1\n")
    before = fingerprint([SHIPPED, layer])
    _layer(layer, "schema: lexicon/1\n")
    assert fingerprint([SHIPPED, layer]) == before
    _layer(layer, "schema: lexicon/1\nremove: [跳楼]\n")
    changed = fingerprint([SHIPPED, layer])
    _layer(layer, "schema: lexicon/1\n")
    _layer(layer, "schema: lexicon/1\n", "second.yaml")
    assert len({before, changed, fingerprint([SHIPPED, layer])}) == 3


def test_a_cue_without_words_asks_the_second_stage(tmp_path):
    faults = _faults(tmp_path / "a", "schema: lexicon/1\ncues:\n  whatever: {scope: text}\n")
    assert faults == [
        "own.yaml:3:13: error: a cue without words needs `below`: it would hold in every text"
    ]
    layer = _layer(
        tmp_path / "b", "schema: lexicon/1\ncues:\n  whatever: {scope: text, below: 0.999}\n"
    )
    _, _, seen = CriticalMatcher.load([layer]).look("有枪声，在码头那边的仓库里头")
    assert "whatever" in [name for name, _, _ in seen.scopes.live]
    _, _, seen = _by_words(layer).look("有枪声，在码头那边的仓库里头")
    assert seen.scopes.live == []
