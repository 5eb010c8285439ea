"""The grammar of training texts: slots, alternatives, faults; noise; and training from it."""

from __future__ import annotations

import numpy as np
import pytest

from rules.critical.classifier.corpus import make_corpus
from rules.critical.classifier.grammar import LABELS, Grammar
from rules.critical.classifier.model import Classifier
from rules.critical.classifier.noise import Noise
from rules.critical.classifier.train import train
from rules.critical.fold import Folder
from rules.critical.model import CATEGORIES
from streams.errors import RuleError

COMMON = """
schema: grammar/1
slots:
  who: [甲, 乙]
  zh_opening: [喂]
  zh_address: [在河边]
  zh_ending: [快来]
  zh_aside: [我在车上]
  zh_prefix: ["{who}称："]
  zh_filler: [嗯]
alike:
- [小狗, 小猫]
"""


@pytest.fixture
def written(tmp_path):
    def write(texts, slots="", label="none"):
        (tmp_path / "common.yaml").write_text(COMMON, "utf-8")
        lines = ["schema: grammar/1", slots, "sentences:", f"- label: {label}", "  lang: zh"]
        lines += ["  texts:", *(f'  - "{text}"' for text in texts)]
        (tmp_path / "own.yaml").write_text("\n".join(lines), "utf-8")
        return tmp_path

    return write


def said(grammar, times=50):
    random = np.random.Generator(np.random.PCG64(7))
    return {grammar.say(grammar.templates[0], random) for _ in range(times)}


def test_slots_and_alternatives_are_filled(written):
    grammar = Grammar.load(written(["{who}(来|去(了|))"]))
    assert said(grammar) == {"甲来", "甲去了", "甲去", "乙来", "乙去了", "乙去"}


def test_a_file_s_own_slot_goes_before_the_common_one(written):
    grammar = Grammar.load(written(["{who}来"], slots='slots: {who: ["{rank}长"], rank: [丙]}'))
    assert said(grammar) == {"丙长来"}


@pytest.mark.parametrize(
    ("texts", "slots", "message"),
    [
        (["{whom}来"], "", r"own\.yaml: no slot {whom} here or in common\.yaml"),
        (["(来"], "", "brackets do not pair"),
        (["来)"], "", "brackets do not pair"),
        (["{who来"], "", "brackets do not pair"),
        (["来", "来"], "", r"also in own\.yaml, none: 来"),
        (["{a}"], 'slots: {a: ["{b}"], b: ["x{a}"]}', "slot a uses itself"),
        (["{a}"], "slots: {a: []}", "slot a is empty"),
        (["来"], "slots: {a: [1]}", r"own\.yaml: Expected `str`"),
    ],
)
def test_faults_are_named(written, texts, slots, message):
    with pytest.raises(RuleError, match=message):
        Grammar.load(written(texts, slots))


def test_a_label_that_is_none_is_named(written):
    with pytest.raises(RuleError, match="no such label: theft; use one of"):
        Grammar.load(written(["来"], label="theft"))


def test_the_digest_is_that_of_the_content(written):
    digest = Grammar.load(written(["来"])).digest
    assert Grammar.load(written(["来"], slots="# a remark")).digest == digest
    assert Grammar.load(written(["去"])).digest != digest


def test_noise_keeps_what_is_said_and_repeats_itself(written):
    grammar = Grammar.load(written(["一只小狗掉进河里"]))
    noise = Noise(grammar)
    random = np.random.Generator(np.random.PCG64(3))
    noisy = [noise.put_on("一只小狗掉进河里", "zh", random) for _ in range(200)]
    again = np.random.Generator(np.random.PCG64(3))
    assert noisy == [noise.put_on("一只小狗掉进河里", "zh", again) for _ in range(200)]
    assert sum("掉进河里" in text for text in noisy) > 150
    assert any("小猫" in text for text in noisy)
    assert {"喂，一只小狗掉进河里", "一只小狗掉进河里，快来"} <= set(noisy)


def test_a_new_template_leaves_the_texts_of_the_others_alone(written):
    few = make_corpus(Grammar.load(written(["{who}来了这里", "{who}去了那里"])), 5, seed=1)
    more = make_corpus(Grammar.load(written(["又一句话", "{who}来了这里", "{who}去了那里"])), 5, 1)
    assert set(few.texts) <= set(more.texts)


def test_the_shipped_grammar_tells_of_every_label_in_both_languages():
    told = {(template.label, template.lang) for template in Grammar.load().templates}
    assert told == {(label, lang) for label in LABELS for lang in ("zh", "en")}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_training_again_gives_the_same_verdicts():
    grammar = Grammar.load()
    shipped = Classifier.load()
    trained = Classifier(train(grammar))
    corpus = make_corpus(grammar, 1, seed=1)
    chunk = Folder().chunk(corpus.texts)
    ours, theirs = shipped.opinions(chunk), trained.opinions(chunk)
    tiers = zip(map(shipped.tier, ours.critical), map(trained.tier, theirs.critical), strict=True)
    # The last bits of sums differ between processors: a text on a threshold may fall either way.
    assert np.mean([a == b for a, b in tiers]) > 0.999
    assert np.abs(ours.probabilities - theirs.probabilities).max() < 0.02
    critical = corpus.labels < len(CATEGORIES)
    assert np.mean(ours.critical[critical] >= shipped.facts.review) > 0.95
