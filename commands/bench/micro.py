"""`watchfloor bench micro`: where the processor time of one record goes, stage by stage."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from commands.bench.observed import Observed
from commands.bench.report import Figure, Ratio, Report, figure, percentile
from commands.bench.words import measure_words
from commands.bench.workload import simulate
from rules.critical.matcher import CriticalMatcher
from rules.engine import Watch
from rules.language.book import RuleBook
from rules.language.loader import load_book
from streams.adapters import adapter_for
from streams.areas import AreaTree
from streams.observations import Batch, decode_batch, encode_batch
from streams.records import Incident

__all__ = ["measure_micro"]

_CHUNK = 4_000
_CALLS = ("有人持刀抢劫,抢走了我的包", "a man with a knife is robbing the shop", "楼上有人要跳楼")
_HEAT = """format: 1
kind: heat
defaults:
  window: {size: 60m, every: 5m}
  count: {link: {within: 30m, type: 2m}}
  floor: 3
  budget: {false: 1 per area per week}
rules:
  - id: hour
    title: {zh: 高发, en: Above normal}
    baseline: {model: seasonal-count, warm_up_days: 1}
    levels: {III: {fire: {}, clear: {}}}
  - id: surge
    title: {zh: 激增, en: Surge}
    baseline: {model: e-detector, warm_up_days: 1}
    levels: {III: {fire: {}, clear: {}}}
  - id: burst
    title: {zh: 突发, en: Burst}
    window: {size: 15m, every: 1m}
    budget: null
    levels: {III: {fire: {count: 8}, clear: {count: 4}}}
"""
"""The built-in channels, each with all that it can do."""
_TICK_GOALS_MS = {10_000: 5.0, 100_000: 60.0}
_WARM_TICKS, _TICKS = 130, 60
_CALLS_A_TICK = 0.25 / 60
"""Of an area: a quarter of a call an hour, as in a county."""
_AREAS_GOAL = 1.3


def measure_micro(*, records: int, repeats: int, areas: Sequence[int]) -> Report:
    """Costs per record (us), per tick and snapshot (ms), each with its spread over the repeats."""
    with tempfile.TemporaryDirectory(prefix="watchfloor-bench-") as folder:
        raws = simulate(records, Path(folder)).records
        rules = Path(folder) / "rules"
        rules.mkdir()
        (rules / "heat.yaml").write_text(_HEAT, encoding="utf-8")
        book = load_book(rules)
    words, ratios = measure_words(_texts(raws), repeats)
    figures = [*words, *_edge(raws, repeats), *_log(records, repeats)]
    steps = []
    for count in sorted(areas):
        (step, *others), slow = _watch(book, count, records, repeats)
        steps.append(step)
        figures += [step, *others]
        if count in _TICK_GOALS_MS:
            name = f"tick, {count:,} areas, 99th percentile, ms"
            ratios.append(Ratio(name, slow, _TICK_GOALS_MS[count], at_least=False))
    if len(steps) > 1:
        name = f"step at {max(areas):,} areas / at {min(areas):,}"
        ratios.append(Ratio(name, steps[-1].median / steps[0].median, _AREAS_GOAL, at_least=False))
    setting: dict[str, str | int | float] = {"records": records, "repeats": repeats}
    return Report("Cost by stage, one core", setting, figures, ratios)


def _texts(raws: list[bytes]) -> list[str]:
    items = adapter_for("watchfloor").decode(raws)
    return [item.text for item in items if isinstance(item, Incident)]


def _edge(raws: list[bytes], repeats: int) -> list[Figure]:
    adapter = adapter_for("watchfloor")
    chunks = [raws[at : at + _CHUNK] for at in range(0, len(raws), _CHUNK)]
    matcher = CriticalMatcher.load()
    texts = _texts(raws)
    quiet = [t for t, found in zip(texts, matcher.match_chunk(texts), strict=True) if not found]
    calls = list(_CALLS) * (_CHUNK // len(_CALLS))
    return [
        _per("decode, own JSON", len(raws), repeats, lambda: [adapter.decode(c) for c in chunks]),
        _per("match, nothing found", len(quiet), repeats, lambda: matcher.match_chunk(quiet)),
        _per("match, critical", len(calls), repeats, lambda: matcher.match_chunk(calls)),
    ]


def _log(records: int, repeats: int) -> list[Figure]:
    batches = list(Observed(100).rows(records, 0))
    values = [encode_batch(batch) for batch in batches]
    return [
        _per("batch encode", records, repeats, lambda: [encode_batch(b) for b in batches]),
        _per("batch decode", records, repeats, lambda: [decode_batch(v) for v in values]),
    ]


def _watch(book: RuleBook, areas: int, records: int, repeats: int) -> tuple[list[Figure], float]:
    """Step, tick, snapshot and restore of a watch that knows all its areas; a slow tick (ms)."""
    log, watch = Observed(areas), Watch(book, AreaTree())
    for batch in log.every_area(0):
        watch.step(batch)
    # Calls as on any day: until the last hours are full of them, and then for an hour.
    ticks = []
    for tick in range(1, _WARM_TICKS + _TICKS):
        for batch in log.rows(max(1, round(areas * _CALLS_A_TICK)), tick):
            watch.step(batch, judge=False)
        ticks.append(1e3 * _seconds(partial(watch.step, log.mark(tick + 1))))
    del ticks[: _WARM_TICKS - 1]
    steps = []
    for _ in range(repeats):
        batches = list(log.rows(records, _WARM_TICKS + _TICKS))
        steps.append(1e6 * _seconds(partial(_run, watch, batches)) / records)
    state = watch.snapshot()
    note = f"{len(state) / areas:,.0f} bytes an area"
    snapshots = [1e3 * _seconds(watch.snapshot) for _ in range(repeats)]
    fresh = Watch(book, AreaTree())
    restores = [1e3 * _seconds(lambda: fresh.restore(state)) for _ in range(repeats)]
    told = [
        figure(f"watch step, {areas:,} areas", "us", steps),
        figure(f"tick, {areas:,} areas", "ms", ticks),
        figure(f"snapshot, {areas:,} areas", "ms", snapshots, note),
        figure(f"restore, {areas:,} areas", "ms", restores),
    ]
    return told, percentile(ticks, 0.99)


def _run(watch: Watch, batches: list[Batch]) -> None:
    for batch in batches:
        watch.step(batch)


def _per(name: str, records: int, repeats: int, work: Callable[[], object]) -> Figure:
    work()  # warm: caches, lazy tables
    return figure(name, "us", [1e6 * _seconds(work) / records for _ in range(repeats)])


def _seconds(work: Callable[[], object]) -> float:
    """Processor seconds: a neighbour on the machine does not show."""
    start = time.process_time()
    work()
    return time.process_time() - start
