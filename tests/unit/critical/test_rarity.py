"""Tests of what the sieve begins with: the groups that everyday calls hardly hold."""

from __future__ import annotations

from rules.critical.lexicon import Lexicon
from rules.critical.rarity import everyday_calls, heard_in


def test_a_group_is_heard_once_a_call_however_many_of_its_words_stand_there():
    groups = {"刀": ("blade",), "菜刀": ("blade", "tool"), "猫": ("beast",)}
    assert heard_in(["买菜刀和水果刀", "刀"], groups) == {"blade": 2, "tool": 1}


def test_everyday_calls_are_mostly_passed_over_at_the_first_look():
    lexicon = Lexicon.load()
    chunk = lexicon.folder.chunk(everyday_calls())
    assert len(lexicon.rows(chunk)) < 0.7 * len(everyday_calls())


def test_a_frame_is_found_by_its_rarest_part_alone():
    lexicon = Lexicon.load()
    chunk = lexicon.folder.chunk(["今天天气很好", "有人拿刀砍人", "今天天气很好"])
    assert lexicon.rows(chunk) == {1}
