"""`watchfloor rules test` from the command line: examples of a layer, exit codes, JSON."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError, RuleError

GOOD = """\
schema: lexicon/1
acts:
- category: robbery
  words: [剥猪猡]
  tests:
    fires: [码头有人剥猪猡]
"""
BAD = GOOD + "    level:\n      码头有人剥猪猡: I\n"


def _run(*args):
    return CliRunner().invoke(cli, ["rules", "test", *map(str, args)])


def _rules(tmp_path, text):
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "own.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_examples_that_hold_are_counted(tmp_path):
    result = _run(_rules(tmp_path, GOOD))
    assert result.exit_code == 0
    assert ": error: " not in result.stdout
    assert ", 0 failed" in result.stderr


def test_one_that_does_not_is_told_with_place_and_reason(tmp_path):
    rules = _rules(tmp_path, BAD)
    result = _run(rules)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = lines.index(f"{rules}/lexicon/own.yaml:8:16: error: 码头有人剥猪猡")
    assert "expected grade I; got critical, robbery, grade II" in lines[at + 1]
    assert "robbery 1 by 剥猪猡" in lines[at + 2]


def test_json_holds_the_same(tmp_path):
    result = _run(_rules(tmp_path, BAD), "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["examples"] > 1
    assert [f["line"] for f in report["failures"] if not f["changed"]] == [8]


def test_a_change_to_a_shipped_example_fails_only_when_asked(tmp_path):
    rules = _rules(tmp_path, "schema: lexicon/1\ndisable: [drill]\nremove: [投毒]\n")
    result = _run(rules)
    assert result.exit_code == 0
    assert "changed by something else" in result.stderr
    assert ": changed: " in result.stdout
    assert _run(rules, "--strict").exit_code == 1


@pytest.mark.parametrize("wrong", ["nowhere", ""])
def test_a_directory_without_words_is_bad_input(tmp_path, wrong):
    result = _run(tmp_path / wrong)
    assert isinstance(result.exception, ConfigError)


def test_a_lexicon_with_faults_is_bad_input(tmp_path):
    result = _run(_rules(tmp_path, "schema: lexicon/1\nacts:\n- {category: robbery}\n"))
    assert isinstance(result.exception, RuleError)
    assert "own.yaml:3:3" in str(result.exception)


RULES = """\
format: 1
kind: heat
rules:
  - id: heat-a
    title: {zh: 热, en: Heat}
    window: {size: 10m}
    baseline: {model: fixed}
    floor: 2
    levels:
      III: {fire: {count: 3}, clear: {count: 2}}
      II: {fire: {count: 6}, clear: {count: 4}}
tests:
  - name: three are hot
    rule: heat-a
    start: 2026-11-20T20:00+08:00
    events: [{at: 0s, area: A, repeat: 3, every: 10s}]
    expect: [{by: 5m, level: III, status: firing}]
"""
FAILS = "    expect: [{by: 5m, level: II}]\n"


def _book(tmp_path, text=RULES):
    (tmp_path / "heat.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_tests_of_rules_are_run_beside_the_examples_of_words(tmp_path):
    result = _run(_book(tmp_path))
    assert result.exit_code == 0
    assert "1 tests, 0 failed" in result.stderr
    assert "examples, 0 failed" in result.stderr


def test_a_test_that_fails_is_told_with_place_expected_got_and_the_alerts(tmp_path):
    book = _book(tmp_path, RULES.replace(RULES.splitlines(keepends=True)[-1], FAILS))
    result = _run(book, "--rule", "heat-a")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == f"{book}/heat.yaml:17:14: error: three are hot"
    assert lines[1].strip() == (
        "expected by 5m: level II; got level III, firing in A at 1m; level III, firing in A at 5m"
    )
    assert any("Level II (6 incidents) does not fire: 3 is below 6." in line for line in lines)
    assert any(line.split()[1:3] == ["heat-a", "A"] for line in lines)
    assert result.stderr.strip() == "1 tests, 1 failed"


def test_junit_holds_the_tests_by_file(tmp_path):
    book = _book(tmp_path, RULES.replace(RULES.splitlines(keepends=True)[-1], FAILS))
    out = tmp_path / "out.xml"
    assert _run(book, "--rule", "heat-a", "--junit", out).exit_code == 1
    (suite,) = ET.fromstring(out.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    (case,) = suite
    assert (case.get("classname"), case.get("name"), case.get("line")) == (
        "heat-a",
        "three are hot",
        "13",
    )
    assert (case[0].get("message") or "").startswith("expected by 5m: level II; got level III")


def test_coverage_names_what_is_not_exercised_and_can_fail_a_pipeline(tmp_path):
    book = _book(tmp_path)
    result = _run(book, "--at-least", "60", "--rule", "heat-a")
    assert result.exit_code == 0
    assert f"{book}/heat.yaml:11:7: untested: level II of heat-a is raised by no test" in (
        result.stdout
    )
    assert "coverage: 66.7 % (2 of 3 parts)" in result.stdout
    assert _run(book, "--at-least", "70", "--rule", "heat-a").exit_code == 1


def test_json_of_tests_has_every_alert(tmp_path):
    report = json.loads(_run(_book(tmp_path), "--rule", "heat-a", "--json").stdout)
    (case,) = report["tests"]
    assert (case["status"], case["rule"]) == ("passed", "heat-a")
    assert [alert["level"] for alert in case["alerts"]] == ["III"]


def test_a_rule_that_is_not_there_and_a_rule_book_with_errors_are_bad_input(tmp_path):
    result = _run(_book(tmp_path), "--rule", "heat-b")
    assert isinstance(result.exception, ConfigError)
    assert "did you mean heat-a?" in str(result.exception)
    result = _run(_book(tmp_path, RULES.replace("floor", "flor")))
    assert isinstance(result.exception, RuleError)
    assert "E103" in str(result.exception)


def test_every_test_of_the_example_rule_book_is_run(root):
    folder = root / "examples"
    areas = folder / "night" / "areas.geojson"
    result = _run(folder / "rulebook", "--areas", areas, "--json")
    report = json.loads(result.stdout)
    assert len(report["tests"]) > 10
    assert {test["status"] for test in report["tests"]} <= {"passed", "failed"}
    failed = [(test["name"], test["failures"]) for test in report["tests"] if test["failures"]]
    assert failed == []
