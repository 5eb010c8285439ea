"""The examples in the repository: what their pages promise is what the engine does."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from commands.replay import command as replay


def test_the_night_has_a_burst_and_critical_calls(root: Path, tmp_path: Path) -> None:
    night, out = root / "examples" / "night", tmp_path / "alerts.jsonl"
    done = CliRunner().invoke(
        replay,
        [str(night / "incidents.jsonl"), "--areas", str(night / "areas.geojson"),
         "--out", str(out)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    alerts = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    truth = [json.loads(line) for line in (night / "truth.jsonl").read_text("utf-8").splitlines()]
    criticals = {record["incident"] for record in truth if record["truth"] == "critical"}
    raised = {a["incidents"]["ids"][0] for a in alerts if a["kind"] == "keyword"}
    assert criticals <= raised
    (burst,) = (record for record in truth if record["truth"] == "burst")
    assert burst["area"] in {a["area"]["id"] for a in alerts if a["kind"] == "heat"}
