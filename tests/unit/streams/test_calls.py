"""What of a report travels for linking: a sketch, a caller of one area, the seat's link."""

from __future__ import annotations

from streams.calls import calls_of
from streams.observations import Finding, decode_batch, encode_batch
from streams.records import Incident
from tests.core_cases import FAR, FILE, World, report

FOUND = Finding("critical", "robbery", "II")
CALLER = "5eed" * 8


def incident(text: str = "", **fields: object) -> Incident:
    return Incident(
        schema="incident/1",
        incident_id="J1",
        reported_at=None,  # type: ignore[arg-type]  # not looked at
        source="phone_110",
        category="99",
        text=text,
        **fields,  # type: ignore[arg-type]
    )


def test_only_rows_that_may_be_linked_have_a_call() -> None:
    rows = [
        incident("门口有人持刀抢劫手机", caller_hash=CALLER),
        incident("门口有人吵架", caller_hash=CALLER),
        incident("又来了一个电话", linked_to="J0"),
    ]
    calls = calls_of(rows, {0: FOUND}, ["A", "A", "A"])
    assert sorted(calls) == [0, 2]
    assert calls[0].sketch
    assert calls[0].caller
    assert (calls[2].sketch, calls[2].caller, calls[2].linked) == (0, 0, "J0")


def test_a_caller_is_another_one_in_each_area_and_none_without_a_hash() -> None:
    rows = [incident(caller_hash=CALLER)] * 2 + [incident()]
    calls = calls_of(rows, dict.fromkeys(range(3), FOUND), ["A", "B", "A"])
    assert calls[0].caller != calls[1].caller
    assert calls[2].caller == 0
    assert all(call.caller < 1 << 64 for call in calls.values())


def test_the_callers_own_hash_stays_with_the_record() -> None:
    raw = report(1, 0, text="门口抢劫", caller_hash=CALLER)
    result = World().intake.ingest(FILE, offsets=[0], arrivals=[FAR], raws=[raw], clock=FAR)
    written = encode_batch(result.batches[0])
    assert decode_batch(written).calls[0].caller
    assert CALLER.encode() not in written
