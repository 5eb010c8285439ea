"""`watchfloor worker` where it cannot start: one sentence, exit code 2, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.brokers.process import free_port

ROOT = Path(__file__).parents[2]


def _run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py", "worker", *arguments],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("WATCHFLOOR_")} | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, "Set WATCHFLOOR_BROKER"),
        ({"WATCHFLOOR_BROKER": f"127.0.0.1:{free_port()}"}, "no Kafka broker answers at"),
        ({"WATCHFLOOR_PARTITIONS": "none"}, "WATCHFLOOR_PARTITIONS is 'none'"),
        ({"WATCHFLOOR_AREAS": "nowhere.geojson"}, "nowhere.geojson"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(environ, told):
    done = _run(**environ)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_city_rule_needs_a_log_in_one_part(tmp_path):
    rule = (
        "format: 1\nkind: heat\nrules:\n  - id: whole\n    title: {zh: 全市, en: Whole}\n"
        "    by: city\n    levels: {III: {fire: {count: 50}, clear: {count: 20}}}\n"
    )
    (tmp_path / "city.yaml").write_text(rule, encoding="utf-8")
    done = _run(WATCHFLOOR_RULES=str(tmp_path))
    assert done.returncode == 2
    assert "whole judges a whole city, but the log has 4 partitions" in done.stderr
    alone = _run(WATCHFLOOR_RULES=str(tmp_path), WATCHFLOOR_PARTITIONS="1")
    assert "Set WATCHFLOOR_BROKER" in alone.stderr


def test_an_unknown_stage_is_wrong_usage():
    done = _run("--only", "sinks")
    assert done.returncode == 3
    assert "'intake', 'watch'" in done.stderr
