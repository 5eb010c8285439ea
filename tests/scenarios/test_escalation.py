"""Reports to people, second by second: the watch, the clock that escalates, and a desk's channel.

The real watch and register answer the acts of the real clock; time is virtual (C3, C4, C15).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rules.language.book import RuleBook
from rules.language.loader import load_book
from rules.notify.escalation import EscalationClock
from rules.notify.outbox import Outbox
from rules.notify.router import Router
from streams.acts import Act
from streams.records import Alert
from tests.core_cases import START_MS, World, report

RULES = """format: 1
kind: keyword
defaults: {route: command}
routes:
  command:
    - level: [I]
      to: ["webhook:hall"]
      mechanism: {answer_within: 2m}
    - {level: [II], to: ["webhook:hall"], ack_within: 60s, otherwise: [officer]}
    - {to: ["webhook:hall"]}
rules:
  - {id: kw, title: {zh: 抢劫, en: Robbery}, match: {category: [robbery]}, level: LEVEL}
"""
CHANNELS = """format: 1
kind: channels
channels:
  - {id: hall, sink: webhook, url: "http://127.0.0.1:9"}
  - {id: officer, sink: webhook, url: "http://127.0.0.1:9"}
  - {id: reviewer, sink: webhook, url: "http://127.0.0.1:9"}
  - {id: leader, sink: webhook, url: "http://127.0.0.1:9"}
contacts:
  - {id: officer, title: {zh: 民警, en: Officer}, to: ["webhook:officer"], ack_within: 60s,
     otherwise: [reviewer]}
  - {id: reviewer, title: {zh: 审核, en: Reviewer}, to: ["webhook:reviewer"], ack_within: 180s,
     otherwise: [leader]}
  - {id: leader, title: {zh: 领导, en: Leader}, to: ["webhook:leader"]}
"""
WHO = ("hall", "officer", "reviewer", "leader")


class Day:
    """A watch, the clock, and the outbox of each channel; what was told to whom, in seconds."""

    def __init__(self, rules: RuleBook) -> None:
        self.world, self.router = World(rules, lateness_min=0), Router(rules)
        self.told: list[tuple[int, str, int]] = []
        self.commands: list[tuple[int, int]] = []
        self._areas = self.world.areas
        self._boxes = {who: Outbox(f"webhook:{who}", 0, self._areas) for who in WHO}
        self._seen: list[tuple[int, Alert]] = []
        self.restart()

    def restart(self) -> None:
        """The clock anew, from the newest revision of each alert; the watch from its snapshot."""
        self.world.restart()
        self.clock = EscalationClock(self.router.targets)
        newest = {alert.id: (at_ms, alert) for at_ms, alert in self._seen}
        for at_ms, alert in newest.values():
            self.clock.hear(alert, at_ms)

    def run(self, first: int, last: int, *acts: Callable[[Alert, int], Act]) -> None:
        """Second by second; acts of people come at the first one."""
        for second in range(first, last + 1):
            now = START_MS + second * 1000
            if second == first and acts:
                self.world.act(*(act(self.newest, now) for act in acts))
            self._publish(second)
            due = self.clock.due(now)
            if due:
                self.world.act(*due)
                self._publish(second)

    @property
    def newest(self) -> Alert:
        return self._seen[-1][1]

    def _publish(self, second: int) -> None:
        now = START_MS + second * 1000
        for line in self.world.alerts[len(self._seen) :]:
            alert = msgspec.json.decode(line, type=Alert)
            targets, offset = self.router.targets(alert), len(self._seen)
            self._seen.append((now, alert))
            self.clock.hear(alert, now)
            self.commands.append((second, len(targets.commands)))
            for who, box in self._boxes.items():
                box.take(offset, alert, targets, now)
                while (parcel := box.due(now)) is not None:
                    self.told += [(second, who, one.revision) for one in parcel.alerts]
                    box.done(parcel)


@pytest.fixture
def day(tmp_path: Path) -> Callable[[str], Day]:
    def of(level: str) -> Day:
        text = RULES.replace("LEVEL", level)
        (tmp_path / "keyword.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "channels.yaml").write_text(CHANNELS, encoding="utf-8")
        made = Day(load_book(tmp_path))
        made.world.feed([report(1, 0, text="我被抢劫了")])
        return made

    return of


def whom(day: Day) -> list[tuple[int, str]]:
    return [(second, who) for second, who, _ in day.told]


LADDER = [(0, "hall"), (60, "officer"), (120, "reviewer"), (300, "leader")]


def test_c15_nobody_acknowledges(day):
    found = day("II")
    found.run(0, 900)
    assert whom(found) == LADDER
    assert found.newest.ack.rung == 3


def test_c15_an_acknowledgement_stops_it_and_rings_nobody(day):
    found = day("II")
    found.run(0, 89)
    found.run(90, 900, lambda alert, now: Act(
        kind="ack", id="a1", alert=alert.id, by="duty-desk", at_ms=now
    ))  # fmt: skip
    assert whom(found) == LADDER[:2]
    assert found.newest.ack.by == "duty-desk"


@pytest.mark.parametrize("second", [1, 59, 60, 100, 250])
def test_c15_a_restart_of_everything_changes_nothing(day, second):
    found = day("II")
    found.run(0, second)
    found.restart()
    found.run(second, 900)
    assert whom(found) == LADDER


def test_c4_a_mechanism_that_nobody_answers_goes_up_level_by_level(day):
    found = day("I")
    found.run(0, 900)
    asked = [second for (second, _) in found.commands]
    assert found.newest.mechanism is not None
    assert found.newest.mechanism.status == "proposed"
    assert asked == [0, 120, 240, 360]
    assert found.newest.mechanism.rung == 3
    assert whom(found) == [(0, "hall")]


def test_c3_level_i_is_told_on_all_four_levels_and_ii_on_three(day):
    for level, commands in (("I", 4), ("II", 3)):
        found = day(level)
        found.run(0, 1)
        assert found.commands[0] == (0, commands)
