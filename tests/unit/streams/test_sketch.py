"""Sketches of texts: like texts are told from others, and nothing of a person is in them."""

from __future__ import annotations

from itertools import combinations

import pytest

from streams.sketch import NO_SKETCH, alike, sketch_of

ONE_EVENT = [
    "有人持刀抢手机，在夜市门口，快来人",
    "夜市门口有人拿刀抢手机",
    "看到有人在夜市门口抢劫手机",
]
OTHERS = [
    "我家楼下有人吵架打起来了",
    "小区爆炸了好多人受伤快来",
    "楼上有人要跳楼，快来救人",
    "a man with a knife robbed a woman at the night market",
]


@pytest.mark.parametrize(("one", "other"), list(combinations(ONE_EVENT, 2)))
def test_texts_about_one_event_are_alike(one: str, other: str) -> None:
    assert alike(sketch_of(one), sketch_of(other))


@pytest.mark.parametrize(("one", "other"), list(combinations([ONE_EVENT[0], *OTHERS], 2)))
def test_texts_about_others_are_not(one: str, other: str) -> None:
    assert not alike(sketch_of(one), sketch_of(other))


def test_a_sketch_is_the_same_in_every_version() -> None:
    assert sketch_of(ONE_EVENT[0]) == 41794722657738753


def test_numbers_of_persons_leave_no_trace() -> None:
    plain = sketch_of("我的电话是，请快来人救我")
    full_width = "".join(chr(0xFF10 + int(digit)) for digit in "13812345678")
    for number in ("13812345678", "一三八一二三四五六七八", full_width, "320101199001011234"):
        assert sketch_of(f"我的电话是{number}，请快来人救我") == plain
    assert sketch_of("13812345678") == NO_SKETCH


def test_a_text_of_few_letters_has_no_sketch_and_is_like_no_other() -> None:
    assert sketch_of("有人抢劫") == NO_SKETCH
    assert not alike(NO_SKETCH, NO_SKETCH)


def test_marks_spaces_and_case_are_not_in_it() -> None:
    assert sketch_of("A man, robbed at KNIFE point!") == sketch_of("a man robbed at knife-point")
