"""The core put together: a rule directory may hold rules, words or both."""

from __future__ import annotations

from commands.core import build_core
from rules.critical.loader import SHIPPED as SHIPPED_WORDS
from rules.critical.loader import fingerprint
from rules.language.loader import SHIPPED, load_book
from streams.settings import load_settings

WORD = "schema: lexicon/1\nacts:\n- {category: robbery, words: [剥猪猡]}\n"


def test_a_rule_directory_with_words_alone_keeps_the_shipped_rules(tmp_path):
    words = tmp_path / "lexicon"
    words.mkdir()
    (words / "own.yaml").write_text(WORD, encoding="utf-8")
    core = build_core(load_settings({}, rules=str(tmp_path)))
    (finding,) = core.matcher.match_chunk(["码头有人剥猪猡"])
    assert finding is not None
    assert "lexicon:robbery" in finding.reasons
    assert core.words == fingerprint([SHIPPED_WORDS, words])
    assert core.book.bundle == load_book(SHIPPED).bundle


def test_without_a_rule_directory_rules_and_words_are_the_shipped_ones():
    core = build_core(load_settings({}))
    assert core.words == fingerprint([SHIPPED_WORDS])
    (finding,) = core.matcher.match_chunk(["有人抢劫"])
    assert finding is not None
