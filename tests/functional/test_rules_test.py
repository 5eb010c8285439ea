"""`watchfloor rules test` from the command line: examples of a layer, exit codes, JSON."""

from __future__ import annotations

import json

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
