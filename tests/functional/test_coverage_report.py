"""`watchfloor coverage report`: town against country, from calls with times and unit positions."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import cli
from streams.errors import ConfigError

START = datetime.fromisoformat("2026-11-20T08:00:00+08:00")
RULE = """\
format: 1
kind: coverage
rules:
  - id: cold-spot
    title: {zh: 警力冰点, en: Cold spot}
    levels: {II: {fire: {cold: 2}, clear: {cold: 0}}}
"""


def run(*arguments: object) -> Result:
    given = ["coverage", "report", *map(str, arguments), "--no-progress"]
    return CliRunner().invoke(cli, given)


def station(area_id: str, west: float, population: int) -> dict[str, object]:
    east = west + 0.02
    ring = [[west, 40.0], [east, 40.0], [east, 40.02], [west, 40.02], [west, 40.0]]
    return {
        "type": "Feature",
        "properties": {
            "area_id": area_id, "name": area_id, "kind": "station", "parent_id": "110101",
            "population": population, "min_units": 1,
        },
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    county = station("110101", 116.0, 9000)
    county["properties"] |= {"kind": "county", "parent_id": None}  # type: ignore[operator]
    features = [county, station("TOWN", 116.0, 40_000), station("LAND", 116.02, 300)]
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def call(number: int, area: str | None, minutes: float | None, **more: object) -> bytes:
    at = START + timedelta(minutes=number)
    sent = at + timedelta(minutes=1)
    record = {
        "schema": "incident/1", "incident_id": f"J{number}", "reported_at": at.isoformat(),
        "source": "phone_110", "category": "2001", "text": "", "rev": 2, "event": "arrived",
        "dispatched_at": sent.isoformat(),
    }  # fmt: skip
    if area is not None:
        record["area_id"] = area
    if minutes is not None:
        record["arrived_at"] = (sent + timedelta(minutes=minutes)).isoformat()
    return json.dumps(record | more).encode() + b"\n"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    town = [call(n, "TOWN", 2 + n % 3) for n in range(60)]
    land = [call(100 + n, "LAND", 10 + n % 30) for n in range(60)]
    point = call(300, None, 3, lat=40.01, lon=116.01, coord_sys="wgs84")
    other = [call(301, None, 3), call(302, "TOWN", None), point]
    # An earlier record of a call, which came later, changes nothing.
    old = call(0, "TOWN", 99).replace(b'"rev": 2', b'"rev": 1')
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"".join([*town, *land, *other, old]))
    return path


def test_town_and_country_each_against_their_own_time(areas: Path, calls: Path) -> None:
    report = json.loads(run(calls, "--areas", areas, "--json").stdout)
    assert (report["calls"], report["unplaced"], report["demand"]) == (123, 1, [])
    town, land = report["places"]
    assert (town["place"], town["sent"], town["arrived"]) == ("urban", 62, 61)
    assert (town["median_min"], town["in_time"]) == (3.0, 1.0)
    assert (land["place"], land["population"], land["sla_min"]) == ("rural", 300, 20.0)
    assert land["in_time"] == pytest.approx(22 / 60, abs=0.001)
    assert land["low"] < land["in_time"] < land["high"]


def test_what_is_more_than_chance_is_said(areas: Path, calls: Path) -> None:
    told = run(calls, "--areas", areas).stdout
    assert "rural waits longer than urban: 36.7% in time against 100.0%, more than chance" in told
    assert "1 of them lie in no known station" in told
    assert "Uncovered demand is not told" in told


def test_uncovered_demand_needs_positions_and_a_rule(
    areas: Path, calls: Path, tmp_path: Path
) -> None:
    book, units = tmp_path / "rules", tmp_path / "units.jsonl"
    book.mkdir()
    (book / "cold.yaml").write_text(RULE, encoding="utf-8")
    fixes = [
        {
            "schema": "unit_position/1", "unit_id": "C1", "unit_type": "patrol_car",
            "source": "vehicle_gps", "status": "patrol", "lat": 40.01, "lon": 116.01,
            "coord_sys": "wgs84", "ts": (START + timedelta(minutes=minute)).isoformat(),
        }
        for minute in range(120)
    ]  # fmt: skip
    units.write_text("".join(json.dumps(fix) + "\n" for fix in fixes))
    done = run(calls, units, "--areas", areas, "--rules", book, "--json")
    demand = {row["place"]: row for row in json.loads(done.stdout)["demand"]}
    assert demand["urban"]["calls"] > 0
    assert 0 < demand["urban"]["uncovered"] < demand["urban"]["calls"]
    assert demand["urban"]["station_minutes"] == demand["rural"]["station_minutes"] > 60


def test_without_stations_there_is_nothing_to_compare(calls: Path) -> None:
    assert isinstance(run(calls).exception, ConfigError)
