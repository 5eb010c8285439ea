"""Secrets by reference: found, or told what is missing, and never shown."""

from __future__ import annotations

import pytest

from sinks.secrets import Secrets
from streams.errors import ConfigError


def test_a_variable_and_a_file_are_read_without_their_last_line_break(tmp_path):
    (tmp_path / "key").write_text("s3cret\n")
    secrets = Secrets({"HALL_TOKEN": "hunter2"})
    assert secrets.resolve("env:HALL_TOKEN") == "hunter2"
    assert secrets.resolve(f"file:{tmp_path / 'key'}") == "s3cret"


def test_a_renewed_file_is_read_anew(tmp_path):
    secrets = Secrets({})
    for value in ("one", "two"):
        (tmp_path / "key").write_text(value)
        assert secrets.resolve(f"file:{tmp_path / 'key'}") == value


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("env:HALL_TOKEN", "set the variable HALL_TOKEN"),
        ("env:EMPTY", "set the variable EMPTY"),
        ("file:gone", "file:gone cannot be read"),
        ("file:empty", "is empty"),
        ("file:binary", "UTF-8"),
    ],
)
def test_what_is_missing_is_told_with_its_remedy(reference, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=said):
        Secrets({"EMPTY": "\n"}).resolve(reference)


def test_a_secret_written_where_its_name_belongs_is_not_shown():
    with pytest.raises(ConfigError) as caught:
        Secrets({}).resolve("hunter2")
    assert "hunter2" not in str(caught.value)
