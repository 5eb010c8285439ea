"""The small parts of the matcher: brackets, folding, gaps, numbers, spans."""

from __future__ import annotations

import numpy as np
import pytest

from rules.critical.expand import expand
from rules.critical.fold import Folder
from rules.critical.matcher import CriticalMatcher
from rules.critical.people import people
from rules.critical.sieve import Sieve


@pytest.fixture(scope="module")
def matcher():
    return CriticalMatcher.load()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("抢劫", ["抢劫"]),
        ("(拿|持)刀", ["拿刀", "持刀"]),
        ("stab(|s|b(ed|ing))", ["stab", "stabs", "stabbed", "stabbing"]),
        ("(a|a)", ["a"]),
        ("a|b", ["a|b"]),
    ],
)
def test_brackets(entry, words):
    assert expand(entry) == words


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("(拿|持刀", "never closed"),
        ("拿)刀", "closes nothing"),
        ("(a|b)" * 13, "stands for"),
    ],
)
def test_brackets_that_are_wrong(entry, said):
    with pytest.raises(ValueError, match=said):
        expand(entry)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２", "abc12"),
        ("搶 劫", "抢劫"),
        ("抢\u200b劫\ufeff", "抢劫"),
        ("拿著刀", "拿着刀"),
        ("𝐠𝐮𝐧", "gun"),
        ("", ""),
        ("🔪🙂", "刀"),
        ("\ud83d抢", "抢"),
    ],
)
def test_folding(text, folded):
    assert Folder().word(text) == folded


def test_symbols_of_the_lexicon_are_kept():
    assert Folder("🧨").word("🧨🙂人") == "🧨人"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("三个人受伤", [3]),
        ("十几个人", [14]),
        ("二十多名", [20]),
        ("一百二十人", [120]),
        ("12人", [12]),
        ("五个月", []),
        ("fivepeople", [5]),
        ("dozensofpeople", [24]),
    ],
)
def test_numbers_of_people(text, numbers):
    assert [number for _, _, number in people(text)] == numbers


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("我在桥头被抢 * 劫了", "被抢 * 劫"),
        ("門口有人搶劫", "搶劫"),
        ("ＱＩＡＮＧＪＩＥ", "ＱＩＡＮＧＪＩＥ"),
        ("𠀀𠀁 有人抢劫", "抢劫"),
        ("he was s-t-a-b-b-e-d", "s-t-a-b-b-e-d"),
    ],
)
def test_spans_are_ranges_of_the_original(matcher, text, meant):
    spans = matcher.match(text).spans
    assert meant in {text[span.start : span.end] for span in spans}


@pytest.mark.parametrize("text", ["he has begun", "constable", "a vanguard", "trapeze", "grapes"])
def test_english_words_have_edges(matcher, text):
    assert matcher.match(text).tier == "none"


@pytest.mark.parametrize("text", ["", " ", "\x00", "\x1e", "。", "\ud800", "a" * 8000, "刀" * 3000])
def test_odd_texts_do_no_harm(matcher, text):
    assert matcher.match(text).tier in {"none", "review", "critical"}


def test_a_break_sign_within_a_text_shifts_nothing(matcher):
    texts = ["天气好\x1e坏了", "有人抢劫", "\x1e\x1e", "有人跳楼"]
    found = matcher.match_chunk(texts)
    assert [f.category if f else "none" for f in found] == [
        "none",
        "robbery",
        "none",
        "suicide_jump",
    ]


def test_an_empty_chunk_has_no_findings(matcher):
    assert matcher.match_chunk([]) == []
    assert matcher.match_each([]) == []


def test_reasons_come_in_a_fixed_order(matcher):
    finding = matcher.match("有人持枪抢劫 还砍了人")
    assert finding.reasons == (
        "lexicon:robbery",
        "lexicon:firearm",
        "lexicon:stabbing",
        "grade:gun_shown",
    )


def test_a_hostile_text_has_a_bounded_number_of_spans(matcher):
    finding = matcher.match("拿刀砍" * 2600)
    assert finding.tier == "critical"
    assert len(finding.spans) <= 200


@pytest.mark.parametrize("sign", [",", "\uff0c", ";", "\uff1b", ":", "\uff1a", "。", "!", "\uff01"])
def test_signs_end_a_clause_in_either_width(matcher, sign):
    finding = matcher.match(f"路口有人开枪{sign}我听见了")
    assert finding.category == "firearm"
    assert matcher.match(f"有个人来抢{sign}我没看清").tier == "none"


def test_a_hint_is_not_found_across_a_comma(matcher):
    terms = {span.term for span in matcher.match("有人开抢,我听到三声枪响,快来").spans}
    assert "抢我" not in terms


_WAYS = [["act"], ["blade", "harm"], ["fight", "many"]]
_TERMS = [("act",), ("blade", "noise"), ("harm",), ("fight",), ("noise",)]


@pytest.mark.parametrize(
    ("found", "folded", "kept"),
    [
        ([0], "", True),
        ([1], "", False),
        ([1, 2], "", True),
        ([2, 4], "", False),
        ([3], "三个人打架", False),
        ([3], "三十个人打架", True),
        ([], "", False),
    ],
)
def test_the_sieve_keeps_what_has_all_parts_of_a_frame(found, folded, kept):
    sieve = Sieve(_WAYS, _TERMS, [False] * len(_TERMS), {"many": 10})
    words = [(index, 0, 1) for index in found]
    assert sieve.keeps(words, folded, np.arange(len(folded))) is kept


@pytest.mark.parametrize(("raw", "kept"), [("scrape", False), ("sc rape", True), ("rape", True)])
def test_the_sieve_knows_the_edges_of_latin_words(raw, kept):
    chunk = Folder().chunk([raw])
    folded, places = chunk.text(0)
    start = folded.index("rape")
    sieve = Sieve(_WAYS, [("act",)], [True], {})
    assert sieve.keeps([(0, start, start + 4)], folded, places) is kept
