"""Words that change while a worker runs: the next call is judged by them, unless they are bad."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.live.harness import Bench, Worker, wait_until

pytestmark = pytest.mark.live

OWN = "schema: lexicon/1\nacts:\n- {{category: robbery, words: [{word}]}}\n"
BROKEN = "schema: lexicon/1\nacts:\n- {category: jaywalking, words: [闯红灯]}\n"


def _call(name: str, text: str) -> dict[str, object]:
    return {
        "schema": "incident/1",
        "incident_id": name,
        "reported_at": datetime.now(UTC).isoformat(),
        "source": "phone_110",
        "category": "99",
        "text": text,
        "area_id": "area-1",
    }


def test_a_changed_word_raises_an_alert_and_a_broken_file_changes_nothing(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    words = tmp_path / "rules" / "lexicon" / "own.yaml"
    words.parent.mkdir(parents=True)
    words.write_text(OWN.format(word="拔葱"), encoding="utf-8")
    worker = new_worker(environ={"WATCHFLOOR_RULES": str(words.parents[1])}).start()
    first = _hash(worker)
    assert f"lexicon {first}" in worker.log.read_text()

    def counted(number: int) -> None:
        wait_until(
            lambda: worker.metrics().get("watchfloor_records_counted_total") == number,
            limit=20,
            what=f"{number} records are counted",
        )

    def reloads(outcome: str) -> bool:
        sample = f'watchfloor_lexicon_reloads_total{{outcome="{outcome}"}} 1.0'
        return sample in worker.get("/metrics")[1]

    bench.produce("incidents", [_call("before", "图书馆门口的路灯坏了")])
    counted(1)
    assert bench.consume("alerts.log") == []

    words.write_text(OWN.format(word="图书馆"), encoding="utf-8")
    wait_until(lambda: _hash(worker) != first, limit=20, what="the changed words are taken up")
    wait_until(lambda: reloads("loaded"), limit=5, what="the change is counted")
    bench.produce("incidents", [_call("after", "图书馆门口的路灯坏了")])
    (alert,) = bench.consume_until("alerts.log", bool, limit=20)
    assert json.loads(alert.value or b"")["kind"] == "keyword"

    second = _hash(worker)
    words.write_text(BROKEN, encoding="utf-8")
    wait_until(lambda: reloads("refused"), limit=20, what="the broken words are refused")
    assert _hash(worker) == second
    assert worker.get("/readyz")[0] == 200
    bench.produce("incidents", [_call("still", "图书馆门口的路灯又坏了")])
    bench.consume_until("alerts.log", lambda found: len(found) == 2, limit=20)
    told = [line for line in worker.log.read_text().splitlines() if " refused, " in line]
    assert len(told) == 1
    assert "own.yaml:3:14: error: invalid enum value 'jaywalking'" in told[0]
    assert worker.terminate() == 0


def _hash(worker: Worker) -> str:
    """The hash of the lexicon in use, from the worker's metrics."""
    lines = worker.get("/metrics")[1].splitlines()
    (line,) = (line for line in lines if line.startswith("watchfloor_lexicon_info{"))
    return line.partition('hash="')[2].partition('"')[0]
