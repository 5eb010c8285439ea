"""The joint mechanism (C4): proposed with an alert of level I, started by a person alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rules.language.loader import load_book
from streams.acts import Act
from streams.records import Alert
from tests.core_cases import START, START_MS, World, report

RULES = """
format: 1
kind: keyword
routes:
  command: [{level: [I], to: [kafka], mechanism: @}, {to: [kafka]}]
rules:
  - id: robbery
    title: {zh: 抢劫, en: Robbery}
    match: {category: [robbery]}
    route: command
    level: %s
"""


def world(folder: Path, mechanism: str, level: str = "I") -> World:
    text = (RULES % level).replace("@", mechanism)
    (folder / "kw.yaml").write_text(text, encoding="utf-8")
    made = World(load_book(folder))
    made.feed([report(1, 1, text="门口抢劫")])
    return made


def told(made: World) -> list[Alert]:
    return [msgspec.json.decode(line, type=Alert) for line in made.alerts]


def answer(made: World, minute: float, to: str, **fields: Any) -> None:
    act = Act(
        kind="mechanism",
        id=f"{to}-{minute}",
        alert=told(made)[0].id,
        by="city-chief",
        at_ms=START_MS + round(minute * 60_000),
        to=to,
        **fields,
    )
    made.act(act)


def test_it_is_proposed_with_four_cells_and_checks_and_not_started(tmp_path: Path) -> None:
    (alert,) = told(world(tmp_path, "{answer_within: 2m}"))
    mechanism = alert.mechanism
    assert mechanism is not None
    assert (mechanism.status, mechanism.by) == ("proposed", None)
    assert mechanism.due == START + timedelta(minutes=3)
    cells = msgspec.structs.asdict(mechanism.cells)
    assert list(cells) == ["intelligence", "command", "duty", "opinion"]
    assert all(text.zh and text.en for text in [*cells.values(), *mechanism.checks])


@pytest.mark.parametrize("level", ["II", "III"])
def test_it_is_for_level_i_alone(tmp_path: Path, level: str) -> None:
    (alert,) = told(world(tmp_path, "{}", level))
    assert alert.mechanism is None


def test_a_person_starts_it_and_that_stays(tmp_path: Path) -> None:
    made = world(tmp_path, "{}")
    answer(made, 2, "start")
    answer(made, 3, "decline")
    answer(made, 4, "overdue", rung=1)
    (_, started) = told(made)
    assert started.mechanism is not None
    assert (started.mechanism.status, started.mechanism.by) == ("started", "city-chief")
    assert (started.mechanism.at, started.mechanism.due) == (START + timedelta(minutes=2), None)


def test_who_declined_may_start_it_after_all(tmp_path: Path) -> None:
    made = world(tmp_path, "{}")
    answer(made, 2, "decline")
    answer(made, 3, "start")
    statuses = [alert.mechanism.status for alert in told(made) if alert.mechanism]
    assert statuses == ["proposed", "declined", "started"]


def test_without_an_answer_it_is_taken_further_up(tmp_path: Path) -> None:
    made = world(tmp_path, "{}")
    answer(made, 3, "overdue", due_ms=START_MS + 5 * 60_000)
    answer(made, 5, "overdue", rung=1)
    (_, asked) = told(made)
    assert asked.mechanism is not None
    assert (asked.mechanism.status, asked.mechanism.rung) == ("proposed", 1)
    assert asked.mechanism.due == START + timedelta(minutes=5)


def test_a_book_may_start_it_by_itself(tmp_path: Path) -> None:
    (alert,) = told(world(tmp_path, "{start: automatic}"))
    assert alert.mechanism is not None
    assert (alert.mechanism.status, alert.mechanism.by) == ("started", "rules")


def test_texts_of_the_book_go_before_the_shipped_ones(tmp_path: Path) -> None:
    own = "{checks: [{zh: 一, en: One}], cells: {duty: {zh: 勤, en: D}}}"
    (alert,) = told(world(tmp_path, own))
    assert alert.mechanism is not None
    assert [check.en for check in alert.mechanism.checks] == ["One"]
    assert alert.mechanism.cells.duty.zh == "勤"
    assert alert.mechanism.cells.command.zh.startswith("指挥")
