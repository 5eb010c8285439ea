"""`watchfloor bench positions`: unit positions through intake and presence, and a unit's memory."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from commands.bench.lattice import lattice
from commands.bench.report import Figure, Ratio, Report, figure
from rules.critical.matcher import CriticalMatcher
from rules.engine import Watch
from rules.language.loader import load_book
from streams.adapters import adapter_for
from streams.areas import AreaTree
from streams.intake import Intake, IntakeSettings, Source
from streams.marks import closing_mark
from streams.observations import Batch, decode_batch, encode_batch

__all__ = ["measure_positions"]

_CHUNK: Final = 2_000
_AREAS: Final = 400
_EVERY_S: Final = 5
_GOAL: Final = 100_000
_START_MS: Final = 1_767_225_600_000
_UNITS: Final = Source("positions", 0, 1, "positions")
_CALLS: Final = Source("incidents", 0, 1)
_KINDS: Final = ("patrol_car", "patrol_car", "motorcycle", "foot")
_STEP: Final = 0.0004
"""Degrees that a unit moves between two fixes, about: 40 m in 5 s."""


def measure_positions(*, units: int, fixes: int, repeats: int) -> Report:
    """Fixes a second of one core when every unit is known and sends every five seconds."""
    force, line = _Force(units), _Line()
    before = _resident()
    for chunk in force.chunks(units):
        line.through(chunk)
    took = _resident() - before
    bare, alone, whole = [], [], []
    rows = 0
    for _ in range(repeats):
        chunks = list(force.chunks(fixes))
        bare.append(fixes / _seconds(orjson.loads(raw) for chunk in chunks for raw in chunk))
        spent = [line.through(chunk) for chunk in chunks]
        rows += sum(written for _, _, written in spent)
        alone.append(fixes / sum(intake for intake, _, _ in spent))
        whole.append(fixes / sum(intake + watch for intake, watch, _ in spent))
    share = f"{rows / (fixes * repeats):.3f} rows of the log a fix"
    figures: list[Figure] = [
        figure("orjson alone", "fixes/s", bare),
        figure("intake", "fixes/s", alone, share),
        figure("intake, log and presence", "fixes/s", whole),
        figure("resident memory", "bytes a unit", [took / units]),
    ]
    setting: dict[str, str | int | float] = {
        "units": units, "fixes": fixes, "areas": _AREAS, "repeats": repeats,
    }  # fmt: skip
    ratio = Ratio("intake, log and presence, fixes/s", figures[2].median, _GOAL)
    return Report("Unit positions, one core", setting, figures, [ratio])


class _Line:
    """Intake and watch, with everything on its way as bytes."""

    def __init__(self) -> None:
        areas = AreaTree(list(lattice([f"S{number}" for number in range(_AREAS)])))
        settings = IntakeSettings(partitions=1, lateness_ms=60_000)
        self._intake = Intake(adapter_for("watchfloor"), CriticalMatcher.load(), areas, settings)
        self._watch = Watch(load_book(), areas)
        self._offset = 0
        # The calls' event time is far ahead, so that positions alone decide when ticks close.
        mark = closing_mark(_START_MS + 30 * 86_400_000)
        self._watch.step(self._ingest(_CALLS, 0, [mark]))

    def through(self, chunk: Sequence[bytes]) -> tuple[float, float, int]:
        """Processor seconds of intake, of the log and the watch, and rows written."""
        begin = time.process_time()
        batch = self._ingest(_UNITS, self._offset, chunk)
        middle = time.process_time()
        self._watch.step(decode_batch(encode_batch(batch)))
        end = time.process_time()
        self._offset += len(chunk)
        return middle - begin, end - middle, 0 if batch.units is None else len(batch.units.ids)

    def _ingest(self, source: Source, first: int, raws: Sequence[bytes]) -> Batch:
        return self._intake.ingest(
            source,
            offsets=range(first, first + len(raws)),
            arrivals=[_START_MS + 400 * 86_400_000] * len(raws),
            raws=raws,
            clock=_START_MS,
        ).batches[0]


class _Force:
    """Invented units that go about, one after the other, each every five seconds."""

    def __init__(self, units: int) -> None:
        chance = np.random.default_rng(1)
        self._lat, self._lon = 30 + 0.4 * chance.random(units), 110 + 0.4 * chance.random(units)
        self._chance = chance
        self._sent = 0

    def chunks(self, fixes: int) -> Iterator[list[bytes]]:
        """The next fixes of the force, in order of time."""
        for first in range(self._sent, self._sent + fixes, _CHUNK):
            yield self._chunk(np.arange(first, min(first + _CHUNK, self._sent + fixes)))
        self._sent += fixes

    def _chunk(self, numbers: np.ndarray) -> list[bytes]:
        units = len(self._lat)
        who = numbers % units
        moves = self._chance.normal(0, _STEP, (2, len(who)))
        self._lat[who], self._lon[who] = self._lat[who] + moves[0], self._lon[who] + moves[1]
        at = _START_MS + numbers * (1000 * _EVERY_S) // units
        times = np.datetime_as_string(at.astype("datetime64[ms]"), unit="ms")
        return [
            b'{"schema":"unit_position/1","unit_id":"U%d","unit_type":"%s",'
            b'"source":"vehicle_gps","status":"patrol","ts":"%sZ","lat":%.6f,"lon":%.6f,'
            b'"coord_sys":"wgs84","accuracy_m":8.0,"speed_mps":8.1,"heading":90.0,"officers":2,'
            b'"home_area":"S%d","shift_end":"2026-01-01T16:00:00+08:00"}'
            % (unit, _KINDS[unit % 4].encode(), when.encode(), lat, lon, unit % _AREAS)
            for unit, when, lat, lon in zip(
                who.tolist(), times.tolist(), self._lat[who].tolist(), self._lon[who].tolist(),
                strict=True,
            )
        ]  # fmt: skip


def _seconds(work: Iterable[object]) -> float:
    start = time.process_time()
    for _ in work:
        pass
    return time.process_time() - start


def _resident() -> int:
    """Bytes of memory now, or the most so far where the system does not tell."""
    told = Path("/proc/self/statm")
    if told.exists():
        return int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
