"""Units of a simulated city through `replay`: as the simulator says, in any order of files."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import msgspec
import pytest

from commands.core import build_core
from commands.replay import Replay
from rules.coverage.units_view import LOST, UnitsView
from streams.records import UnitPosition
from streams.settings import load_settings
from streams.sources.synthetic import Plan, Simulation

HOURS = 3
CLOCK = 4_102_444_800_000


class City:
    """Three hours of the night shift."""

    def __init__(self, folder: Path) -> None:
        plan = msgspec.convert({"seed": 4, "hours": HOURS, "incidents": 400, "disorder": 5}, Plan)
        simulation = Simulation(plan)
        self.calls, self.units = str(folder / "calls.jsonl"), str(folder / "units.jsonl")
        self.areas = folder / "areas.geojson"
        self.areas.write_bytes(b"".join(simulation.city.geojson()))
        fixes = []
        for path, stream in ((self.calls, simulation.incidents()), (self.units, None)):
            arrivals = chain.from_iterable(stream or simulation.positions())
            lines = [arrival.line for arrival in arrivals]
            Path(path).write_bytes(b"\n".join(lines))
            fixes = lines
        self.fixes = [msgspec.json.decode(line, type=UnitPosition) for line in fixes]

    def run(self, *files: str) -> tuple[list[str], UnitsView | None, dict[str, int]]:
        """Alerts, the units at the last tick, and the counts."""
        core = build_core(load_settings({}, areas=str(self.areas)))
        adapter, watch = core.adapter(), core.watch()
        replay = Replay(core.intake(adapter, partitions=1), watch, adapter, clock=CLOCK)
        alerts = [str(alert) for step in replay.run(list(files)) for alert in step.told]
        return sorted(alerts), watch.presence.view(), msgspec.structs.asdict(watch.totals())


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("city"))


def _named(view: UnitsView | None) -> dict[str, str]:
    assert view is not None
    return {
        view.name(row): view.areas[view.area[row]]
        for row in range(len(view.index))
        if view.freshness[row] != LOST
    }


def test_units_are_where_the_simulator_put_them(city: City) -> None:
    _, view, counts = city.run(city.calls, city.units)
    assert view is not None
    until = view.tick * 60
    last = {fix.unit_id: fix for fix in city.fixes if fix.ts.timestamp() < until}
    # Units of the simulator never leave their station.
    expected = {u: fix.home_area for u, fix in last.items() if fix.status != "off"}
    assert _named(view) == expected
    assert len(expected) > 100
    assert counts["accepted"] == len(city.fixes) + 400
    assert counts["late"] == counts["rejected"] == 0


def test_the_order_of_the_files_and_their_presence_change_nothing_else(city: City) -> None:
    alone, _, _ = city.run(city.calls)
    straight, units, counts = city.run(city.calls, city.units)
    turned, others, same = city.run(city.units, city.calls)
    assert alone == straight == turned
    assert _named(units) == _named(others)
    assert counts == same
