"""The register: what acts do to the alerts that rules raise, through the whole watch."""

from __future__ import annotations

import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rules.language.book import RuleBook
from streams.acts import Act, Silence, SilenceWhen
from streams.decisions import Ack, Opinion
from streams.records import Alert
from tests.core_cases import START, START_MS, World, book, report

HEAT = """
format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 10m, every: 1m}
    levels:
      III: {fire: {count: 3}, clear: {count: 1}}
      II: {fire: {count: 6}, clear: {count: 3}}
    keep_firing: 2m
"""
MINUTE = 60_000


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    return book(tmp_path_factory.mktemp("rules"), HEAT)


@pytest.fixture
def world(rules: RuleBook) -> World:
    return World(rules, lateness_min=0)


def minute(at: float) -> int:
    return START_MS + round(at * MINUTE)


def burst(world: World, first: float, calls: int, area: str = "A") -> None:
    """So many calls within a minute."""
    number = round(first * 1000) + 1
    world.feed([report(number + n, first + n / 60, area) for n in range(calls)])


def told(world: World, rule: str = "burst") -> list[Alert]:
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    return [alert for alert in alerts if alert.rule.id == rule]


_numbers = iter(range(10**6))


def act(kind: Any, alert: str = "", at: float = 0, **fields: Any) -> Act:
    by = fields.pop("by", "duty-officer")
    return Act(
        kind=kind, id=f"act-{next(_numbers)}", alert=alert, by=by, at_ms=minute(at), **fields
    )


def fired(world: World) -> Alert:
    """A world in which a burst of area A fires at level III since minute 2."""
    burst(world, 1, 3)
    world.close(3)
    (alert,) = told(world)
    assert (alert.status, alert.level, alert.revision) == ("firing", "III", 1)
    return alert


def silence(id_: str, first: float, last: float, **fields: Any) -> Silence:
    when = SilenceWhen(**fields.pop("when", {"area": ["A"]}))
    return Silence(id=id_, when=when, from_ms=minute(first), to_ms=minute(last), **fields)


def test_an_acknowledgement_is_a_revision_and_survives_later_ones(world: World) -> None:
    alert = fired(world)
    world.act(act("told", alert.id, 3, rung=0, due_ms=minute(4)))
    assert told(world)[-1].ack == Ack(due=START + timedelta(minutes=4))
    world.act(act("ack", alert.id, 3.5))
    acked = Ack(by="duty-officer", at=START + timedelta(minutes=3.5))
    burst(world, 4, 6)
    world.close(60)
    assert [a.revision for a in told(world)] == list(range(1, len(told(world)) + 1))
    assert [a.ack for a in told(world)[2:]] == [acked] * len(told(world)[2:])
    assert [a.status for a in told(world)][-1] == "resolved"
    assert [a.level for a in told(world)][2:4] == ["III", "II"]


def test_the_first_acknowledgement_stands_and_stops_the_ladder(world: World) -> None:
    alert = fired(world)
    world.act(act("escalate", alert.id, 4, rung=1, due_ms=minute(5)))
    world.act(act("ack", alert.id, 4.5, by="reviewer"))
    before = told(world)[-1]
    world.act(act("ack", alert.id, 4.6, by="leader"))
    world.act(act("escalate", alert.id, 5, rung=2, due_ms=minute(6)))
    assert told(world)[-1] == before
    assert (before.ack.by, before.ack.rung, before.ack.due) == ("reviewer", 1, None)


def test_late_news_of_a_lower_rung_changes_nothing(world: World) -> None:
    alert = fired(world)
    world.act(act("escalate", alert.id, 4, rung=2, due_ms=minute(6)))
    world.act(act("told", alert.id, 4, rung=0, due_ms=minute(5)))
    world.act(act("escalate", alert.id, 4, rung=2, due_ms=minute(9)))
    assert (told(world)[-1].revision, told(world)[-1].ack.rung) == (2, 2)


def test_an_act_that_comes_twice_or_means_another_partition_changes_nothing(world: World) -> None:
    alert = fired(world)
    ack = act("ack", alert.id, 4)
    world.act(ack, act("assign", alert.id, 4, to="unit-7"))
    before = list(world.alerts)
    world.act(ack, act("ack", "OF-ANOTHER", 4), act("mechanism", alert.id, 5, to="start"))
    world.act(act("assign", alert.id, 5, to="unit-7"))
    assert world.alerts == before
    assert told(world)[-1].assignee == "unit-7"


def test_what_the_desk_closes_stays_closed_until_it_has_cleared(world: World) -> None:
    alert = fired(world)
    world.act(act("close", alert.id, 4))
    closed = told(world)[-1]
    assert (closed.status, closed.close_reason) == ("resolved", "closed_by_desk")
    assert closed.times.resolved == START + timedelta(minutes=4)
    burst(world, 5, 2)  # it goes on, no graver than it was
    world.close(60)
    assert told(world)[-1] == closed
    burst(world, 61, 3)
    world.close(63)
    anew = told(world)[-1]
    assert anew.id != alert.id
    assert (anew.status, anew.revision) == ("firing", 1)


def test_what_grows_graver_than_it_was_closed_at_is_told_again(world: World) -> None:
    alert = fired(world)
    world.act(act("ack", alert.id, 3.2), act("close", alert.id, 4))
    burst(world, 5, 7)
    world.close(7)
    again = told(world)[-1]
    assert (again.id, again.status, again.level) == (alert.id, "firing", "II")
    assert (again.ack, again.close_reason) == (Ack(), None)
    assert again.revision == told(world)[-2].revision + 1


def test_a_mark_is_shown_also_on_what_is_over_and_the_newest_stands(world: World) -> None:
    alert = fired(world)
    world.close(60)
    world.act(act("mark", alert.id, 61, disposition="false_alarm"))
    world.act(act("mark", alert.id, 62, disposition="true_alarm"))
    assert [a.disposition for a in told(world)[-2:]] == ["false_alarm", "true_alarm"]
    assert [a.status for a in told(world)[-2:]] == ["resolved"] * 2


def test_opinion_is_attached_to_the_alert(world: World) -> None:
    alert = fired(world)
    world.act(act("opinion", alert.id, 4, count=900, times=5.0))
    assert told(world)[-1].opinion == Opinion(900, 5.0)


def test_a_silence_begins_and_ends_by_event_time_and_never_hides_the_end(world: World) -> None:
    fired(world)
    world.act(act("silence", at=3, silence=silence("works", 5, 8)))
    assert len(told(world)) == 1
    for first in (3.5, 6, 8.5):
        burst(world, first, 2)
    world.close(9)
    marked = [(a.suppressed_by, a.times.updated) for a in told(world)[1:3]]
    assert marked == [
        (["silence/works"], START + timedelta(minutes=5)),
        ([], START + timedelta(minutes=8)),
    ]


def test_what_is_silenced_resolves_and_says_so(world: World) -> None:
    fired(world)
    world.act(act("silence", at=3, silence=silence("works", 0, 600)))
    world.close(60)
    end = told(world)[-1]
    assert (end.status, end.suppressed_by) == ("resolved", ["silence/works"])
    assert told(world)[1].suppressed_by == ["silence/works"], "it begins at once"


def test_a_silence_from_now_on_is_for_all_that_is_told_from_now_on(world: World) -> None:
    """Heat is judged some time after the events: the desk means what it will hear."""
    burst(world, 1, 3)
    world.act(act("silence", at=30, silence=silence("works", 30, 60)))
    world.close(3)
    assert [a.suppressed_by for a in told(world)] == [["silence/works"]]


def test_a_silence_that_is_expired_is_over_at_once(world: World) -> None:
    fired(world)
    world.act(act("silence", at=3, silence=silence("works", 0, 600)))
    world.act(act("expire", at=4, to="works"))
    assert [a.suppressed_by for a in told(world)] == [[], ["silence/works"], []]
    burst(world, 5, 6, "A")
    world.close(60)
    assert not any(a.suppressed_by for a in told(world)[2:])


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"area": ["A"]}, True),
        ({"area": ["B"]}, False),
        ({"rule": ["burst"], "level": ["III", "IV"]}, True),
        ({"level": ["II"]}, False),
        ({"rule": ["kw-robbery"]}, False),
        ({"time": ["00:00-24:00"]}, True),
        ({"time": ["no such band"]}, False),
        ({"category": ["robbery"]}, False),
    ],
)
def test_a_silence_is_for_what_meets_all_of_its_conditions(
    world: World, when: dict[str, list[str]], *, holds: bool
) -> None:
    world.act(act("silence", at=0, silence=silence("s", 0, 600, when=when)))
    burst(world, 1, 3)
    world.close(3)
    assert bool(told(world)[0].suppressed_by) is holds


def test_lifelines_are_silenced_only_where_that_is_said(world: World) -> None:
    world.act(act("silence", at=0, silence=silence("s", 0, 600)))
    world.feed([report(1, 1, "A", text="门口抢劫")])
    world.act(act("silence", at=1, silence=silence("t", 0, 600, lifeline=True)))
    world.feed([report(2, 2, "A", text="门口抢劫")])
    rule = "kw-robbery"
    assert [a.suppressed_by for a in told(world, rule)] == [[], ["silence/t"], ["silence/t"]]


def test_a_silence_by_the_clock_of_the_day_comes_and_goes(world: World) -> None:
    """16:00 in Shanghai is the start of the world."""
    fired(world)
    hours = {"area": ["A"], "time": ["16:05-16:07"]}
    world.act(act("silence", at=3, silence=silence("handover", 0, 1440, when=hours)))
    burst(world, 4, 2)
    world.close(8)
    assert [a.suppressed_by for a in told(world)] == [[], ["silence/handover"], []]


def test_a_record_never_seems_older_than_the_one_before(world: World) -> None:
    alert = fired(world)
    world.act(act("ack", alert.id, 50))
    burst(world, 4, 7)
    world.close(60)
    times = [a.times.updated for a in told(world)]
    assert times == sorted(times)


def test_what_was_decided_carries_the_time_of_its_own_revision_alone(world: World) -> None:
    """So that a reader of single records can tell the acknowledgement from what came after."""
    alert = fired(world)
    world.act(act("ack", alert.id, 50))
    burst(world, 4, 7)
    world.close(60)
    assert [a.revision for a in told(world) if a.ack.at == a.times.updated] == [2]


def test_state_goes_through_a_restart(world: World) -> None:
    alert = fired(world)
    world.act(
        act("ack", alert.id, 3.5),
        act("silence", at=3.5, silence=silence("works", 0, 600)),
        act("assign", alert.id, 3.6, to="unit-7"),
    )
    before = world.state()
    world.restart()
    assert world.state() == before
    world.close(60)
    end = told(world)[-1]
    assert end.status == "resolved"
    assert (end.ack.by, end.assignee) == ("duty-officer", "unit-7")
    assert end.suppressed_by == ["silence/works"]
    assert [a.revision for a in told(world)] == list(range(1, len(told(world)) + 1))


def test_when_ticks_are_judged_does_not_change_what_an_act_meets(rules: RuleBook) -> None:
    """What was complete before an act is told before it, however chunks were cut."""

    def run(*, judge: bool) -> list[bytes]:
        world = World(rules, lateness_min=0)
        world.feed([report(n, 1 + n / 60) for n in range(3)], judge=judge)
        world.feed([report(9, 4)], judge=judge)
        made = Act(
            kind="silence",
            id="one",
            by="duty-officer",
            at_ms=minute(4),
            silence=silence("s", 4, 60),
        )
        world.act(made, judge=judge)
        world.close(60)
        return world.alerts

    assert run(judge=True) == run(judge=False)
    assert len(run(judge=True)) == 3


BUDGET = """
format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 10m, every: 1m}
    baseline: {model: seasonal-count, warm_up_days: 1}
    budget: {false: 1 per area per week}
    levels: {III: {fire: {score: 2}, clear: {score: 1}}}
"""


def test_a_true_alarm_is_no_false_one_of_its_budget_and_that_once(tmp_path: Path) -> None:
    """The thresholds of the budget rest on fewer false alerts: the state of the rule differs."""
    rules = book(tmp_path, BUDGET)

    def channels(*marks: str) -> Any:
        world = World(rules, lateness_min=0)
        world.feed([report(n, n * 30, "A") for n in range(300)])
        world.feed([report(1000 + n, 9000 + n * 0.1, "A") for n in range(30)])
        world.close(9010)
        alert = told(world)[0]
        for mark in marks:
            world.act(act("mark", alert.id, 9010, disposition=mark))
        (state,) = world.state()
        return msgspec.msgpack.decode(zlib.decompress(state))["heat"]["channels"]

    unmarked, true = channels(), channels("true_alarm")
    assert true != unmarked
    assert channels("true_alarm", "false_alarm", "true_alarm") == true
    assert channels("false_alarm") == unmarked
