"""Calls in the order of their arrival give the heat alerts that their event order gives."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from commands.replay import Replay
from rules.engine import Watch
from rules.language.loader import load_book
from streams.adapters import adapter_for
from streams.areas import AreaTree
from streams.intake import Intake, IntakeSettings
from tests.core_cases import FAR, Robbery

WEEKS = 12
SAME_MS = 5 * 60_000
RULES = """format: 1
kind: heat
rules:
  - id: heat
    title: {zh: 高发, en: Above normal}
    count: {link: {within: 30m, type: 5m}}
    window: {size: 60m, every: 5m}
    baseline: {model: seasonal-count, time_zone: America/New_York}
    levels: {III: {fire: {score: 3.2}, clear: {score: 1.5}}}
    keep_firing: 30m
    lateness: {then: revise}
"""
Row = list[str]
Episode = tuple[str, int]
"""Area, and the moment (ms) at which it began."""


def calls(file: Path) -> tuple[Row, list[Row]]:
    """The header, and the calls of the first weeks in the order in which they arrived."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        head, *rows = csv.reader(lines)
    end = (datetime.fromisoformat(rows[0][1]) + timedelta(weeks=WEEKS)).isoformat(" ")
    return head, sorted((row for row in rows if row[1] < end), key=lambda row: row[1])


def episodes(folder: Path, head: Row, rows: Sequence[Row]) -> tuple[list[Episode], int]:
    """The episodes that a replay tells of, and how many calls were late."""
    folder.mkdir()
    with (folder / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    (folder / "heat.yaml").write_text(RULES, encoding="utf-8")
    adapter = adapter_for("montgomery911")
    settings = IntakeSettings(partitions=1, lateness_ms=15 * 60_000)
    intake = Intake(adapter, Robbery(), AreaTree(), settings)
    watch = Watch(load_book(folder), AreaTree())
    steps = Replay(intake, watch, adapter, clock=FAR).run([str(folder / "calls.csv")])
    told = [
        (alert.area.id, round(alert.times.breached.timestamp() * 1000))
        for step in steps
        for alert in step.alerts
        if alert.revision == 1 and alert.kind == "heat"
    ]
    return told, watch.totals().late


def same(left: Sequence[Episode], right: Sequence[Episode]) -> int:
    """Episodes of the left that stand on the right too, each of which is taken once."""
    free = sorted(right)
    found = 0
    for area, began in sorted(left):
        near = [e for e in free if e[0] == area and abs(e[1] - began) <= SAME_MS]
        if near:
            free.remove(min(near, key=lambda e: abs(e[1] - began)))
            found += 1
    return found


@pytest.mark.slow
def test_arrival_order_gives_the_same_episodes(shared: Path, tmp_path: Path) -> None:
    head, rows = calls(shared / "montgomery_pa" / "incidents.csv.gz")
    arrived, late = episodes(tmp_path / "arrival", head, rows)
    in_order, none = episodes(tmp_path / "event", head, sorted(rows, key=lambda row: row[0]))
    assert late > 0
    assert none == 0
    assert len(in_order) > 100
    shared_ = same(in_order, arrived)
    assert shared_ / len(in_order) >= 0.96
    assert shared_ / len(arrived) >= 0.96
