"""What a rule advises the owner of an area to do stands on its alerts (C10)."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rules.language.loader import load_book
from streams.records import Alert
from streams.texts import Text2
from tests.core_cases import World, report

RULES = """
format: 1
kind: keyword
rules:
  - id: robbery
    title: {zh: 抢劫, en: Robbery}
    match: {category: [robbery]}
    measures: [{zh: 调取沿街监控, en: Look at the cameras along the street}]
  - id: homicide
    title: {zh: 杀人, en: Homicide}
    match: {category: [homicide]}
"""


def test_measures_stand_on_the_alert_while_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "kw.yaml").write_text(RULES, encoding="utf-8")
    world = World(load_book(tmp_path))
    world.feed([report(1, 1, text="门口抢劫"), report(1, 2, text="", rev=1, event="closed")])
    fired, ended = (msgspec.json.decode(line, type=Alert) for line in world.alerts)
    assert fired.suggest.measures == [Text2("调取沿街监控", "Look at the cameras along the street")]
    assert ended.suggest.measures == []
    assert b"measures" not in world.alerts[1], "what says nothing is left out"
