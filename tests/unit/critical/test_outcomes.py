"""Outcomes in the stream: told where a rule asks, as sure as a full look, and sums."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.critical.lexicon import Lexicon
from rules.critical.matcher import CriticalMatcher
from rules.critical.rarity import everyday_calls
from rules.critical.second_stage import SecondStage
from rules.language.book import RuleBook
from rules.language.loader import load_book
from streams.observations import Loss

ASKING = """format: 1
kind: keyword
defaults: {lifeline: false}
rules:
  - {id: kw-fraud, title: {zh: 诈骗, en: Fraud}, match: {outcome: [fraud]}, divert: antifraud}
  - {id: kw-12345, title: {zh: 诉求, en: Demand}, match: {outcome: [non_police]}, divert: "12345"}
"""
WORDS = """format: 1
kind: keyword
rules:
  - {id: kw-gift, title: {zh: 卡, en: Card}, match: {any: {zh: [代购卡]}}, divert: antifraud}
"""
TEXTS = [
    "刚转了五万到安全账户，被骗了",
    "小区暖气不热，物业不管",
    "小区停水三天了",
    "我被网上刷单骗了两千，十分钟前转的账",
    "someone scammed me, I sent $500 in gift cards",
    "工地拖欠工资，有人在楼顶要跳楼讨薪",
    "我没有被骗",
    "请问办身份证要带什么",
]


@pytest.fixture(scope="module")
def plain() -> CriticalMatcher:
    return CriticalMatcher(Lexicon.load(), SecondStage.load())


def book(folder: Path, text: str) -> RuleBook:
    (folder / "kw.yaml").write_text(text, encoding="utf-8")
    return load_book(folder)


def test_an_outcome_is_told_only_where_some_rule_asks_for_it(
    plain: CriticalMatcher, tmp_path: Path
) -> None:
    assert [f.outcome for f in plain.match_chunk(TEXTS) if f is not None and f.tier == "none"] == []
    asking = plain.with_books([book(tmp_path, ASKING)])
    told = [None if f is None else (f.tier, f.outcome) for f in asking.match_chunk(TEXTS)]
    assert told[:5] == [
        ("none", "fraud"),
        ("none", "non_police"),
        ("none", "non_police"),
        ("none", "fraud"),
        ("none", "fraud"),
    ]
    assert told[5] == ("critical", "none")
    assert told[6:] == [None, None]


def test_it_is_as_sure_as_a_full_look_is(plain: CriticalMatcher, tmp_path: Path) -> None:
    asking = plain.with_books([book(tmp_path, ASKING)])
    texts = [*TEXTS, *everyday_calls()]
    stream, full = asking.match_chunk(texts), asking.match_each(texts)
    told = [
        (text, one.outcome, one.confidence, other.outcome, other.confidence)
        for text, one, other in zip(texts, stream, full, strict=True)
        if one is not None and one.tier == "none"
    ]
    assert len(told) > len(TEXTS) / 2
    assert [row for row in told if row[1] != row[3] or abs(row[2] - row[4]) > 0.02] == []


def test_the_sum_is_read_of_fraud_and_of_words_that_an_antifraud_rule_has(
    plain: CriticalMatcher, tmp_path: Path
) -> None:
    asking = plain.with_books([book(tmp_path, ASKING)])
    fraud, demand = asking.match_chunk([TEXTS[0], "停水了，物业费交了三千元"])
    assert fraud is not None
    assert fraud.loss == Loss(50_000.0, "CNY", 0.0)
    assert demand is not None
    assert demand.loss is None
    words = plain.with_books([book(tmp_path, WORDS)])
    (card,) = words.match_chunk(["买代购卡付了800元"])
    assert card is not None
    assert card.loss == Loss(800.0, "CNY", None)
    assert plain.match_chunk(["买代购卡付了800元"]) == [None]


def test_the_cut_of_the_chunks_does_not_show(plain: CriticalMatcher, tmp_path: Path) -> None:
    asking = plain.with_books([book(tmp_path, ASKING)])
    assert asking.match_chunk(TEXTS) == [asking.match_chunk([text])[0] for text in TEXTS]
