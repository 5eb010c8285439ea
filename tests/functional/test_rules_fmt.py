"""`watchfloor rules fmt` from the command line: files in place, --check, faults, exit codes."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError, RuleError

WILD = "kind: heat\nformat:   1\nrules:\n- title: {zh: 热, en: Heat} # name\n  id: heat\n"
TAME = "format: 1\nkind: heat\nrules:\n  - id: heat\n    title: {zh: 热, en: Heat}  # name\n"


def _run(*args):
    return CliRunner().invoke(cli, ["rules", "fmt", *map(str, args)])


def test_files_are_written_once_and_then_left_alone(tmp_path):
    (tmp_path / "heat.yaml").write_text(WILD, encoding="utf-8")
    (tmp_path / "note.txt").write_text("b:   1\n")
    first, second = _run(tmp_path), _run(tmp_path)
    assert (first.exit_code, first.stdout) == (0, f"changed {tmp_path}/heat.yaml\n")
    assert (second.exit_code, second.stdout) == (0, "")
    assert (tmp_path / "heat.yaml").read_text(encoding="utf-8") == TAME
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["heat.yaml", "note.txt"]


def test_check_writes_nothing_and_tells(tmp_path):
    file = tmp_path / "heat.yml"
    file.write_text(WILD, encoding="utf-8")
    result = _run("--check", "--json", file)
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"files": 1, "changed": [str(file)], "faults": []}
    assert file.read_text(encoding="utf-8") == WILD
    file.write_text(TAME, encoding="utf-8")
    assert _run("--check", file).exit_code == 0


def test_a_file_that_is_not_well_formed_is_left_and_the_others_are_written(tmp_path):
    (tmp_path / "a.yaml").write_text("a: 1\na: 2\n")
    (tmp_path / "b.yaml").write_text("b:   1\n")
    result = _run(tmp_path)
    assert result.exit_code == 2
    assert f"{tmp_path}/a.yaml:2:1: error" in result.stderr
    assert (tmp_path / "a.yaml").read_text() == "a: 1\na: 2\n"
    assert (tmp_path / "b.yaml").read_text() == "b: 1\n"


def test_an_editor_sends_its_text_and_gets_it_back():
    def through(text, *args):
        return CliRunner().invoke(cli, ["rules", "fmt", "-", *args], input=text)

    assert through(WILD).stdout == TAME
    assert through(WILD, "--check").exit_code == 1
    assert through(TAME, "--check").exit_code == 0
    assert isinstance(through("a: 1\na: 2\n").exception, RuleError)


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_no_file_is_bad_input(tmp_path, name):
    result = _run(tmp_path / name)
    assert isinstance(result.exception, ConfigError)


def test_no_path_is_wrong_usage():
    assert _run().exit_code == 2
