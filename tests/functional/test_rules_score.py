"""`watchfloor rules score` from the command line: figures, faults, exit codes, no text shown."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app import cli, main

LINES = [
    ("a", "有人持刀抢劫，我的包被抢走了", "robbery", "II", "zh; plain; explicit"),
    ("b", "楼上有人要跳楼", "suicide_jump", "II", "zh; plain; explicit"),
    ("c", "路灯坏了三天了，电话13800000000", "none", "IV", "zh; 12345"),
    ("d", "他说的话我一句也听不懂", "arson", "II", "zh; sms/trad; implied"),
    ("e", "There is loud music next door", "none", "IV", "en; noise"),
]


def raw(id_, text, category, level, note, **more):
    fields = {
        "id": id_,
        "text": text,
        "critical": category != "none",
        "category": category,
        "level_expected": level,
        "note": note,
    }
    return json.dumps(fields | more, ensure_ascii=False)


@pytest.fixture
def labels(tmp_path):
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(raw(*line) for line in LINES) + "\n", encoding="utf-8")
    return file


def run(*arguments, stdin=None):
    return CliRunner().invoke(cli, ["rules", "score", *map(str, arguments)], input=stdin)


def report(*arguments, stdin=None):
    result = run(*arguments, "--json", stdin=stdin)
    assert len(result.stdout.splitlines()) == 1
    return json.loads(result.stdout)


def test_figures_with_their_intervals_for_people(labels):
    result = run(labels, "--by", "kind", "--by", "lang", "--by", "category")
    assert result.exit_code == 0
    assert "5 lines, 3 critical" in result.stdout
    assert "recall                     0.667  0.208 to 0.939  n 3" in result.stdout
    assert "implied                  0.000  0.000 to 0.793  n 1" in result.stdout
    for head in ("By kind, worst first", "By lang, worst first", "By category, worst first"):
        assert head in result.stdout
    assert "arson                  0 right  none 1" in result.stdout


def test_one_object_holds_everything(labels):
    read = report(labels, "--by", "kind", "--errors", "--goals")
    assert read["schema"] == "score/1"
    assert (read["file"], read["faults"]) == (str(labels), 0)
    assert read["score"]["figures"]["recall"]["hits"] == 2
    assert read["score"]["explicit_recall"]["value"] == 1
    assert read["score"]["confusion"]["arson"] == {"none": 1}
    names = {row["name"] for row in read["score"]["tables"]["kind"]}
    assert names == {"plain", "12345", "sms", "trad", "noise"}
    assert (read["stream"], read["against"]) == (None, None)
    (error,) = read["errors"]
    assert (error["line"], error["id"], error["wrong"]) == (4, "d", ["missed", "level"])
    assert error["expected"] == {
        "tier": "critical",
        "category": "arson",
        "level": "II",
        "outcome": None,
    }
    assert error["got"]["tier"] == "none"
    assert "text" not in error


def test_no_text_is_printed_unless_asked_for(labels):
    shown = run(labels, "--errors", "--by", "kind").output
    assert "missed+level" in shown
    assert "听不懂" not in shown
    assert "13800000000" not in shown
    (error,) = report(labels, "--show-texts")["errors"]
    assert error["text"] == LINES[3][1]


def test_a_wrong_alert_shows_its_words_and_reasons(tmp_path):
    file = tmp_path / "one.jsonl"
    file.write_text(raw("x", "有人抢劫", "none", "IV", "zh; film"), encoding="utf-8")
    shown = run(file, "--errors").stdout
    assert "x\tfalse+level\tnone none IV\tcritical robbery II\t抢劫 [2:4]\tlexicon:robbery" in shown


def test_goals_decide_the_exit_code(labels, tmp_path):
    good = tmp_path / "good.jsonl"
    child = raw("f", "一个陌生人抢走小孩塞进车里跑了", "kidnapping", "I", "zh; child; explicit")
    lines = [*(raw(*LINES[i]) for i in (0, 1, 2, 4)), child]
    good.write_text("\n".join(lines), encoding="utf-8")
    met = run(good, "--goals")
    assert met.exit_code == 0, met.stdout
    missed = run(labels, "--goals", "--against", good)
    assert missed.exit_code == 1
    assert "recall                     0.667   goal >= 0.92   not met" in missed.stdout
    assert "level I graded III or IV   nothing to measure" in missed.stdout
    assert "difference in F1           0.200   goal <= 0.08   not met" in missed.stdout


def test_bad_lines_are_named_counted_and_the_rest_is_scored():
    lines = [
        raw(*LINES[0]),
        "{broken",
        raw("x", "有人抢劫", "none", "II", "zh; plain"),
        raw(*LINES[0]),
        raw(*LINES[2]),
    ]
    result = run("-", stdin="\n".join(lines))
    assert result.exit_code == 2
    assert "stdin: 2 lines, 1 critical, 3 skipped for faults" in result.stdout
    assert "stdin:2: not a JSON object" in result.stderr
    assert "stdin:3: a line that is not critical has level II" in result.stderr
    assert "stdin:4: the id stands in line 1 already" in result.stderr


@pytest.mark.parametrize("content", ["", '\n{"id": 1}\n'])
def test_a_file_without_a_usable_line_is_bad_input(tmp_path, capsys, monkeypatch, content):
    file = tmp_path / "labels.jsonl"
    file.write_text(content, encoding="utf-8")
    assert exit_code(monkeypatch, "rules", "score", str(file)) == 2
    assert "labels.jsonl holds no labelled line" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_bad_input(tmp_path, capsys, monkeypatch):
    assert exit_code(monkeypatch, "rules", "score", str(tmp_path / "none.jsonl")) == 2
    assert "none.jsonl: No such file" in capsys.readouterr().err
    assert exit_code(monkeypatch, "rules", "score", str(tmp_path)) == 2
    assert f"{tmp_path}: Is a directory" in capsys.readouterr().err


def test_a_rules_directory_that_is_not_there_is_bad_input(labels, capsys, monkeypatch):
    assert exit_code(monkeypatch, "rules", "score", str(labels), "--rules", "nowhere") == 2
    assert "nowhere: no such directory" in capsys.readouterr().err


def test_a_long_file_tells_its_progress():
    lines = (raw(number, "噪音", "none", "IV", "zh; noise") for number in range(10_300))
    result = run("-", stdin="\n".join(lines))
    assert result.exit_code == 0
    assert result.stderr == "10,240 lines judged\n"
    assert "10300 lines" in result.stdout


def test_wrong_usage(labels, monkeypatch):
    assert exit_code(monkeypatch, "rules", "score") == 3
    assert exit_code(monkeypatch, "rules", "score", str(labels), "--by", "mood") == 3
    assert exit_code(monkeypatch, "rules", "score", str(labels), "--days", "2") == 3


def test_a_rules_directory_lays_its_words_over_ours(labels, tmp_path):
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "local.yaml").write_text(
        "schema: lexicon/1\nacts:\n- {category: arson, words: [一句也听不懂]}\n", encoding="utf-8"
    )
    assert report(labels, "--rules", tmp_path)["score"]["figures"]["recall"]["value"] == 1


def test_outcomes_are_scored_where_lines_have_them():
    lines = [
        raw("x", "测试电话，今天演练，请勿出警", "none", "IV", "zh; drill", outcome="drill"),
        raw("y", "楼上太吵了", "none", "IV", "zh; noise", outcome="none"),
    ]
    read = report("-", stdin="\n".join(lines))
    assert read["score"]["outcomes"]["accuracy"]["of"] == 2
    assert set(read["score"]["outcomes"]["recall"]) == {"drill", "none"}


def test_a_stream_is_reckoned_and_counted(labels):
    options = ["--stream", "--days", "1", "--calls-per-day", "300", "--critical-share", "0.01"]
    read = report(labels, *options)["stream"]
    reckoned, counted = read["reweighted"], read["measured"]
    assert (reckoned["calls_a_day"], reckoned["critical_share"]) == (300, 0.01)
    assert 0 < reckoned["covered"] < 1
    assert "traffic" in reckoned["without_lines"]
    assert reckoned["alerts"]["low"] <= reckoned["alerts"]["value"] <= reckoned["alerts"]["high"]
    parts = (counted["every_day"]["of"], counted["decoys"]["of"], counted["recall"]["of"])
    assert sum(parts) == counted["texts"]
    assert counted["texts"] > 200
    shown = run(labels, *options).stdout
    assert "Reckoned from the labelled lines" in shown
    assert f"Counted on {counted['texts']} simulated calls" in shown


def test_shares_of_a_centre_of_its_own(labels, tmp_path):
    shares = tmp_path / "shares.yaml"
    shares.write_text(
        "schema: shares/1\nsource: our year\neveryday: {noise: 1, '12345': 1}\nalarming: {}\n",
        encoding="utf-8",
    )
    options = ["--stream", "--days", "1", "--calls-per-day", "50", "--shares", shares]
    read = report(labels, *options)["stream"]["reweighted"]
    assert (read["source"], read["covered"]) == ("our year", 1)


def test_the_development_set_is_scored(shared):
    read = report(shared / "keywords_dev.jsonl")
    assert read["faults"] == 0
    assert read["score"]["figures"]["lines"] == 200
    assert read["score"]["figures"]["critical"] == 90
    assert read["score"]["explicit_recall"]["of"] + read["score"]["implied_recall"]["of"] == 90


def exit_code(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["watchfloor", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code
