"""What a channel sends and when: news, groups, lists, reminders, storms; in order, nothing lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rules.alerts import instant
from rules.language.routing import Rung
from rules.notify.outbox import Outbox
from rules.notify.router import Targets
from rules.notify.storm import SUMMARY
from streams.areas import AreaTree
from streams.records import Ack, Alert, Text2
from tests.unit.rules.notify.alerts import NOON_MS, alert

HALL = "webhook:hall"


def targets(**fields: Any) -> Targets:
    values: dict[str, Any] = {
        "route": "command",
        "rungs": (Rung(0, (HALL,), (HALL,)), Rung(60_000, ("chief",), ("webhook:phone",))),
        "reached": 0,
        "channels": (HALL,),
        "commands": ("station",),
        "quiet": False,
        "lifeline": False,
        "languages": ("zh", "en"),
    }
    return Targets(**{**values, **fields})


def outbox(channel: str = HALL, position: int = 0, **fields: Any) -> Outbox:
    return Outbox(channel, position, AreaTree(), **fields)


def sent(box, now=NOON_MS):
    """All that is due, settled: (why, [(id, revision)])."""
    found = []
    while (parcel := box.due(now)) is not None:
        found.append((parcel.why, [(a.id, a.revision) for a in parcel.alerts]))
        box.done(parcel)
    return found


def test_a_new_alert_goes_at_once_and_is_settled_when_it_is_taken():
    box = outbox()
    box.take(7, alert(), targets(), NOON_MS)
    parcel = box.due(NOON_MS)
    assert parcel is not None
    assert (parcel.why, parcel.alerts[0].id) == ("alert", "A1")
    assert box.position == 7
    box.done(parcel)
    assert box.position == 8
    assert box.due(NOON_MS) is None


def test_nobody_is_told_again_of_an_ack_a_time_or_one_more_caller():
    box = outbox()
    box.take(0, alert(), targets(), NOON_MS)
    sent(box)
    quiet_changes: list[dict[str, Any]] = [
        {"ack": Ack(due=instant(NOON_MS + 60_000))},
        {"ack": Ack(by="desk", at=instant(NOON_MS))},
        {"assignee": "U1"},
        {"disposition": "true_alarm"},
    ]
    for offset, change in enumerate(quiet_changes, 1):
        box.take(offset, alert(revision=1 + offset, **change), targets(), NOON_MS)
    assert sent(box) == []
    assert box.position == 5


def test_people_are_told_that_it_is_graver_confirmed_larger_and_over():
    box = outbox()
    changes: list[dict[str, Any]] = [
        {},
        {"level": "I", "previous_level": "II"},
        {"level": "I", "review": True},
        {"level": "III", "previous_level": "I", "review": True},
        {"level": "III", "review": True, "status": "resolved"},
    ]
    for offset, change in enumerate(changes):
        box.take(offset, alert(revision=1 + offset, **change), targets(), NOON_MS)
    assert [alerts for _, alerts in sent(box)] == [[("A1", n)] for n in range(1, 6)]


def test_a_rung_that_is_reached_is_told_and_those_before_it_are_not():
    up = targets(reached=1, channels=(HALL, "webhook:phone"))
    for channel, expected in ((HALL, [1]), ("webhook:phone", [2])):
        box = outbox(channel)
        box.take(0, alert(), targets(), NOON_MS)
        box.take(1, alert(revision=2, rung=1), up, NOON_MS)
        assert [alerts[0][1] for _, alerts in sent(box)] == expected


def test_an_alert_that_was_never_told_here_does_not_end_here():
    box = outbox()
    box.take(0, alert(revision=3, status="resolved"), targets(), NOON_MS)
    box.take(1, alert("A2"), targets(channels=("webhook:other",)), NOON_MS)
    box.take(2, alert("A2", revision=2, status="resolved"), targets(), NOON_MS)
    assert sent(box) == []


def test_who_was_told_hears_the_end_though_the_route_has_gone_elsewhere():
    box = outbox()
    box.take(0, alert(), targets(), NOON_MS)
    ended = alert(revision=2, level="IV", status="resolved")
    box.take(1, ended, targets(channels=("webhook:other",)), NOON_MS)
    assert [alerts for _, alerts in sent(box)] == [[("A1", 1)], [("A1", 2)]]


def test_a_silenced_alert_is_told_when_the_silence_is_over():
    box = outbox()
    box.take(0, alert(), targets(quiet=True), NOON_MS)
    assert sent(box) == []
    box.take(1, alert(revision=2), targets(), NOON_MS)
    assert sent(box) == [("alert", [("A1", 2)])]
    box.take(2, alert(revision=3), targets(quiet=True), NOON_MS)
    box.take(3, alert(revision=4), targets(), NOON_MS)
    assert sent(box) == [("alert", [("A1", 4)])]


def test_a_record_is_kept_of_every_revision_also_of_a_silenced_one():
    box = outbox(keeps=True, most=1)
    for offset in range(4):
        box.take(offset, alert(revision=1 + offset), targets(quiet=True), NOON_MS)
    assert [alerts[0][1] for _, alerts in sent(box)] == [1, 2, 3, 4]


def test_a_revision_that_comes_twice_is_told_once():
    box = outbox()
    box.take(0, alert(), targets(), NOON_MS)
    box.take(1, alert(), targets(), NOON_MS)
    assert len(sent(box)) == 1


def test_the_first_of_a_group_never_waits_and_the_rest_come_as_one():
    box, group = outbox(), targets(key=("K",), wait_ms=30_000)
    for number in range(4):
        box.take(number, alert(f"A{number}"), group, NOON_MS + number)
    assert sent(box) == [("alert", [("A0", 1)])]
    assert box.position == 1
    assert box.due_ms() == NOON_MS + 30_000
    assert sent(box, NOON_MS + 29_999) == []
    assert sent(box, NOON_MS + 30_000) == [("group", [("A1", 1), ("A2", 1), ("A3", 1)])]
    assert box.position == 4


def test_a_graver_level_leaves_its_group_and_goes_at_once():
    box, group = outbox(), targets(key=("K",), wait_ms=30_000)
    box.take(0, alert("A0"), group, NOON_MS)
    box.take(1, alert("A1"), group, NOON_MS)
    box.take(2, alert("A1", revision=2, level="I"), group, NOON_MS)
    assert sent(box) == [("alert", [("A0", 1)]), ("alert", [("A1", 2)])]
    assert sent(box, NOON_MS + 30_000) == [("group", [])]
    assert box.position == 3


def test_a_list_comes_on_the_hour_with_the_newest_of_each():
    box, listed = outbox(), targets(digest_ms=3_600_000)
    box.take(0, alert("A0"), listed, NOON_MS + 60_000)
    box.take(1, alert("A1"), listed, NOON_MS + 70_000)
    box.take(2, alert("A0", revision=2, status="resolved"), listed, NOON_MS + 80_000)
    assert sent(box, NOON_MS + 3_599_999) == []
    assert sent(box, NOON_MS + 3_600_000) == [("digest", [("A0", 2), ("A1", 1)])]


def test_an_open_alert_is_told_again_until_somebody_acknowledges():
    box, again = outbox(), targets(repeat_ms=60_000)
    box.take(0, alert(), again, NOON_MS)
    sent(box)
    assert sent(box, NOON_MS + 60_000) == [("repeat", [("A1", 1)])]
    assert sent(box, NOON_MS + 120_000) == [("repeat", [("A1", 1)])]
    acked = alert(revision=2, ack=Ack(by="desk", at=instant(NOON_MS)))
    box.take(1, acked, again, NOON_MS + 130_000)
    assert sent(box, NOON_MS + 999_000) == []
    assert box.due_ms() is None


def test_a_storm_becomes_one_summary_that_counts_and_names_the_gravest():
    box = outbox(most=3)
    for number in range(10):
        level = "I" if number == 7 else "III"
        area = alert(f"A{number}", area=f"S{number}", path=["K", f"S{number}"], level=level)
        box.take(number, area, targets(), NOON_MS + number)
    assert [alerts for _, alerts in sent(box)] == [[(f"A{n}", 1)] for n in range(3)]
    assert box.position == 3
    parcel = box.due(NOON_MS + 60_000)
    assert parcel is not None
    (summary,) = parcel.alerts
    assert (parcel.why, summary.rule.id, summary.level) == ("summary", SUMMARY, "I")
    assert summary.incidents.count == 7
    assert summary.area.id == "K"
    assert "另有 7 条" in summary.message.zh
    assert "S7" in summary.message.en
    box.done(parcel)
    assert box.position == 10


def test_a_storm_that_goes_on_is_one_alert_that_grows_and_ends():
    box = outbox(most=1)
    summaries: list[Alert] = []
    for minute, numbers in enumerate([range(4), range(4, 6), (), ()]):
        now = NOON_MS + minute * 60_000
        while (parcel := box.due(now)) is not None:
            box.done(parcel)
            if parcel.why == "summary":
                summaries += parcel.alerts
        for number in numbers:
            box.take(number, alert(f"A{number}"), targets(), now)
    assert len({one.id for one in summaries}) == 1
    assert [(one.revision, one.status, one.incidents.count) for one in summaries] == [
        (1, "firing", 3),
        (2, "firing", 4),
        (3, "resolved", 4),
    ]
    assert (box.position, box.due_ms()) == (6, None)


def test_lifeline_alerts_are_always_told_by_themselves():
    box = outbox(most=1)
    for number in range(5):
        box.take(number, alert(f"A{number}"), targets(lifeline=True), NOON_MS)
    assert len(sent(box)) == 5


def test_what_went_into_a_summary_does_not_end_one_by_one_but_rises_by_itself():
    box = outbox(most=1)
    for number in range(3):
        box.take(number, alert(f"A{number}", level="III"), targets(), NOON_MS)
    sent(box)
    box.take(3, alert("A1", revision=2, level="III", status="resolved"), targets(), NOON_MS)
    graver = alert("A2", revision=2, level="I", previous_level="III")
    box.take(4, graver, targets(), NOON_MS + 60_000)
    assert [alerts for why, alerts in sent(box, NOON_MS + 60_000) if why == "alert"] == [
        [("A2", 2)]
    ]


def test_texts_come_in_the_languages_of_the_channel_or_of_the_rule():
    for languages, expected in (
        ((), Text2("抢劫", "")),
        (("en",), Text2("", "robbery")),
    ):
        box = outbox(languages=languages)
        box.take(0, alert(), targets(languages=("zh",)), NOON_MS)
        parcel = box.due(NOON_MS)
        assert parcel is not None
        assert parcel.alerts[0].message == expected


def test_what_was_told_before_a_restart_is_not_told_again():
    box = outbox(position=1)
    box.recall(alert(), targets(repeat_ms=60_000), NOON_MS)
    box.take(1, alert(revision=2, ack=Ack(due=instant(NOON_MS))), targets(), NOON_MS)
    assert sent(box) == []
    assert sent(box, NOON_MS + 60_000) == [("repeat", [("A1", 2)])]
    box.take(2, alert(revision=3, status="resolved"), targets(), NOON_MS)
    assert sent(box) == [("alert", [("A1", 3)])]


records = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["I", "III", "IV"]),
        st.sampled_from(["firing", "firing", "resolved"]),
        st.sampled_from(["plain", "group", "digest", "lifeline", "quiet"]),
        st.integers(0, 40_000),
    ),
    max_size=40,
)


@given(records, st.integers(1, 3))
def test_whatever_comes_each_record_is_settled_and_each_id_in_order(rows, most):
    how = {
        "plain": targets(),
        "group": targets(key=("K",), wait_ms=30_000),
        "digest": targets(digest_ms=3_600_000),
        "lifeline": targets(lifeline=True),
        "quiet": targets(quiet=True),
    }
    box, now, revisions = outbox(most=most), NOON_MS, dict.fromkeys(range(5), 0)
    told: list[tuple[str, int]] = []

    def drain():
        while (parcel := box.due(now)) is not None:
            told.extend((a.id, a.revision) for a in parcel.alerts if a.rule.id != SUMMARY)
            box.done(parcel)

    for offset, (which, level, status, kind, later) in enumerate(rows):
        now += later
        revisions[which] += 1
        one = alert(f"A{which}", revision=revisions[which], level=level, status=status)
        box.take(offset, one, how[kind], now)
        drain()
        assert box.position <= offset + 1
    now += 2 * 3_600_000
    drain()
    assert (box.position, box.waiting) == (len(rows), 0)
    for which in range(5):
        seen = [revision for id_, revision in told if id_ == f"A{which}"]
        assert seen == sorted(seen)
