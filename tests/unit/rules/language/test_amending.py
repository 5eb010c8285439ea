"""Items put into rule files: in every layout, all comments and other lines as they were."""

from __future__ import annotations

from difflib import ndiff

import pytest

from rules.language.amending import appended
from streams.errors import RuleError
from streams.yaml_nodes import parse_yaml

BLOCK = """# head
format: 1
kind: heat
rules:
  - id: one # first
    title: {zh: 一, en: One}
    levels:
      III: {fire: {count: 5}, clear: {count: 2}}
  # between
  - id: two
    title: {zh: 二, en: Two}
    overrides:
      - {when: {area: x}, set: {floor: 4}, because: y} # why
    levels: {III: {fire: {count: 5}, clear: {count: 2}}}
tests: []
"""
FLOW = """format: 1
kind: keyword
rules:
  - {id: kw, title: {zh: 一, en: One}, match: {category: [robbery]}}
  - {id: kw2, match: {any: {zh: [抢]}, unless: {zh: [演练]}}, overrides: []}
"""
ITEM = {"when": {"area": ["990101"]}, "set": {"floor": 9}, "because": "2 marked false, here"}


@pytest.mark.parametrize(
    ("text", "path", "item"),
    [
        (BLOCK, ["rules", 0, "overrides"], ITEM),
        (BLOCK, ["rules", 1, "overrides"], ITEM),
        (BLOCK.rstrip("\n"), ["tests"], ITEM),
        (FLOW, ["rules", 0, "overrides"], ITEM),
        (FLOW, ["rules", 1, "overrides"], ITEM),
        (FLOW, ["rules", 0, "match", "unless", "zh"], "剧组"),
        (FLOW, ["rules", 1, "match", "unless", "zh"], "剧组"),
        (FLOW, ["rules", 1, "match", "unless", "en"], "film set: no"),
    ],
)
def test_an_item_is_added_and_nothing_else_changes(text, path, item):
    told = appended(text, "x.yaml", path, item)
    value = parse_yaml(told.encode(), "x.yaml").value
    for step in path:
        value = value[step]
    if isinstance(item, dict):
        assert value[-1]["set"] == {"floor": "9"}
        assert value[-1]["because"] == item["because"]
    else:
        assert value[-1] == item
    gone = [line for line in ndiff(text.splitlines(), told.splitlines()) if line.startswith("- ")]
    assert len(gone) <= 1
    assert told.count("#") == text.count("#")


def test_what_cannot_be_written_safely_is_left_to_people():
    anchored = "format: 1\nrules:\n  - &a {id: one, levels: {}}\n  - *a\n"
    with pytest.raises(RuleError, match="by hand"):
        appended(anchored, "x.yaml", ["rules", 1, "overrides"], ITEM)
