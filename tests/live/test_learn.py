"""Marks that lie on a broker are learnt from, with the reasons of their alerts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.acts import Act, encode_act
from streams.alert_codec import encode_alert
from streams.records import AlertIncidents, Evidence
from tests.live.harness import Bench
from tests.unit.sinks.alerts import alert

pytestmark = pytest.mark.live


def test_marks_on_the_broker_are_learnt_from(bench: Bench, tmp_path: Path) -> None:
    told = replace(
        alert(),
        id="A1",
        kind="keyword",
        review=True,
        incidents=AlertIncidents(1, ["I1"]),
        evidence=Evidence(category="robbery", reasons=["lexicon:robbery", "word:robbery:抢我"]),
    )
    mark = Act(
        kind="mark", id="1", alert="A1", by="desk", at_ms=1_780_000_000_000,
        disposition="false_alarm",
    )  # fmt: skip
    bench.produce("alerts.log", [encode_alert(told)], key=lambda _: b"A1")
    bench.produce("audit", [encode_act(mark)], key=lambda _: b"A1")
    ran = bench.cli("rules", "learn", "--broker", "--rules", str(tmp_path), "--dry", "--json")
    assert ran.returncode in {0, 1}, ran.stderr
    assert json.loads(ran.stdout)["new"] == 1
