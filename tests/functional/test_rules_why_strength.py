"""`rules why` about cold spots: those that came and did not, who counts, who could help."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import cli

START = datetime.fromisoformat("2026-11-20T08:00:00+08:00")
RULE = """\
format: 1
kind: coverage
rules:
  - id: cold-spot
    title: {zh: 警力冰点, en: Cold spot}
    supply: {units: [patrol_car, motorcycle]}
    suggest: {donors: 1, donor_keeps: 1}
    levels:
      III: {fire: {gap: 1}, clear: {gap: 0}}
      II: {fire: {free_below: 1, gap: 1}, clear: {free_at_least: 1}}
"""


def station(area_id: str, west: float) -> dict[str, object]:
    east = west + 0.02
    ring = [[west, 40.0], [east, 40.0], [east, 40.02], [west, 40.02], [west, 40.0]]
    kind = "county" if area_id == "110101" else "station"
    parent = None if kind == "county" else "110101"
    return {
        "type": "Feature",
        "properties": {
            "area_id": area_id, "name": area_id, "kind": kind, "parent_id": parent,
            "population": 40_000, "min_units": 1,
        },
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip


def fixes(unit: str, lon: float, *, kind: str = "patrol_car", until: int = 60) -> list[str]:
    """A unit on patrol every minute of an hour, and on other business from a minute on."""
    return [
        json.dumps(
            {
                "schema": "unit_position/1", "unit_id": unit, "unit_type": kind,
                "source": "vehicle_gps", "coord_sys": "wgs84", "lat": 40.01, "lon": lon,
                "ts": (START + timedelta(minutes=minute)).isoformat(),
                "status": "patrol" if minute < until else "busy_other",
            }
        )
        for minute in range(60)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """TOWN loses its car after half an hour; NEXT has four."""
    folder = tmp_path_factory.mktemp("log")
    features = [station("110101", 116.0), station("TOWN", 116.0), station("NEXT", 116.02)]
    areas, book = folder / "areas.geojson", folder / "rules"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    book.mkdir()
    (book / "cold.yaml").write_text(RULE, encoding="utf-8")
    town = [*fixes("C1", 116.01, until=30), *fixes("F1", 116.01, kind="foot")]
    near = [line for n in range(4) for line in fixes(f"N{n}", 116.03)]
    lines = sorted([*town, *near], key=lambda line: json.loads(line)["ts"])
    (folder / "units.jsonl").write_text("\n".join(lines))
    calls = [
        {
            "schema": "incident/1", "incident_id": f"J{minute}", "source": "phone_110",
            "reported_at": (START + timedelta(minutes=minute)).isoformat(),
            "category": "95", "text": "", "area_id": "TOWN",
        }
        for minute in range(60)
    ]  # fmt: skip
    (folder / "calls.jsonl").write_text("\n".join(map(json.dumps, calls)))
    return [
        *map(str, (folder / "calls.jsonl", folder / "units.jsonl")),
        *("--areas", str(areas), "--rules", str(book)),
    ]


def why(log: list[str], *asked: str) -> str:
    done = CliRunner().invoke(cli, ["rules", "why", *asked, *log, "--no-progress"])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_cold_spot_that_came_is_told_by_its_id(log: list[str], tmp_path: Path) -> None:
    target = tmp_path / "alerts.jsonl"
    ran = CliRunner().invoke(cli, ["replay", *log, "--out", str(target), "--no-progress"])
    assert ran.exit_code == 0, ran.output
    alert = json.loads(target.read_text().splitlines()[0])
    told = why(log, alert["id"])
    assert "The alert is open." in told
    assert "0 on duty (0 free), 1 needed, 1 missing after neighbours' help" in told
    assert "Level II (fewer than 1 free and 1 units missing) fires." in told
    assert "C1 (patrol_car, busy_other) counts 0: busy_other serves no calls" in told
    assert "F1 (foot, patrol) counts 0: the rule does not count its kind" in told
    assert "NEXT, " in told
    assert "N0, suggested" in told


def test_one_that_did_not_come_says_what_was_enough(log: list[str]) -> None:
    told = why(log, "--area", "TOWN", "--at", "2026-11-20T08:20+08:00")
    assert "There is no alert." in told
    assert "Level III (1 units missing) does not fire: 0 missing is below 1." in told
    assert "C1 (patrol_car, patrol) counts 1: waits for a call" in told
    assert "it could, but no unit is missing here" in told
    waiting = why(log, "--area", "TOWN", "--at", "2026-11-20T08:32+08:00")
    assert "A level fires, but not for long enough yet." in waiting


def test_everything_is_in_the_json_too(log: list[str]) -> None:
    told = why(log, "--area", "NEXT", "--at", "2026-11-20T08:40+08:00", "--json")
    (reason,) = json.loads(told)["coverage"]
    assert (reason["rule"], reason["outcome"]) == ("cold-spot", "silent")
    assert [unit["unit"] for unit in reason["seen"]["units"]] == ["N0", "N1", "N2", "N3"]
    assert reason["seen"]["neighbours"][0]["area"] == "TOWN"


def test_a_station_of_which_no_unit_was_heard_is_not_judged(log: list[str]) -> None:
    told = why(log, "--area", "ELSEWHERE", "--at", "2026-11-20T08:40+08:00")
    assert "This minute was not judged." in told
    assert "no unit of its command was heard of for a day" in told
