"""The laws on a rule with a budget: cuts, gaps that are skipped and restarts change nothing."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.evidence import IncidentIndex
from rules.heat import HeatChannel
from rules.language.book import RuleBook
from rules.sliding import Fresh
from streams.areas import AreaTree
from tests.core_cases import book

RULES = """format: 1
kind: heat
rules:
  - id: normal
    title: {zh: 常态, en: Normal}
    window: {size: 60m, every: 20m}
    floor: 2
    baseline: {model: seasonal-count, warm_up_days: 1, gap_events: 500}
    budget: {false: FALSE}
    levels: {III: {fire: {}, clear: {}}, II: {fire: {score: 4}, clear: {score: 1}}}
    keep_firing: 20m
"""
FIRST, DAYS, AREAS = 29_000_000, 6, ["A", "B", "C"]
TICKS = DAYS * 1440
BOOKS: dict[str, RuleBook] = {}


@pytest.fixture(scope="module", autouse=True)
def books(tmp_path_factory: pytest.TempPathFactory) -> None:
    for name, false in (("each", "20 per area per week"), ("all", "9 per day")):
        folder = tmp_path_factory.mktemp(name) / "rules"
        BOOKS[name] = book(folder, RULES.replace("FALSE", false))


def channel(name: str) -> HeatChannel:
    return HeatChannel(BOOKS[name].heat[0], BOOKS[name], AreaTree())


def city(seed: int) -> np.ndarray:
    """Counts a minute, with a surge, some hours in which nothing comes, and a day without data."""
    chance = np.random.default_rng(seed)
    fresh = chance.poisson(1.2 / 60, (TICKS, len(AREAS)))
    fresh[4 * 1440 + 100 : 4 * 1440 + 160, 1] += chance.poisson(0.2, 60)
    quiet = int(chance.integers(1440, 3 * 1440))
    fresh[quiet : quiet + 400] = 0
    fresh[3 * 1440 : 4 * 1440 + 30] = 0
    return fresh.astype(np.int64)


def alerts_of(made: HeatChannel, fresh: np.ndarray, start: int, end: int) -> list[bytes]:
    heard = np.zeros(end - start, dtype=np.int64)
    told = made.close(FIRST + start, Fresh(fresh[start:end]), AREAS, IncidentIndex(), heard)
    return [msgspec.json.encode([tick, alert]) for tick, alert in told]


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["each", "all"]),
    st.integers(0, 500),
    st.lists(st.integers(0, TICKS), max_size=10),
    st.booleans(),
)
def test_cuts_gaps_and_restarts_change_nothing(
    name: str, seed: int, at: list[int], restarts: bool
) -> None:
    fresh = city(seed)
    whole = channel(name)
    expected = [a for part in _blocks() for a in alerts_of(whole, fresh, *part)]
    part, found = channel(name), []
    for start, end in pairwise(sorted({0, *at, TICKS})):
        if restarts:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(part.snapshot()))
            part = channel(name)
            part.restore(state, AREAS)
        begin = start
        if part.settled() and start:
            # As the engine does after a gap: on to the next event, but never past the last tick.
            events = np.flatnonzero(fresh[start:end].any(axis=1))
            begin = min(start + int(events[0]) if events.size else end, end - 1)
        found += alerts_of(part, fresh, begin, end)
    assert sorted(found) == sorted(expected)
    assert msgspec.msgpack.encode(part.snapshot()) == msgspec.msgpack.encode(whole.snapshot())


def _blocks() -> list[tuple[int, int]]:
    """Blocks of ten hours less a minute."""
    return list(pairwise([*range(0, TICKS, 599), TICKS]))


def test_the_city_of_these_laws_alerts() -> None:
    fresh = city(1)
    assert alerts_of(channel("each"), fresh, 0, TICKS)
