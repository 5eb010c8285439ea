"""The layout of rule files: comments stay with what they are about, values stay, twice is once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rules.language.formatting import WIDTH, formatted
from streams.errors import RuleError
from streams.yaml_nodes import parse_yaml

ROOT = Path(__file__).parents[4]
BOOKS = sorted(
    file
    for folder in ("rules/library", "examples", "tests/rulefiles/good")
    for file in (ROOT / folder).rglob("*.yaml")
)
BROKEN = sorted((ROOT / "tests/rulefiles/broken").rglob("*.yaml"))
COMING_WITH_IT = [file for file in BOOKS if "rulefiles" not in file.parts]
WILD = """# yaml-language-server: $schema=heat.json
# who to ask

kind: heat   # about heat
format: 1


# the rules
rules:
  # first
  - title: {zh: 警情短时激增, en: "Burst # of"}   # its name
    # the id
    id: heat-burst

    levels:
        III: {fire: {count: 8}, clear: {count: 4}}
        II: {fire: {count: 14},  # why
             clear: {count: 8}}
    # about the window
    window:
      every: 1m
      size: 15m
      # end of window
    overrides:
      - {when: {tag: bar-street, time: night}, because: usual load,
         set: {levels.III.fire.score: 3, levels.II.fire.score: 5, levels.I.fire.score: 8}}
      - set:
          floor:
          for: ~
        when: {area: ["0110"]}
        because: |
          two lines # no comment
            indented

          of it
    message:
      zh: >-   # folded
        some text
        over lines
      en: plain text over
         two lines
    # end of rule
  # second
  - id: heat-volume
    title: {zh: a, en: 'b'}
    levels: {}
    tests: []

  # last
# tail
"""
TAME = """# yaml-language-server: $schema=heat.json
# who to ask

format: 1
kind: heat  # about heat

# the rules
rules:
  # first
  # the id
  - id: heat-burst
    title: {zh: 警情短时激增, en: "Burst # of"}  # its name
    # about the window
    window:
      size: 15m
      every: 1m
      # end of window

    levels:
      III: {fire: {count: 8}, clear: {count: 4}}
      II:
        fire: {count: 14}  # why
        clear: {count: 8}
    message:
      zh: >-  # folded
        some text
        over lines
      en: plain text over two lines
    overrides:
      - when: {tag: bar-street, time: night}
        set: {levels.III.fire.score: 3, levels.II.fire.score: 5, levels.I.fire.score: 8}
        because: usual load
      - when: {area: ["0110"]}
        set:
          floor: null
          for: null
        because: |
          two lines # no comment
            indented

          of it
    # end of rule
  # second
  - id: heat-volume
    title: {zh: a, en: 'b'}
    levels: {}
    tests: []
  # last
# tail
"""


def again(text):
    return formatted(text.encode(), "book.yaml")


def value(text):
    document = parse_yaml(text.encode(), "book.yaml")
    assert document.faults == []
    return document.value


def test_a_file_of_all_sorts_in_its_layout():
    assert again(WILD) == TAME


@pytest.mark.parametrize("file", BOOKS, ids=lambda file: file.stem)
def test_books_keep_their_values_and_are_formatted_once_for_all(file):
    text = file.read_text(encoding="utf-8")
    once = formatted(file.read_bytes(), file.name)
    assert again(once) == once
    assert value(once) == value(text)


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_files_with_faults_are_formatted_too_or_told_with_a_place(file):
    document = parse_yaml(file.read_bytes(), file.name)
    if document.faults:
        with pytest.raises(RuleError, match=r":\d+:\d+: error"):
            formatted(file.read_bytes(), file.name)
        return
    once = formatted(file.read_bytes(), file.name)
    assert again(once) == once
    assert value(once) == document.value


@pytest.mark.parametrize("file", COMING_WITH_IT, ids=lambda file: file.stem)
def test_the_books_that_come_with_the_engine_are_in_their_layout(file):
    text = file.read_text(encoding="utf-8")
    assert again(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("\n\n", ""),
        ("# only a comment\n\n", "# only a comment\n"),
        ("a: 0110\nb: no\nc: 22:00\nd: 1e3\n", "a: 0110\nb: no\nc: 22:00\nd: 1e3\n"),
        ("a: '0110'\nb: \"x\\u4e2d\"\n", "a: '0110'\nb: \"x\\u4e2d\"\n"),
        ("a:\nb: ~\nc: ''\n", "a: null\nb: null\nc: ''\n"),
        ("a:   [1,2 , 3]\nb: {x: 1,y:  2}\n", "a: [1, 2, 3]\nb: {x: 1, y: 2}\n"),
        ("a:\n- 1\n- b: 2\n  c: 3\n", "a:\n  - 1\n  - b: 2\n    c: 3\n"),
        ("a:\n- - 1\n  - 2\n", "a:\n  -\n    - 1\n    - 2\n"),
        ("- a: 1  # one\n- {b: 2}  # two\n", "- a: 1  # one\n- {b: 2}  # two\n"),
        ('a: "two\n  lines\\n"\n', 'a: "two lines\\n"\n'),
        ("a: |2\n    x\n", 'a: "  x\\n"\n'),
        ("a: |+\n  x\n\nb: 1\n", "a: |+\n  x\n\nb: 1\n"),
        ("a: [1, # one\n  2]\n", "a:\n  - 1  # one\n  - 2\n"),
        ("a: &x {b: 1}\nc: *x\n", "a: &x {b: 1}\nc: *x\n"),
        ("---\na: 1\n", "a: 1\n"),
        ("\ufeffa: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
        ("word\n", "word\n"),
        ("a: http://x#y # z\n", "a: http://x#y  # z\n"),
    ],
)
def test_the_forms_of_yaml(text, shown):
    assert again(text) == shown
    assert again(shown) == shown


def test_a_line_too_long_is_broken_and_a_chinese_character_takes_two_columns():
    short = f"a: {{x: {'字' * ((WIDTH - 8) // 2)}}}\n"
    assert again(short) == short
    assert again(short.replace("字}", "字字}")).startswith("a:\n  x: 字")


def test_what_is_not_well_formed_is_told_with_its_places():
    with pytest.raises(RuleError, match=r"book\.yaml:2:1: error: key \"a\" stands here"):
        again("a: 1\na: 2\n")


comments = st.tuples(
    st.integers(0, 60), st.integers(0, 12), st.sampled_from(["own", "beside", "blank"])
)


@given(
    st.sampled_from([WILD, TAME, *(file.read_text(encoding="utf-8") for file in BOOKS)]),
    st.lists(comments, max_size=8),
)
def test_wherever_comments_stand_none_is_lost_and_twice_is_once(text, added):
    lines = text.split("\n")
    for number, (line, column, how) in enumerate(added):
        at = line % len(lines)
        if how == "own":
            lines.insert(at, f"{' ' * column}# own {number}")
        elif how == "beside":
            lines[at] += f"  # beside {number}"
        else:
            lines.insert(at, "")
    wild = "\n".join(lines)
    document = parse_yaml(wild.encode(), "book.yaml")
    if document.faults:
        with pytest.raises(RuleError):
            again(wild)
        return
    once = again(wild)
    assert again(once) == once
    assert value(once) == document.value


plain = st.text(alphabet="ab 字:#-{}[],&*!|>'\"%@`\\\n\t0~", max_size=12)


@given(
    st.recursive(
        st.none() | plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from([True, False, None]),
    st.integers(20, 200),
)
def test_any_value_in_any_style_survives(data, flow, width):
    wild = yaml.safe_dump(data, default_flow_style=flow, width=width, allow_unicode=True)
    document = parse_yaml(wild.encode(), "book.yaml")
    if document.faults:
        return
    once = again(wild)
    assert again(once) == once
    assert value(once) == document.value
