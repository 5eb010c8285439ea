"""What one tick costs the whole watch: fixes and calls taken in, presence settled, all judged."""

from __future__ import annotations

import tempfile
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from rules.engine import Watch
from rules.language.loader import load_book
from streams.areas import AreaTree
from streams.clock import TICK_MS
from streams.observations import Batch
from streams.unit_rows import KINDS, STATUSES, UnitRows

__all__ = ["watch_ticks"]

_RULE: Final = """
format: 1
kind: coverage
rules:
  - id: cold-spot
    title: {zh: 警力冰点, en: Cold spot}
    for: 2m
    keep_firing: 5m
    demand: {forecast: 60m}
    blind: {unknown_share: 0.5}
    suggest: {donors: 2, donor_keeps: 1}
    levels:
      III: {fire: {gap: 1}, clear: {gap: 0}}
      II: {fire: {cold: 2}, clear: {cold: 0}}
"""
_START: Final = 29_000_022
"""The first tick: a minute of the year 2025, so that an hour ends with the third measured one."""
_MOVING: Final = 0.2
"""Share of units of whom a tick tells something."""
_FIX_EVERY: Final = 2
"""Ticks in which every unit is heard of once, as intake sees to (streams/unit_tracker)."""
_CALLS: Final = 1.26 / 60
"""Calls of a usual area in a tick."""
_WARM: Final = 15


def watch_ticks(
    tree: AreaTree, ids: Sequence[str], *, units: int, ticks: int
) -> tuple[list[float], int]:
    """Processor milliseconds of each tick, and bytes of the state after all, not compressed.

    Every tick has its calls, uneven over the areas, and fixes of the units. The ticks of the first
    quarter of an hour are not measured: calls gather, and `for` passes.
    """
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="watchfloor-bench-") as folder:
        (Path(folder) / "coverage.yaml").write_text(_RULE, encoding="utf-8")
        watch = Watch(load_book(Path(folder), tree), tree)
    share = rng.gamma(0.5, 2.0, len(ids))
    share /= share.sum()
    homes = rng.integers(0, len(ids), units)
    took = []
    for tick in range(_WARM + ticks):
        batch = _batch(rng, list(ids), share, homes, tick)
        began = time.process_time()
        watch.step(batch)
        took.append(1e3 * (time.process_time() - began))
    return took[_WARM:], len(zlib.decompress(watch.snapshot()))


def _batch(
    rng: np.random.Generator, ids: list[str], share: np.ndarray, homes: np.ndarray, tick: int
) -> Batch:
    """What a minute brings; its watermark is the end of the minute."""
    at = (_START + tick) * TICK_MS
    units = homes.size
    some = units if tick % _FIX_EVERY == 0 else int(_MOVING * units)
    heard = rng.permutation(units)[:some]
    calls = int(rng.poisson(_CALLS * len(ids)))
    areas = rng.choice(len(ids), calls, p=share)
    first = tick * (units + len(ids))
    offsets = first + np.arange(heard.size + calls)
    return Batch(
        stream="mixed",
        source="file/0",
        sources=1,
        first=first,
        last=int(offsets[-1]),
        watermark=at + TICK_MS,
        unit_watermark=at + TICK_MS,
        clock=at,
        areas=ids,
        commands=[""] * len(ids),
        categories=["2001"],
        ids=[f"J{tick}-{number}" for number in range(calls)],
        offset=offsets[heard.size :].astype("<i8").tobytes(),
        time=np.full(calls, at, "<i8").tobytes(),
        flags=bytes(calls),
        area=areas.astype("<i4").tobytes(),
        category=np.zeros(calls, "<i4").tobytes(),
        units=_units(rng, ids, heard, homes[heard], offsets[: heard.size], at),
    )


def _units(
    rng: np.random.Generator,
    ids: list[str],
    heard: np.ndarray,
    areas: np.ndarray,
    offsets: np.ndarray,
    at: int,
) -> UnitRows:
    status = [STATUSES.index(word) for word in ("patrol", "patrol", "on_duty", "on_scene", "break")]
    kind = [KINDS.index(word) for word in ("patrol_car", "patrol_car", "motorcycle", "foot")]
    nothing = bytes(heard.size)
    return UnitRows(
        ids=[f"U{unit}" for unit in heard.tolist()],
        areas=ids,
        offset=offsets.astype("<i8").tobytes(),
        time=np.full(heard.size, at, "<i8").tobytes(),
        area=areas.astype("<i4").tobytes(),
        status=rng.choice(status, heard.size).astype("u1").tobytes(),
        kind=np.array(kind, "u1")[heard % len(kind)].tobytes(),
        officers=b"\x02" * heard.size,
        auxiliaries=nothing,
        flags=nothing,
        shift_end=np.zeros(heard.size, "<i8").tobytes(),
    )
