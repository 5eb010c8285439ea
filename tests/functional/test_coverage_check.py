"""`watchfloor coverage check` from the command line: tables, gaps of areas, exit codes, JSON."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError


def run(*arguments):
    return CliRunner().invoke(cli, ["coverage", "check", *map(str, arguments)])


def feature(area_id, kind, west=116.0, **fields):
    ring = [[west, 40.0], [west + 0.02, 40.0], [west + 0.02, 40.02], [west, 40.02], [west, 40.0]]
    properties = {"area_id": area_id, "name": area_id, "kind": kind, **fields}
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.fixture
def areas(tmp_path):
    whole = {"parent_id": "110101", "population": 9000}
    features = [
        feature("110101", "county"),
        feature("S1", "station", min_units=2, **whole),
        feature("S2", "station", west=116.02, **whole),
    ]
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_the_tables_hold_the_reference_values():
    result = run("--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    needed = {row["load"]: row["units"] for row in told["reference"]["needed"]}
    listed = {0.5: 2, 1.0: 3, 2.0: 5, 3.0: 6, 4.0: 7, 6.0: 10, 8.0: 14, 12.0: 20}
    assert {load: needed[load] for load in listed} == listed
    waits = {(row["load"], row["units"]): row["waits"] for row in told["reference"]["waiting"]}
    assert waits[4.0, 5] == pytest.approx(0.554, abs=0.001)
    assert waits[8.0, 12] == pytest.approx(0.140, abs=0.001)
    assert (told["areas"], told["remarks"]) == ([], [])


def test_longer_calls_ask_for_more_units():
    def at_four(service):
        needed = json.loads(run("--json", "--service", service).stdout)["reference"]["needed"]
        return next(row["units"] for row in needed if row["load"] == 4.0)

    assert (at_four(25), at_four(40), at_four(120)) == (7, 7, 8)


def test_what_a_station_lacks_is_a_finding(areas):
    result = run("--areas", areas)
    assert result.exit_code == 1
    assert (
        "S2 has no min_units: no minimum holds there; write the units of a shift" in result.stdout
    )
    assert "2 stations, 1 gaps" in result.stderr
    told = json.loads(run("--areas", areas, "--json").stdout)
    assert [(row["area"], row["min_units"], row["units"]) for row in told["areas"]] == [
        *(("S1", 2, 2), ("S2", 0, 1)),
    ]
    assert [remark["lacks"] for remark in told["remarks"]] == ["min_units"]


def test_a_whole_file_is_fine(root):
    result = run("--areas", root / "examples" / "night" / "areas.geojson")
    assert result.exit_code == 0
    assert "12 stations, 0 gaps" in result.stderr


def test_a_file_that_is_not_there_and_wrong_usage_are_told_apart(tmp_path):
    assert isinstance(run("--areas", tmp_path / "none").exception, ConfigError)
    assert run("--service", "0").exit_code == 2  # click's own; `app.main` makes it 3
