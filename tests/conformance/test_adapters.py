"""Every registered format keeps the adapter's contract, whatever it is fed."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.adapters import FORMATS, Adapter, Decoded, Refusal, adapter_for
from streams.reasons import REASONS
from streams.records import Incident, UnitPosition

# One bait a format: a good record, whose fields are then spoiled one by one.
BAITS: dict[str, dict[str, object]] = {
    "watchfloor": {
        "schema": "incident/1",
        "incident_id": "J2026112100017",
        "reported_at": "2026-11-21T22:14:33+08:00",
        "source": "wechat",
        "category": "1002",
        "text": "有人在桥头抢 劫",
        "area_id": "520199550000",
        "lat": 26.6433,
        "lon": 106.6338,
        "coord_sys": "gcj02",
    },
    "call110": {
        "jjdbh": "J1",
        "bjsj": "20261121221433",
        "bjtjdm": "微信",
        "bjlbdm": "100000",
        "bjxldm": "抢劫",
        "jqjb": "2",
        "bjnr": "我被抢了",
        "wd": "26.6433",
        "jd": "106.6338",
    },
    "montgomery911": {
        "ts": "2016-03-13T02:30:00",
        "arrival_ts": "2016-03-13 03:41:00",
        "area": "LOWER MERION",
        "category": "EMS: FALL VICTIM",
        "lat": "40.0",
        "lon": "-75.0",
        "text": "MAIN ST; LOWER MERION;",
    },
}
SECRET = "Zq7x13812345678"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@cache
def adapter(name: str) -> Adapter:
    return adapter_for(name, china=True, hash_key=b"key")


every_format = pytest.mark.parametrize("name", sorted(FORMATS))


def test_every_format_has_a_bait() -> None:
    assert set(BAITS) == set(FORMATS)


@every_format
@given(raws=st.lists(st.none() | st.binary(max_size=80), max_size=6))
@settings(max_examples=60, deadline=None)
def test_arbitrary_bytes_give_one_reasoned_refusal_each(
    name: str, raws: list[bytes | None]
) -> None:
    items = adapter(name).decode(raws)
    assert len(items) == len(raws)
    assert all(isinstance(item, Refusal) and item.reason in REASONS for item in items)


@every_format
@given(row=st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=6))
@settings(max_examples=60, deadline=None)
def test_arbitrary_rows_never_raise(name: str, row: dict[str, str]) -> None:
    (item,) = adapter(name).decode([row])
    assert isinstance(item, Refusal)
    assert item.reason in REASONS


@every_format
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_spoiled_record_is_judged_the_same_twice(name: str, data: st.DataObject) -> None:
    bait = dict(BAITS[name])
    for field in data.draw(st.lists(st.sampled_from(sorted(bait)), max_size=3, unique=True)):
        bait[field] = data.draw(json_values)
    raws = [msgspec.json.encode(bait), msgspec.json.encode(BAITS[name])]
    first, second = (adapter(name).decode(raws) for _ in range(2))
    assert first == second
    assert isinstance(first[1], Incident)
    for item in first:
        _assert_settled(item)


@every_format
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_spoiled_row_is_judged_too(name: str, data: st.DataObject) -> None:
    row = {key: str(value) for key, value in BAITS[name].items()}
    for field in data.draw(st.lists(st.sampled_from(sorted(row)), max_size=3, unique=True)):
        row[field] = data.draw(
            st.text(max_size=30) | st.sampled_from(["nan", "inf", "1e999", "-0"])
        )
    for item in adapter(name).decode([row]):
        _assert_settled(item)


@every_format
@pytest.mark.parametrize("secret", [SECRET, 138_1234_5678, [SECRET], {SECRET: SECRET}])
def test_no_value_of_the_record_is_repeated_in_a_sentence(name: str, secret: object) -> None:
    for field in BAITS[name]:
        raw = msgspec.json.encode({**BAITS[name], field: secret, "unknown": secret})
        (item,) = adapter(name).decode([raw])
        said = item.detail if isinstance(item, Refusal) else ""
        said += " ".join(n.detail for n in getattr(item, "notices", ()))
        assert "13812345678" not in said
        assert "Zq7x" not in said


@every_format
def test_an_unreadable_row_is_refused(name: str) -> None:
    (item,) = adapter(name).decode([{}])
    assert isinstance(item, Refusal)


def _assert_settled(item: object) -> None:
    """What leaves an adapter: reasons from the list, points in WGS-84 or marked, both or none."""
    if isinstance(item, Refusal):
        assert item.reason in REASONS
        return
    if isinstance(item, Decoded):
        assert item.notices
        assert {notice.reason for notice in item.notices} <= set(REASONS)
        item = item.record
    assert isinstance(item, Incident | UnitPosition)
    assert (item.lat is None) == (item.lon is None)
    if item.lat is not None and item.lon is not None:
        assert item.coord_sys in ("wgs84", "unknown")
        assert -90 <= item.lat <= 90
        assert -180 <= item.lon <= 180
    # It survives its own wire format.
    assert adapter("watchfloor").decode([msgspec.json.encode(item)])
