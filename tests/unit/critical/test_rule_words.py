"""Words that rules ask for: found at their edges in folded texts, with what the lexicon denies."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rules.critical.lexicon import Lexicon
from rules.critical.matcher import CriticalMatcher
from rules.critical.rule_words import words_of
from rules.language.book import RuleBook
from rules.language.loader import load_book
from streams.observations import Finding, decode_batch, encode_batch
from tests.core_cases import FAR, FILE, World, report

RULES = """format: 1
kind: keyword
defaults: {repeat_call: {within: 10m}}
rules:
  - id: kw-gas
    title: {zh: 燃气, en: Gas}
    match: {any: {zh: [煤气味, 抢], en: [gas leak, LPG]}, unless: {zh: [演练], en: [drill]}}
  - id: kw-school
    title: {zh: 校园, en: School}
    match: {any: {zh: [校门口]}}
  - {id: kw-off, title: {zh: 停, en: Off}, match: {any: {zh: [校门口]}}, state: off}
suppress:
  - {id: joint, when: {text: [联合演练]}, to: 2027-01-01, do: exercise, by: x, because: x}
"""


@pytest.fixture(scope="module")
def plain() -> CriticalMatcher:
    return CriticalMatcher(Lexicon.load())


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "kw.yaml").write_text(RULES, encoding="utf-8")
    return load_book(folder)


@pytest.fixture(scope="module")
def matcher(plain: CriticalMatcher, book: RuleBook) -> CriticalMatcher:
    return plain.with_books([book])


def said(finding: Finding | None) -> tuple[list[tuple[str, str, str]], tuple[str, ...]] | None:
    if finding is None:
        return None
    words = [(s.term, s.category, s.kind) for s in finding.spans if s.category.startswith("kw-")]
    return words, finding.rules


@pytest.mark.parametrize(
    ("text", "words", "rules"),
    [
        ("楼道里有煤气味", [("煤气味", "kw-gas", "own")], ("kw-gas",)),
        ("楼道里有煤 气*味", [("煤气味", "kw-gas", "own")], ("kw-gas",)),
        ("校門口有人", [("校门口", "kw-school", "own")], ("kw-school",)),
        ("A GAS-LEAK", [("gas leak", "kw-gas", "own")], ("kw-gas",)),
        ("lpg smell", [("LPG", "kw-gas", "own")], ("kw-gas",)),
        (
            "校门口煤气味",
            [("校门口", "kw-school", "own"), ("煤气味", "kw-gas", "own")],
            ("kw-gas", "kw-school"),
        ),
        (
            "煤气味演练",
            [("煤气味", "kw-gas", "doubted"), ("演练", "kw-gas", "unless")],
            ("kw-gas",),
        ),
        ("联合演练", [("演练", "kw-gas", "unless")], ("suppress:joint",)),
    ],
)
def test_words_and_whose_they_are(
    matcher: CriticalMatcher, text: str, words: list[tuple[str, str, str]], rules: tuple[str, ...]
) -> None:
    assert said(matcher.match_chunk([text])[0]) == (words, rules)
    assert said(matcher.match(text)) == (words, rules)


@pytest.mark.parametrize("text", ["没有煤气味", "gasleaks", "LPGX", "大家都在抢购", "", "有人吵架"])
def test_texts_that_say_nothing_of_it(matcher: CriticalMatcher, text: str) -> None:
    assert matcher.match_chunk([text]) == [None]


def test_a_finding_keeps_what_the_lexicon_says(
    plain: CriticalMatcher, matcher: CriticalMatcher
) -> None:
    text = "校门口有人持刀抢劫"
    alone, with_rules = plain.match(text), matcher.match(text)
    assert with_rules.spans[: len(alone.spans)] == alone.spans
    assert (with_rules.tier, with_rules.level, with_rules.reasons) == (
        alone.tier,
        alone.level,
        alone.reasons,
    )
    assert with_rules.rules == ("kw-gas", "kw-school")


def test_texts_of_a_chunk_do_not_touch(matcher: CriticalMatcher) -> None:
    texts = ["没有煤", "气味", "有人吵架", "校门口", "煤气味", "抢劫" * 200]
    together = matcher.match_chunk(texts)
    assert together == [matcher.match_chunk([text])[0] for text in texts]
    assert [said(f)[1] if f else None for f in together][:5] == [  # type: ignore[index]
        None, None, None, ("kw-school",), ("kw-gas",),
    ]  # fmt: skip


def test_no_flood_of_one_word_hides_another(matcher: CriticalMatcher) -> None:
    finding = matcher.match_chunk(["校门口" * 3_000 + "，煤气味"])[0]
    assert finding is not None
    assert {(s.term, s.category) for s in finding.spans} >= {
        ("煤气味", "kw-gas"),
        ("校门口", "kw-school"),
    }
    assert len(finding.spans) <= 32, "and what travels is bounded"


def test_the_words_of_a_book_are_those_of_what_runs(book: RuleBook) -> None:
    words = [word for word in words_of([book, book]) if word.side != "urging"]
    assert {word.owner for word in words} == {"kw-gas", "kw-school", "suppress:joint"}
    assert len(words) == 8


def test_words_of_urging_stand_beside_the_rules_and_show_no_place(matcher: CriticalMatcher) -> None:
    urged, both, calm = matcher.match_chunk(
        ["警察怎么还没来", "楼道里有煤气味，you must hurry", "hurrying home"]
    )
    assert urged is not None
    assert (urged.urging, urged.tier, urged.spans) == ("urging:怎么还没", "none", ())
    assert not urged.telling, "nobody is told of it by itself"
    assert both is not None
    assert (both.rules, both.urging) == (("kw-gas", "urging:hurry"), "urging:hurry")
    assert calm is None


def test_who_only_asks_where_help_remains_travels_if_the_caller_can_be_known(
    book: RuleBook, matcher: CriticalMatcher
) -> None:
    world = World(book, matcher=matcher)
    raws = [
        report(1, 1, text="警察怎么还没来", caller_hash="5eed" * 8),
        report(2, 1, text="警察怎么还没来"),
    ]
    result = world.intake.ingest(FILE, offsets=[0, 1], arrivals=[FAR] * 2, raws=raws, clock=FAR)
    batch = result.batches[0]
    assert sorted(batch.findings) == sorted(batch.calls) == [0]


def test_a_book_that_links_no_repeat_calls_looks_for_no_words_of_urging(
    book: RuleBook, tmp_path: Path
) -> None:
    text = RULES.replace("defaults: {repeat_call: {within: 10m}}\n", "")
    (tmp_path / "kw.yaml").write_text(text, encoding="utf-8")
    assert all(word.side != "urging" for word in words_of([load_book(tmp_path)]))


def test_the_callers_words_stay_where_they_are(book: RuleBook, matcher: CriticalMatcher) -> None:
    """What travels are the rule's words; a report without an alert in it leaves nothing."""
    world = World(book, matcher=matcher)
    result = world.intake.ingest(
        FILE,
        offsets=[0, 1, 2],
        arrivals=[FAR] * 3,
        raws=[
            report(1, 1, text="邻居家的煤、气味"),
            report(2, 1, text="联合演练"),
            report(3, 1, text="有人吵架", source="app"),
        ],
        clock=FAR,
    )
    batch = decode_batch(encode_batch(result.batches[0]))
    assert list(batch.findings) == [0]
    assert batch.channels == {0: "phone_110"}
    assert "邻居" not in encode_batch(batch).decode("utf-8", "ignore")


def test_a_log_without_these_fields_is_read_still() -> None:
    old = ["critical", "robbery", "II", [], ["lexicon:robbery"], "none", 0.0]
    finding = msgspec.convert(old, Finding)
    assert (finding.rules, finding.unless, finding.telling) == ((), (), True)
