"""Critical alerts: on arrival, one per incident, revised when the incident changes."""

from __future__ import annotations

import msgspec

from streams.intake import Source
from streams.records import Alert
from tests.core_cases import World, report


def run(*raws: bytes) -> list[Alert]:
    world = World()
    world.feed(raws)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


def test_a_critical_report_alerts_at_once_and_waits_for_no_watermark() -> None:
    world = World()
    world.feed([report(1, 5, text="门口抢劫")], Source("incidents", 0, 4))
    alert = msgspec.json.decode(world.alerts[0], type=Alert)
    assert world.watches[0].watermark() is None
    assert (alert.rule.id, alert.level, alert.status, alert.kind) == (
        "kw-robbery",
        "II",
        "firing",
        "keyword",
    )
    assert alert.incidents.ids == ["J00001"]
    assert [(t.start, t.end, t.term) for t in alert.evidence.terms] == [(2, 4, "抢劫")]
    assert alert.message.zh == "抢劫警情（二级）：A，命中“抢劫”"
    assert "门口" not in world.alerts[0].decode(), "the caller's words stay where they are"


def test_a_report_without_a_keyword_says_so_and_shows_the_place() -> None:
    alert = run(report(1, 5, text="把我按墙上翻口袋"))[0]
    assert alert.message.zh == "抢劫警情（二级）：A，未见关键词，由表述判断"
    assert alert.message.en.endswith("judged by the wording, no keyword")
    assert [(t.start, t.end) for t in alert.evidence.terms] == [(2, 5)]


def test_a_late_critical_report_alerts_all_the_same() -> None:
    alerts = run(report(1, 300), report(2, 5, text="抢劫"))
    assert [a.incidents.ids for a in alerts] == [["J00002"]]


def test_the_same_report_twice_is_one_alert() -> None:
    assert len(run(report(1, 5, text="抢劫"), report(1, 5, text="抢劫"))) == 1


def test_a_drill_never_alerts() -> None:
    assert run(report(1, 5, text="抢劫", test=True)) == []


def test_the_seats_level_is_never_lowered() -> None:
    assert run(report(1, 5, text="抢劫", level="I"))[0].level == "I"
    alert = run(report(1, 5, text="抢劫", level="IV"))[0]
    assert alert.level == "II"
    assert alert.evidence.reasons == ["lexicon:robbery"]


def test_the_seats_code_alerts_without_a_word() -> None:
    alert = run(report(1, 5, text="", category="1004"))[0]
    assert (alert.rule.id, alert.level) == ("kw-kidnapping", "II")
    assert alert.evidence.reasons == ["category:1004"]
    assert run(report(1, 5, text="", category="70")) == []


def test_an_upgrade_is_a_revision_and_closing_resolves() -> None:
    alerts = run(
        report(1, 5, text="抢劫"),
        report(1, 6, text="抢劫", rev=1, event="updated"),
        report(1, 7, text="抢劫", rev=2, event="updated", level="I"),
        report(1, 8, rev=3, event="closed"),
        report(1, 9, rev=4, event="feedback"),
    )
    assert [(a.revision, a.status, a.level, a.previous_level) for a in alerts] == [
        (1, "firing", "II", None),
        (2, "firing", "I", "II"),
        (3, "resolved", "I", None),
    ]
    assert len({a.id for a in alerts}) == 1
    assert alerts[-1].close_reason == "closed"
    assert alerts[-1].times.resolved is not None


def test_a_recall_withdraws() -> None:
    alerts = run(report(1, 5, text="抢劫"), report(1, 8, rev=1, event="cancelled"))
    assert [a.status for a in alerts] == ["firing", "withdrawn"]


def test_an_officers_result_is_not_a_call_for_help() -> None:
    assert run(report(1, 5, text="经查并无抢劫", rev=1, event="feedback")) == []


def test_ids_do_not_depend_on_the_chunk_or_the_rules_text() -> None:
    assert (
        run(report(1, 5, text="抢劫"))[0].id == run(report(0, 1), report(1, 5, text="抢劫"))[0].id
    )
