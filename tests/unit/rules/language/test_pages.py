"""The generated pages and schemas of the rule language: committed, valid, true of good files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from msgspec import inspect

from docs.generate_rules import ROOT, pages
from rules.language.json_schema import NAMES, json_schema
from rules.language.schema import KINDS

GOOD = sorted((ROOT / "tests" / "rulefiles" / "good").glob("*/*.yaml"))
SHIPPED = sorted((ROOT / "rules" / "library").glob("*.yaml"))


class EditorLoader(yaml.SafeLoader):
    """Reads scalars as YAML 1.2 editors do: no `no`, no sexagesimal numbers, no dates."""


EditorLoader.yaml_implicit_resolvers = {}
for tag, form, first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?[0-9]+\.[0-9]+$", "-0123456789"),
):
    EditorLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(form), list(first))


def test_the_pages_are_those_of_the_code() -> None:
    stale = [
        path.as_posix()
        for path, text in pages().items()
        if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != text
    ]
    assert stale == []


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_names_no_host(name: str) -> None:
    schema = json_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"].startswith("urn:")


@pytest.mark.parametrize("file", [*GOOD, *SHIPPED], ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_an_editor_marks_nothing_in_a_good_file(file: Path) -> None:
    loaded = yaml.load(file.read_text(encoding="utf-8"), Loader=EditorLoader)  # noqa: S506
    # Keys of JSON are text, so that `false:` is a name to an editor, as it is to the engine.
    value = json.loads(json.dumps(loaded))
    jsonschema.Draft202012Validator(json_schema(value["kind"])).validate(value)


@pytest.mark.parametrize(
    ("broken", "wrong"),
    [
        ({"flor": 3}, "flor"),
        ({"floor": 0}, "0"),
        ({"id": "Heat"}, "Heat"),
        ({"levels": {"V": {}}}, "V"),
        ({"window": {"size": "90"}}, "90"),
    ],
)
def test_an_editor_marks_what_is_wrong(broken: dict[str, Any], wrong: str) -> None:
    limits = {"III": {"fire": {"count": 5}, "clear": {"count": 2}}}
    rule = {"id": "a", "title": {"zh": "一", "en": "One"}, "levels": limits} | broken
    validator = jsonschema.Draft202012Validator(json_schema("heat"))
    errors = list(validator.iter_errors({"format": 1, "kind": "heat", "rules": [rule]}))
    assert errors
    assert any(wrong in error.message for error in errors)


@pytest.mark.parametrize("file", GOOD, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_the_modeline_of_a_good_file_leads_to_its_schema(file: Path) -> None:
    first, _, _ = file.read_text(encoding="utf-8").partition("\n")
    _, named, target = first.partition("# yaml-language-server: $schema=")
    if named:
        schema = msgspec.json.decode((file.parent / target).read_bytes())
        value = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert schema["$id"] == f"urn:watchfloor:rules:{value['kind']}"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_text_with_a_pattern_may_be_a_list_too(kind: str) -> None:
    """msgspec 0.22 frees such a pattern twice, and the process dies later on."""

    def walk(info: Any, seen: set[str]) -> None:
        if isinstance(info, inspect.UnionType):
            bare = [t.type if isinstance(t, inspect.Metadata) else t for t in info.types]
            lists = any(isinstance(t, (inspect.ListType, inspect.DictType)) for t in bare)
            assert not lists or all(getattr(t, "pattern", None) is None for t in bare)
        if isinstance(info, inspect.StructType):
            if info.cls.__name__ in seen:
                return
            seen.add(info.cls.__name__)
        for name in ("type", "item_type", "key_type", "value_type"):
            if hasattr(info, name):
                walk(getattr(info, name), seen)
        for inner in (*getattr(info, "types", ()), *getattr(info, "item_types", ())):
            walk(inner, seen)
        for field in getattr(info, "fields", ()):
            walk(field.type, seen)

    walk(inspect.type_info(KINDS[kind]), set())
