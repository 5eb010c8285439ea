"""The demo on a broker: both kinds of alert are shown, and nothing is left running after it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from streams.kafka_client import admin
from streams.settings import Settings
from tests.live.harness import ROOT, wait_until

pytestmark = pytest.mark.live

START_LIMIT_S = 90
STOP_LIMIT_S = 30

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a demo whose output goes to a pipe and whose files go to this test's folder."""
    demos: list[subprocess.Popen[str]] = []

    def run(*arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        demos.append(
            subprocess.Popen(
                [sys.executable, "app.py", "demo", "--headless", *arguments],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(tmp_path), **(environ or {})},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return demos[-1]

    yield run
    for demo in demos:
        demo.kill()
        demo.communicate()


def belonging_to(folder: Path) -> list[str]:
    """Command lines of the processes whose temporary folder is this test's."""
    mark = f"TMPDIR={folder}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it ended while we looked, or is not ours to look into
    return [command for command in found if command]


def read_until(demo: subprocess.Popen[str], word: str) -> str:
    """The demo's output up to the first line that has the word."""
    assert demo.stdout is not None
    text = ""
    for line in demo.stdout:
        text += line
        if word in line:
            return text
    message = f"the demo ended without {word!r}: {text}"
    raise AssertionError(message)


def all_ended(folder: Path) -> None:
    wait_until(
        lambda: not belonging_to(folder),
        limit=STOP_LIMIT_S,
        what=f"every process of the demo has ended ({belonging_to(folder)})",
    )


def test_critical_and_heat_alerts_come_and_nothing_is_left(start, tmp_path):
    demo = start("--seconds", "45")
    said, _ = demo.communicate(timeout=START_LIMIT_S + 45 + STOP_LIMIT_S)
    assert demo.returncode == 0, said
    assert re.search(r"重大警情 CRITICAL .* \| .*reported \(level I", said)
    assert re.search(r"\d+ in \d+ min.* threshold .* \(rules/library/heat\.yaml:\d+:\d+\)", said)
    assert re.search(r"Seen: \d+ critical and \d+ heat alerts\.", said)
    assert "\x1b" not in said
    assert belonging_to(tmp_path) == []


def test_control_c_ends_everything_and_removes_its_topics_from_a_broker_of_the_user(
    start, tmp_path, broker
):
    demo = start("--seconds", "600", environ={"WATCHFLOOR_BROKER": broker})
    read_until(demo, "Worker ready")
    assert any("worker" in command for command in belonging_to(tmp_path))
    demo.send_signal(signal.SIGINT)
    said, _ = demo.communicate(timeout=STOP_LIMIT_S)
    assert "Interrupted" in said
    assert demo.returncode in {0, 1}
    assert belonging_to(tmp_path) == []
    with admin(Settings(broker=broker)) as client:
        topics = client.list_topics()
    assert not [topic for topic in topics if topic.startswith("demo-")]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_even_a_killed_demo_leaves_nothing(start, tmp_path):
    demo = start("--seconds", "600")
    read_until(demo, "Worker ready")
    assert len(belonging_to(tmp_path)) >= 3
    demo.kill()
    all_ended(tmp_path)


def test_sigterm_ends_it_like_control_c(start, tmp_path):
    demo = start("--seconds", "600")
    read_until(demo, "Broker at")
    demo.terminate()
    said, _ = demo.communicate(timeout=STOP_LIMIT_S)
    assert "Interrupted" in said
    assert belonging_to(tmp_path) == []
