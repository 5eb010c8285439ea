"""The simulator and the engine judge each other: a city through `replay`, against its own truth."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commands.replay import command as replay
from streams.sources.synthetic import Plan, Simulation


class Run:
    """A simulated day, and what the engine made of it."""

    def __init__(self, folder: Path) -> None:
        self.simulation = Simulation(
            Plan(
                seed=21,
                incidents=5000,
                disorder=20,
                duplicates=0.01,
                bad=0.02,
                critical_share=0.02,
            )
        )
        city, areas = folder / "city.jsonl", folder / "areas.geojson"
        lines = [arrival.line for arrival in chain.from_iterable(self.simulation.incidents())]
        city.write_bytes(b"\n".join(lines) + b"\n")
        areas.write_bytes(b"".join(self.simulation.city.geojson()))
        alerts, letters = folder / "alerts.jsonl", folder / "letters.jsonl"
        self.result: Result = CliRunner().invoke(
            replay,
            [str(city), "--areas", str(areas), "--out", str(alerts), "--dead-letters",
             str(letters), "--no-progress"],
        )  # fmt: skip
        assert self.result.exit_code == 0, self.result.output
        self.written = alerts.read_text("utf-8") + letters.read_text("utf-8")
        self.alerts: list[dict[str, Any]] = [
            json.loads(line) for line in alerts.read_text("utf-8").splitlines()
        ]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("city"))


def test_every_record_is_accounted_for_as_the_truth_says(run):
    counts = {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", run.result.output)}
    truth = run.simulation.truth.summary
    assert counts["read"] == truth.lines
    assert counts["duplicate"] == truth.duplicates
    assert counts["rejected"] == truth.rejected.total()
    assert counts["accepted"] + counts["late"] == truth.incidents + truth.repaired.total()


def test_nearly_every_critical_report_is_found_with_its_category_and_level(run):
    truth = {critical.incident: critical for critical in run.simulation.truth.criticals}
    found = {a["incidents"]["ids"][0]: a for a in run.alerts if a["kind"] == "keyword"}
    hits = [incident for incident in truth if incident in found]
    assert len(hits) >= 0.95 * len(truth)
    same = sum(found[i]["evidence"]["category"] == truth[i].category for i in hits)
    assert same >= 0.9 * len(hits)
    level = sum(found[i]["level"] == truth[i].level for i in hits)
    assert level >= 0.75 * len(hits)


def test_a_burst_is_seen_in_its_area_and_time(run):
    heat = [a for a in run.alerts if a["kind"] == "heat" and a["status"] == "firing"]
    bursts = run.simulation.truth.bursts.values()
    seen = [
        burst
        for burst in bursts
        if any(
            alert["area"]["id"] == burst.area
            and set(alert["incidents"]["ids"]) & set(burst.incidents)
            for alert in heat
        )
    ]
    assert seen


def test_drills_and_questions_raise_nothing(run):
    decoys = {d.incident: d.kind for d in run.simulation.truth.decoys}
    raised = {a["incidents"]["ids"][0] for a in run.alerts if a["kind"] == "keyword"}
    quiet = [i for i, kind in decoys.items() if kind in {"drill", "consultation", "recall"}]
    assert quiet
    assert not raised & set(quiet)


def test_no_personal_value_is_in_any_alert_or_dead_letter(run):
    people = run.simulation.truth.personal.values
    for value in chain(people.phones, people.id_numbers, people.plates):
        assert value not in run.written
    assert not re.search(f"(我叫|报警人)({'|'.join(people.names)})", run.written)
