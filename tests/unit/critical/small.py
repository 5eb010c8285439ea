"""A lexicon of a few lines, for tests that need every word of it known."""

from __future__ import annotations

from pathlib import Path

from rules.critical.layers import Layers
from rules.critical.loader import read_layers

BASE = """\
schema: lexicon/1
acts:
- {category: robbery, words: [抢劫, 抢包]}
- {category: robbery, weight: 0.5, words: [抢]}
- {category: firearm, words: [gun]}
- {category: attend, words: [打架]}
groups:
  blade: {kind: weapon, fact: weapon, words: [刀, 匕首]}
  attack: {words: [捅, 砍]}
  real: {words: [是真的]}
  contrast: {words: [但]}
  child: {words: [孩子]}
  second_cue: {words: [快来]}
frames:
  blade.attack: {category: stabbing, all: [blade, attack], gap: 4}
friends:
- {words: [抢购], note: buying in a hurry}
cues:
  drill: {scope: text, words: [演练], spare_with: [real]}
  negation: {scope: ahead, words: [没有], spare_after: [contrast]}
  custody: {scope: text, words: [前夫], needs: [child], unless: [blade]}
grades:
- {level: I, because: weapon, facts: [weapon]}
"""


def layers(tmp_path: Path, *texts: str, base: str = BASE) -> Layers:
    """The base and layers over it, each a file `words.yaml` in a directory of its own."""
    directories = []
    for number, text in enumerate([base, *texts]):
        directory = tmp_path / f"layer{number}"
        directory.mkdir(exist_ok=True)
        (directory / "words.yaml").write_text(text, encoding="utf-8")
        directories.append(directory)
    return read_layers(directories)
