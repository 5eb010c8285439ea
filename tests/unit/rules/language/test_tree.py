"""Areas by the rule book's own list, where the installation has none."""

from __future__ import annotations

from rules.language.loader import read_rules
from streams.areas import AreaTree
from streams.records import Area, Text2

AREAS = """\
format: 1
kind: areas
areas:
  - {id: "3201", name: {zh: 市局, en: City}, kind: city}
  - {id: "320104", name: {zh: 分局, en: District}, kind: county, parent: "3201"}
  - {id: "320104001", name: {zh: 派出所, en: Station}, parent: "320104"}
"""


def _tree(tmp_path, own=None):
    (tmp_path / "areas.yaml").write_text(AREAS, encoding="utf-8")
    return read_rules(tmp_path, areas=own).book.tree


def test_the_areas_file_names_areas_where_nothing_else_does(tmp_path):
    areas = _tree(tmp_path).areas()
    assert areas.name("320104001") == Text2("派出所", "Station")
    assert areas.path("320104001") == ["3201", "320104", "320104001"]
    assert areas.command_of("320104001") == "320104"


def test_what_the_installation_knows_of_areas_goes_before(tmp_path):
    own = AreaTree([Area(area_id="320104001", name=Text2("所", "S"), kind="station")])
    assert _tree(tmp_path, own).areas() is own
