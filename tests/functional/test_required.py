"""The guard of the guards: a part that is required cannot be skipped in silence."""

from __future__ import annotations

import os
import subprocess
import sys


def run(root, tmp_path, *arguments, require):
    """pytest on a live test for which no broker is to be had."""
    environ = {
        **os.environ,
        "WATCHFLOOR_TEST_BROKER": "kafka",
        "WATCHFLOOR_KAFKA_LIBS": str(tmp_path),
        "WATCHFLOOR_REQUIRE": require,
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=root,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


LIVE = ("tests/live/test_topics.py", "-k", "missing")


def test_a_live_test_without_a_broker_is_skipped_unless_it_is_required(root, tmp_path):
    skipped = run(root, tmp_path, *LIVE, require="")
    assert skipped.returncode == 0
    assert "live tests need a broker: There are no Kafka jars" in skipped.stdout
    required = run(root, tmp_path, *LIVE, require="live")
    assert required.returncode == 1
    assert "required by WATCHFLOOR_REQUIRE=live, but skipped" in required.stdout


def test_a_run_that_executes_none_of_a_required_part_fails(root, tmp_path):
    quick = ("tests/unit/commands/test_feed.py", "-k", "pace")
    done = run(root, tmp_path, *quick, require="shared,live")
    assert done.returncode == 1
    assert "1 passed" in done.stdout
    assert "no test of shared, live was executed" in done.stdout
