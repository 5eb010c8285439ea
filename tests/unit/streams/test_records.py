"""The record types: what they may never hold, and their JSON Schemas against the committed ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jsonschema
import msgspec
import pytest

from docs.generate import SCHEMAS, pages
from streams.acts import Act
from streams.categories import CATEGORIES
from streams.observations import DeadLetter
from streams.records import Alert, Area, Incident, UnitPosition

RECORDS = [Incident, UnitPosition, Area, Alert, Act, DeadLetter]

# A person's traits in the languages of the feeds. `name` stands in area and `title` nowhere.
FORBIDDEN = re.compile(
    r"person_?name|caller_?name|full_?name|first_?name|last_?name|surname|xm$|rxm|phone|mobile|sjh|"
    r"id_?(card|number|no)$|passport|sfz|account|wechat_?id|openid|qq_?(id|number)|e_?mail|"
    r"ethnic|nation|minzu|(^|_)race(_|$)|religio|zongjiao|hukou|huji|household|politic|party|gender|sex|"
    r"birth|(^|_)age$|face|fingerprint|plate|petition|score_person|credit"
)
PERSON_WORDS_ALLOWED = {"persons_harmed"}


def fields_of(kind: Any, seen: set[Any]) -> Iterator[tuple[str, str]]:
    """Every field name reachable from a type, with the name of the type that has it."""
    if kind in seen:
        return
    seen.add(kind)
    for hint in get_type_hints(kind).values():
        for part in _structs(hint):
            yield from fields_of(part, seen)
    for field in msgspec.structs.fields(kind):
        yield kind.__name__, field.encode_name


def _structs(hint: Any) -> Iterator[Any]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in get_args(hint):
        yield from _structs(part)


@pytest.mark.parametrize("kind", RECORDS)
def test_no_field_can_hold_a_trait_of_a_person(kind: type[msgspec.Struct]) -> None:
    for owner, name in fields_of(kind, set()):
        assert not FORBIDDEN.search(name) or name in PERSON_WORDS_ALLOWED, f"{owner}.{name}"
        if name == "name":
            assert owner in {"Area", "AlertArea", "AreaName"}


def test_pages_and_schemas_are_those_of_the_types(root: Path) -> None:
    for path, content in pages().items():
        committed = (root / path).read_text(encoding="utf-8")
        assert committed == content, f"{path} is stale: run make docs"


@pytest.mark.parametrize("kind", RECORDS)
def test_schemas_are_schemas(kind: type[msgspec.Struct]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind]())


INCIDENT: dict[str, Any] = {
    "schema": "incident/1",
    "incident_id": "J1",
    "reported_at": "2026-11-21T22:14:33+08:00",
    "source": "wechat",
    "category": "1002",
    "text": "",
    "level": None,
    "a_field_of_ours": 1,
}


def test_the_schema_takes_what_the_edge_takes() -> None:
    jsonschema.validate(INCIDENT, SCHEMAS[Incident]())


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "incident/2"},
        {"incident_id": "a b"},
        {"incident_id": ""},
        {"source": "pigeon"},
        {"lat": 91},
        {"text": "x" * 8001},
        {"satisfaction": 6},
        {"adcode": "52"},
    ],
)
def test_the_schema_refuses_what_the_edge_refuses(change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**INCIDENT, **change}, SCHEMAS[Incident]())


def test_an_alert_as_written_fits_its_schema() -> None:
    when = "2026-11-20T12:00:00Z"
    alert = {
        "schema": "alert/1",
        "id": "9F2K7Q",
        "revision": 3,
        "dedup_key": "heat-street/320101",
        "status": "firing",
        "level": "II",
        "previous_level": "III",
        "kind": "heat",
        "state": "live",
        "review": False,
        "area": {
            "id": "320101",
            "name": {"zh": "甲", "en": "A"},
            "path": ["32", "3201", "320101"],
            "cell": None,
        },
        "window": {"start": when, "end": when, "watermark": when},
        "times": {
            "breached": when,
            "fired": when,
            "updated": when,
            "resolved": None,
            "first_event": when,
            "detected_latency_ms": 840,
        },
        "evidence": {
            "observed": 9,
            "expected": 1.5,
            "interval": [0, 4],
            "score": 4.03,
            "p": 0.000028,
            "q": 0.003,
            "threshold": {"score": 4, "from": "rules/heat.yaml:21:26"},
            "clear_at": {"score": 2.5},
            "baseline": {"model": "seasonal-count", "weeks": 8, "n": 56, "warming": False},
            "terms": [],
        },
        "areas": [],
        "incidents": {"count": 9, "ids": ["A1", "A2"], "truncated": False, "calls": 12},
        "rule": {"id": "heat-street", "hash": "sha256:0", "bundle": "sha256:0", "overrides": []},
        "ack": {"by": None, "at": None, "due": when, "rung": 0},
        "suppressed_by": [],
        "inhibited_by": [],
        "close_reason": None,
        "disposition": None,
        "suggest": {"donors": []},
        "message": {"zh": "...", "en": "..."},
        "trace": {
            "traceparent": "00-0-0-00",
            "input": [{"topic": "incidents", "partition": 3, "offset": 18822}],
        },
    }
    jsonschema.validate(alert, SCHEMAS[Alert]())
    decoded = msgspec.convert(alert, Alert)
    # What came later is written only where it says something: old alerts keep their bytes.
    assert set(msgspec.json.decode(msgspec.json.encode(decoded))) == set(alert)
    later = {"assignee", "mechanism", "divert", "opinion"}
    assert set(alert) | later == {field.name for field in msgspec.structs.fields(Alert)}
    jsonschema.validate(msgspec.json.decode(msgspec.json.encode(decoded)), SCHEMAS[Alert]())


def test_category_codes_form_a_tree() -> None:
    for code, name in CATEGORIES.items():
        assert re.fullmatch(r"\d\d(\d\d)?", code)
        assert code[:2] in CATEGORIES
        assert name.zh
        assert name.en
