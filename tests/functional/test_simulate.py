"""`watchfloor simulate` as a user calls it: files, exit codes, sentences."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.simulate import command
from streams.errors import ConfigError


def simulate(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def everything(folder: Path) -> list[bytes]:
    folder.mkdir()
    names = ("city.jsonl.gz", "positions.jsonl", "areas.geojson", "truth.jsonl")
    files = [folder / name for name in names]
    done = simulate(
        *("--seed", 5, "--out", files[0], "--positions", files[1], "--areas", files[2]),
        *("--truth", files[3], "--incidents", 300, "--hours", 3, "--stations", 6),
        *("--counties", 2, "--bad", 0.05, "--duplicates", 0.05),
    )
    assert done.exit_code == 0, done.output
    return [file.read_bytes() for file in files]


def test_the_same_seed_writes_the_same_files(tmp_path):
    assert everything(tmp_path / "a") == everything(tmp_path / "b")


def test_the_truth_file_counts_the_lines_of_the_city(tmp_path):
    city, positions, areas, truth = everything(tmp_path / "a")
    records = [json.loads(line) for line in truth.splitlines()]
    summary = records[-1]
    assert summary["truth"] == "summary"
    assert summary["incidents"] == 300
    assert len(gzip.decompress(city).splitlines()) == summary["lines"]
    assert len(positions.splitlines()) == summary["positions"]
    assert len(json.loads(areas)["features"]) == 1 + 1 + 2 + 6
    assert {record["truth"] for record in records} >= {"critical", "personal", "shortage"}


def test_a_start_without_an_offset_is_wrong_usage(tmp_path):
    done = simulate("--out", tmp_path / "x", "--start", "2026-03-02T08:00:00")
    assert done.exit_code == 2
    assert "no offset" in done.output


@pytest.mark.parametrize("option", [("--rate", "-1"), ("--stations", "0"), ("--bad", "2")])
def test_a_number_out_of_bounds_is_told_with_its_name(tmp_path, option):
    done = simulate("--out", tmp_path / "x", *option)
    assert isinstance(done.exception, ConfigError)
    assert option[0].removeprefix("--") in str(done.exception)
