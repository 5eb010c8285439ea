"""Laws of the life of an alert: reports, acts, silences and restarts in any order."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rules.language.book import RuleBook
from streams.acts import Act, Silence, SilenceWhen
from streams.decisions import Ack
from streams.records import Alert
from tests.core_cases import START_MS, World, book, report

HEAT = """
format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 6m, every: 1m}
    levels:
      III: {fire: {count: 3}, clear: {count: 1}}
      II: {fire: {count: 6}, clear: {count: 3}}
    keep_firing: 2m
"""
KINDS = ["ack", "told", "escalate", "assign", "close", "mark", "opinion", "mechanism", "move"]
AREAS = st.sampled_from("AB")


class Life(RuleBasedStateMachine):
    """A world in which anything may happen next; what happened is kept, to be done again."""

    book: ClassVar[RuleBook]

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.book, lateness_min=0)
        self.steps: list[list[bytes] | Act] = []
        self.minute = 0.0
        self.number = 0
        self.acts: list[Act] = []
        self.reported: list[tuple[int, str]] = []

    # -- what may happen

    @rule(area=AREAS, calls=st.integers(1, 4), wait=st.floats(0.05, 3))
    def calls_come(self, area: str, calls: int, wait: float) -> None:
        self._feed([self._report(area, wait / calls) for _ in range(calls)])

    @rule(area=AREAS, wait=st.floats(0.05, 1))
    def a_robbery_is_reported(self, area: str, wait: float) -> None:
        self.reported.append((self.number, area))
        self._feed([self._report(area, wait, text="门口抢劫")])

    @precondition(lambda self: self.reported)
    @rule(data=st.data(), event=st.sampled_from(["closed", "cancelled", "updated"]))
    def a_robbery_is_over(self, data: st.DataObject, event: str) -> None:
        number, area = data.draw(st.sampled_from(self.reported))
        self.minute += 0.1
        rev = len(self.steps) + 1
        self._feed([report(number, self.minute, area, text="", rev=rev, event=event)])

    @rule(wait=st.floats(1, 12))
    def time_passes(self, wait: float) -> None:
        self._feed([self._report("Z", wait)])

    @precondition(lambda self: self.world.alerts)
    @rule(data=st.data(), kind=st.sampled_from(KINDS), skew=st.floats(-2, 2))
    def somebody_acts(self, data: st.DataObject, kind: Any, skew: float) -> None:
        alert = data.draw(st.sampled_from(sorted({alert.id for alert in self.told})))
        rung = data.draw(st.integers(0, 2))
        self._act(
            kind,
            alert=alert,
            at=skew,
            rung=rung,
            due_ms=self._now(rung + 1),
            to=data.draw(st.sampled_from(["start", "decline", "overdue", "unit-1"])),
            disposition=data.draw(st.sampled_from(["true_alarm", "false_alarm"])),
            count=rung,
            times=1.0,
        )

    @rule(
        name=st.sampled_from("xy"),
        area=AREAS,
        first=st.floats(-5, 8),
        length=st.floats(0.5, 20),
        lifeline=st.booleans(),
    )
    def a_silence_is_made(
        self, name: str, area: str, first: float, length: float, *, lifeline: bool
    ) -> None:
        silence = Silence(
            id=name,
            when=SilenceWhen(area=[area]),
            from_ms=self._now(first),
            to_ms=self._now(first + length),
            lifeline=lifeline,
        )
        self._act("silence", silence=silence)

    @rule(name=st.sampled_from("xy"))
    def a_silence_is_ended(self, name: str) -> None:
        self._act("expire", to=name)

    @precondition(lambda self: self.acts)
    @rule(data=st.data())
    def an_act_is_told_again(self, data: st.DataObject) -> None:
        act = data.draw(st.sampled_from(self.acts))
        before = len(self.told)
        self.world.act(act, judge=False)
        self.steps.append(act)
        told = self.told[before:]
        assert all(alert.kind == "heat" for alert in told), "only what was complete before it"

    @rule()
    def the_worker_restarts(self) -> None:
        before = self.world.state()
        self.world.restart()
        assert self.world.state() == before

    # -- what holds at all times

    @invariant()
    def revisions_grow_one_by_one(self) -> None:
        newest: dict[str, int] = {}
        for alert in self.told:
            assert alert.revision > newest.get(alert.id, 0)
            newest[alert.id] = alert.revision

    @invariant()
    def what_was_acknowledged_stays_so_until_it_is_over(self) -> None:
        newest: dict[str, Alert] = {}
        for alert in self.told:
            before = newest.get(alert.id)
            if before is not None and before.ack.by is not None and before.status == "firing":
                assert alert.ack == before.ack
            if before is not None and before.status != "firing" and alert.status == "firing":
                assert alert.ack == Ack(), "what begins anew begins without"
            newest[alert.id] = alert

    @invariant()
    def one_entity_has_one_open_alert(self) -> None:
        """Nobody skips the end: a new one is told only when the one before it was ended."""
        still: dict[str, str] = {}
        for alert in self.told:
            known = still.get(alert.dedup_key)
            if alert.status == "firing":
                assert known in (None, alert.id)
                still[alert.dedup_key] = alert.id
            elif known == alert.id:  # also one that was over before may be marked, or assigned
                del still[alert.dedup_key]

    @invariant()
    def nothing_seems_older_than_what_was_told_of_it_before(self) -> None:
        newest: dict[str, Alert] = {}
        for alert in self.told:
            before = newest.get(alert.id)
            if alert.kind == "heat" and before is not None:
                assert alert.times.updated >= before.times.updated
            newest[alert.id] = alert

    def teardown(self) -> None:
        """Everything ends, also what is silenced; and the same log gives the same, however cut."""
        for number, area in self.reported:
            self.minute += 0.1
            self._feed([report(number, self.minute, area, text="", rev=10**6, event="closed")])
        self._feed([self._report("Z", 60)])
        self._feed([self._report("Z", 5)])
        newest = {alert.id: alert for alert in self.told}
        assert all(alert.status != "firing" for alert in newest.values() if alert.area.id != "Z")
        again = World(self.book, lateness_min=0)
        for step in self.steps[:-1]:
            _do(again, step, judge=False)
        _do(again, self.steps[-1], judge=True)
        assert sorted(again.alerts) == sorted(self.world.alerts)
        assert again.state() == self.world.state()

    # -- how

    @property
    def told(self) -> list[Alert]:
        return [msgspec.json.decode(line, type=Alert) for line in self.world.alerts]

    def _now(self, plus: float = 0) -> int:
        return START_MS + round((self.minute + plus) * 60_000)

    def _report(self, area: str, wait: float, **fields: Any) -> bytes:
        self.minute += wait
        self.number += 1
        return report(self.number - 1, self.minute, area, **fields)

    def _feed(self, raws: list[bytes]) -> None:
        self.steps.append(raws)
        _do(self.world, raws, judge=True)

    def _act(self, kind: Any, *, at: float = 0, **fields: Any) -> None:
        act = Act(kind=kind, id=f"act-{len(self.steps)}", by="desk", at_ms=self._now(at), **fields)
        self.acts.append(act)
        self.steps.append(act)
        _do(self.world, act, judge=True)


def _do(world: World, step: list[bytes] | Act, *, judge: bool) -> None:
    if isinstance(step, Act):
        world.act(step, judge=judge)
    else:
        world.feed(step, judge=judge)


@pytest.fixture(scope="module", autouse=True)
def rules(tmp_path_factory: pytest.TempPathFactory) -> None:
    Life.book = book(tmp_path_factory.mktemp("rules"), HEAT)


Life.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestLife = Life.TestCase
