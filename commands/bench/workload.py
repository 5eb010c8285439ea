"""The measured input: a simulated province's calls and areas, the same bytes for the same seed.

400 stations in 20 commands with 100,000 calls a day: a large province of 50 million people.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from msgspec import Struct

from streams.errors import SourceError

__all__ = ["Workload", "simulate"]

_SEED = 20261121
_CITY = ("--stations", "400", "--counties", "20")
_A_DAY = 100_000


class Workload(Struct, frozen=True):
    """Incident records in order of arrival (JSON, one each) and the GeoJSON file of their areas."""

    records: list[bytes]
    incidents_file: Path
    areas_file: Path

    @property
    def mean_bytes(self) -> float:
        """Mean size of a record."""
        return sum(map(len, self.records)) / len(self.records)


def simulate(incidents: int, folder: Path) -> Workload:
    """Let the simulator write `incidents` records into `folder`. Raises SourceError if it fails."""
    out, areas = folder / "incidents.jsonl", folder / "areas.geojson"
    hours = f"{max(1.0, 24 * incidents / _A_DAY):.2f}"
    command = [sys.executable, "-m", "app", "simulate", "--seed", str(_SEED), "--hours", hours]
    command += ["--incidents", str(incidents), "--out", str(out), "--areas", str(areas), *_CITY]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = (
            f"`watchfloor simulate` failed, so there is nothing to measure: {done.stderr[-500:]}"
        )
        raise SourceError(message)
    return Workload(records=out.read_bytes().splitlines(), incidents_file=out, areas_file=areas)
