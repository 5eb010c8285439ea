"""Acts as they travel: their records on the audit log, on control and in the log."""

from __future__ import annotations

import msgspec
import pytest

from streams.acts import Act, Silence, SilenceWhen, act_key, decode_act, encode_act
from streams.announce import act_records
from streams.control import ControlView
from streams.observations import decode_batch
from streams.settings import Settings

SETTINGS = Settings(partitions=3)
ACK = Act(kind="ack", id="a1", alert="ALERT1", by="duty-officer", because="seen", at_ms=5)
SILENCE = Act(
    kind="silence",
    id="a2",
    by="duty-officer",
    because="planned works",
    at_ms=6,
    silence=Silence(id="works", when=SilenceWhen(area=["320102"]), from_ms=0, to_ms=10),
)
EXPIRE = Act(kind="expire", id="a3", by="duty-officer", because="done", at_ms=7, to="works")


@pytest.mark.parametrize("act", [ACK, SILENCE, EXPIRE])
def test_an_act_comes_back_as_it_was_written(act: Act) -> None:
    value = encode_act(act)
    assert value.startswith(b'{"schema":"act/1"')
    assert decode_act(value) == act


def test_what_is_of_one_alert_or_silence_has_one_key() -> None:
    assert act_key(ACK) == b"ALERT1"
    assert act_key(SILENCE) == act_key(EXPIRE) == b"silence/works"


def test_an_act_is_on_the_audit_log_before_any_watch_hears_of_it() -> None:
    records = act_records(SETTINGS, [ACK, SILENCE])
    assert [record.topic for record in records] == [
        "audit", "audit", "control", "observations", "observations", "observations",
    ]  # fmt: skip
    for partition, record in enumerate(records[3:]):
        batch = decode_batch(record.value or b"")
        assert record.partition == partition
        assert (batch.stream, batch.acts) == ("acts", [ACK, SILENCE])


def test_control_holds_the_silences_that_nobody_ended() -> None:
    view = ControlView()
    for offset, record in enumerate(act_records(SETTINGS, [ACK, SILENCE])):
        if record.topic == "control":
            view.add(offset, record.key, record.value)
    assert view.silences == {"works": SILENCE}
    ended = [r for r in act_records(SETTINGS, [EXPIRE]) if r.topic == "control"]
    view.add(9, ended[0].key, ended[0].value)
    assert not view.silences
    assert not view.foreign


def test_many_acts_are_told_in_records_of_bounded_size() -> None:
    acts = [msgspec.structs.replace(ACK, id=f"a{i}") for i in range(1200)]
    told = [r for r in act_records(SETTINGS, acts) if r.topic == "observations"]
    heard = [act for r in told if r.partition == 1 for act in decode_batch(r.value or b"").acts]
    assert heard == acts
    assert max(len(r.value or b"") for r in told) < 200_000


def test_what_is_personal_in_a_reason_is_masked() -> None:
    act = msgspec.structs.replace(ACK, because="rang 13812345678 back")
    for record in act_records(SETTINGS, [act]):
        assert b"13812345678" not in (record.value or b"")


def test_a_silence_has_a_plain_name() -> None:
    bad = encode_act(SILENCE).replace(b'"works"', b'"Works of 12!"')
    with pytest.raises(msgspec.ValidationError):
        decode_act(bad)
