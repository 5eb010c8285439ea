"""Reads the times of calls from files, and what a coverage rule saw: the equal-coverage report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from commands.core import Core
from commands.rules.backtest_history import core_of, open_history
from detectors.coverage.responses import responses
from detectors.coverage.travel import PLACES, TravelModel
from rules.coverage.area_checks import stations_of
from rules.coverage.area_table import area_table
from rules.trials.uncovered_places import PlaceDemand, UncoveredPlaces
from streams.areas import AreaTree
from streams.errors import ConfigError
from streams.raw import Decoded
from streams.records import Incident
from streams.sources.files import read_files

__all__ = ["Asked", "CoverageReport", "PlaceRow", "run_report"]


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    files: Sequence[str]
    directory: str | None
    areas: str | None
    format: str
    progress: bool


class PlaceRow(Struct, frozen=True, kw_only=True):
    """One kind of place. Minutes are from dispatch to the first arrival; None without a call.

    sent: calls to which units were sent; arrived: those of them that tell an arrival. in_time:
    share of the arrivals within `sla_min`, `low` to `high` its 95 % interval.
    """

    place: str
    stations: int
    population: int
    sent: int
    arrived: int
    sla_min: float
    median_min: float | None
    p90_min: float | None
    in_time: float | None
    low: float | None
    high: float | None


class CoverageReport(Struct, frozen=True, kw_only=True):
    """Town against country. unplaced: calls of no known station.

    demand: of the rule book's first coverage rule; empty without one or without positions.
    """

    calls: int
    unplaced: int
    places: list[PlaceRow]
    demand: list[PlaceDemand]


class _Times(NamedTuple):
    rev: int
    area: str | None
    at: tuple[float, float] | None
    minutes: float


def run_report(asked: Asked) -> CoverageReport:
    """Raises ConfigError, RuleError and SourceError for what cannot be read."""
    if "-" in asked.files:
        raise ConfigError("files are read twice, so that none can be standard input")
    core = core_of(asked.directory, asked.areas)
    stations = stations_of(core.areas)
    if not stations:
        raise ConfigError("no stations are known; name their file with --areas")
    history = open_history(asked.files, asked.format, progress=asked.progress, verb="report")
    calls = _calls(asked, core)
    seen = UncoveredPlaces()
    if core.book.coverage:
        history.run(core, lambda _: None, sight=seen)
    ids = {area.area_id: row for row, area in enumerate(stations)}
    rows = np.array([ids.get(area or "", -1) for area in _areas(calls, core.areas)], np.int64)
    return CoverageReport(
        calls=len(calls),
        unplaced=int((rows < 0).sum()),
        places=_places(core.areas, rows, np.array([call.minutes for call in calls])),
        demand=seen.rows(),
    )


def _calls(asked: Asked, core: Core) -> list[_Times]:
    """The last record of every call to which units were sent."""
    adapter = core.adapter(asked.format)
    found: dict[str, _Times] = {}
    for chunk in read_files(asked.files, adapter):
        for item in adapter.decode(chunk.raws):
            record = item.record if isinstance(item, Decoded) else item
            if not isinstance(record, Incident) or record.test or record.dispatched_at is None:
                continue
            known = found.get(record.incident_id)
            if known is None or known.rev <= record.rev:
                found[record.incident_id] = _times(record, record.dispatched_at)
    return list(found.values())


def _times(record: Incident, sent: datetime) -> _Times:
    at = None
    if record.lat is not None and record.lon is not None:
        at = record.lat, record.lon
    minutes = np.nan
    if record.arrived_at is not None:
        minutes = (record.arrived_at - sent).total_seconds() / 60
    return _Times(record.rev, record.area_id, at, minutes)


def _areas(calls: Sequence[_Times], tree: AreaTree) -> list[str | None]:
    """Station of each call: its own, else the one its point lies in."""
    areas = [call.area if call.area in tree else None for call in calls]
    asked = [row for row, area in enumerate(areas) if area is None and calls[row].at is not None]
    points = np.array([calls[row].at for row in asked], dtype=np.float64).reshape(-1, 2)
    for row, area in zip(asked, tree.locate(points[:, 0], points[:, 1]), strict=True):
        areas[row] = area
    return areas


def _places(tree: AreaTree, rows: np.ndarray, minutes: np.ndarray) -> list[PlaceRow]:
    stations = stations_of(tree)
    place = area_table(tree, [area.area_id for area in stations]).place
    known = rows >= 0
    of_call, minutes = place[rows[known]], minutes[known]
    sla = np.asarray(TravelModel().sla_min)
    found = responses(minutes, of_call, sla)
    sent = np.bincount(of_call, minlength=sla.size)
    people = np.bincount(place, [area.population or 0 for area in stations], sla.size)
    numbers = np.bincount(place, minlength=sla.size)
    return [
        PlaceRow(
            place=name,
            stations=int(numbers[at]),
            population=int(people[at]),
            sent=int(sent[at]),
            arrived=int(found.calls[at]),
            sla_min=float(sla[at]),
            median_min=_told(found.median_min[at], 1),
            p90_min=_told(found.p90_min[at], 1),
            in_time=_told(found.in_time[at], 3),
            low=_told(found.low[at], 3),
            high=_told(found.high[at], 3),
        )
        for at, name in enumerate(PLACES)
        if numbers[at] or sent[at]
    ]


def _told(value: float, digits: int) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)
