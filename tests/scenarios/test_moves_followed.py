"""What if suggested moves were followed: `rules backtest` over a city that loses its units."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.rules import command as rules
from commands.simulate import command as simulate

RULE = """\
format: 1
kind: coverage
rules:
  - id: cold-spot
    title: {zh: 警力冰点, en: Cold spot}
    suggest: {donors: 2, donor_keeps: 1}
    levels:
      III: {fire: {gap: 1}, clear: {gap: 0}}
      II: {fire: {cold: 2}, clear: {cold: 0}}
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    plan = "--seed 8 --hours 3 --stations 10 --counties 2 --shortages 4 --rate 300 --disorder 20"
    files = [
        *("--out", str(folder / "calls.jsonl"), "--positions", str(folder / "units.jsonl")),
        *("--areas", str(folder / "areas.geojson")),
    ]
    done = CliRunner().invoke(simulate, [*plan.split(), *files])
    assert done.exit_code == 0, done.output
    return folder


def backtest(city: Path, rule: str, *options: str) -> str:
    book = city / "rules"
    book.mkdir(exist_ok=True)
    (book / "cold.yaml").write_text(rule, encoding="utf-8")
    files = [str(city / "calls.jsonl"), str(city / "units.jsonl")]
    given = ["--rules", str(book), "--areas", str(city / "areas.geojson"), "--no-progress"]
    done = CliRunner().invoke(rules, ["backtest", *files, *given, *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_moves_cut_what_is_uncovered_by_a_third_at_the_least(city: Path) -> None:
    (followed,) = json.loads(backtest(city, RULE, "--json"))["followed"]
    without, moved = followed["without"], followed["with_moves"]
    assert followed["moves"] > 0
    assert moved["calls"] <= 0.7 * without["calls"]
    assert moved["cold_minutes"] < without["cold_minutes"]
    assert moved["missing"] < without["missing"]
    assert "moves been followed (estimated)" in backtest(city, RULE)


def test_a_rule_that_suggests_nothing_has_nothing_to_follow(city: Path) -> None:
    silent = RULE.replace("    suggest: {donors: 2, donor_keeps: 1}\n", "")
    assert json.loads(backtest(city, silent, "--json"))["followed"] == []
