"""`watchfloor rules backtest`, `plan` and `why` over the example night, from the command line."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError, SourceError

RULES = """\
format: 1
kind: keyword
rules:
  - {id: kw-homicide, title: {zh: 命案, en: Homicide}, match: {category: [homicide]}}
  - {id: kw-stabbing, title: {zh: 持刀, en: Stabbing}, match: {category: [stabbing]}}
  - {id: kw-arson, title: {zh: 放火, en: Arson}, match: {category: [arson]}}
"""
HEAT = """\
format: 1
kind: heat
rules:
  - id: heat-burst
    title: {zh: 激增, en: Burst}
    window: {size: 15m, every: 1m}
    floor: 5
    baseline: {model: fixed}
    keep_firing: 10m
    levels:
      III: {fire: {count: 8}, clear: {count: 4}}
      II: {fire: {count: 14}, clear: {count: 8}}
"""


@pytest.fixture(scope="module")
def night(root):
    return root / "examples" / "night"


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    return _book(tmp_path_factory.mktemp("rules"), HEAT)


def _book(folder, heat):
    folder.mkdir(exist_ok=True)
    (folder / "words.yaml").write_text(RULES, encoding="utf-8")
    (folder / "heat.yaml").write_text(heat, encoding="utf-8")
    return folder


def _run(night, verb, *args):
    more = ("--areas", night / "areas.geojson", "--no-progress")
    return CliRunner().invoke(cli, ["rules", verb, *map(str, (*args, *more))])


def _backtest(night, rules, *args):
    return _run(night, "backtest", night / "incidents.jsonl", "--rules", rules, *args)


def _why(night, rules, *args):
    return _run(night, "why", *args, night / "incidents.jsonl", "--rules", rules)


def test_a_backtest_counts_the_alerts_of_a_replay_and_scores_them(night, rules, tmp_path):
    result = _backtest(night, rules, "--truth", night / "truth.jsonl", "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    truth, table = report["truth"], report["tally"]
    assert report["history"]["read"] == 194
    assert truth["criticals"] == {"hit": 4, "of": 4}
    assert truth["bursts"] == {"hit": 1, "of": 1}
    assert truth["missed"] == []
    assert truth["delay"]["burst"]["median"] == 6 * 60
    assert truth["false_heat"] == {"hit": 1, "of": 2}
    assert report["history"]["cost"]["state_bytes"] > 0
    out = tmp_path / "alerts.jsonl"
    arguments = ["replay", night / "incidents.jsonl", "--areas", night / "areas.geojson"]
    arguments += ["--rules", rules, "--out", out, "--no-progress"]
    assert CliRunner().invoke(cli, list(map(str, arguments))).exit_code == 0
    ids = {json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()}
    assert table["alerts"] == len(ids)
    for part in ("rules", "areas"):
        assert table["alerts"] == sum(row["alerts"] for row in table[part])
    assert table["alerts"] == sum(table["dates"].values()) == sum(table["levels"].values())


def test_a_backtest_reads_for_people_and_can_be_narrowed(night, rules):
    more = ("--from", "2026-03-06T22:17+08:00", "--truth", night / "truth.jsonl")
    text = _backtest(night, rules, "--rule", "heat-burst", *more).stdout
    assert re.search(r"heat-burst +1 ", text)
    assert "kw-homicide" not in text
    assert "false alarms: 1 of 1 (100 %)" in text


def test_a_backtest_of_nothing_is_told(night, rules, tmp_path):
    missing = _run(night, "backtest", tmp_path / "no.jsonl", "--rules", rules)
    assert isinstance(missing.exception, ConfigError)
    truth = tmp_path / "truth.jsonl"
    truth.write_text("{}\n", encoding="utf-8")
    assert isinstance(_backtest(night, rules, "--truth", truth).exception, SourceError)


def test_a_plan_of_the_same_rules_differs_in_nothing(night, rules, tmp_path):
    other = _book(tmp_path / "new", "# other words\n" + HEAT)
    result = _run(night, "plan", rules, other, night / "incidents.jsonl", "--limit", 0)
    assert result.exit_code == 0
    assert "6 alerts are the same, 0 differ" in result.stdout


def test_a_plan_names_what_moves_and_fails_over_its_limit(night, rules, tmp_path):
    other = _book(tmp_path / "new", HEAT.replace("count: 14", "count: 40"))
    arguments = ("plan", rules, other, night / "incidents.jsonl", "--limit", 0)
    result = _run(night, *arguments)
    assert result.exit_code == 1
    assert "rule heat-burst: 1 moved in level" in result.stdout
    assert "1 alerts differ, 0 allowed" in result.stderr
    assert re.search(r"~ heat-burst 990101000400: level II, .* -> level III, ", result.stdout)
    other_rule = _run(night, *arguments, "--rule", "kw-arson", "--json")
    assert other_rule.exit_code == 0
    assert json.loads(other_rule.stdout)["same"] == 1


def test_a_plan_cannot_read_standard_input_twice(night, rules):
    assert isinstance(_run(night, "plan", rules, rules, "-").exception, ConfigError)


def test_why_of_an_alert_tells_counts_limits_and_their_places(night, rules):
    at = ("--area", "990101000400", "--at", "2026-03-06T22:16+08:00")
    area = _why(night, rules, *at, "--rule", "heat-burst", "--json")
    (reason,) = json.loads(area.stdout)["heat"]
    assert (reason["outcome"], reason["count"]) == ("open", 9)
    told = _why(night, rules, reason["alert"])
    assert told.exit_code == 0
    assert "revision 1: level III, firing" in told.stdout
    assert "9 incidents in 15m; the floor is 5." in told.stdout
    assert re.search(r"Level III \(8 incidents\) fires\.  \[.*heat\.yaml:11:27\]", told.stdout)


def test_why_not_tells_what_was_missing(night, rules):
    at = ("--area", "990101000400", "--at", "2026-03-06T22:14+08:00")
    text = _why(night, rules, *at, "--rule", "heat-burst").stdout
    assert "There is no alert." in text
    assert "Level III (8 incidents) does not fire: 5 is below 8." in text


def test_why_of_a_report_tells_what_its_words_say_and_never_the_text(night, rules):
    lines = (night / "incidents.jsonl").read_text(encoding="utf-8").splitlines()
    wanted = "J20260306T220000002"
    text = next(json.loads(line)["text"] for line in lines if f'"{wanted}"' in line)
    result = _why(night, rules, "--incident", wanted)
    assert result.exit_code == 0
    assert "Found critical: stabbing, level I" in result.stdout
    assert "kw-stabbing answers by its category stabbing: level I" in result.stdout
    assert "what they tell" in result.stdout
    assert text not in result.stdout


def test_why_of_what_is_not_there_is_a_finding_and_of_nothing_wrong_usage(night, rules):
    result = _why(night, rules, "NOSUCHALERT")
    assert result.exit_code == 1
    assert "no alert NOSUCHALERT comes of this history" in result.stdout
    for wrong in ((), ("--area", "A")):
        assert isinstance(_why(night, rules, *wrong).exception, SystemExit)
        assert "Usage:" in _why(night, rules, *wrong).stderr
