"""`watchfloor channels` from the command line: what a book has, what it lacks, and a test alert."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import cli
from streams.alert_codec import decode_alert
from streams.errors import ConfigError
from tests.live.receivers import receiver

BOOK = """format: 1
kind: channels
channels:
  - {id: hall, sink: webhook, url: env:HALL_URL, secret: env:HALL_KEY, format: alert, timeout: 2s}
  - {id: archive, sink: jsonl, file: FILE, languages: [en]}
  - {id: weather-desk, sink: cap, directory: FOLDER}
  - {id: wall, sink: console}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    text = BOOK.replace("FILE", str(tmp_path / "alerts.jsonl")).replace(
        "FOLDER", str(tmp_path / "cap")
    )
    (folder / "channels.yaml").write_text(text)
    return folder


def run(*arguments: str, **environ: str):
    return CliRunner().invoke(cli, ["channels", *arguments], env=environ)


def test_a_list_says_where_channels_lead_and_which_secrets_are_missing(rules):
    told = run("list", "--rules", str(rules), HALL_KEY="key")
    assert told.exit_code == 1
    hall, archive, cap, wall = told.output.splitlines()
    assert "webhook:hall" in hall
    assert "set the variable HALL_URL" in hall
    assert "HALL_KEY" not in hall
    assert archive.endswith("alerts.jsonl  ready")
    assert "cap:weather-desk" in cap
    assert "standard output" in wall
    whole = run(
        "list", "--rules", str(rules), "--json", HALL_KEY="key", HALL_URL="https://x.example"
    )
    assert whole.exit_code == 0
    assert [json.loads(line)["missing"] for line in whole.output.splitlines()] == [[]] * 4


def test_the_rules_of_the_settings_are_looked_at(rules):
    told = run("list", WATCHFLOOR_RULES=str(rules))
    assert "jsonl:archive" in told.output


def test_the_shipped_book_has_none():
    told = run("list")
    assert told.exit_code == 0
    assert "no channels" in told.output


def test_a_test_alert_is_marked_and_its_end_is_of_the_same_alert(rules, tmp_path):
    told = run("test", "jsonl:archive", "--rules", str(rules))
    assert told.exit_code == 0, told.output
    assert told.output.startswith("jsonl:archive took the test alert TEST")
    assert run("test", "archive", "--end", "--rules", str(rules)).exit_code == 0
    first, last = map(decode_alert, (tmp_path / "alerts.jsonl").read_bytes().splitlines())
    assert (first.state, first.level, first.status) == ("test", "IV", "firing")
    assert first.message.en == "Test of this channel, do not act"
    assert first.message.zh == ""
    assert (last.id, last.status) == (first.id, "resolved")
    assert last.revision >= first.revision


def test_a_test_through_cap_is_one_by_its_status(rules, tmp_path):
    assert run("test", "cap:weather-desk", "--rules", str(rules)).exit_code == 0
    (message,) = (tmp_path / "cap").iterdir()
    assert "<status>Test</status>" in message.read_text()


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ("ok", 0, "took the test alert"),
        ("503", 1, "would be sent again"),
        ("hang", 1, "did not answer within 2 s"),
        ("400", 1, "would become a dead letter"),
    ],
)
def test_what_a_receiver_does_is_told(rules, answer, code, said):
    with receiver(lambda _: answer) as mine:
        secrets = {"HALL_URL": mine.url, "HALL_KEY": "correct-horse"}
        told = run("test", "hall", "--rules", str(rules), **secrets)
        assert told.exit_code == code
        assert said in told.output
        assert "correct-horse" not in told.output
        shown = json.loads(run("test", "hall", "--json", "--rules", str(rules), **secrets).output)
        assert shown["channel"] == "webhook:hall"
        assert (shown["outcome"] == "delivered") is (code == 0)


def test_what_is_no_channel_and_what_lacks_its_secret_is_bad_input(rules):
    with pytest.raises(ConfigError, match="did you mean webhook:hall"):
        CliRunner().invoke(
            cli, ["channels", "test", "webhook:hal", "--rules", str(rules)], catch_exceptions=False
        )
    with pytest.raises(ConfigError, match="HALL_KEY"):
        CliRunner().invoke(
            cli, ["channels", "test", "hall", "--rules", str(rules)], catch_exceptions=False
        )
