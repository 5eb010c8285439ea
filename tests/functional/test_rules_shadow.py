"""`watchfloor rules shadow` and `promote`: a rule on trial over the example night, then live."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError, SourceError

HEAT = """\
format: 1
kind: heat
defaults: {window: {size: 15m, every: 1m}, baseline: {model: fixed}, floor: 5}
rules:
  - id: heat-burst
    title: {zh: 激增, en: Burst}
    levels:
      III: {fire: {count: 8}, clear: {count: 4}}
  - id: heat-trial # on trial
    title: {zh: 试, en: Trial}
    state: shadow # until spring
    levels:
      III: {fire: {count: 6}, clear: {count: 3}}
"""


def _run(*args):
    return CliRunner().invoke(cli, list(map(str, args)))


@pytest.fixture(scope="module")
def trial(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    rules = folder / "rules"
    rules.mkdir()
    (rules / "heat.yaml").write_text(HEAT, encoding="utf-8")
    night = root / "examples" / "night"
    out, shadow = folder / "alerts.jsonl", folder / "shadow.jsonl"
    result = _run("replay", night / "incidents.jsonl", "--areas", night / "areas.geojson",
                  "--rules", rules, "--out", out, "--shadow", shadow, "--no-progress")  # fmt: skip
    assert result.exit_code == 0
    return rules, out, shadow


def test_a_rule_on_trial_is_told_with_its_alerts_a_day_and_what_live_rules_tell_too(trial):
    rules, live, shadow = trial
    report = json.loads(
        _run("rules", "shadow", shadow, "--live", live, "--rules", rules, "--json").stdout
    )
    (row,) = report["rules"]
    lines = [json.loads(line) for line in shadow.read_text(encoding="utf-8").splitlines()]
    assert row["rule"] == "heat-trial"
    assert row["alerts"] == len({line["id"] for line in lines})
    assert row["told"]["of"] == row["alerts"]
    assert 0 < row["told"]["hit"] < row["alerts"]
    assert not row["ready"]


def test_it_says_when_a_rule_may_be_promoted(trial):
    rules, live, shadow = trial
    more = ("--days", "0.01", "--most", "1000")
    text = _run("rules", "shadow", shadow, "--live", live, "--rules", rules, *more).stdout
    assert "heat-trial: may be promoted" in text
    assert "watchfloor rules promote heat-trial DIR" in text
    assert "heat-trial: not yet" in _run("rules", "shadow", shadow).stdout


def test_shadow_reads_files_or_the_broker_and_nothing_else(trial, tmp_path):
    assert "name files of alerts, or --broker" in _run("rules", "shadow").stderr
    other = tmp_path / "other.jsonl"
    other.write_text('{"schema":"incident/1"}\n', encoding="utf-8")
    assert isinstance(_run("rules", "shadow", other).exception, SourceError)
    assert isinstance(_run("rules", "shadow", tmp_path / "no").exception, ConfigError)


def test_a_promotion_changes_one_line_and_can_be_tried_first(trial):
    rules, _, _ = trial
    file = rules / "heat.yaml"
    before = file.read_text(encoding="utf-8")
    tried = _run("rules", "promote", "heat-trial", rules, "--dry-run")
    assert tried.exit_code == 0
    assert "-    state: shadow # until spring" in tried.stdout
    assert "+    state: live # until spring" in tried.stdout
    assert file.read_text(encoding="utf-8") == before
    assert _run("rules", "promote", "heat-trial", rules).exit_code == 0
    assert file.read_text(encoding="utf-8") == before.replace("state: shadow", "state: live")
    assert "is live already" in _run("rules", "promote", "heat-trial", rules).stdout
    assert [path.name for path in rules.iterdir() if path.name.startswith(".")] == []
    assert isinstance(_run("rules", "promote", "heat-tral", rules).exception, ConfigError)
