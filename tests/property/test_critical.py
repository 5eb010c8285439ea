"""Laws of the matcher: the prefilter loses nothing, and noise in the writing changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from rules.critical.lexicon import Lexicon
from rules.critical.loader import SHIPPED, read_layers
from rules.critical.matcher import CriticalMatcher
from rules.critical.syllables import Sounds

_TEXTS = [
    case[0]
    for cases in yaml.safe_load(
        (Path(__file__).parents[1] / "unit/critical/cases.yaml").read_text(encoding="utf-8")
    ).values()
    for case in cases
]
_NOISE = st.text(
    st.sampled_from("的了在 ,。.*-人刀枪抢劫跳楼杀没不是gun stab\u200b🔪\x1e\n1三个"), max_size=12
)


@cache
def _matcher() -> CriticalMatcher:
    return CriticalMatcher.load()


@cache
def _words() -> list[str]:
    """Words of every group that frames speak of, some of each."""
    layers = read_layers([SHIPPED])
    return [word for group in layers.groups.values() for word in group.words[:8] + group.words[-8:]]


@st.composite
def _call(draw: st.DrawFn) -> str:
    text: str = draw(st.sampled_from(_TEXTS))
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(_NOISE) + text[at:]


@st.composite
def _parts(draw: st.DrawFn) -> str:
    """Words of the lexicon side by side: parts of frames, whole frames, edges, signs between."""
    words = draw(st.lists(st.sampled_from(_words()), min_size=1, max_size=6))
    return draw(st.sampled_from(["", " ", "，", "十几个人"])).join(words)


@settings(max_examples=300, deadline=None)
@given(st.lists(_call() | _parts() | _NOISE | st.text(max_size=20), max_size=12))
def test_a_chunk_finds_what_its_texts_find(texts):
    for found, text in zip(_matcher().match_chunk(texts), texts, strict=True):
        alone = _matcher().match(text)
        assert found == (None if alone.tier == "none" else alone)


@settings(max_examples=100, deadline=None)
@given(_call() | st.text(max_size=30))
def test_spans_lie_in_the_text_in_order(text):
    spans = _matcher().match(text).spans
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert list(spans) == sorted(spans, key=lambda span: (span.start, span.end, span.category))


# What follows are laws over calls of every category and outcome, told in other words.
_SEEDS = yaml.safe_load((Path(__file__).with_name("seeds.yaml")).read_text(encoding="utf-8"))
_REPORTS: list[str] = _SEEDS["critical"]
_CALLS: list[str] = _REPORTS + _SEEDS["quiet"]
_CHINESE = re.compile("[\u4e00-\u9fff]")


@cache
def _by_words() -> CriticalMatcher:
    """Without the second stage, whose opinion may well change with what is told besides."""
    return CriticalMatcher(Lexicon.load())


Verdict = tuple[str, str, str]


@cache
def _verdict(text: str) -> Verdict:
    finding = _by_words().match(text)
    return finding.tier, finding.category, finding.level


_ODD = st.text(
    st.sampled_from("&#25250; 1l0oeheeelp💣ﬁⅧg\u0301抢劫。\x1e\ud83d⼑Ａ\u200b,"), max_size=30
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_ODD | st.text(max_size=20), min_size=1, max_size=6))
def test_every_folded_character_stands_in_its_own_text(texts):
    folder = _by_words()._lexicon.folder
    chunk = folder.chunk(texts)
    assert len(chunk.folded) == len(chunk.codes) == len(chunk.places)
    assert len(chunk.raw) == sum(map(len, texts)) + len(texts) - 1
    for row, text in enumerate(texts):
        folded, places = chunk.text(row)
        origin = int(chunk.raw_starts[row])
        inside = (places - origin).tolist()
        assert folded == folder.chunk([text]).folded
        assert inside == sorted(inside)
        assert all(0 <= place < len(text) for place in inside)


def _is_chinese(text: str) -> bool:
    return _CHINESE.search(text) is not None


def _converted(script: str) -> Callable[[str], str]:
    return OpenCC(script).convert


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _spelled_out(sign: str) -> Callable[[str], str]:
    def spell(text: str) -> str:
        return sign.join(text) if _is_chinese(text) else text

    return spell


_ALWAYS: dict[str, Callable[[str], str]] = {
    "full width": _wide,
    "capitals": str.upper,
    "title": str.title,
    "traditional": _converted("s2t"),
    "Taiwan": _converted("s2tw"),
    "Hong Kong": _converted("s2hk"),
    "without width": "\u200b".join,
    "entities": lambda text: "".join(f"&#{ord(c)};" if c > "\u3400" else c for c in text),
    "doubled signs": lambda text: text.replace(",", ",,"),
    "stop at the end": lambda text: text + "。",
    "excited": lambda text: text + "!!!",
    "spaces for commas": lambda text: text.replace(",", " ") if _is_chinese(text) else text,
    "no commas": lambda text: text.replace(",", "") if _is_chinese(text) else text,
}
# Signs that stand for commas, or at the end of English words, are lost among others.
_WRITINGS = _ALWAYS | {
    "spaced": _spelled_out(" "),
    "starred": _spelled_out("*"),
    "dotted": _spelled_out("."),
}


def test_the_seeds_are_what_they_are_called():
    assert [text for text in _REPORTS if _verdict(text)[0] != "critical"] == []
    assert [text for text in _SEEDS["quiet"] if _verdict(text)[0] == "critical"] == []


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(_CALLS), st.sampled_from(sorted(_WRITINGS)))
def test_the_same_call_written_otherwise_is_the_same_call(text, writing):
    assert _verdict(_WRITINGS[writing](text)) == _verdict(text)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(_TEXTS), st.sampled_from(sorted(_ALWAYS)))
def test_so_is_any_other_text(text, writing):
    assert _verdict(_ALWAYS[writing](text)) == _verdict(text)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(_CALLS),
    st.lists(st.sampled_from(["full width", "capitals", "Taiwan", "excited"]), unique=True),
)
def test_writings_add_up(text, writings):
    written = text
    for writing in writings:
        written = _WRITINGS[writing](written)
    assert _verdict(written) == _verdict(text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(_CALLS), st.sampled_from(["full width", "capitals", "traditional"]))
def test_the_second_stage_reads_through_writing_too(text, writing):
    def told(call: str) -> Verdict:
        finding = _matcher().match(call)
        return finding.tier, finding.category, finding.level

    assert told(_WRITINGS[writing](text)) == told(text)


_BEFORE = {
    True: ["你好,", "喂,", "您好,我要报警,", "报警人称:", "那个,", "警察同志你好,", "嗯,"],
    False: ["Hello, ", "Hi, my name is Anna. ", "Good evening officer, ", "Um, "],
}
_AFTER = {
    True: [
        ",谢谢",
        "。谢谢你们",
        ",我的电话是13800000000",
        ",麻烦你们来一下",
        ",我姓王",
        ",我在人民路25号",
    ],
    False: [". Thank you", ", thanks", ". I am at 25 Main Street", ". My number is 5550100"],
}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(_CALLS), st.data())
def test_greetings_thanks_and_addresses_change_nothing(text, data):
    before = data.draw(st.sampled_from(["", *_BEFORE[_is_chinese(text)]]))
    after = data.draw(st.sampled_from(["", *_AFTER[_is_chinese(text)]]))
    assert _verdict(before + text + after) == _verdict(text)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(_REPORTS),
    st.sampled_from(
        ["这不是演习", "不是演习", "这不是演练", "这可不是开玩笑", "This is not a drill"]
    ),
    st.sampled_from([",", "。", ". "]),
    st.booleans(),
)
def test_saying_that_it_is_no_drill_never_lowers(text, said, sign, first):
    tier, _, level = _verdict(said + sign + text if first else text + sign + said)
    assert tier == "critical"
    assert _LEVELS.index(level) <= _LEVELS.index(_verdict(text)[2])


_LEVELS = ("I", "II", "III", "IV")
_ELSE = {
    True: [
        *("没有人打架", "没有着火", "没有人受伤", "没有人开枪"),
        *("隔壁在装修,声音很大", "门口停着一辆白色的车", "今天外面下雨", "我不是来投诉的"),
        *("另外我想问一下身份证怎么补办", "我昨天看了一部电影", "我儿子在玩游戏", "听说明天停水"),
        *("他们说明天要搞演练", "还有我的自行车上个月被偷了", "去年这里也出过事"),
    ],
    False: [
        *("There is no fire", "nobody is fighting", "It is raining here", "My dog is barking"),
        *("I saw a movie last night", "My son is playing a video game", "We had a drill last week"),
        *("I also want to ask how to renew my license", "My bike was stolen last year"),
        "I heard the water will be off tomorrow",
    ],
}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_REPORTS), st.data())
def test_a_sentence_about_something_else_never_silences(text, data):
    other = data.draw(st.sampled_from(_ELSE[_is_chinese(text)]))
    stop = "。" if _is_chinese(text) else ". "
    assert _verdict(other + stop + text)[0] == "critical"
    assert _verdict(text + stop + other)[:2] == _verdict(text)[:2]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([text for text in _REPORTS if _is_chinese(text)]), st.data())
def test_a_clause_about_something_else_after_the_report_never_silences(text, data):
    other = data.draw(st.sampled_from(_ELSE[True]))
    assert _verdict(f"{text},{other}")[0] == "critical"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(_REPORTS), st.sampled_from(sorted(_WRITINGS)))
def test_spans_are_their_terms_as_they_are_written(text, writing):
    written = _WRITINGS[writing](text)
    folder, sounds = _by_words()._lexicon.folder, Sounds()
    spans = _by_words().match(written).spans
    assert spans
    for span in spans:
        there = folder.word(written[span.start : span.end])
        meant = folder.word(span.term)
        assert there == meant or sounds.key(there) == sounds.key(meant) is not None


@settings(max_examples=60, deadline=None)
@given(st.permutations(_CALLS), st.integers(1, 40))
def test_neither_chunks_nor_neighbours_matter(texts, size):
    found = [
        finding
        for first in range(0, len(texts), size)
        for finding in _by_words().match_chunk(texts[first : first + size])
    ]
    for text, finding in zip(texts, found, strict=True):
        told = (finding.tier, finding.category, finding.level) if finding else None
        alone = _verdict(text)
        assert told == alone or (told is None and alone[:2] == ("none", "none"))
