"""Marks on alerts become dispositions: of keyword alerts, with the reasons that they were told."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from rules.critical.learning.from_acts import dispositions
from streams.acts import Act
from streams.records import Alert, AlertIncidents, Evidence
from tests.unit.sinks.alerts import alert

AT_MS = 1_780_000_000_000


def told(**fields: object) -> Alert:
    evidence = Evidence(category="robbery", reasons=["lexicon:robbery", "word:robbery:抢我"])
    fields = {"kind": "keyword", "evidence": evidence, "review": True, **fields}
    return replace(alert(), id="A1", incidents=AlertIncidents(2, ["I1", "I2"]), **fields)


def mark(disposition: str, by: str = "duty_1", alert_id: str = "A1") -> Act:
    return Act(
        kind="mark", id=f"{by}{disposition}", alert=alert_id, by=by, at_ms=AT_MS,
        disposition=disposition,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_mark_is_one_disposition_an_incident_with_the_reasons_last_told() -> None:
    ended = told(status="resolved", evidence=Evidence(category="robbery"))
    first, second = dispositions([mark("false_alarm")], [told(), ended])
    assert (first.incident_id, second.incident_id) == ("I1", "I2")
    assert (first.mark, first.tier, first.category, first.by) == (
        "false",
        "review",
        "robbery",
        "duty_1",
    )
    assert first.at == datetime.fromtimestamp(AT_MS / 1000, UTC)
    assert first.reasons == ["lexicon:robbery", "word:robbery:抢我"]


def test_what_it_was_decides_the_mark_and_a_name_goes_as_its_hash() -> None:
    marks = [mark("true_alarm"), mark("drill", by="值班长")]
    real, _, drill, _ = dispositions(marks, [told(review=False)])
    assert (real.mark, real.tier, drill.mark) == ("real", "critical", "unclear")
    assert drill.by != "值班长"
    assert len(drill.by) == 16


def test_nothing_is_learnt_of_heat_of_other_acts_and_of_what_is_not_known() -> None:
    ack = Act(kind="ack", id="1", alert="A1", by="duty_1", at_ms=AT_MS)
    assert list(dispositions([ack, mark("false_alarm", alert_id="A2")], [told()])) == []
    assert list(dispositions([mark("false_alarm")], [told(kind="heat")])) == []
