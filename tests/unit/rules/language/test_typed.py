"""Values as types: all mismatches at once, a typo told once, with what was meant."""

from __future__ import annotations

from typing import Any

import pytest

from rules.language.schema import KINDS
from rules.language.typed import typed

RULE: dict[str, Any] = {
    "id": "one",
    "title": {"zh": "一", "en": "One"},
    "levels": {"III": {"fire": {"count": "5"}, "clear": {"count": "2"}}},
}


def mismatches(**changes: Any) -> list[tuple[str, str, str]]:
    rule = {key: value for key, value in (RULE | changes).items() if value != "-"}
    _, found = typed({"format": "1", "kind": "heat", "rules": [rule]}, KINDS["heat"])
    return [(m.code, m.message, m.hint) for m in found]


def test_a_good_rule_is_made() -> None:
    made, found = typed({"format": "1", "kind": "heat", "rules": [RULE]}, KINDS["heat"])
    assert found == []
    assert made.rules[0].levels["III"].fire.count == 5


def test_a_typo_of_what_is_needed_is_one_mismatch() -> None:
    ((code, message, hint),) = mismatches(title="-", titel={"zh": "一", "en": "One"})
    assert (code, message) == ("E103", 'unknown field "titel" in rule one')
    assert hint.startswith('did you mean "title"?   (allowed here: ')


def test_below_a_typo_the_value_is_looked_at_too() -> None:
    found = mismatches(title="-", titel={"zh": "一", "de": "Eins"})
    assert [code for code, *_ in found] == ["E103", "E103", "E106"]


def test_what_is_named_already_is_not_suggested() -> None:
    ((_, _, hint),) = mismatches(floor="3", flor="4")
    assert '"floor"' not in hint


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"floor": "0"}, "E115", '"floor" of rule one must be at least 1, not 0'),
        ({"floor": "x"}, "E107", '"floor" of rule one must be a whole number, not "x"'),
        ({"floor": ["1"]}, "E107", '"floor" of rule one must be a whole number, not a list'),
        ({"state": "on"}, "E108", '"state" of rule one must be one of live, off, shadow, not "on"'),
        ({"levels": {}}, "E114", '"levels" of rule one is empty'),
        ({"count": "9"}, "E107",
         '"count" of rule one must be a mapping (category, drop, link, of), not "9"'),
        ({"overrides": None}, "E107", '"overrides" of rule one must be a list, not empty'),
        ({"id": "-"}, "E106", 'rule 1 has no "id"'),
        ({"baseline": {"model": "fixd"}}, "E108",
         ('"baseline.model" of rule one must be one of fixed, rolling-mean, seasonal-count, '
          'e-detector, river-gaussian, river-sad, river-predictive, river-half-space-trees, '
          'not "fixd"')),
    ],
)  # fmt: skip
def test_what_does_not_fit(changes: dict[str, Any], code: str, message: str) -> None:
    ((found, said, _),) = mismatches(**changes)
    assert (found, said) == (code, message)


def test_infinity_and_no_number_are_none() -> None:
    for text in ("inf", "nan", "1e999"):
        levels = {"III": {"fire": {"count": text}, "clear": {"count": "2"}}}
        ((code, *_),) = mismatches(levels=levels)
        assert code in {"E107", "E115"}, text
