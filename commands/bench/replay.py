"""`watchfloor bench replay`: incidents per second of the offline shell on one core."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from commands.bench.contest import Run
from commands.bench.report import Ratio, Report, figure
from commands.bench.workload import simulate
from commands.core import build_core
from streams.adapters import Item, Raw, adapter_for
from streams.alert_codec import encode_alert
from streams.errors import SourceError
from streams.intake import Source
from streams.settings import load_settings
from streams.sources.files import read_files

__all__ = ["measure_replay"]

_GOAL = 150_000.0
_CHUNK = 5_000
_WHOLE = "the command, from its start to its end"
_CORE = "intake, watch and encoded alerts"
_SOURCE = Source("incidents", 0, 1)


class _Parsed:
    """An adapter over records that were decoded before the clock started."""

    unknown_field_total = 0

    def __init__(self, items: list[list[Item]]) -> None:
        self._items = iter(items)

    def decode(self, raws: Sequence[Raw]) -> list[Item]:
        """The items of the next chunk, which `raws` stands for."""
        items = next(self._items)
        return items if len(raws) == len(items) else items[: len(raws)]


def measure_replay(file: Path | None, form: str, *, incidents: int, repeats: int) -> Report:
    """The file through `watchfloor replay`, interpreter and all; and the core on parsed records."""
    with tempfile.TemporaryDirectory(prefix="watchfloor-bench-") as name:
        folder = Path(name)
        areas: Path | None = None
        if file is None:
            workload = simulate(incidents, folder)
            file, areas = workload.incidents_file, workload.areas_file
        chunks, items = _decoded(file, form)
        records = sum(map(len, items))
        whole = [_replay(file, form, areas, records) for _ in range(repeats)]
        core = [_core(chunks, items, areas, records) for _ in range(repeats)]
    figures = [
        figure("from the file", "incidents/s", [run.rate for run in whole], _WHOLE),
        figure("from the file, processor", "us/incident", [run.cpu_us for run in whole]),
        figure("already parsed", "incidents/s", [run.rate for run in core], _CORE),
        figure("already parsed, processor", "us/incident", [run.cpu_us for run in core]),
    ]
    setting: dict[str, str | int | float] = {"incidents": records, "repeats": repeats}
    ratio = Ratio("from the file, incidents/s", figures[0].median, _GOAL)
    return Report("Replay from files, one core", setting, figures, [ratio])


def _decoded(file: Path, form: str) -> tuple[list[list[Raw]], list[list[Item]]]:
    adapter = adapter_for(form)
    chunks = [chunk.raws for chunk in read_files([file], adapter, chunk=_CHUNK)]
    return chunks, [adapter.decode(chunk) for chunk in chunks]


def _replay(file: Path, form: str, areas: Path | None, records: int) -> Run:
    command = [sys.executable, "-m", "app", "replay", str(file), "--format", form]
    command += ["--out", os.devnull, *(["--areas", str(areas)] if areas else [])]
    start, cpu = time.perf_counter(), _cpu_of_children()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"`watchfloor replay` failed, nothing can be measured: {done.stderr[-500:]}"
        raise SourceError(message)
    return Run(records, time.perf_counter() - start, _cpu_of_children() - cpu)


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _core(
    chunks: list[list[Raw]], items: list[list[Item]], areas: Path | None, records: int
) -> Run:
    core = build_core(load_settings({}, areas=str(areas) if areas else None))
    intake, watch = core.intake(_Parsed(items), partitions=1), core.watch()
    start, cpu, offset = time.perf_counter(), time.process_time(), 0
    clock = int(time.time() * 1000)
    for chunk in chunks:
        offsets = range(offset, offset + len(chunk))
        arrivals = [clock] * len(chunk)
        result = intake.ingest(_SOURCE, offsets=offsets, arrivals=arrivals, raws=chunk, clock=clock)
        for alert in watch.step(result.batches[0]).alerts:
            encode_alert(alert)
        offset += len(chunk)
    return Run(records, time.perf_counter() - start, time.process_time() - cpu)
