"""The tutorial of the first rule does what it says, up to where a broker is needed."""

from __future__ import annotations

from tests.tutorials import ROOT, blocks, play

PAGE = ROOT / "docs" / "tutorial" / "first-rule.md"


def test_the_first_rule_is_written_checked_tested_and_tried(tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for block in blocks(PAGE):
        if not block.live:
            play(block, tmp_path)
    assert (tmp_path / "my-rules-2" / "heat.yaml").exists()
