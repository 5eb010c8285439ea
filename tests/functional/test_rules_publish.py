"""`watchfloor rules publish` and `rollback` before any broker is asked: faults, tests, usage."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rules.language.loader import SHIPPED
from streams.brokers.process import free_port

ROOT = Path(__file__).parents[2]
FAILING = """\
format: 1
kind: heat
rules:
  - id: heat-own
    title: {zh: 警情激增, en: Burst}
    window: {size: 15m, every: 1m}
    baseline: {model: fixed}
    levels: {III: {fire: {count: 8}, clear: {count: 4}}}
tests:
  - name: one call in a quiet street fires, which it does not
    rule: heat-own
    start: 2026-03-02T08:00+08:00
    events: [{at: 0s, area: "1", category: "99"}]
    expect: [{by: 10m, level: III, status: firing}]
"""


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py", "rules", *arguments],
        cwd=ROOT,
        env={"PATH": "", "WATCHFLOOR_BROKER": f"127.0.0.1:{free_port()}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "rules"))


def test_rules_with_errors_are_not_published(rules):
    (rules / "heat.yaml").write_text("format: 1\nkind: hot\n", encoding="utf-8")
    done = _run("publish", str(rules))
    assert done.returncode == 2
    assert "heat.yaml:2:7: error E111" in done.stdout
    assert done.stderr.startswith("not published: 1 error")


def test_rules_with_a_test_that_fails_are_not_published(rules):
    (rules / "own.yaml").write_text(FAILING, encoding="utf-8")
    done = _run("publish", str(rules))
    assert done.returncode == 2
    assert "one call in a quiet street fires" in done.stdout
    assert done.stderr.endswith("not published: a test fails\n")
    skipped = _run("publish", str(rules), "--skip-tests")
    assert skipped.returncode == 2
    assert "cannot be reached" in skipped.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["publish", "--at", "2027-03-01", "--in", "10s"], 3, "exclude each other"),
        (["publish", "--in", "soon"], 3, "is no time"),
        (["publish", "--at", "soon"], 2, "is no moment"),
        (["publish", "no-such-folder"], 2, "no such directory"),
        (["rollback", "--in", "soon"], 3, "is no time"),
        (["status"], 2, "cannot be reached"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(arguments, code, said):
    done = _run(*arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert said in done.stderr
