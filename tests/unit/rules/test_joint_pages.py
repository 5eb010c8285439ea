"""The page about more than one area: its examples are rules that load without a fault."""

from __future__ import annotations

import re
from pathlib import Path

from rules.language.loader import read_rules

PAGE = Path(__file__).parents[3] / "docs/how-to/judge-more-than-one-area.md"
HEAD = "format: 1\nkind: heat\nrules:\n"
PLAIN = """\
  - id: heat-plain
    title: {zh: 警情高发, en: Above normal}
    levels: {III: {fire: {count: 5}, clear: {count: 2}}}
"""


def test_every_example_loads(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    for number, block in enumerate(blocks):
        rules = block.removeprefix(HEAD)
        text = HEAD + (rules if "- id:" in rules else PLAIN + rules)
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
    assert [str(fault) for fault in read_rules(tmp_path, partitions=4).faults] == []
