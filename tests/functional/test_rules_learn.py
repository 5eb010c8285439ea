"""`watchfloor rules learn` from the command line: learn, look, take back, and every mistake."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from app import cli, main

OWN = """\
schema: lexicon/1
acts:
- {category: robbery, weight: 0.5, words: [剥猪猡]}
- {category: arson, weight: 0.5, words: [冒青烟]}
"""
CODE = "word:robbery:剥猪猡"


def _run(*args, stdin=b""):
    return CliRunner().invoke(cli, ["rules", "learn", *map(str, args)], input=stdin)


def _line(number, said="false", **fields):
    line = {
        "schema": "disposition/1",
        "incident_id": f"i{number}",
        "at": f"2026-03-{1 + number // 24:02}T{number % 24:02}:00:00+08:00",
        "mark": said,
        "by": f"duty_{number % 4}",
        "tier": "review",
        "category": "robbery",
        "reasons": ["lexicon:robbery", "tier:review", CODE],
    }
    return json.dumps(line | fields, ensure_ascii=False)


def _marks(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def rules(tmp_path):
    folder = tmp_path / "rules" / "lexicon"
    folder.mkdir(parents=True)
    (folder / "local.yaml").write_text(OWN, encoding="utf-8")
    return tmp_path / "rules"


@pytest.fixture
def marks(tmp_path):
    return _marks(tmp_path / "marks.jsonl", [_line(number) for number in range(16)])


def test_marks_are_learnt_once_shown_and_taken_back(rules, marks, tmp_path):
    learned = rules / "lexicon" / "learned.json"
    first = _run(marks, "--rules", rules)
    assert first.exit_code == 0, first.stderr
    assert f"  {CODE} +0.000 -> -0.050: 0 real and 16 false marks count" in first.stdout
    assert "not used; to use it write `learning: {use: true}`" in first.stdout
    one = learned.read_bytes()

    again = _run(marks, "--rules", rules)
    assert again.exit_code == 0
    assert again.stdout.startswith("16 marks came again and count once")
    assert learned.read_bytes() == one

    more = _marks(tmp_path / "more.jsonl", [_line(number) for number in range(16, 30)])
    assert _run(more, "--rules", rules).exit_code == 0
    history = json.loads(_run("--history", rules, "--json").stdout)
    assert [step["number"] for step in history["steps"]] == [1, 2]
    assert len(history["steps"][1]["marks"]) == 14

    back = _run("--revert", "2", "--rules", rules)
    assert (back.exit_code, learned.read_bytes()) == (0, one)
    assert "reverted: step 2" in back.stdout
    kept = (rules / "lexicon" / "learned.reverted.jsonl").read_text(encoding="utf-8")
    assert json.loads(kept)["number"] == 2

    assert _run("--revert", "all", "--rules", rules).exit_code == 0
    assert not learned.exists()


def test_the_layer_changes_findings_only_where_the_folder_says_so(rules, marks):
    def tier():
        match = ["rules", "match", "-", "--rules", str(rules)]
        found = CliRunner().invoke(cli, match, input="隔壁讲剥猪猡这个词\n".encode())
        return json.loads(found.stdout)["tier"]

    assert tier() == "review"
    _run(marks, "--rules", rules)
    assert tier() == "review"
    switch = rules / "lexicon" / "learning.yaml"
    switch.write_text("schema: lexicon/1\nlearning: {use: true}\n", encoding="utf-8")
    assert tier() == "none"
    assert "learned.json: used" in _run("--history", rules).stdout


def test_dry_writes_nothing(rules, marks):
    result = _run(marks, "--rules", rules, "--dry", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["dry"], report["new"]) == (0, True, 16)
    assert report["steps"][0]["changes"][0]["after"] == -0.05
    assert [path.name for path in (rules / "lexicon").iterdir()] == ["local.yaml"]
    _run(marks, "--rules", rules)
    assert _run("--revert", "all", "--rules", rules, "--dry").exit_code == 0
    assert (rules / "lexicon" / "learned.json").exists()


def test_a_rule_directory_without_words_gets_a_folder_that_is_switched_off(tmp_path, marks):
    bare = tmp_path / "bare"
    bare.mkdir()
    result = _run(marks, "--rules", bare)
    assert result.exit_code == 1  # the shipped lexicon does not have the word
    assert "use: false" in (bare / "lexicon" / "learning.yaml").read_text(encoding="utf-8")
    assert _run("--history", bare).exit_code == 0


def test_what_somebody_should_look_at_is_told_with_code_1(rules, tmp_path):
    contradicted = [_line(n) for n in range(16)]
    contradicted += [_line(n, "real", by="duty_z") for n in range(4)]
    held = _run(_marks(tmp_path / "a", contradicted), "--rules", rules, "--dry")
    assert held.exit_code == 1
    assert "look: officers contradict each other on 1 entries, which are held" in held.stdout
    changed = [_line(n, "real" if n < 80 else "false") for n in range(160)]
    drift = _run(_marks(tmp_path / "b", changed), "--rules", rules, "--dry")
    assert drift.exit_code == 1
    assert "look: the share of false marks has changed" in drift.stdout
    unknown = _line(1, reasons=["word:robbery:没有这个词"])
    other = _run(_marks(tmp_path / "c", [unknown]), "--rules", rules, "--dry")
    assert other.exit_code == 1
    assert "word:robbery:没有这个词" in other.stdout


def test_one_wrong_line_and_nothing_is_learnt(rules, tmp_path, monkeypatch, capsys):
    lines = [_line(1), "{broken", _line(2, by="王警官"), _line(3, at="2099-01-01T00:00:00Z")]
    marks = _marks(tmp_path / "marks.jsonl", lines)
    argv = ["watchfloor", "rules", "learn", str(marks), "--rules", str(rules)]
    monkeypatch.setattr(sys, "argv", argv)
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "nothing was learnt; correct these lines" in said
    assert f"{marks}:2: not a JSON object" in said
    assert f"{marks}:3: `by` must be a role" in said
    assert f"{marks}:4: the mark is of 2099-01-01" in said
    assert "王警官" not in said
    assert not (rules / "lexicon" / "learned.json").exists()


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ([], 3, "give a file of marks, --broker, --history DIR, or --revert STEP|all"),
        (["MARKS"], 3, "name the rule directory that learns: --rules DIR"),
        (["MARKS", "--rules", "RULES", "--revert", "1"], 3, "give a file of marks"),
        (["--history", "RULES", "--dry"], 3, "--history DIR only shows"),
        (["--revert", "first", "--rules", "RULES"], 3, "`first` is no step"),
        (["--revert", "0", "--rules", "RULES"], 3, "`0` is no step"),
        (["--revert", "1", "--rules", "RULES"], 2, "it has learnt nothing yet"),
        (["nowhere.jsonl", "--rules", "RULES"], 2, "nowhere.jsonl: No such file"),
        (["MARKS", "--rules", "nowhere"], 2, "nowhere: no such directory"),
        (["--history", "nowhere"], 2, "nowhere: no such directory"),
    ],
)
def test_mistakes_are_told_in_a_sentence(rules, marks, monkeypatch, capsys, args, code, said):
    names = {"MARKS": str(marks), "RULES": str(rules)}
    argv = ["watchfloor", "rules", "learn", *(names.get(arg, arg) for arg in args)]
    monkeypatch.setattr(sys, "argv", argv)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert said in capsys.readouterr().err


def test_a_damaged_layer_is_named_with_the_remedy(rules, marks, monkeypatch, capsys):
    argv = ["watchfloor", "rules", "learn", str(marks), "--rules", str(rules)]
    (rules / "lexicon" / "learned.json").write_text('{"steps": [{}]}')
    monkeypatch.setattr(sys, "argv", argv)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "learned.json: no learned layer" in capsys.readouterr().err


def test_learning_is_not_loaded_where_it_does_not_run(rules):
    loaded = (
        "import sys; from rules.critical.matcher import CriticalMatcher; "
        f"CriticalMatcher.load([__import__('pathlib').Path({str(rules / 'lexicon')!r})]); "
        "print([name for name in ('river', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
