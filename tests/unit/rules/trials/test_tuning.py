"""What marks ask of a rule: limits above false alarms and below true ones, channels to confirm."""

from __future__ import annotations

import msgspec
import pytest

from rules.language.schema.heat import HeatRule
from rules.language.schema.keyword import KeywordRule
from rules.trials.ledger import Episode
from rules.trials.tuning import Mark, judged, proposals
from streams.records import Level

TITLE = {"zh": "一", "en": "One"}
KEYWORD = msgspec.convert({"id": "kw", "title": TITLE, "match": {}}, KeywordRule)


def heat(**levels) -> HeatRule:
    told = {name: {"fire": fire, "clear": {}} for name, fire in levels.items()}
    return msgspec.convert({"id": "heat", "title": TITLE, "levels": told, "floor": 3}, HeatRule)


def mark(id_: str, *, true: bool = False, area: str = "A", incidents: list[str] | None = None):
    return Mark(id_, area, true, incidents or [])


def test_counts_rise_above_what_was_false_in_an_area_and_no_graver_rung_is_easier():
    rule = heat(III={"count": 5}, II={"count": 7}, I={"count": 20})
    marks = [mark("a"), mark("b"), mark("c", area="B"), mark("t", true=True)]
    (one,) = proposals(rule, marks, {"a": 6, "b": 8, "c": 9, "t": 12}, {})
    assert one.path == ["overrides"]
    assert one.item["when"] == {"area": ["A"]}
    assert one.item["set"] == {"levels.III.fire.count": 9, "levels.II.fire.count": 9}
    assert "2 alerts" in one.because


def test_a_rule_that_scores_gets_a_floor():
    (one,) = proposals(heat(III={"score": 3}), [mark("a"), mark("b")], {"a": 4, "b": 5}, {})
    assert one.item["set"] == {"floor": 6}


@pytest.mark.parametrize("true_count", [5, 4])
def test_true_and_false_alike_are_left_alone(true_count):
    marks = [mark("a"), mark("b"), mark("t", true=True)]
    counts = {"a": 4, "b": 5, "t": true_count}
    assert proposals(heat(III={"score": 3}), marks, counts, {}) == []


def test_one_false_alarm_is_no_pattern():
    assert proposals(heat(III={"score": 3}), [mark("a")], {"a": 4}, {}) == []
    assert proposals(KEYWORD, [mark("a", incidents=["1"])], {}, {"1": "app"}) == []


def test_a_channel_where_all_was_false_is_to_be_confirmed():
    marks = [
        mark("a", incidents=["1"]),
        mark("b", incidents=["2"]),
        mark("c", incidents=["3"]),
        mark("d", incidents=["4"]),
        mark("t", true=True, incidents=["5"]),
    ]
    channels = {"1": "app", "2": "app", "3": "phone_110", "4": "phone_110", "5": "phone_110"}
    (one,) = proposals(KEYWORD, marks, {}, channels)
    assert one.item["when"] == {"source": "app"}
    assert one.item["set"]["confirm.reports"] == 2


def episode(id_: str, level: Level = "III", fired: int = 0, *, review: bool = False) -> Episode:
    return Episode(
        id=id_, rule="r", kind="heat", state="live", area="A", path=["A"], entity="r/A",
        category=None, level=level, review=review, breached=fired, told=[fired],
        ended=fired + 100,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("true", "new", "fate"),
    [
        (True, [], "lost"),
        (True, [episode("a", "IV")], "lost"),
        (True, [episode("a", review=True)], "lost"),
        (True, [episode("later", fired=50)], None),
        (True, [episode("next", fired=500)], "lost"),
        (False, [], "silenced"),
        (False, [episode("a", "IV")], "reviewed"),
        (False, [episode("a")], "kept"),
    ],
)
def test_what_becomes_of_a_marked_alert(true, new, fate):
    verdict = judged([mark("a", true=true)], {"a": episode("a")}, {e.id: e for e in new})
    told = {name: getattr(verdict, name) for name in verdict.__struct_fields__}
    assert {name for name, ids in told.items() if ids} == ({fate} if fate else set())


def test_what_the_history_does_not_give_is_not_tried():
    assert judged([mark("a", true=True)], {}, {}).unseen == ["a"]
