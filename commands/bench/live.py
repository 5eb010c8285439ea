"""`watchfloor bench live`: the whole engine against a bare loop and stock Faust, in one run."""

from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path

from commands.bench.contest import Contestant, Round, Run, interleave, run_peer
from commands.bench.engine import Engine, declare_topics
from commands.bench.feeding import declare, produce
from commands.bench.peers import quix
from commands.bench.peers.stock_faust import changelog_topic
from commands.bench.report import Figure, Ratio, Report, figure
from commands.bench.workload import Workload, simulate

__all__ = ["measure_live"]

_PARTITIONS = 4
_LIMIT_S = 900.0
_GOAL_BARE = 0.5
_GOAL_STOCK = 30.0
_GOAL_QUIX = 8.0
BARE, STOCK, QUIX, ENGINE = "bare aiokafka + orjson", "stock Faust", "Quix Streams", "watchfloor"


def measure_live(
    broker: str, *, incidents: int, repeats: int, stock_incidents: int, progress: bool
) -> Report:
    """Every contestant reads the same topic in every repeat, a process each, in turn."""
    runs: dict[str, list[Run]] = {}
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="watchfloor-bench-") as folder:
        workload = simulate(incidents, Path(folder))
        contestants = _contestants(workload, min(stock_incidents, incidents), notes)
        for repeat in range(repeats):
            this = Round(broker, f"bench-{uuid.uuid4().hex[:8]}.", _PARTITIONS, incidents)
            declare_topics(broker, this.prefix, _PARTITIONS)
            produce(broker, this.topic, _PARTITIONS, workload.records)
            for contestant in interleave(contestants, repeat):
                run = contestant.run(this)
                runs.setdefault(contestant.name, []).append(run)
                if progress:
                    print(f"repeat {repeat + 1}: {contestant.name} {run.rate:,.0f}/s", flush=True)
    figures = [
        figure(c.name, "incidents/s", [run.rate for run in runs[c.name]], c.note)
        for c in contestants
    ]
    cpu = [
        figure(f"{c.name}, processor", "us/incident", [run.cpu_us for run in runs[c.name]])
        for c in contestants
    ]
    setting: dict[str, str | int | float] = {
        "broker": _kind(broker),
        "incidents": incidents,
        "bytes": round(workload.mean_bytes),
        "partitions": _PARTITIONS,
        "repeats": repeats,
        "cpus": os.cpu_count() or 1,
    }
    return Report("Live throughput, one worker", setting, figures + cpu, _ratios(figures), notes)


def _contestants(workload: Workload, stock_incidents: int, notes: list[str]) -> list[Contestant]:
    chosen = [
        Contestant(BARE, "one process, does nothing with what it parsed", _bare),
        Contestant(
            STOCK,
            f"Record model + one Table write each, first {stock_incidents:,} incidents",
            lambda this: _stock(this, stock_incidents),
        ),
        Contestant(
            ENGINE,
            "intake + watch, shipped rules, from first read to all accounted for",
            lambda this: _engine(this, workload.areas_file),
        ),
    ]
    if quix.installed():
        chosen.append(Contestant(QUIX, "5-minute tumbling count per area, every update", _quix))
    else:
        notes.append("Quix Streams is not installed (pip install quixstreams), so it was left out.")
    return chosen


def _bare(this: Round) -> Run:
    arguments = _peer(this, this.incidents)
    return run_peer("bare", {**arguments, "partitions": this.partitions}, limit_s=_LIMIT_S)


def _stock(this: Round, incidents: int) -> Run:
    app_id = f"{this.prefix}stock"
    compacted = {"cleanup.policy": "compact"}
    declare(this.broker, {changelog_topic(app_id): (this.partitions, compacted)})
    arguments = {**_peer(this, incidents), "app-id": app_id, "partitions": this.partitions}
    return run_peer("stock_faust", arguments, limit_s=_LIMIT_S)


def _quix(this: Round) -> Run:
    arguments = {**_peer(this, this.incidents), "app-id": f"{this.prefix}quix"}
    return run_peer("quix", arguments, limit_s=_LIMIT_S)


def _engine(this: Round, areas: Path) -> Run:
    with tempfile.TemporaryDirectory(prefix="watchfloor-bench-") as folder:
        engine = Engine(this.broker, this.prefix, this.partitions, areas, Path(folder) / "log")
        engine.start()
        try:
            return engine.wait_accounted(this.incidents, _LIMIT_S)
        finally:
            engine.stop()


def _peer(this: Round, total: int) -> dict[str, str | int]:
    warm = max(1, min(5_000, total // 20))
    return {"broker": this.broker, "topic": this.topic, "warm": warm, "total": total}


def _ratios(figures: list[Figure]) -> list[Ratio]:
    median = {f.name: f.median for f in figures}
    goals = {BARE: _GOAL_BARE, STOCK: _GOAL_STOCK, QUIX: _GOAL_QUIX}
    return [
        Ratio(f"{ENGINE} / {peer}", median[ENGINE] / median[peer], goal)
        for peer, goal in goals.items()
        if peer in median
    ]


def _kind(broker: str) -> str:
    return "yours" if os.environ.get("WATCHFLOOR_BROKER") == broker else "bundled"
