"""Words that change while a worker runs: taken up when they lie still, refused when bad."""

from __future__ import annotations

import logging
import shutil

import pytest

from commands.reload import SETTLE, Reloader, ReloadingMatcher
from rules.critical.lexicon import Lexicon
from rules.critical.loader import SHIPPED, fingerprint, layers_of
from rules.critical.matcher import CriticalMatcher
from rules.language.loader import read_rules
from sinks.metrics import Metrics

WORD = "schema: lexicon/1\nacts:\n- {category: robbery, words: [剥猪猡]}\n"
OTHER = "schema: lexicon/1\nacts:\n- {category: robbery, words: [拔葱]}\n"
BROKEN = "schema: lexicon/1\nacts:\n- {category: jaywalking, words: [闯红灯]}\n"


def by_words(layers):
    """A matcher without the second stage: what the words alone say."""
    return CriticalMatcher(Lexicon.load(layers))


class Bench:
    """A rule directory, the matcher of a worker, and the reloader that looks after both."""

    def __init__(self, rules) -> None:
        self.rules = rules
        self.metrics = Metrics()
        self.loads = 0
        self.matcher = ReloadingMatcher(by_words(layers_of(rules)))
        self.hash = fingerprint([SHIPPED, *layers_of(rules)])
        self.reloader = Reloader(rules, self.matcher, self.hash, self.metrics, load=self._load)
        self.now = 0.0

    def write(self, text) -> None:
        (self.rules / "lexicon").mkdir(exist_ok=True)
        (self.rules / "lexicon" / "own.yaml").write_text(text, encoding="utf-8")

    def look(self, seconds) -> None:
        self.now += seconds
        self.reloader.look(self.now)

    def settle(self) -> None:
        self.look(0.1)
        self.look(SETTLE)

    def category(self, text):
        (finding,) = self.matcher.match_chunk([text])
        return finding and finding.category

    def count(self, outcome):
        name = "watchfloor_lexicon_reloads_total"
        return self.metrics.registry.get_sample_value(name, {"outcome": outcome}) or 0

    def info(self):
        (family,) = (
            found
            for found in self.metrics.registry.collect()
            if found.name == "watchfloor_lexicon_info"
        )
        return [sample.labels["hash"] for sample in family.samples]

    def _load(self, layers):
        self.loads += 1
        return by_words(layers)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_a_new_word_is_taken_up_when_the_files_lie_still(bench):
    bench.write(WORD)
    bench.look(0.1)
    bench.look(SETTLE / 2)
    assert bench.category("码头有人剥猪猡") is None
    bench.look(SETTLE)
    assert bench.category("码头有人剥猪猡") == "robbery"
    assert bench.info() == [fingerprint([SHIPPED, *layers_of(bench.rules)])]
    assert (bench.count("loaded"), bench.count("refused"), bench.loads) == (1, 0, 1)


def test_files_that_keep_changing_are_waited_for(bench):
    for number in range(5):
        bench.write(WORD + f"# {number}\n")
        bench.look(SETTLE * 0.9)
    assert bench.loads == 0
    bench.look(SETTLE)
    assert bench.loads == 1


def test_nothing_is_read_again_while_nothing_changes(bench):
    bench.write(WORD)
    for _ in range(20):
        bench.look(SETTLE)
    bench.write(WORD)
    bench.settle()
    assert bench.loads == 1


def test_a_lexicon_with_faults_is_refused_once_and_the_good_one_stays(bench, caplog):
    bench.write(WORD)
    bench.settle()
    good = bench.info()
    with caplog.at_level(logging.ERROR, logger="commands.reload"):
        bench.write(BROKEN)
        for _ in range(5):
            bench.settle()
    assert bench.category("码头有人剥猪猡") == "robbery"
    assert bench.info() == good
    assert (bench.count("loaded"), bench.count("refused")) == (1, 1)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "own.yaml:3:14: error: invalid enum value 'jaywalking'" in caplog.text
    assert f"{good[0]} stays in use" in caplog.text


def test_after_a_refusal_the_mended_lexicon_is_taken_up(bench):
    bench.write(BROKEN)
    bench.settle()
    bench.write(OTHER)
    bench.settle()
    assert bench.category("码头有人拔葱") == "robbery"
    assert (bench.count("loaded"), bench.count("refused")) == (1, 1)


def test_a_directory_that_vanishes_leaves_the_shipped_words(bench):
    bench.write(WORD)
    bench.settle()
    shutil.rmtree(bench.rules / "lexicon")
    bench.settle()
    assert bench.category("码头有人剥猪猡") is None
    assert bench.category("有人抢劫") == "robbery"
    assert bench.info() == [bench.hash]


def test_an_empty_directory_is_refused(bench):
    (bench.rules / "lexicon").mkdir()
    (bench.rules / "lexicon" / "notes.json").write_text("{}")
    bench.settle()
    assert bench.count("refused") == 1
    assert bench.category("有人抢劫") == "robbery"


def test_a_chunk_is_judged_by_one_lexicon(bench):
    matcher = bench.matcher
    before = matcher.match_chunk(["码头有人剥猪猡"] * 3)
    bench.write(WORD)
    bench.settle()
    after = matcher.match_chunk(["码头有人剥猪猡"] * 3)
    assert before == [None] * 3
    assert [finding.category for finding in after] == ["robbery"] * 3


def test_the_words_of_other_rules_stay_when_the_lexicon_changes(bench, tmp_path):
    rules = tmp_path / "published"
    rules.mkdir()
    (rules / "own.yaml").write_text(
        "format: 1\nkind: keyword\nrules:\n"
        "- {id: lamps, title: {zh: 路灯, en: Lamps}, match: {any: {zh: [路灯坏了]}}}\n",
        encoding="utf-8",
    )
    bench.matcher.judge_by([read_rules(rules).book])
    told = [bench.matcher.match_chunk(["门口的路灯坏了"])[0]]
    bench.write(WORD)
    bench.settle()
    told.append(bench.matcher.match_chunk(["门口的路灯坏了"])[0])
    assert [finding and finding.rules for finding in told] == [("lamps",), ("lamps",)]
