"""`watchfloor rules tune` over the example night: marks to a patch, tried, refused or written."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError

RULES = """\
format: 1
kind: keyword
rules:
  - {id: kw-stabbing, title: {zh: 持刀, en: Stabbing}, match: {category: [stabbing]}}
"""
HEAT = """\
format: 1
kind: heat
rules:
  # a street is hot
  - id: heat-burst
    title: {zh: 激增, en: Burst}
    window: {size: 15m, every: 1m}
    floor: 2
    baseline: {model: fixed}
    keep_firing: 10m
    levels:
      III: {fire: {count: 4}, clear: {count: 2}}
      II: {fire: {count: 14}, clear: {count: 8}}
"""
NOISY, REAL = "990102000400", "990101000400"


@pytest.fixture
def rules(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "words.yaml").write_text(RULES, encoding="utf-8")
    (folder / "heat.yaml").write_text(HEAT, encoding="utf-8")
    return folder


class Night:
    """The example night with these rules, its marked alerts, and the command over both."""

    def __init__(self, root, rules, marks):
        self._night = root / "examples" / "night"
        self._rules = rules
        self._marks = marks

    def mark(self, said):
        """Mark alerts; said: of an alert what it turned out to be, or None."""
        out = self._marks.with_name("out.jsonl")
        told = ("--rules", self._rules, "--areas", self._night / "areas.geojson", "--out", out)
        self._invoke("replay", self._night / "incidents.jsonl", *told)
        newest = {}
        for line in out.read_text(encoding="utf-8").splitlines():
            alert = json.loads(line)
            newest[alert["id"]] = alert
        for alert in newest.values():
            alert["disposition"] = said(alert)
        lines = [json.dumps(alert, ensure_ascii=False) for alert in newest.values()]
        self._marks.write_text("\n".join(lines), encoding="utf-8")

    def tune(self, rule, *more):
        return self._invoke(
            *("rules", "tune", rule, self._night / "incidents.jsonl", "--no-progress"),
            *("--rules", self._rules, "--areas", self._night / "areas.geojson"),
            *("--marks", self._marks, *more),
        )

    @staticmethod
    def _invoke(*args):
        return CliRunner().invoke(cli, list(map(str, args)))


@pytest.fixture
def night(root, rules, tmp_path):
    return Night(root, rules, tmp_path / "marks.jsonl")


def of_area(alert):
    return {NOISY: "false_alarm", REAL: "true_alarm"}.get(alert["area"]["id"])


def test_false_alarms_of_an_area_ask_for_a_higher_limit_there(night, rules):
    night.mark(of_area)
    result = night.tune("heat-burst")
    assert result.exit_code == 0, result.output
    assert "3 alerts marked false, 1 marked true" in result.output
    assert f'area: ["{NOISY}"]' in result.output
    assert "+    overrides:" in result.output
    assert "3 false ones would not come" in result.output
    assert (rules / "heat.yaml").read_text(encoding="utf-8") == HEAT

    written = json.loads(night.tune("heat-burst", "--write", "--json").output)
    assert written["written"]
    assert written["verdict"]["lost"] == []
    assert [change["what"] for change in written["changes"]] == ["lost"] * 3
    text = (rules / "heat.yaml").read_text(encoding="utf-8")
    assert "# a street is hot" in text
    assert "levels.III.fire.count: 6" in text
    assert CliRunner().invoke(cli, ["rules", "check", str(rules)]).exit_code == 0
    again = night.tune("heat-burst")
    assert "nothing is proposed" in again.output


def test_it_is_refused_where_a_known_true_alert_would_be_lost(night, rules):
    night.mark(lambda alert: "true_alarm" if alert["rule"]["id"] == "kw-stabbing" else None)
    before = (rules / "words.yaml").read_text(encoding="utf-8")
    result = night.tune("kw-stabbing", "--unless", "刀", "--write")
    assert result.exit_code == 1, result.output
    assert "1 true alerts would be LOST" in result.output
    assert "nothing was written" in result.output
    assert (rules / "words.yaml").read_text(encoding="utf-8") == before


def test_without_marks_nothing_is_proposed(night):
    night.mark(lambda _: None)
    result = night.tune("heat-burst")
    assert result.exit_code == 0
    assert "nothing is proposed" in result.output


def test_what_cannot_be_tuned_is_said(night):
    night.mark(lambda _: None)
    assert isinstance(night.tune("nothing-such").exception, ConfigError)
    assert isinstance(night.tune("heat-burst", "--unless", "刀").exception, ConfigError)
