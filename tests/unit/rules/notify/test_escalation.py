"""The escalation clock in virtual time: who is told when, what stops it, and a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from rules.alerts import instant
from rules.language.loader import load_book
from rules.notify.escalation import BY, EscalationClock
from rules.notify.router import Router
from streams.acts import Act
from streams.decisions import Ack, Cells, Mechanism
from streams.records import Alert, Text2
from tests.unit.rules.notify.alerts import NOON_MS, alert

BOOK = """format: 1
kind: keyword
defaults: {route: command}
routes:
  command:
    - {level: [I], to: ["webhook:hall"], ack_within: 30s, otherwise: [officer]}
    - {level: [II], to: ["webhook:hall"], ack_within: 60s, otherwise: [officer]}
    - {level: [III], to: ["webhook:hall"], ack_within: 60s}
    - {to: ["webhook:hall"]}
rules:
  - {id: kw, title: {zh: 抢劫, en: Robbery}, match: {category: [robbery]}}
"""
CHANNELS = """format: 1
kind: channels
channels: [{id: hall, sink: webhook, url: "http://127.0.0.1:9"}]
contacts:
  - {id: officer, title: {zh: 民警, en: Officer}, to: ["webhook:hall"], ack_within: 60s,
     otherwise: [reviewer]}
  - {id: reviewer, title: {zh: 审核, en: Reviewer}, to: ["webhook:hall"], ack_within: 180s,
     otherwise: [leader]}
  - {id: leader, title: {zh: 领导, en: Leader}, to: ["webhook:hall"]}
"""
TEXT = Text2()
CELLS = Cells(intelligence=TEXT, command=TEXT, duty=TEXT, opinion=TEXT)


@pytest.fixture(scope="module")
def router(tmp_path_factory) -> Router:
    folder: Path = tmp_path_factory.mktemp("rules")
    (folder / "keyword.yaml").write_text(BOOK, encoding="utf-8")
    (folder / "channels.yaml").write_text(CHANNELS, encoding="utf-8")
    return Router(load_book(folder))


class Scene:
    """A clock and the newest revision of each alert, as `alerts` has it; seconds from noon."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.alerts: dict[str, tuple[Alert, int]] = {}
        self.done: list[tuple[int, str, int | None]] = []
        self.ids: list[str] = []
        self.restart()

    def restart(self) -> None:
        """A new clock that knows nothing but what `alerts` holds."""
        self.clock = EscalationClock(self._router.targets)
        for held, at_ms in self.alerts.values():
            self.clock.hear(held, at_ms)

    def publish(self, one: Alert, second: int) -> None:
        at_ms = NOON_MS + second * 1000
        before = self.alerts.get(one.id)
        one = structs.replace(one, revision=1 if before is None else before[0].revision + 1)
        self.alerts[one.id] = (one, at_ms)
        self.clock.hear(one, at_ms)

    def change(self, second: int, id_: str = "A1", **fields: object) -> None:
        self.publish(structs.replace(self.alerts[id_][0], **fields), second)

    def run(self, until: int, since: int = 0) -> None:
        """Second by second; what acts say comes back as a revision at once."""
        for second in range(since, until + 1):
            for act in self.clock.due(NOON_MS + second * 1000):
                assert act.by == BY
                self.done.append((second, act.kind, act.rung))
                self.ids.append(act.id)
                self.answer(act, second)

    def answer(self, act: Act, second: int) -> None:
        held = self.alerts[act.alert][0]
        due = None if act.due_ms is None else instant(act.due_ms)
        if act.kind == "mechanism":
            assert held.mechanism is not None
            asked = structs.replace(held.mechanism, rung=act.rung, due=due)
            self.change(second, act.alert, mechanism=asked)
        else:
            self.change(second, act.alert, ack=Ack(rung=act.rung or 0, due=due))


@pytest.fixture
def scene(router) -> Scene:
    return Scene(router)


def test_level_ii_goes_to_the_officer_the_reviewer_and_the_leader(scene):
    scene.publish(alert(), 0)
    scene.run(1000)
    assert scene.done == [
        (0, "told", 0),
        (60, "escalate", 1),
        (120, "escalate", 2),
        (300, "escalate", 3),
    ]


def test_an_acknowledgement_stops_the_chain(scene):
    scene.publish(alert(), 0)
    scene.run(70)
    scene.change(90, ack=Ack(by="desk", at=instant(NOON_MS + 90_000), rung=1))
    scene.run(1000, since=91)
    assert [kind for _, kind, _ in scene.done] == ["told", "escalate"]


def test_an_end_stops_the_chain(scene):
    scene.publish(alert(), 0)
    scene.run(10)
    scene.change(30, status="resolved")
    scene.run(1000, since=31)
    assert scene.done == [(0, "told", 0)]
    assert len(scene.clock) == 0


@pytest.mark.parametrize("stop", [0, 30, 59, 60, 61, 119, 200, 299])
def test_after_a_restart_it_goes_on_from_the_alerts(scene, stop):
    scene.publish(alert(), 0)
    scene.run(stop)
    scene.restart()
    scene.run(1000, since=stop)
    assert [row[0] for row in scene.done] == [0, 60, 120, 300]


def test_a_long_absence_gives_the_next_rung_its_whole_time(scene):
    scene.publish(alert(), 0)
    scene.run(10)
    scene.restart()
    scene.run(2000, since=1000)
    assert scene.done[1:] == [
        (1000, "escalate", 1),
        (1060, "escalate", 2),
        (1240, "escalate", 3),
    ]


def test_an_act_of_which_nothing_came_back_is_done_again_with_the_same_id(scene, router):
    clock = EscalationClock(router.targets)
    clock.hear(alert(), NOON_MS)
    (first,) = clock.due(NOON_MS)
    assert clock.due(NOON_MS + 29_000) == []
    (again,) = clock.due(NOON_MS + 31_000)
    assert again.id == first.id
    assert again.due_ms == first.due_ms


def test_two_workers_do_the_same_step_under_the_same_id(scene, router):
    due = instant(NOON_MS + 60_000)
    clocks = [EscalationClock(router.targets) for _ in range(2)]
    for clock in clocks:
        clock.hear(alert(ack=Ack(due=due)), NOON_MS)
    one, other = (clock.due(NOON_MS + 61_000 + n)[0] for n, clock in enumerate(clocks))
    assert one.id == other.id


def test_a_graver_level_has_less_time(scene):
    scene.publish(alert(), 0)
    scene.run(5)
    scene.change(10, level="I", previous_level="II")
    scene.run(45, since=10)
    assert scene.done[1:] == [(10, "told", 0), (40, "escalate", 1)]


def test_nobody_is_waited_for_where_the_route_does_not_ask(scene):
    scene.publish(alert(level="IV"), 0)
    scene.run(500)
    assert scene.done == []


def test_without_a_next_one_the_time_stands_on_the_alert_and_nothing_follows(scene):
    scene.publish(alert(level="III"), 0)
    scene.run(500)
    assert scene.done == [(0, "told", 0)]
    assert scene.alerts["A1"][0].ack.due == instant(NOON_MS + 60_000)


def test_a_silence_stops_it_and_afterwards_the_time_begins_anew(scene):
    scene.publish(alert(), 0)
    scene.run(30)
    scene.change(40, suppressed_by=["silence/s"])
    scene.run(400, since=41)
    scene.change(500, suppressed_by=[])
    scene.run(560, since=500)
    assert scene.done == [(0, "told", 0), (500, "told", 0), (560, "escalate", 1)]


def test_a_mechanism_that_nobody_answers_goes_up_one_command_each_time(scene):
    due = instant(NOON_MS + 120_000)
    proposed = Mechanism(status="proposed", cells=CELLS, due=due)
    scene.publish(alert(level="IV", mechanism=proposed), 0)
    scene.run(2000)
    assert scene.done[:2] == [(120, "mechanism", 1), (240, "mechanism", 2)]
    assert len(scene.done) == 3


def test_an_answer_ends_the_asking(scene):
    due = instant(NOON_MS + 120_000)
    proposed = Mechanism(status="proposed", cells=CELLS, due=due)
    scene.publish(alert(level="IV", mechanism=proposed), 0)
    scene.change(60, mechanism=structs.replace(proposed, status="started"))
    scene.run(2000)
    assert scene.done == []


def test_the_gravest_come_first_and_the_rest_stays_due(router):
    clock = EscalationClock(router.targets)
    for number in range(6):
        level = "I" if number == 5 else "II"
        clock.hear(alert(f"A{number}", level=level), NOON_MS + number)
    first = clock.due(NOON_MS + 100, 2)
    assert [act.alert for act in first] == ["A5", "A0"]
    rest = clock.due(NOON_MS + 100)
    assert [act.alert for act in rest] == ["A1", "A2", "A3", "A4"]
    assert clock.level("A5") == "I"
