"""`watchfloor rules routes` from the command line: who is told, when, and what a script asserts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError

BOOK = """format: 1
kind: heat
defaults: {route: command}
routes:
  command:
    - {level: [I], to: [kafka:alerts.critical], ack_within: 60s, otherwise: [chief, desk]}
    - {level: [II], when: {time: night}, to: [desk]}
    - {level: [II, III], to: [kafka:alerts.normal], group: {by: [area.county]}, repeat: 1h}
  market:
    - {to: [desk]}
rules:
  - id: heat-street
    title: {zh: 街面警情热点, en: Street crime heat}
    levels: {III: {fire: {count: 8}, clear: {count: 4}}}
    overrides:
      - {when: {area: "320105"}, set: {route: market}, because: market hall}
suppress:
  - id: marathon
    when: {area: "320105"}
    from: 2026-12-06
    to: 2026-12-06
    do: cap
    cap: III
    by: desk
    because: run
"""
CHANNELS = """format: 1
kind: channels
channels:
  - {id: city, sink: webhook, url: "https://127.0.0.1:9"}
  - {id: alerts.critical, sink: kafka, topic: alerts.critical}
  - {id: alerts.normal, sink: kafka, topic: alerts.normal}
contacts:
  - {id: chief, title: {zh: 市局指挥长, en: City chief}, to: ["webhook:city"]}
  - {id: desk, title: {zh: 值班台, en: Duty desk}, to: ["webhook:city"]}
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "heat.yaml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "channels.yaml").write_text(CHANNELS, encoding="utf-8")
    return tmp_path


def _run(book, *args):
    return CliRunner().invoke(
        cli, ["rules", "routes", "heat-street", "--rules", str(book), *map(str, args)]
    )


def test_who_is_told_and_who_is_next(book):
    result = _run(book, "--level", "I", "--at", "2026-11-20T23:00")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "heat-street, level I, 2026-11-20 23:00 Asia/Shanghai (fri, workday, night)",
        f"  route command, {book.name}/heat.yaml:6:7",
        "      +0 s  kafka:alerts.critical",
        "    +1 min  chief (by webhook:city)",
        "    +2 min  desk (by webhook:city)",
        "  on the topics of: station, county, city, province",
    ]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-20T23:00", ["desk"]),
        ("2026-11-20T12:00", ["kafka:alerts.normal"]),
        ("2026-11-20T15:00Z", ["desk"]),
    ],
)
def test_the_moment_is_one_on_the_clock_of_the_book(book, at, told):
    answer = json.loads(_run(book, "--level", "II", "--at", at, "--json").stdout)
    assert [rung["to"] for rung in answer["rungs"]] == [told]


def test_an_area_brings_its_overrides_and_suppressions(book):
    args = ("--level", "III", "--at", "2026-12-06", "--area", "320105", "--json")
    answer = json.loads(_run(book, *args).stdout)
    assert (answer["route"], answer["overrides"]) == ("market", ["market hall"])
    assert answer["suppressed_by"] == ["marathon"]


def test_a_level_that_nobody_is_told_of_is_a_finding(book):
    result = _run(book, "--at", "2026-11-20T12:00")
    assert result.exit_code == 1
    assert "level IV" in result.stdout
    assert "nobody is told" in result.stdout


def test_a_script_asserts_who_is_told(book):
    night = ("--level", "II", "--at", "2026-11-20T23:00", "--expect")
    assert _run(book, *night, "desk").exit_code == 0
    wrong = _run(book, *night, "chief")
    assert wrong.exit_code == 1
    assert "expected chief, told is desk" in wrong.stderr


def test_a_rule_or_a_moment_that_is_none(book):
    wrong = CliRunner().invoke(cli, ["rules", "routes", "heat-stret", "--rules", str(book)])
    assert isinstance(wrong.exception, ConfigError)
    assert 'did you mean "heat-street"?' in str(wrong.exception)
    assert isinstance(_run(book, "--at", "tonight").exception, ConfigError)


def test_a_rule_without_a_route(tmp_path):
    (tmp_path / "heat.yaml").write_text(
        "format: 1\nkind: heat\nrules:\n  - id: heat-street\n    title: {zh: 热, en: Heat}\n"
        "    levels: {III: {fire: {count: 8}, clear: {count: 4}}}\n",
        encoding="utf-8",
    )
    result = _run(tmp_path, "--level", "III", "--at", "2026-11-20")
    assert result.exit_code == 0
    assert "no route" in result.stdout
