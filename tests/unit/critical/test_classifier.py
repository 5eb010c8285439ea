"""The second stage: features in any chunk, opinions with evidence, weights of this grammar."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from rules.critical.classifier.features import grams, grams_of, scale, scale_of
from rules.critical.classifier.grammar import LABELS, Grammar
from rules.critical.classifier.model import Classifier
from rules.critical.classifier.weights import SHIPPED, read_weights, write_weights
from rules.critical.fold import Folder
from streams.errors import RuleError

TEXTS = [
    "我在车后备箱里，他们把我手绑了，车一直在开",
    "",
    "he won't let me leave and he took my phone",
    "今",
    "路灯坏了半个月没人修",
    "a",
    "给我点个外卖吧 please 快点 abc",
    "",
]
TOLD_WITHOUT_THE_WORD = [
    ("kidnapping", "他不让我出去三天了，手机也收走了，我用别人电话打的"),
    ("suicide_jump", "她留了封信就走了，说谢谢你们照顾，人现在站在桥栏杆外面"),
    ("homicide", "地上全是红的，人一动不动，已经凉了"),
    ("kidnapping", "some men dragged a girl into a van, she was screaming"),
    ("suicide_jump", "she texted goodbye and she is standing on the ledge"),
]
ORDINARY = [
    "小区门口的路灯坏了好几天了，没人修",
    "楼上装修太吵了，睡不着觉",
    "想问一下身份证怎么补办",
    "自行车停在楼下不见了",
    "my neighbor plays loud music every night",
    "how do I get a copy of my report",
]
OUTCOMES = [
    ("fraud", "冒充客服让我转账到安全账户，我转了三万"),
    ("non_police", "家里暖气不热，物业不管"),
    ("consultation", "请问抢劫罪要判几年"),
    ("missing_person", "我爷爷早上出去散步到现在没回来，他记性不好"),
    ("drill", "我们单位下午搞消防演练，会有烟雾，跟你们报备一下"),
]


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load()


@pytest.fixture(scope="module")
def folder():
    return Folder()


def test_features_are_the_same_in_any_chunk(folder):
    chunk = folder.chunk(TEXTS)
    together = grams(chunk)
    ends = [*together.starts[1:], together.buckets.shape[1]]
    for index, (start, end) in enumerate(zip(together.starts, ends, strict=True)):
        alone = grams_of(chunk.text(index)[0])
        assert np.array_equal(together.buckets[:, start:end], alone.buckets)
        assert np.array_equal(together.latin[start:end], alone.latin)
        assert scale(together)[index] == scale_of(alone)


def test_an_opinion_is_the_same_alone_and_in_a_chunk(classifier, folder):
    chunk = folder.chunk(TEXTS)
    opinions = classifier.opinions(chunk)
    for index in range(len(TEXTS)):
        alone = classifier.opinion(chunk.text(index)[0])
        assert np.array_equal(alone.probabilities, opinions.probabilities[index])
        assert alone.critical == pytest.approx(float(opinions.critical[index]), abs=1e-6)


def test_probabilities_add_up_to_one(classifier, folder):
    probabilities = classifier.opinions(folder.chunk(TEXTS)).probabilities
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert classifier.opinion("").tier == "none"


@pytest.mark.parametrize(("category", "text"), TOLD_WITHOUT_THE_WORD)
def test_what_is_told_without_the_word_is_raised(classifier, folder, category, text):
    opinion = classifier.opinion(folder.word(text))
    assert opinion.tier != "none"
    assert opinion.category == category
    assert opinion.of(category) == pytest.approx(opinion.critical * opinion.category_share)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_calls_are_left_alone(classifier, folder, text):
    assert classifier.opinion(folder.word(text)).tier == "none"


@pytest.mark.parametrize(("outcome", "text"), OUTCOMES)
def test_outcomes_have_a_confidence(classifier, folder, outcome, text):
    opinion = classifier.opinion(folder.word(text))
    assert opinion.outcome == outcome
    assert opinion.confidence > 0.5


def test_evidence_lies_where_the_telling_is(classifier, folder):
    folded = folder.word("你好，我住在三楼，有人把一个女的硬拖上面包车开走了，谢谢")
    found = classifier.evidence(folded, "kidnapping")
    assert 1 <= len(found) <= 4
    assert found == sorted(found)
    assert all(s.start >= 0 and s.start + 2 <= s.end <= len(folded) for s in found)
    strongest = max(found, key=lambda stretch: stretch.weight)
    assert "拖上" in folded[strongest.start : strongest.end]


def test_there_is_no_evidence_in_nothing(classifier):
    assert classifier.evidence("", "robbery") == []


def test_the_shipped_weights_belong_to_the_grammar(classifier):
    assert classifier.facts.grammar == Grammar.load().digest, (
        "the grammar has changed: python -m rules.critical.classifier.train"
    )
    assert classifier.facts.labels == LABELS
    assert classifier.facts.figures["critical_precision"] >= 0.9
    assert SHIPPED.stat().st_size < 1_500_000


def test_weights_are_written_as_they_were_read(tmp_path):
    write_weights(read_weights(), tmp_path / "weights.npz")
    assert (tmp_path / "weights.npz").read_bytes() == SHIPPED.read_bytes()


def test_weights_of_another_make_are_refused(tmp_path):
    weights = read_weights()
    other = replace(weights, facts=replace(weights.facts, bits=8))
    write_weights(other, tmp_path / "other.npz")
    with pytest.raises(RuleError, match="other labels or features; train anew"):
        read_weights(tmp_path / "other.npz")
    (tmp_path / "torn.npz").write_bytes(SHIPPED.read_bytes()[:1000])
    with pytest.raises(RuleError, match=r"torn\.npz: cannot be read"):
        read_weights(tmp_path / "torn.npz")
    with pytest.raises(RuleError, match=r"none\.npz: cannot be read"):
        read_weights(tmp_path / "none.npz")
