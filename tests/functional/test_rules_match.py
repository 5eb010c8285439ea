"""`watchfloor rules match` from the command line: formats, faults, and no text printed."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError, SourceError


def _run(*args, stdin=b""):
    return CliRunner().invoke(cli, ["rules", "match", *map(str, args)], input=stdin)


def test_plain_lines_have_their_number_as_id(tmp_path):
    file = tmp_path / "calls.txt"
    file.write_text("有人抢劫\n\n路灯坏了\n", encoding="utf-8")
    result = _run(file)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [(line["id"], line["tier"], line["critical"]) for line in lines] == [
        (1, "critical", True),
        (3, "none", False),
    ]
    assert lines[0]["category"] == "robbery"
    assert lines[0]["level"] == "II"
    assert lines[0]["spans"] == [{"start": 2, "end": 4, "term": "抢劫", "category": "robbery"}]
    assert lines[0]["reasons"] == ["lexicon:robbery", "grade:critical"]


def test_json_lines_keep_their_ids_and_a_broken_one_is_named():
    stdin = '{"id":"a","text":"有人跳楼"}\n{broken\n{"id":7}\n{"text":"噪音"}\n'.encode()
    result = _run("-", stdin=stdin)
    assert result.exit_code == 2
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a", 4]
    assert "stdin:2: not a JSON object" in result.stderr
    assert "stdin:3: a line needs `text`" in result.stderr


def test_a_line_that_is_not_utf8_is_named_and_the_rest_goes_on():
    result = _run("-", stdin="有人抢劫\n".encode() + b"\xff\xfe\n" + "跳楼\n".encode())
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 2
    assert "stdin:2: not UTF-8" in result.stderr


def test_text_for_people():
    result = _run("-", "--format", "text", stdin="有人持刀抢劫\n".encode())
    assert result.exit_code == 0
    assert result.stdout.startswith("1\tcritical\tII\trobbery\t")


@pytest.mark.parametrize("output", ["jsonl", "text"])
def test_the_text_itself_is_never_printed(output):
    result = _run("-", "--format", output, stdin="张三丰13800000000被人抢劫了\n".encode())
    assert "13800000000" not in result.stdout
    assert "张三丰" not in result.stdout


def test_the_rules_directory_lays_its_words_over_ours(tmp_path):
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "local.yaml").write_text(
        "schema: lexicon/1\nacts:\n- {category: robbery, words: [剥猪猡]}\n", encoding="utf-8"
    )
    result = _run("-", "--rules", tmp_path, stdin="码头有人剥猪猡\n".encode())
    assert json.loads(result.stdout)["category"] == "robbery"


def test_a_rules_directory_without_lexicon_is_fine(tmp_path):
    assert _run("-", "--rules", tmp_path, stdin="有人抢劫\n".encode()).exit_code == 0


def test_many_lines_stream():
    result = _run("-", stdin="楼上太吵了\n".encode() * 2000)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2000


def test_no_input_is_no_output():
    result = _run("-", stdin=b"")
    assert (result.exit_code, result.stdout) == (0, "")


def test_explain_tells_words_sources_and_what_took_them_back():
    result = _run("-", "--explain", stdin="今天演练,有人持刀抢 劫\n".encode())
    assert result.exit_code == 0
    assert result.stdout.startswith("1: not critical, grade IV, drill (")
    assert "抢 劫 [9:12] (listed as 抢劫): act robbery (shipped acts.yaml:" in result.stdout
    assert "by the cue drill 演练 [2:4] (shipped cues.yaml:" in result.stdout
    assert "it would be silent with a word of `real`" in result.stdout


def test_explain_as_json_joins_the_line():
    result = _run("-", "--explain", "--format", "jsonl", stdin="有人持刀抢劫\n".encode())
    line = json.loads(result.stdout)
    assert line["category"] == "robbery"
    assert {told["category"] for told in line["explain"]["told"]} >= {"robbery", "stabbing"}
    assert line["explain"]["critical_from"] == 1.0


def test_explain_shows_of_the_text_only_the_words_found():
    result = _run("-", "--explain", stdin="张三丰13800000000被人抢劫了\n".encode())
    assert "13800000000" not in result.stdout
    assert "张三丰" not in result.stdout


def test_explain_names_the_layer_of_a_word(tmp_path):
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "local.yaml").write_text(
        "schema: lexicon/1\nacts:\n- {category: robbery, words: [剥猪猡]}\n", encoding="utf-8"
    )
    result = _run("-", "--explain", "--rules", tmp_path, stdin="码头有人剥猪猡\n".encode())
    assert f"act robbery ({tmp_path}/lexicon local.yaml:3)" in result.stdout


@pytest.mark.parametrize("arguments", [["nowhere.txt"], ["-", "--rules", "nowhere"]])
def test_what_is_not_there_is_bad_input(arguments):
    result = _run(*arguments)
    assert isinstance(result.exception, ConfigError | SourceError)
    assert "nowhere" in str(result.exception)
