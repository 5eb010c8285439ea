"""Acts on a real broker: what was decided stays decided, also after SIGKILL."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.alert_codec import decode_alert
from streams.records import Alert
from tests.core_cases import report
from tests.live.harness import Bench, Worker
from tests.live.rulebooks import control_view, replayed

pytestmark = pytest.mark.live

KEYWORD = """\
format: 1
kind: keyword
rules:
  - id: robbery
    title: {zh: 抢劫, en: Robbery}
    match: {category: [robbery]}
    lifeline: false
"""
TEXT = "有人持刀抢劫便利店，嫌疑人向东逃跑。"
BY = {"WATCHFLOOR_OPERATOR": "duty-officer"}


def alerts(bench: Bench, topic: str = "alerts") -> list[Alert]:
    return [decode_alert(message.value or b"") for message in bench.consume(topic)]


def test_what_was_decided_outlives_a_kill(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "keyword.yaml").write_text(KEYWORD, encoding="utf-8")
    worker = new_worker(environ={"WATCHFLOOR_RULES": str(rules)})
    worker.start()
    bench.produce("incidents", [report(1, 1, "A", text=TEXT)])
    bench.consume_until("alerts", lambda found: len(found) >= 1)
    (first,) = alerts(bench)

    acked = bench.cli("alerts", "ack", first.id[:6], "--json", environ=BY)
    assert acked.returncode == 0, acked.stderr
    answer = decode_alert(acked.stdout)
    assert (answer.revision, answer.ack.by) == (2, "duty-officer")

    because = ["--id", "works", "--because", "works in main street"]
    added = bench.cli("silence", "add", "--area", "A", "--for", "7d", *because, environ=BY)
    assert added.returncode == 0, added.stderr
    told = bench.consume_until("alerts.log", lambda found: len(found) >= 3)
    assert decode_alert(told[-1].value or b"").suppressed_by == ["silence/works"]

    worker.kill()
    bench.produce("incidents", [report(2, 2, "A", text=TEXT), report(3, 3, "B", text=TEXT)])
    closing = report(1, 4, "A", text=TEXT, rev=1, event="closed")
    bench.produce("incidents", [closing])
    worker.start()
    bench.consume_until("alerts", lambda found: len({message.key for message in found}) >= 3)
    newest = {alert.incidents.ids[0]: alert for alert in alerts(bench, "alerts.log")}
    assert newest["J00002"].suppressed_by == ["silence/works"]
    assert newest["J00003"].suppressed_by == []
    wanted = ("resolved", "duty-officer", ["silence/works"])
    bench.consume_until(
        "alerts",
        lambda _: any(
            (alert.status, alert.ack.by, alert.suppressed_by) == wanted for alert in alerts(bench)
        ),
    )
    published = bench.consume("alerts.log")
    # What the kill left unsure is published again: the same revisions, with the same bytes.
    revisions = [alert.revision for alert in alerts(bench, "alerts.log") if alert.id == first.id]
    assert list(dict.fromkeys(revisions)) == [1, 2, 3, 4]
    (base,) = control_view(bench).bundles
    as_told = {(decode_alert(m.value or b"").id, decode_alert(m.value or b"").revision): m.value
               for m in published}  # fmt: skip
    assert replayed(bench, base) == as_told, "the log alone gives the same, acts and all"

    ended = bench.cli("silence", "expire", "works", "--because", "over", environ=BY)
    assert ended.returncode == 0, ended.stderr
    audit = bench.cli("alerts", "audit", "--json")
    acts = [json.loads(line) for line in audit.stdout.splitlines()]
    assert [(act["kind"], act["by"]) for act in acts] == [
        ("ack", "duty-officer"), ("silence", "duty-officer"), ("expire", "duty-officer"),
    ]  # fmt: skip
    assert not control_view(bench).silences
