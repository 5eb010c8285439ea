"""`watchfloor rules lint` from the command line: what is shown, exit codes, JSON."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError

CLEAN = "schema: lexicon/1\nacts:\n- {category: robbery, words: [剥猪猡]}\n"
WARNED = "schema: lexicon/1\nremove: [没有这个词]\n"
WRONG = "schema: lexicon/1\nfriends:\n- words: [抢劫游戏]\n"


def _run(*args):
    return CliRunner().invoke(cli, ["rules", "lint", *map(str, args)])


def _rules(tmp_path, text):
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "own.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_clean_layer(tmp_path):
    result = _run(_rules(tmp_path, CLEAN))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 errors, 0 warnings" in result.stderr


def test_errors_have_place_cause_and_remedy(tmp_path):
    rules = _rules(tmp_path, WRONG)
    result = _run(rules)
    assert result.exit_code == 1
    (line,) = (text for text in result.stdout.splitlines() if "[hides_act]" in text)
    assert line.startswith(f"{rules}/lexicon/own.yaml:3:11: error: hides what is critical")
    assert "抢劫游戏 (robbery: 抢劫)" in line
    assert "say in a `note` why" in line


def test_warnings_count_when_asked(tmp_path):
    result = _run(_rules(tmp_path, WARNED), "--strict", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (report["errors"], report["warnings"]) == (0, 1)
    assert [(r["line"], r["code"]) for r in report["remarks"]] == [(2, "removes_nothing")]


def test_warnings_about_the_shipped_lexicon_are_shown_on_request(tmp_path):
    result = _run(_rules(tmp_path, WARNED), "--all")
    assert result.exit_code == 0
    assert "/own.yaml:2:10: warning: " in result.stdout
    assert "shown with --all" not in result.stderr


@pytest.mark.parametrize("wrong", ["nowhere", ""])
def test_a_directory_without_words_is_bad_input(tmp_path, wrong):
    assert isinstance(_run(tmp_path / wrong).exception, ConfigError)
