"""`watchfloor rules shadow --broker`: alerts of rules on trial read from their topic."""

from __future__ import annotations

import json

import pytest

from streams.alert_codec import decode_alert
from tests.core_cases import World, book, report

pytestmark = pytest.mark.live

RULES = """\
format: 1
kind: heat
defaults: {window: {size: 10m}, baseline: {model: fixed}, keep_firing: 5m, floor: 2}
rules:
  - {id: heat-a, title: {zh: 热, en: Heat}, levels: {III: {fire: {count: 4}, clear: {count: 2}}}}
  - id: heat-b
    title: {zh: 试, en: Trial}
    state: shadow
    levels: {III: {fire: {count: 3}, clear: {count: 2}}}
"""


def test_alerts_on_trial_and_live_ones_are_read_from_their_topics(bench, tmp_path):
    world = World(book(tmp_path, RULES))
    calls = [report(n, n * 0.5, "A") for n in range(5)]
    calls += [report(10 + n, 40 + n * 0.5, "B") for n in range(3)]
    world.feed(calls)
    world.close(100)
    by_state: dict[str, list[bytes]] = {"live": [], "shadow": []}
    for raw in world.alerts:
        by_state[decode_alert(raw).state].append(raw)
    bench.produce("alerts.log", by_state["live"])
    bench.produce("alerts.shadow", by_state["shadow"])
    told = bench.cli("rules", "shadow", "--broker", "--since", "2026-03-02", "--json")
    assert told.returncode == 0, told.stderr
    (row,) = json.loads(told.stdout)["rules"]
    assert (row["rule"], row["alerts"]) == ("heat-b", 2)
    assert row["told"] == {"hit": 1, "of": 2}
    assert row["days"] > 7
