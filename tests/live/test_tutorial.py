"""The last part of the tutorial: the rule is published, told of, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.harness import Bench, Worker
from tests.tutorials import ROOT, blocks, play

pytestmark = pytest.mark.live

PAGE = ROOT / "docs" / "tutorial" / "first-rule.md"


@pytest.mark.timeout(180)
def test_the_first_rule_is_published(
    bench: Bench, new_worker: Callable[..., Worker], tmp_path: Path
):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    worker = new_worker().start()
    for block in blocks(PAGE):
        play(block, tmp_path, bench.environ)
    assert worker.terminate() == 0
