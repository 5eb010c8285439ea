"""What every sink must do, run over the registry: a new sink is held to it by being registered."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from sinks import SINKS
from streams.records import (
    Alert,
    AlertArea,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    AlertTrace,
    AlertWindow,
    Baseline,
    Evidence,
    MatchedTerm,
    Text2,
    ThresholdFrom,
)

AT = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)


def alert(**changes: object) -> Alert:
    """A heat alert, changed as asked."""
    heat = Alert(
        id="HEAT1",
        revision=1,
        dedup_key="heat-burst/990101000100",
        status="firing",
        level="III",
        kind="heat",
        area=AlertArea("990101000100", Text2("砚汀派出所", "Yanting Police Station"), ["990000"]),
        window=AlertWindow(AT.replace(minute=0), AT, AT),
        times=AlertTimes(breached=AT, fired=AT, updated=AT),
        evidence=Evidence(
            observed=9,
            expected=3.1,
            threshold=ThresholdFrom(count=8, from_="rules/library/heat.yaml:21:15"),
            baseline=Baseline("fixed", 0, 0, warming=False),
        ),
        incidents=AlertIncidents(9, ["J1", "J2", "J3", "J4"]),
        rule=AlertRule("heat-burst", "sha256:a", "sha256:b"),
        message=Text2("警情短时激增", "Burst of incidents"),
        trace=AlertTrace("00-1-2-01"),
    )
    return msgspec.structs.replace(heat, **changes)


def critical() -> Alert:
    """A keyword alert."""
    return alert(
        id="KEY1",
        kind="keyword",
        level="II",
        window=None,
        evidence=Evidence(
            category="robbery",
            terms=[MatchedTerm(3, 5, "抢劫", "robbery")],
            reasons=["lexicon:robbery"],
        ),
        incidents=AlertIncidents(1, ["J9"]),
        message=Text2("抢劫警情", "Robbery reported"),
    )


@pytest.fixture(params=sorted(SINKS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def written(kind: str, path: str, *batches: list[Alert]) -> str:
    with SINKS[kind](path) as sink:
        for batch in batches:
            sink.send(batch)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a path as users give it
        return file.read()


def test_every_alert_arrives_in_order(kind, tmp_path):
    text = written(kind, str(tmp_path / "out"), [alert(), critical()], [alert(revision=2)])
    assert text.index("Burst of incidents") < text.index("Robbery reported")
    assert text.count("Burst of incidents") == 2


def test_batches_do_not_matter(kind, tmp_path):
    one = written(kind, str(tmp_path / "one"), [alert(), critical()])
    two = written(kind, str(tmp_path / "two"), [alert()], [], [critical()])
    assert one == two


def test_an_empty_batch_does_nothing(kind, tmp_path):
    assert written(kind, str(tmp_path / "out"), []) == ""


def test_both_languages_and_the_reason_are_there(kind, tmp_path):
    text = written(kind, str(tmp_path / "out"), [alert(), critical()])
    for part in ("警情短时激增", "Burst of incidents", "rules/library/heat.yaml:21:15", "抢劫"):
        assert part in text


def test_every_status_level_and_kind_can_be_sent(kind, tmp_path):
    alerts = [
        alert(status=status, level=level, kind=name, previous_level=previous)
        for status in ("pending", "firing", "resolved", "withdrawn")
        for level, previous in (("I", "II"), ("II", None), ("III", None), ("IV", "III"))
        for name in ("keyword", "heat", "coverage", "process")
    ]
    assert written(kind, str(tmp_path / "out"), alerts)


def test_an_alert_with_nothing_optional_can_be_sent(kind, tmp_path):
    bare = alert(
        window=None,
        evidence=Evidence(),
        incidents=AlertIncidents(0, []),
        area=AlertArea("unknown", Text2(), []),
        message=Text2(),
    )
    assert "unknown" in written(kind, str(tmp_path / "out"), [bare])


def test_standard_output_is_a_target_and_stays_open(kind, capfdbinary):
    with SINKS[kind]("-") as sink:
        sink.send([critical()])
    with SINKS[kind]("-") as sink:
        sink.send([alert()])
    out = capfdbinary.readouterr().out.decode()
    assert out.index("Robbery reported") < out.index("Burst of incidents")
