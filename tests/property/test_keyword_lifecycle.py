"""The lifecycle of alerts about reports: a machine drives reports, a model knows what holds."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rules.language.book import RuleBook
from rules.language.loader import load_book
from rules.lifecycle import follows
from streams.records import Alert
from tests.core_cases import World, small_city
from tests.keyword_desk import call

RULES = """format: 1
kind: keyword
rules:
  - id: kw-robbery
    title: {zh: 抢劫, en: Robbery}
    match: {category: [robbery]}
    same_event: {by: [category], within: 10m, radius: 300m}
    repeat_call: {within: 10m}
"""
TEXT = "门口有人抢劫"
CALLERS = [None, "5eed" * 8, "c0de" * 8]
SITES = (0, 150, 800)
"""Metres: the first two are one site, the last one is another."""


def made() -> RuleBook:
    with TemporaryDirectory() as folder:
        (Path(folder) / "kw.yaml").write_text(RULES, encoding="utf-8")
        return load_book(Path(folder))


BOOK = made()


def told(world: World) -> list[Alert]:
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


class Lifecycle(RuleBasedStateMachine):
    """Reports come, come again, change, end and come back; the engine is restarted at will."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(BOOK, areas=small_city())
        self.raws: list[bytes] = []
        self.minute = 0.0
        self.open: dict[str, bool] = {}  # by incident, whether it stands
        self.revisions: dict[str, int] = {}
        self.last: dict[str, Alert] = {}
        self.seen = 0

    def hear(self, raw: bytes) -> None:
        self.raws.append(raw)
        self.world.feed([raw])

    @rule(
        wait=st.sampled_from([0.1, 2, 12]),
        metres=st.sampled_from(SITES),
        caller=st.sampled_from(CALLERS),
        level=st.sampled_from([None, "I"]),
    )
    def report(self, wait: float, metres: float, caller: str | None, level: str | None) -> None:
        self.minute += wait
        number = len(self.open)
        fields: dict[str, Any] = {"caller_hash": caller, "level": level}
        self.hear(call(number, self.minute, TEXT, metres=metres, **fields))
        self.open[f"J{number:05}"] = True

    @precondition(lambda self: self.open)
    @rule(data=st.data(), event=st.sampled_from(["updated", "closed", "cancelled"]))
    def change(self, data: st.DataObject, event: str) -> None:
        incident = data.draw(st.sampled_from(sorted(self.open)))
        level = data.draw(st.sampled_from([None, "I"])) if event == "updated" else None
        rev = self.revisions[incident] = self.revisions.get(incident, 0) + 1
        text = TEXT if event == "updated" else ""
        fields: dict[str, Any] = {"rev": rev, "event": event, "level": level}
        before = len(self.world.alerts)
        self.hear(call(int(incident[1:]), self.minute, text, **fields))
        if event != "updated":
            self.open[incident] = False
        elif not self.open[incident]:
            # It comes back only for something graver, which then is told.
            came = any(
                incident in alert.incidents.ids and alert.status == "firing"
                for alert in told(self.world)[before:]
            )
            self.open[incident] = came and level == "I"

    @precondition(lambda self: self.raws)
    @rule(back=st.integers(1, 5))
    def redeliver(self, back: int) -> None:
        first = max(0, len(self.raws) - back)
        before = len(self.world.alerts)
        self.world.again(self.raws[first:], first)
        assert len(self.world.alerts) == before

    @rule()
    def restart(self) -> None:
        self.world.restart()

    @invariant()
    def every_step_is_one_of_the_table(self) -> None:
        for alert in told(self.world)[self.seen :]:
            before = self.last.get(alert.id)
            assert follows("pending" if before is None else before.status, alert.status)
            assert alert.revision == (1 if before is None else before.revision + 1)
            self.last[alert.id] = alert
        self.seen = len(self.world.alerts)

    @invariant()
    def what_stands_is_in_one_alert_that_fires_and_what_fires_stands(self) -> None:
        firing = [alert for alert in self.last.values() if alert.status == "firing"]
        where = [name for alert in firing for name in alert.incidents.ids]
        assert len(where) == len(set(where))
        standing = {name for name, stands in self.open.items() if stands}
        assert standing <= set(where)
        assert all(standing & set(alert.incidents.ids) for alert in firing)

    def teardown(self) -> None:
        if not self.raws:
            return
        replay = World(BOOK, areas=small_city())
        replay.feed(self.raws)
        for world in (replay, self.world):
            world.close(self.minute + 60)
        assert replay.alerts == self.world.alerts
        assert replay.state() == self.world.state()


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_arrival_changes_no_event_and_the_first_names_it(seed: int) -> None:
    chance = random.Random(seed)
    sites = [n * 900 for n in range(chance.randint(1, 4))]
    reports = []
    for number in range(chance.randint(1, 15)):
        site, minute = chance.choice(sites), chance.uniform(0, 3)
        metres = site + chance.uniform(0, 140)
        reports.append((minute, site, call(number, minute, TEXT, metres=metres)))
    reports.sort()
    # Any order inside the lateness of two minutes.
    mixed = sorted(reports, key=lambda report: report[0] + chance.uniform(0, 1.9))
    events = []
    for order in (reports, mixed):
        world = World(BOOK, areas=small_city())
        world.feed([raw for _, _, raw in order])
        alerts = {alert.id: alert for alert in told(world)}
        events.append(sorted(sorted(alert.incidents.ids) for alert in alerts.values()))
        first: dict[int, str] = {}
        for _, site, raw in order:
            first.setdefault(site, msgspec.json.decode(raw)["incident_id"])
        assert {a.dedup_key for a in alerts.values()} == {f"kw-robbery/{n}" for n in first.values()}
    assert events[0] == events[1]
