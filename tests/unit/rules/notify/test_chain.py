"""The chain of command: who is told of a level, and which desks own an area."""

from __future__ import annotations

import pytest

from rules.notify.chain import CHAIN, commands_for, desks
from streams.areas import AreaTree
from streams.records import Area, AreaKind, AreaName, Text2
from tests.unit.rules.notify.alerts import alert

KINDS: dict[str, AreaKind] = {
    "P": "province",
    "C": "city",
    "K": "county",
    "S1": "station",
    "S2": "station",
    "B": "beat",
}
PARENTS = {"C": "P", "K": "C", "S1": "K", "S2": "K", "B": "S1"}


@pytest.fixture
def areas() -> AreaTree:
    return AreaTree(
        [
            Area(area_id=id_, name=Text2(id_, id_), kind=kind, parent_id=PARENTS.get(id_))
            for id_, kind in KINDS.items()
        ]
    )


@pytest.mark.parametrize(
    ("level", "told"), [("IV", CHAIN[:1]), ("III", CHAIN[:2]), ("II", CHAIN[:3]), ("I", CHAIN)]
)
def test_the_graver_the_level_the_higher_it_is_told(level, told):
    assert commands_for(level) == told


def test_an_entry_may_name_the_commands_itself():
    assert commands_for("I", ["county", "station"]) == ("station", "county")


def test_who_gets_no_answer_goes_to_the_next_command_and_not_beyond_the_province():
    assert commands_for("III", further=1) == CHAIN[:3]
    assert commands_for("III", further=9) == CHAIN


def test_level_i_is_told_on_all_four_levels_of_its_area(areas):
    found = list(desks(areas, alert(area="S1"), CHAIN))
    assert found == [("station", "S1"), ("county", "K"), ("city", "C"), ("province", "P")]


def test_a_beat_belongs_to_its_station(areas):
    assert list(desks(areas, alert(area="B"), ["station"])) == [("station", "S1")]


def test_an_alert_for_many_areas_has_all_of_their_desks_once(areas):
    both = [AreaName("S1", Text2()), AreaName("S2", Text2())]
    found = list(desks(areas, alert(area="K", areas=both), ["station", "county"]))
    assert sorted(found) == [("county", "K"), ("station", "S1"), ("station", "S2")]


def test_what_no_asked_command_owns_goes_to_the_next_higher_one(areas):
    assert list(desks(areas, alert(area="C"), ["station"])) == [("city", "C")]


def test_an_unknown_area_is_the_roots(areas):
    assert list(desks(areas, alert(area="unknown"), ["station"])) == [("province", "P")]


def test_without_a_list_of_areas_the_area_stands_for_its_commands():
    found = list(desks(AreaTree(), alert(area="7"), ["station", "county"]))
    assert found == [("station", "7"), ("county", "7")]
