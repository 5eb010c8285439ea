"""The numbers of one block of reports, drawn as columns: when, where, what, by which channel."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from msgspec import Struct

from streams.coordinates import wgs84_to_gcj02
from streams.sources.synthetic.channels import Channels
from streams.sources.synthetic.city import City
from streams.sources.synthetic.events import Injected
from streams.sources.synthetic.plan import LOCAL, Plan
from streams.sources.synthetic.rhythm import Rhythm
from streams.sources.synthetic.tables import table

__all__ = [
    "BURST",
    "CRITICAL",
    "DECOY",
    "ORDINARY",
    "REPEAT",
    "Columns",
    "call_id",
    "draw_columns",
]

ORDINARY, REPEAT, BURST, CRITICAL, DECOY = range(5)

_REPEAT_WITHIN_S = 1800
_TAIL_SHARE = 0.03  # delays: p95/median 1.7, p99 4.3, p99.9 15, as measured on real dispatch feeds
_POINT_SCATTER_M = 15.0
_SAME_CALLER = 0.3  # of the repeats; the others are other people who saw the same


class Columns(Struct, frozen=True):
    """Reports of a block in order of report time; every array has length n.

    time: seconds. delay: ms from report to arrival. station, category (into Rhythm.categories),
    channel: numbers. kind: one of the constants above. call: index into the block's injected
    calls, or -1. parent: row of the first report that a repeat belongs to, or -1. caller, text,
    contact: random numbers. has_area, has_point, same_caller: flags. lat, lon: in the channel's
    datum. accuracy: metres. answer: seconds until answered.
    """

    time: np.ndarray
    delay: np.ndarray
    station: np.ndarray
    category: np.ndarray
    channel: np.ndarray
    kind: np.ndarray
    call: np.ndarray
    parent: np.ndarray
    caller: np.ndarray
    text: np.ndarray
    contact: np.ndarray
    has_area: np.ndarray
    has_point: np.ndarray
    same_caller: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    accuracy: np.ndarray
    answer: np.ndarray


def call_id(begin_s: int, row: int) -> str:
    """Id of the call in a row of the block that begins at `begin_s`."""
    # A letter between day and hour: no mask then takes the id for the number of a card.
    return f"J{datetime.fromtimestamp(begin_s, LOCAL):%Y%m%dT%H%M}{row:05d}"


def draw_columns(
    plan: Plan,
    city: City,
    channels: Channels,
    rhythm: Rhythm,
    rng: np.random.Generator,
    *,
    span: tuple[int, int],
    background: int,
    injected: list[Injected],
) -> Columns:
    """All numbers of the block `span` (seconds), which has `background` ordinary reports."""
    # A repeat needs a first report in its block.
    repeats = min(int(rng.binomial(background, plan.repeats)), max(0, background - 1))
    base, planned = background - repeats, len(injected)
    n = background + planned
    parent = np.full(n, -1)
    call = np.full(n, -1)
    kind = np.full(n, ORDINARY)
    time = np.empty(n, np.int64)
    station = np.empty(n, np.int64)
    time[:base] = rng.integers(span[0], span[1], base)
    station[:base] = city.draw_areas(rng.random(base))
    category = _categories(rhythm, rng, span[0], n)
    place = np.empty(n, np.int64)
    place[:base] = city.draw_places(station[:base], rng.random(base))
    kind[:base][rng.random(base) < sum(table("rhythm")["decoys"].values()) / 1000] = DECOY
    again = slice(base, background)
    if repeats:
        first = rng.integers(0, base, repeats)
        parent[again] = first
        kind[again] = REPEAT
        time[again] = np.minimum(
            time[first] + rng.integers(10, _REPEAT_WITHIN_S, repeats), plan.end_s - 1
        )
        station[again], place[again] = station[first], place[first]
        category[again] = category[first]
    if planned:
        rest = slice(background, n)
        call[rest] = np.arange(planned)
        time[rest] = [item.at_s for item in injected]
        station[rest] = [item.station for item in injected]
        kind[rest] = [CRITICAL if item.critical else BURST for item in injected]
        place[rest] = city.draw_places(station[rest], rng.random(planned))
        chosen = [rhythm.categories.index(code) for code in table("rhythm")["burst_categories"]]
        category[rest] = rng.choice(chosen, planned)
    channel = channels.draw(rng.random(n), planned=call >= 0)
    has_area, has_point, accuracy = channels.places(channel, rng)
    lon, lat = city.locate(place, rng.normal(0.0, _POINT_SCATTER_M, (2, n)))
    shifted = wgs84_to_gcj02(lat, lon)
    gcj02 = channels.gcj02[channel]
    caller = rng.integers(0, 2**62, n)
    same_caller = (rng.random(n) < _SAME_CALLER) & (parent >= 0)
    caller = np.where(same_caller, caller[parent], caller)
    order = np.argsort(time, kind="stable")
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    return Columns(
        time=time[order],
        delay=_delays(plan, rng, n),
        station=station[order],
        category=category[order],
        channel=channel[order],
        kind=kind[order],
        call=call[order],
        parent=np.where(parent >= 0, rank[parent], -1)[order],
        caller=caller[order],
        text=rng.integers(0, 2**62, n),
        contact=rng.integers(0, 2**62, n),
        # A planned report always says where: the truth about its area can then be checked.
        has_area=(has_area | ((call >= 0) & ~has_point))[order],
        has_point=has_point[order],
        same_caller=same_caller[order],
        lat=np.round(np.where(gcj02, shifted[0], lat), 6)[order],
        lon=np.round(np.where(gcj02, shifted[1], lon), 6)[order],
        accuracy=accuracy[order],
        answer=np.round(rng.gamma(4.0, 0.5, n), 1),
    )


def _categories(rhythm: Rhythm, rng: np.random.Generator, at_s: int, count: int) -> np.ndarray:
    weights = np.cumsum(rhythm.category_weights(at_s))
    found = np.searchsorted(weights, rng.random(count) * weights[-1], "right")
    return np.asarray(np.minimum(found, len(weights) - 1))


def _delays(plan: Plan, rng: np.random.Generator, count: int) -> np.ndarray:
    """Milliseconds from report to arrival: a narrow body and a heavy tail round the median."""
    z = rng.standard_normal(count)
    body, tail = np.exp(0.3 * z), 3.0 * np.exp(0.9 * z)
    shape = np.where(rng.random(count) < _TAIL_SHARE, tail, body)
    return (1000.0 * plan.disorder * shape).astype(np.int64)
