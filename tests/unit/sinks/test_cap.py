"""CAP: what messages say, what they refer to, and how files appear."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from sinks.base import Rejected, Retryable
from sinks.cap import CapOptions, open_cap
from sinks.secrets import Secrets
from streams.decisions import Ack
from streams.errors import ConfigError
from streams.records import Alert, AlertArea, AreaName
from streams.texts import Text2
from tests.live.receivers import in_turn, receiver
from tests.unit.sinks.alerts import LATER, alert, ended, robbery

NS = {"c": "urn:oasis:names:tc:emergency:cap:1.2"}
ACKED = {
    "revision": 2,
    "ack": Ack("duty-desk", LATER),
    "times": msgspec.structs.replace(alert().times, updated=LATER),
}


def messages(folder, *batches: list[Alert], **options: Any) -> dict[str, ET.Element]:
    """What lies in the directory after batches, by file name."""
    with open_cap(CapOptions(directory=str(folder), **options), Secrets({})) as sink:
        for batch in batches:
            sink.send(batch)
    return {
        file.name: ET.fromstring(file.read_bytes())  # noqa: S314 - our own
        for file in sorted(folder.iterdir())
    }


def one(folder, record: Alert, **options: Any) -> ET.Element:
    (message,) = messages(folder, [record], **options).values()
    return message


def text(message: ET.Element, path: str) -> str | None:
    return message.findtext("/".join(f"c:{part}" for part in path.split("/")), None, NS)


def test_a_new_alert(tmp_path):
    message = one(tmp_path, robbery(), sender="city-police")
    said = {name: text(message, name) for name in ("identifier", "sender", "sent", "status")}
    assert said == {
        "identifier": "KEY1.1",
        "sender": "city-police",
        "sent": "2026-03-02T12:30:00-00:00",
        "status": "Actual",
    }
    assert text(message, "msgType") == "Alert"
    assert (text(message, "scope"), text(message, "restriction")) == (
        "Restricted",
        "For command centres only",
    )
    assert text(message, "references") is None
    assert text(message, "incidents") == "J9"
    infos = message.findall("c:info", NS)
    assert [text(info, "language") for info in infos] == ["zh-CN", "en-US"]
    assert [text(info, "headline") for info in infos] == ["抢劫警情", "Robbery reported"]
    assert [text(info, "event") for info in infos] == ["重大警情", "Critical report"]
    assert {text(info, "severity") for info in infos} == {"Severe"}
    assert {text(info, "urgency") for info in infos} == {"Immediate"}
    assert {text(info, "certainty") for info in infos} == {"Likely"}
    assert text(infos[0], "area/areaDesc") == "砚汀派出所"
    assert text(infos[1], "area/geocode/value") == "990101000100"
    parameters = {
        text(p, "valueName"): text(p, "value") for p in infos[0].iter(f"{{{NS['c']}}}parameter")
    }
    assert parameters["rule.hash"] == "sha256:a"
    assert parameters["level"] == "II"


@pytest.mark.parametrize(
    ("record", "type_", "status"),
    [
        (alert(), "Alert", "Actual"),
        (alert(revision=2), "Update", "Actual"),
        (alert(**ACKED), "Ack", "Actual"),
        (ended(), "Update", "Actual"),
        (ended(status="withdrawn"), "Cancel", "Actual"),
        (alert(state="test"), "Alert", "Test"),
        (alert(state="test", suppressed_by=["joint-drill"]), "Alert", "Exercise"),
    ],
)
def test_types_and_states(record, type_, status, tmp_path):
    message = one(tmp_path, record)
    assert (text(message, "msgType"), text(message, "status")) == (type_, status)


def test_an_end_is_all_clear_and_expires_at_once(tmp_path):
    message = one(tmp_path, ended())
    assert text(message, "info/responseType") == "AllClear"
    assert text(message, "info/urgency") == "Past"
    assert text(message, "info/expires") == text(message, "sent") == "2026-03-02T12:40:00-00:00"


def test_an_acknowledgement_names_who_and_has_no_info(tmp_path):
    message = one(tmp_path, alert(**ACKED))
    assert text(message, "note") == "acknowledged: duty-desk"
    assert message.find("c:info", NS) is None


def test_later_messages_name_all_earlier_ones_of_the_alert(tmp_path):
    second = alert(revision=2, times=msgspec.structs.replace(alert().times, updated=LATER))
    third = ended()
    found = messages(tmp_path, [alert(), robbery(), second], [second, third])
    first_, second_ = (
        "watchfloor,HEAT1.1,2026-03-02T12:30:00-00:00",
        "watchfloor,HEAT1.2,2026-03-02T12:40:00-00:00",
    )
    assert text(found["HEAT1.2.xml"], "references") == first_
    assert text(found["HEAT1.3.xml"], "references") == f"{first_} {second_}"


def test_after_a_restart_the_first_message_is_named(tmp_path):
    message = one(tmp_path, ended())
    assert text(message, "references") == "watchfloor,HEAT1.1,2026-03-02T12:30:00-00:00"


def test_a_message_sent_again_is_the_same_file(tmp_path):
    messages(tmp_path, [alert(), alert(revision=2)])
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    messages(tmp_path, [alert()], [alert(revision=2)])
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_trials_and_pending_alerts_are_never_told(tmp_path):
    assert messages(tmp_path, [alert(state="shadow"), alert(status="pending")]) == {}


def test_scopes_and_addresses(tmp_path):
    private = one(tmp_path / "a", alert(), scope="Private", addresses=["desk", "fire brigade"])
    assert text(private, "addresses") == 'desk "fire brigade"'
    assert text(private, "restriction") is None
    assert text(one(tmp_path / "b", alert(), scope="Public"), "scope") == "Public"


def test_one_language_where_one_has_a_text_and_all_areas(tmp_path):
    areas = [AreaName("a", Text2("甲", "A")), AreaName("b", Text2("", ""))]
    message = one(tmp_path, alert(message=Text2("热", ""), areas=areas))
    (info,) = message.findall("c:info", NS)
    found = [text(area, "areaDesc") for area in info.findall("c:area", NS)]
    assert found == ["甲", "b"]


def test_forbidden_characters_go(tmp_path):
    odd = alert(
        id="A b,c<d&e/f",
        message=Text2("x\x00\x1b\ufffe]]>y", "<&>"),
        area=AlertArea("x", Text2("\x07", ""), []),
    )
    (name,) = messages(tmp_path, [odd])
    message = ET.fromstring((tmp_path / name).read_bytes())  # noqa: S314 - our own
    assert name == "A_b_c_d_e_f.1.xml"
    assert text(message, "identifier") == "A_b_c_d_e/f.1"
    assert text(message, "info/headline") == "x]]>y"


def test_by_post_with_how_many_were_taken():
    with (
        receiver(in_turn("ok", "503")) as mine,
        open_cap(CapOptions(url=mine.url), Secrets({})) as sink,
    ):
        with pytest.raises(Retryable) as later:
            sink.send([alert(), robbery()])
        assert later.value.done == 1
        assert mine.requests[0].headers["content-type"].startswith("application/cap+xml")
        mine.behave = lambda _: "400"
        with pytest.raises(Rejected) as refused:
            sink.send([alert(state="shadow"), robbery()])
        assert (refused.value.done, refused.value.count) == (1, 1)


def test_a_place_that_is_no_directory_and_one_that_fills_up(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be a directory"):
        messages(tmp_path / "file", [alert()])
    with pytest.raises(ConfigError, match="needs a `directory`"):
        open_cap(CapOptions(), Secrets({})).__enter__()
    with open_cap(CapOptions(directory=str(tmp_path / "gone")), Secrets({})) as sink:
        (tmp_path / "gone").rmdir()
        with pytest.raises(Retryable, match="did not take"):
            sink.send([alert()])
