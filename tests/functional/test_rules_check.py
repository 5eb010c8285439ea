"""`rules check`, `explain`, `effective` and `schema` from the command line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from app import cli
from rules.language.faults import catalogue
from streams.errors import ConfigError, RuleError

BOOK = """format: 1
kind: heat
rules:
  - id: heat-street
    title: {zh: 街面警情热点, en: Street crime heat}
    levels: {III: {fire: {count: 5}, clear: {count: 2}}}
    overrides:
      - {when: {area: [甲]}, set: {floor: 5}, because: 街市}
"""
AT = ("--at", "2026-11-22")


def run(*args):
    return CliRunner().invoke(cli, ["rules", *map(str, args)])


def book(folder: Path, text: str = BOOK, name: str = "heat.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_book_is_clean():
    result = run("check", "--strict")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "files with 14 rules: 0 errors, 0 warnings" in result.stderr


def test_a_fault_is_shown_with_its_line_and_a_caret(tmp_path):
    result = run(
        "check", book(tmp_path, BOOK.replace("    levels", "    flor: 3\n    levels")), *AT
    )
    assert result.exit_code == 2
    head, source, caret = result.stdout.splitlines()
    place = f"{tmp_path.as_posix()}/heat.yaml:6:5"
    assert head == f'{place}: error E103: unknown field "flor" in rule heat-street'
    assert source == "    6 |     flor: 3"
    assert caret.startswith('      |     ^^^^ did you mean "floor"?   (allowed here: ')
    assert "1 files with 1 rules: 1 error, 0 warnings" in result.stderr


def test_a_caret_stands_below_its_place_behind_wide_characters(tmp_path):
    text = BOOK.replace("when: {area: [甲]}, set: {floor: 5}, because: 街市",
                        "because: 街市, when: {tag: 甲}, sett: {floor: 5}")  # fmt: skip
    _, source, caret, *_ = run("check", book(tmp_path, text), *AT).stdout.splitlines()
    wide = len(re.findall(r"[\u4e00-\u9fff]", source[: source.index("sett")]))
    assert caret.index("^") == source.index("sett") + wide
    assert "^^^^ " in caret


def test_warnings_count_when_asked(tmp_path):
    text = BOOK.replace("because: 街市", "because: 街市, until: 2026-11-01")
    rules = book(tmp_path, text)
    assert run("check", rules, *AT).exit_code == 0
    result = run("check", rules, *AT, "--strict")
    assert result.exit_code == 1
    assert "warning W330: override 1 ended 20 days ago; remove it" in result.stdout
    assert "W330" not in run("check", rules, "--at", "2026-10-31").stdout


def test_json_holds_all_and_text_fifty(tmp_path):
    text = BOOK + "".join(f"    x{i}: 1\n" for i in range(70))
    rules = book(tmp_path, text)
    report = json.loads(run("check", rules, "--json").stdout)
    assert (report["errors"], len(report["faults"])) == (70, 70)
    assert report["faults"][0]["line"] == 9
    shown = run("check", rules).stdout
    assert len(re.findall(r": error E103: ", shown)) == 50
    assert "and 20 more" in shown


def test_sarif_names_rules_and_regions(tmp_path):
    rules = book(tmp_path, BOOK.replace("count: 2", "count: 5"))
    log = json.loads(run("check", rules, "--format", "sarif").stdout)
    (one,) = log["runs"]
    (result,) = one["results"]
    assert log["version"] == "2.1.0"
    assert result["ruleId"] == one["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "E214"
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 6, "startColumn": 53}


def test_annotations_of_a_pull_request_are_escaped(tmp_path):
    rules = book(tmp_path, BOOK.replace("heat-street", '"100%"'))
    (line,) = run("check", rules, "--format", "github").stdout.splitlines()
    place = f"file={tmp_path.as_posix()}/heat.yaml,line=4,col=9,title=E116"
    assert line.startswith(f"::error {place}::")
    assert line.endswith('not "100%25"')


def test_warnings_of_what_changed_alone(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("git is not installed here")

    def git(*arguments):
        who = ["-c", "user.name=t", "-c", "user.email=t@t.invalid"]
        subprocess.run(["git", "-C", tmp_path, *who, *arguments], check=True, capture_output=True)

    one = BOOK.replace("floor: 5}, because: 街市", "floor: 6}, because: 街市")
    two = one.replace("heat-street", "heat-two").partition("rules:\n")[2]
    git("init", "-q")
    git("add", book(tmp_path, one + two))
    git("commit", "-q", "-m", "rules")
    check = ("check", tmp_path, "--json", *AT)
    assert json.loads(run(*check).stdout)["warnings"] == 2
    assert json.loads(run(*check, "--changed", "HEAD").stdout)["warnings"] == 0
    book(tmp_path, one + two.replace("because: 街市", "because: 市场"))
    (fault,) = json.loads(run(*check, "--changed", "HEAD").stdout)["faults"]
    assert fault["line"] > 8
    book(tmp_path, BOOK.replace("heat-street", "new"), "new.yaml")
    book(tmp_path, "kind: heat\n", "broken.yaml")
    assert json.loads(run(*check, "--changed", "HEAD").stdout)["errors"] == 2
    assert isinstance(run(*check, "--changed", "no-such").exception, ConfigError)


def test_areas_of_the_installation_are_known(tmp_path, root):
    rules = book(tmp_path, BOOK.replace("甲", "520102550001"))
    areas = root / "examples" / "night" / "areas.geojson"
    result = run("check", rules, "--areas", areas)
    assert "error E301: unknown area" in result.stdout


def test_a_directory_without_rules_and_none_at_all(tmp_path):
    assert isinstance(run("check", tmp_path).exception, RuleError)
    assert isinstance(run("check", tmp_path / "none").exception, ConfigError)
    assert isinstance(run("check", book(tmp_path), "--at", "soon").exception, ConfigError)


@pytest.mark.parametrize("code", ["E103", "w330"])
def test_a_code_is_explained(code):
    result = run("explain", code)
    entry = catalogue()[code.upper()]
    assert result.exit_code == 0
    for part in (entry.title, entry.cause, entry.remedy):
        assert part in result.stdout


def test_all_codes_are_listed_and_an_unknown_one_is_said():
    assert len(run("explain").stdout.splitlines()) == len(catalogue())
    assert json.loads(run("explain", "E214", "--json").stdout)["code"] == "E214"
    result = run("explain", "E2l4")
    assert result.exit_code == 2
    assert "there is no code E2l4" in result.stderr


def test_values_of_an_area_have_their_places(tmp_path):
    rules = book(tmp_path)
    place = f"{tmp_path.as_posix()}/heat.yaml"
    inside = json.loads(run("effective", "heat-street", rules, "--area", "甲", "--json").stdout)
    values = {value["name"]: (value["value"], value["place"]) for value in inside["values"]}
    assert values["floor"] == (5, f"{place}:8:42")
    assert values["levels.III.fire.count"] == (5.0, f"{place}:6:34")
    assert values["keep_firing"] == ("10m", None)
    outside = run("effective", "heat-street", rules, "--area", "乙").stdout
    assert "override 1 does not hold: 街市" in outside
    assert re.search(r"floor +3 +built in", outside)


def test_overrides_by_time_need_a_moment(tmp_path):
    rules = book(tmp_path, BOOK.replace("area: [甲]", "time: night"))
    asked = ("effective", "heat-street", rules, "--area", "甲")
    assert "holds at times (name one: --at)" in run(*asked).stdout
    night = run(*asked, "--at", "2026-11-20T23:00+08:00").stdout
    assert "override 1 holds: 街市" in night
    assert re.search(r"floor +5 ", night)
    assert re.search(r"floor +3 ", run(*asked, "--at", "2026-11-20T12:00+08:00").stdout)


def test_defaults_of_the_file_are_a_place_too(tmp_path):
    rules = book(tmp_path, BOOK.replace("rules:\n", "defaults: {keep_firing: 7m}\nrules:\n"))
    shown = run("effective", "heat-street", rules, "--area", "甲").stdout
    assert re.search(r"keep_firing +7m +\S+/heat.yaml:3:25", shown)


def test_what_is_not_there_is_said_with_what_was_meant(tmp_path):
    rules = book(tmp_path)
    error = run("effective", "heat-stret", rules, "--area", "甲").exception
    assert isinstance(error, ConfigError)
    assert "did you mean heat-street?" in str(error)


def test_a_schema_is_printed_or_all_are_written(tmp_path):
    printed = json.loads(run("schema", "heat").stdout)
    jsonschema.Draft202012Validator.check_schema(printed)
    result = run("schema", "--out", tmp_path / "schemas")
    assert result.exit_code == 0
    written = tmp_path / "schemas" / "heat.json"
    assert written.as_posix() in result.stdout
    assert json.loads(written.read_text(encoding="utf-8")) == printed
    assert run("schema", "heet").exit_code == 2
    assert run("schema").exit_code == 2
