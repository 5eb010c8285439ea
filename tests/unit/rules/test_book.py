"""The rule book: every fault of every file, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.language.loader import load_book
from streams.errors import RuleError

GOOD = """format: 1
kind: heat
rules:
  - id: one
    title: {zh: 一, en: One}
    levels: {III: {fire: {count: 5}, clear: {count: 2}}}
"""


def faults(tmp_path: Path, **files: str) -> list[str]:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as error:
        load_book(tmp_path)
    return [line.removeprefix(tmp_path.name + "/") for line in str(error.value).splitlines()]


def test_the_shipped_book_loads_and_answers_to_all_twelve_categories() -> None:
    book = load_book()
    categories = [c for entry in book.keyword for c in entry.rule.match.category]
    assert len(categories) == len(set(categories)) == 12
    assert book.heat
    assert all(entry.rule.title.zh and entry.rule.title.en for entry in book.heat)


def test_all_faults_of_all_files_in_one_pass(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        a=GOOD.replace("    title", "    flor: 3\n    title"),
        b=GOOD.replace("count: 5", "count: x"),
        c="kind: heat\nrules: []\n",
        d=GOOD.replace("format: 1", "format: 1\nformat: 1"),
        e="a: [1\n",
    )
    assert [line.split(": error ")[0] for line in found] == [
        "a.yaml:5:5",
        "b.yaml:4:9",
        "b.yaml:6:34",
        "c.yaml:1:1",
        "c.yaml:2:8",
        "d.yaml:2:1",
        "d.yaml:5:9",
        "e.yaml:2:1",
    ]
    assert 'unknown field "flor" in rule one; did you mean "floor"?' in found[0]


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        (("clear: {count: 2}", "clear: {count: 5}"), "6:53", "clear must lie below fire"),
        (("clear: {count: 2}", "clear: {}"), "6:45", "never says when it clears"),
        (("fire: {count: 5}", "fire: {ratio: 5}"), "6:34", "fixed baseline expects nothing"),
        (("    levels", "    window: {size: 90s}\n    levels"), "6:20", "whole minutes"),
        (
            ("{III: {", "{II: {fire: {count: 4}, clear: {count: 1}}, III: {"),
            "6:33",
            "easier to reach",
        ),
        (("kind: heat", "kind: heet"), "2:7", 'unknown kind "heet"'),
        (("kind: heat", "kind: heat\ntypo: 1"), "3:1", 'unknown field "typo"'),
    ],
)
def test_a_rule_without_sense(
    tmp_path: Path, change: tuple[str, str], place: str, says: str
) -> None:
    found = faults(tmp_path, a=GOOD.replace(*change))
    assert any(line.startswith(f"a.yaml:{place}: error E") and says in line for line in found), (
        found
    )


def test_an_id_stands_once_in_all_files(tmp_path: Path) -> None:
    found = faults(tmp_path, a=GOOD, b=GOOD)
    assert found[0].startswith("b.yaml:4:9: error E110:")
    assert "a.yaml:4:9" in found[0]


def test_what_an_override_may_set(tmp_path: Path) -> None:
    def override(key: str, value: str) -> str:
        line = f"{{when: {{area: [A]}}, set: {{{key}: {value}}}, because: why}}"
        return GOOD + f"    overrides:\n      - {line}\n"

    assert "cannot be overridden" in faults(tmp_path, a=override("window.size", "5m"))[0]
    assert "unknown field" in faults(tmp_path, a=override("levels.III.fire.cnt", "9"))[0]
    assert (
        "clear must lie below fire" in faults(tmp_path, a=override("levels.III.fire.count", "1"))[0]
    )
    (tmp_path / "a.yaml").write_text(override("levels.III.fire.count", "9"), encoding="utf-8")
    effective = load_book(tmp_path).heat[0].effective("A")
    assert effective.rule.levels["III"].fire.count == 9


def test_later_overrides_win_by_field(tmp_path: Path) -> None:
    text = GOOD + (
        "    overrides:\n"
        "      - {when: {area: [A, B]}, set: {levels.III.fire.count: 9, floor: 4}, because: x}\n"
        "      - {when: {area: [B]}, set: {levels.III.fire.count: 7}, because: y}\n"
    )
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    entry = load_book(tmp_path).heat[0]
    assert [
        (entry.effective(a).rule.levels["III"].fire.count, entry.effective(a).rule.floor)
        for a in "ABC"
    ] == [(9, 4), (7, 4), (5, 3)]
    assert entry.effective("B").places["III", "fire", "count"].endswith("/a.yaml:9:58")


def test_the_hash_knows_content_and_not_the_place(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        (folder / "a.yaml").write_text(GOOD, encoding="utf-8")
    assert load_book(one).bundle == load_book(two).bundle
    (two / "a.yaml").write_text("# a comment\n" + GOOD, encoding="utf-8")
    assert load_book(one).bundle == load_book(two).bundle
    (two / "a.yaml").write_text(GOOD.replace("count: 5", "count: 6"), encoding="utf-8")
    assert load_book(one).bundle != load_book(two).bundle


def test_an_empty_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no rule files"):
        load_book(tmp_path)
