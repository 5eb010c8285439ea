"""The benchmark runs and reports, at tiny sizes; no figure is asserted, only what must be in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from commands.bench import command
from commands.bench.contest import Contestant, Run, interleave
from commands.bench.peers import Stopwatch
from commands.bench.report import Ratio, figure, percentile


def run(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return report


def test_micro_reports_every_stage_with_its_spread():
    report = run("micro", "--records", "400", "--repeats", "2", "--areas", "5", "--areas", "50")
    names = {f["name"] for f in report["figures"]}
    assert {"decode, own JSON", "match, nothing found", "match, critical"} <= names
    assert {"match alone, every day", "match alone, alarming", "load the lexicon"} <= names
    assert {"match in chunks, every day", "match in chunks, alarming"} <= names
    assert sum("2,000 words more" in r["name"] for r in report["ratios"]) == 4
    assert {"batch encode", "batch decode"} <= names
    for areas in (5, 50):
        assert {f"watch step, {areas} areas", f"tick, {areas} areas"} <= names
        assert {f"snapshot, {areas} areas", f"restore, {areas} areas"} <= names
    assert all(0 < f["low"] <= f["median"] <= f["high"] for f in report["figures"])


def test_positions_reports_rates_and_memory():
    report = run("positions", "--units", "300", "--fixes", "1000", "--repeats", "2")
    names = [f["name"] for f in report["figures"]]
    assert names == [
        "orjson alone", "intake", "intake, log and presence", "resident memory",
    ]  # fmt: skip
    assert all(f["median"] > 0 for f in report["figures"][:3])


def test_coverage_reports_every_step_of_a_tick():
    report = run("coverage", "--areas", "30", "--units", "150", "--repeats", "2")
    names = {f["name"] for f in report["figures"]}
    assert {"strength", "load", "units needed", "gap", "moves", "whole tick"} <= names
    assert {"tick of the whole watch", "state of the whole watch"} <= names
    assert [r["name"] for r in report["ratios"]] == [
        "whole tick, ms",
        "tick of the whole watch, ms",
    ]


def test_replay_reports_both_ways():
    report = run("replay", "--incidents", "1000", "--repeats", "1")
    assert {f["name"] for f in report["figures"]} >= {"from the file", "already parsed"}


def test_a_text_report_names_goal_and_verdict():
    result = CliRunner().invoke(
        command, ["micro", "--records", "200", "--repeats", "1", "--areas", "5"]
    )
    assert "goal <=" in result.output


@pytest.mark.live
@pytest.mark.slow
def test_live_reports_the_engine_beside_its_peers():
    report = run("live", "--incidents", "1000", "--stock-incidents", "1000", "--repeats", "1")
    names = {f["name"] for f in report["figures"]}
    assert {"bare aiokafka + orjson", "stock Faust", "watchfloor"} <= names
    assert len(report["ratios"]) >= 2
    assert all(r["value"] > 0 for r in report["ratios"])


@pytest.mark.live
@pytest.mark.slow
def test_latency_reports_the_engine_beside_the_echo():
    report = run("latency", "--rate", "100", "--seconds", "4")
    names = {f["name"] for f in report["figures"]}
    assert {"echo p99", "watchfloor p99"} <= names
    assert [r["name"] for r in report["ratios"]] == ["p99 watchfloor / echo"]
    assert all("0 of them without an answer" in note for note in report["notes"])


def test_percentiles_are_nearest_rank():
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile(values, 1.0) == 100
    assert percentile([3.0], 0.01) == 3


def test_a_ratio_knows_which_way_is_good():
    assert Ratio("a", 0.6, 0.5).met
    assert not Ratio("a", 0.6, 0.5, at_least=False).met


def test_the_order_rotates_so_that_everybody_goes_first_once():
    three = [Contestant(name, "", lambda _: Run(1, 1.0, 1.0)) for name in "abc"]
    firsts = [interleave(three, repeat)[0].name for repeat in range(3)]
    assert firsts == ["a", "b", "c"]


def test_the_warm_up_is_not_counted():
    watch = Stopwatch(warm=10, total=30)
    assert not watch.add(12)
    assert not watch.add(10)
    assert watch.add(8)
    assert watch.counted == 18


def test_a_figure_holds_the_spread_of_its_repeats():
    spread = figure("x", "us", [3.0, 1.0, 2.0])
    assert (spread.low, spread.median, spread.high, spread.repeats) == (1.0, 2.0, 3.0, 3)


SHARES = ("p50", "p99", "max")


@pytest.mark.live
@pytest.mark.slow
def test_dispatch_reports_latencies_with_the_receiver_up_and_away():
    report = run("dispatch", "--rate", "50", "--seconds", "2")
    names = [f["name"] for f in report["figures"]]
    phases = [f"{phase} {share}" for phase in ("up", "away", "up again") for share in SHARES]
    assert names == [*phases, "catch up", "levels apart p99"]
    assert report["ratios"][0]["name"] == "p99 away / mean of up before and after"
