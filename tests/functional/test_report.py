"""`watchfloor report` on alerts of an invented city: for people, as JSON, and when to be strict."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError, SourceError

RULES = """\
format: 1
kind: heat
defaults:
  window: {size: 60m, every: 30m}
  floor: 2
  baseline: {model: seasonal-count, warm_up_days: 1}
"""
RULE = """\
  - id: {id}
    title: {{zh: 常态, en: Normal}}
    {more}
    levels: {{III: {levels}}}
"""


def _run(*args, **more):
    return CliRunner().invoke(cli, list(map(str, args)), **more)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    rules = folder / "rules"
    rules.mkdir()
    empty = "{fire: {}, clear: {}}"
    parts = [
        RULE.format(id="normal", more="budget: {false: 5 per area per week}", levels=empty),
        RULE.format(id="quiet", more="budget: {false: 1 per area per year}", levels=empty),
        RULE.format(
            id="plain",
            more="baseline: {model: fixed}",
            levels="{fire: {count: 4}, clear: {count: 1}}",
        ),
    ]
    text = RULES + "rules:\n" + "".join(parts)
    (rules / "heat.yaml").write_text(text, encoding="utf-8")
    chance, start = random.Random(3), datetime(2026, 3, 2, tzinfo=UTC)
    calls = sorted((chance.uniform(0, 15 * 1440), area) for area in "ABCD" for _ in range(200))
    lines = [
        json.dumps(
            {
                "schema": "incident/1",
                "incident_id": f"J{number}",
                "reported_at": (start + timedelta(minutes=minute)).isoformat(),
                "source": "phone_110",
                "category": "2001",
                "text": "有人吵架",
                "area_id": area,
            }
        )
        for number, (minute, area) in enumerate(calls)
    ]
    (folder / "calls.jsonl").write_text("\n".join(lines), encoding="utf-8")
    out = folder / "alerts.jsonl"
    result = _run("replay", folder / "calls.jsonl", "--rules", rules, "--out", out, "--no-progress")
    assert result.exit_code == 0, result.stderr
    return rules, out


def test_it_tells_asked_beside_measured(city):
    rules, alerts = city
    report = json.loads(_run("report", alerts, "--rules", rules, "--json").stdout)
    rows = {row["rule"]: row for row in report["rules"]}
    ids = [json.loads(line) for line in alerts.read_text(encoding="utf-8").splitlines()]
    normal = rows["normal"]
    assert normal["asked"] == 5.0
    assert normal["alerts"] == len({a["id"] for a in ids if a["rule"]["id"] == "normal"})
    assert normal["areas"] == 4
    assert 0 < normal["rate"]["low"] < normal["rate"]["measured"] < normal["rate"]["high"]
    assert rows["plain"]["asked"] is rows["plain"]["rate"] is None
    assert report["silent"] == ["quiet"]


def test_for_people_it_is_a_few_lines_a_rule(city):
    rules, alerts = city
    text = _run("report", alerts, "--rules", rules).stdout
    assert "normal: asked 5 per area and week, measured " in text
    assert " area-weeks of 4 areas" in text
    assert "measured / asked: " in text
    assert "plain: no budget, " in text
    assert "quiet: no alert" in text
    assert _run("report", "-", input=b"").stdout == "no alerts of heat rules\n"


def test_weeks_may_be_told(city):
    _, alerts = city
    told = _run("report", alerts, "--weeks", "2", "--areas", "4").stdout
    assert "plain: no budget, " in told
    assert "8 area-weeks of 4 areas" in told
    assert _run("report", alerts, "--areas", "4").exit_code != 0


def test_strict_is_an_exit_code_where_more_came_than_asked(city):
    _, alerts = city
    lines = [json.loads(line) for line in alerts.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        if line["evidence"]["budget"]:
            line["evidence"]["budget"]["asked"] = 0.01
    text = "\n".join(map(json.dumps, lines))
    assert _run("report", "-", "--strict", input=text).exit_code == 1
    assert _run("report", "-", input=text).exit_code == 0
    assert _run("report", alerts, "--strict").exit_code == 0


def test_what_cannot_be_read_is_told_with_its_place(tmp_path):
    assert isinstance(_run("report", tmp_path / "no.jsonl").exception, ConfigError)
    (tmp_path / "bad.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    error = _run("report", tmp_path / "bad.jsonl").exception
    assert isinstance(error, SourceError)
    assert "bad.jsonl:1" in str(error)
    told = _run("report", tmp_path / "bad.jsonl", "--since", "2026-03-02", "--until", "2026-03-01")
    assert isinstance(told.exception, ConfigError)
