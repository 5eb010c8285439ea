"""Lint of the lexicon: each kind of remark where it belongs, and silence where all is well."""

from __future__ import annotations

import pytest

from rules.critical.lint import lint
from tests.unit.critical.small import BASE, layers


def _remarks(tmp_path, own, base=BASE):
    remarks = lint(layers(tmp_path, f"schema: lexicon/1\n{own}\n", base=base))
    return [remark for remark in remarks if remark.layer == 1]


def test_a_good_layer_has_no_remarks(tmp_path):
    own = (
        "acts: [{category: robbery, words: [剥猪猡]}]\n"
        "friends: [{words: [抢座], note: a seat}]\n"
        "cues: {drill: {words: [操练]}}"
    )
    assert _remarks(tmp_path, own) == []


@pytest.mark.parametrize(
    ("own", "severity", "code", "said"),
    [
        (
            "acts: [{category: robbery, words: [被抢劫, 剥猪猡]}]",
            "warning",
            "swallowed",
            "被抢劫: adds nothing, since 抢劫 of the same act robbery stands in it",
        ),
        (
            "cues: {drill: {words: [桌面演练]}}",
            "warning",
            "swallowed",
            "since 演练 of the same cue drill stands in it",
        ),
        (
            "acts: [{category: firearm, words: [抢劫]}]",
            "warning",
            "two_categories",
            "抢劫: stands in the act robbery",
        ),
        (
            "acts: [{category: robbery, words: ['gift cards?']}]",
            "error",
            "sign",
            "gift cards?: signs such as ? * + [ are no patterns here",
        ),
        (
            "friends: [{words: [抢劫游戏]}]",
            "error",
            "hides_act",
            "hides what is critical by itself: 抢劫游戏 (robbery: 抢劫)",
        ),
        (
            "friends: [{words: [拿刀砍价]}]",
            "error",
            "hides_act",
            "拿刀砍价 (stabbing: 刀, 砍)",
        ),
        (
            "friends: [{words: [快来], note: a call}]",
            "error",
            "friend_is_term",
            "快来: the same word stands in group second_cue",
        ),
        (
            "friends: [{words: [路灯], note: a lamp}]",
            "warning",
            "friend_hides_nothing",
            "路灯: no word of the lexicon lies in it",
        ),
        (
            "friends: [{words: [抢座]}]",
            "warning",
            "no_note",
            "these false friends have no `note`",
        ),
        (
            "remove: [没有这个词]",
            "warning",
            "removes_nothing",
            "没有这个词: no layer below has this word",
        ),
        (
            (
                "groups: {common: {words: [的, 铁锹]}}\n"
                "frames: {a.b: {category: robbery, all: [common, blade]}}"
            ),
            "warning",
            "costly_anchor",
            "the anchor `common` holds 的, which stands in nearly every text",
        ),
        (
            (
                "frames: {a.b: {category: robbery, all: [attack], without: [mine]}}\n"
                "groups: {mine: {words: [砍]}}"
            ),
            "warning",
            "never_stands",
            "砍 of the anchor `attack` holds a word of `mine`",
        ),
        (
            "cues: {drill: {words: [演练是真的]}}",
            "warning",
            "cue_silences_itself",
            "演练是真的: holds a word of `real`, which silences the cue drill",
        ),
        (
            "groups: {alone: {words: [铁锹]}}",
            "warning",
            "unused_group",
            "no frame, cue, phrase or fact speaks of the group `alone`",
        ),
        (
            "acts: [{category: robbery, words: [剥猪猡], facts: [unheard]}]",
            "warning",
            "unasked_fact",
            "no line of `grades` asks for unheard",
        ),
    ],
)
def test_what_is_wrong_or_useless_is_told(tmp_path, own, severity, code, said):
    remarks = _remarks(tmp_path, own)
    found = next(remark for remark in remarks if remark.code == code)
    assert found.severity == severity
    assert said in found.message
    assert found.place.line == (3 if code == "costly_anchor" else 2)


@pytest.mark.parametrize(
    "own",
    [
        # Longer, but of another category, or heavier than what stands in it.
        "acts: [{category: homicide, words: [抢劫杀人]}]",
        "acts: [{category: robbery, words: [当街抢]}]",
        # One of its words is new.
        "acts: [{category: robbery, words: ['(被抢劫|剥猪猡)']}]",
        # Justified, and hiding only the weak word.
        "friends: [{words: [抢劫游戏], note: a game}]",
        # The same word as a term, but it hides a smaller one.
        "friends: [{words: [抢包], note: keeps its meaning and hides the weak word}]",
    ],
)
def test_what_is_meant_so_is_left_alone(tmp_path, own):
    assert _remarks(tmp_path, own) == []


def test_remarks_come_in_the_order_of_files_and_lines(tmp_path):
    own = (
        "friends:\n- words: [路灯]\n- words: [抢劫游戏]\nacts:\n"
        "- {category: robbery, words: ['抢+劫', 被抢劫]}"
    )
    remarks = _remarks(tmp_path, own)
    assert [r.place for r in remarks] == sorted(r.place for r in remarks)
    assert {r.code for r in remarks} >= {"friend_hides_nothing", "hides_act", "no_note", "sign"}
