"""Alertmanager itself: it receives our alerts, groups them by our labels, and resolves them."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sinks.alertmanager import AlertmanagerOptions, open_alertmanager
from sinks.secrets import Secrets
from streams.brokers.process import HOST, free_port
from streams.records import Alert, AlertTimes
from tests.live.harness import wait_until
from tests.live.receivers import Receiver, receiver
from tests.unit.sinks.alerts import alert, ended, robbery

pytestmark = pytest.mark.live
PROGRAM = "prometheus-alertmanager"
LIMIT_S = 20
CONFIG = """
route:
  receiver: hall
  group_by: [kind, path]
  group_wait: 100ms
  group_interval: 200ms
  repeat_interval: 1h
  routes:
    - matchers: ['level="I"']
      receiver: city
receivers:
  - name: hall
    webhook_configs: [{{url: '{hall}', send_resolved: true}}]
  - name: city
    webhook_configs: [{{url: '{city}', send_resolved: true}}]
"""


@pytest.fixture
def hall() -> Iterator[Receiver]:
    """Where Alertmanager sends what is not of level I."""
    with receiver() as mine:
        yield mine


@pytest.fixture
def city() -> Iterator[Receiver]:
    """Where it sends the rest."""
    with receiver() as mine:
        yield mine


@pytest.fixture
def server(tmp_path: Path, hall: Receiver, city: Receiver) -> Iterator[str]:
    """The root of a running Alertmanager."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"{PROGRAM} is not installed here")
    config = tmp_path / "alertmanager.yml"
    config.write_text(CONFIG.format(hall=hall.url, city=city.url))
    port = free_port()
    command = [
        PROGRAM,
        f"--config.file={config}",
        f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address={HOST}:{port}",
        "--cluster.listen-address=",
    ]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    root = f"http://{HOST}:{port}"
    try:
        wait_until(lambda: _ready(root), limit=LIMIT_S, what="Alertmanager is ready")
        yield root
    finally:
        process.terminate()
        process.wait(10)


def _ready(root: str) -> bool:
    try:
        with urllib.request.urlopen(f"{root}/-/ready", timeout=1) as answer:  # noqa: S310 - http, ours
            return bool(answer.status == 200)
    except OSError:
        return False


def get(root: str, path: str) -> Any:
    with urllib.request.urlopen(f"{root}/api/v2/{path}", timeout=5) as answer:  # noqa: S310 - the same
        return json.load(answer)


def notified(mine: Receiver) -> dict[tuple[str, str], str]:
    """The newest status that came by (id, level)."""
    return {
        (one["labels"]["alert"], one["labels"]["level"]): one["status"]
        for body in mine.taken()
        for one in json.loads(body)["alerts"]
    }


def now(record: Alert, **changes: Any) -> Alert:
    """An alert of this moment: Alertmanager's clock is the machine's."""
    at = datetime.now(UTC)
    times = AlertTimes(breached=at, fired=at, updated=at)
    return msgspec.structs.replace(record, times=times, **changes)


def test_it_receives_groups_and_resolves(server, hall, city):
    heat, call = now(alert()), now(robbery())
    other = now(robbery(id="KEY2", dedup_key="critical/J10"))
    with open_alertmanager(AlertmanagerOptions(url=server), Secrets({})) as sink:
        sink.send([heat, call, other])
        known = {one["labels"]["alert"]: one for one in get(server, "alerts")}
        assert set(known) == {"HEAT1", "KEY1", "KEY2"}
        assert known["HEAT1"]["annotations"]["summary_zh"] == "警情短时激增"
        groups = {len(group["alerts"]): group["labels"] for group in get(server, "alerts/groups")}
        path = "/990000/990100/990101/990101000100/"
        assert groups == {
            1: {"kind": "heat", "path": path},
            2: {"kind": "keyword", "path": path},
        }
        wait_until(lambda: len(notified(hall)) == 3, limit=LIMIT_S, what="the hall is told")

        sink.send([now(heat, revision=2, level="I", previous_level="III")])
        wait_until(
            lambda: notified(city) == {("HEAT1", "I"): "firing"}, limit=LIMIT_S, what="city told"
        )
        wait_until(
            lambda: notified(hall)["HEAT1", "III"] == "resolved", limit=LIMIT_S, what="III ended"
        )
        assert {one["labels"]["level"] for one in get(server, "alerts")} == {"I", "II"}

        at = datetime.now(UTC)
        times = msgspec.structs.replace(ended().times, fired=heat.times.fired, updated=at)
        sink.send([ended(level="I", times=times), now(call, revision=2, status="withdrawn")])
        wait_until(
            lambda: notified(city)["HEAT1", "I"] == "resolved", limit=LIMIT_S, what="I ended"
        )
        wait_until(
            lambda: notified(hall)["KEY1", "II"] == "resolved", limit=LIMIT_S, what="withdrawn"
        )
        assert notified(hall)["KEY2", "II"] == "firing"
        assert {one["labels"]["alert"] for one in get(server, "alerts")} == {"KEY2"}
