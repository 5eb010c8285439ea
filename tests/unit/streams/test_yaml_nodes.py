"""YAML with places: text stays text, every value and key has its place, and nothing raises."""

from __future__ import annotations

import pytest

from streams.yaml_nodes import parse_yaml


def forms(text: str | bytes) -> list[tuple[str, int, int]]:
    raw = text if isinstance(text, bytes) else text.encode()
    return [(f.form, f.place.line, f.place.column) for f in parse_yaml(raw, "f").faults]


def test_scalars_stay_text_and_nothing_is_nothing() -> None:
    value = parse_yaml(b'a: 0110\nb: no\nc: 22:00\nd:\ne: ~\nf: ""\ng: NULL\nh: null\n', "f").value
    assert value == {"a": "0110", "b": "no", "c": "22:00", "d": None, "e": None,
                     "f": "", "g": "NULL", "h": None}  # fmt: skip


def test_values_and_keys_have_their_places() -> None:
    document = parse_yaml("甲:\n  - {b: 1,   c: 2}\n".encode(), "f")
    assert document.place(("甲", 0, "c"))[1:] == (2, 17)
    assert document.key(("甲", 0, "c"))[1:] == (2, 14)
    assert document.place(("甲", 0, "none"))[1:] == (2, 5)


def test_an_alias_stands_where_it_is_written() -> None:
    document = parse_yaml(b"a: &x {n: 1}\nb: *x\n", "f")
    assert document.value == {"a": {"n": "1"}, "b": {"n": "1"}}
    assert document.place(("b", "n"))[1:] == (2, 4)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"a: \xff", [("unreadable", 1, 4)]),
        ("a: [1,\n", [("syntax", 2, 1)]),
        ("a: b\x07", [("syntax", 1, 5)]),
        ("a:\n  b:\n\t- c\n", [("tab", 3, 1)]),
        ("a: 1\nb: 2\na: 3\n", [("duplicate", 3, 1)]),
        ("a: *b\n", [("alias", 1, 4)]),
        ("&a [*a]\n", [("alias", 1, 5)]),
        ("? [a]\n: b\n", [("key", 1, 3)]),
        ("a: !!int 3\n", [("tag", 1, 4)]),
        ("--- a\n--- b\n", [("syntax", 2, 1)]),
        ("[" * 100_000, [("deep", 1, 65)]),
        ("\ufeffa: [", [("syntax", 1, 5)]),
    ],
)
def test_faults_of_form(text: str | bytes, found: list[tuple[str, int, int]]) -> None:
    assert forms(text) == found


def test_aliases_that_would_make_billions_of_values_are_refused() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert [form for form, *_ in forms("\n".join(lines))] == ["alias"]
