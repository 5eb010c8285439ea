"""Words that sound like an act: found where no list holds them, and not in ordinary calls."""

from __future__ import annotations

import random

import pytest

from rules.critical.lexicon import Lexicon
from rules.critical.matcher import CriticalMatcher
from rules.critical.rarity import everyday_calls
from rules.critical.syllables import ALPHABET, NOTHING, Sounds, ordinary_words

_ACTS = [
    *("绑架", "抢劫", "爆炸", "跳楼", "杀人", "持刀", "强奸", "劫持", "投毒", "放火", "割腕"),
    *("炸药", "手榴弹", "聚众斗殴"),
]


@pytest.fixture(scope="module")
def lexicon():
    return Lexicon.load()


@pytest.fixture(scope="module")
def matcher(lexicon):
    return CriticalMatcher(lexicon)


@pytest.fixture(scope="module")
def sounds():
    return Sounds()


def _heard(matcher, text):
    return {(text[s.start : s.end], s.term, s.category) for s in matcher.match(text).spans}


def _meant(lexicon, texts):
    """The acts that each text is heard to hold."""
    first = len(lexicon.terms) - len(lexicon.phonetic.acts)
    found = lexicon.phonetic.find(lexicon.folder.chunk(texts))
    return [
        {lexicon.phonetic.acts[number - first].folded for number, _, _ in found.get(i, ())}
        for i in range(len(texts))
    ]


@pytest.mark.parametrize(
    ("text", "heard", "meant", "category"),
    [
        ("他们在抢界", "抢界", "抢劫", "robbery"),
        ("厂里暴查", "暴查", "爆炸", "explosion"),
        ("我弟弟被班架", "班架", "绑架", "kidnapping"),
        ("有人挑娄", "挑娄", "跳楼", "suicide_jump"),
        ("那边有人抢duo", "抢duo", "抢夺", "robbery"),
        ("那边有人 qiang duo 电瓶车", "qiang duo", "抢夺", "robbery"),
        ("地里挖出手刘弹", "手刘弹", "手榴弹", "explosion"),
        ("地里挖出 shou liu dan", "shou liu dan", "手榴弹", "explosion"),
        ("有人站在橋上要眺橋", "眺橋", "跳桥", "suicide_jump"),
    ],
)
def test_an_act_is_known_by_its_sound_alone_for_review(matcher, text, heard, meant, category):
    finding = matcher.match(text)
    assert (finding.tier, finding.category) == ("review", category)
    assert (heard, meant, category) in _heard(matcher, text)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("我家小孩被班架了,快来", "kidnapping"),
        ("他们在抢界,救命", "robbery"),
        ("厂里暴查了,好多人流血", "explosion"),
    ],
)
def test_a_second_cue_makes_it_critical(matcher, text, category):
    finding = matcher.match(text)
    assert (finding.tier, finding.category) == ("critical", category)


@pytest.mark.parametrize(
    "text",
    [
        "没有班架这回事",
        "请问班架罪判几年",
        "大家报价太高",
        "搬家公司来了",
        "他讨到钱就走了",
        "胡同里有人吵架",
        "让人看了不舒服",
        "xqiang劫x",
        "my name is Qiang Duo",
        "他们说抢。界限不清",
    ],
)
def test_denials_questions_and_ordinary_words_stay_silent(matcher, text):
    assert matcher.match(text).tier == "none"


def test_ordinary_calls_are_not_misheard(lexicon):
    misheard = {
        text: meant
        for text, meant in zip(everyday_calls(), _meant(lexicon, everyday_calls()), strict=True)
        if meant
    }
    assert len(everyday_calls()) >= 250
    assert len(misheard) <= 0.01 * len(everyday_calls()), misheard


def test_homophones_that_nobody_listed_are_mostly_found(lexicon, sounds):
    chance = random.Random(11)
    by_syllable: dict[str, list[str]] = {}
    frequent = sorted({char for word in ordinary_words() for char in word})
    for char in frequent:
        by_syllable.setdefault(sounds.readings[char][0], []).append(char)
    texts, wanted = [], []
    for act in _ACTS:
        for _ in range(30):
            at = chance.randrange(len(act))
            others = [c for c in by_syllable[sounds.readings[act[at]][0]] if c != act[at]]
            wrong = act[:at] + chance.choice(others) + act[at + 1 :]
            texts.append(f"那边,{wrong},就在桥头")
            wanted.append(act)
    known = {term.text for term in lexicon.terms if term.act}
    lost = [
        text
        for text, act, meant in zip(texts, wanted, _meant(lexicon, texts), strict=True)
        if act not in meant and not any(word in text for word in known)
    ]
    assert len(lost) <= 0.12 * len(texts), lost


def test_words_that_an_analyst_adds_are_known_by_sound_too(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "schema: lexicon/1\nacts:\n- {category: robbery, words: [剥猪猡]}\n", encoding="utf-8"
    )
    assert CriticalMatcher(Lexicon.load([tmp_path])).match("码头有人拨珠萝").category == "robbery"


def test_a_false_friend_is_no_act_however_it_sounds(tmp_path, matcher):
    (tmp_path / "own.yaml").write_text(
        "schema: lexicon/1\nfriends:\n- words: [抢界]\n", encoding="utf-8"
    )
    assert matcher.match("抢界酒吧太吵").tier == "review"
    assert CriticalMatcher(Lexicon.load([tmp_path])).match("抢界酒吧太吵").tier == "none"


def test_classes_hold_what_dialects_confuse(sounds):
    for one, other in zip("张朝山男京成绑胡灰昏", "脏曹三兰金陈板福飞分", strict=True):
        assert sounds.key(one) == sounds.key(other)
    assert sounds.key("强") != sounds.key("钱")
    assert sounds.key("?") is None
    assert sounds.spellings("?") == set()


def test_the_usual_reading_comes_first(sounds):
    assert [sounds.readings[char] for char in "调长行"] == [
        ["diao", "tiao"],
        ["zhang", "chang"],
        ["xing", "hang"],
    ]


def test_a_text_is_spelled_in_one_sound_a_character(sounds):
    spelled = sounds.table[[ord(char) for char in "抢a1\x1e咯"]]
    assert [code >= ALPHABET for code in spelled] == [True, False, False, False, True]
    assert spelled[1] == ord("a")
    assert spelled[2] == spelled[3] == NOTHING
