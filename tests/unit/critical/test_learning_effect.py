"""What a learned layer does to findings: review and nothing change places, and say so."""

from __future__ import annotations

import pytest

from rules.critical.learning.effect import learned
from rules.critical.learning.entries import entries
from rules.critical.learning.layer import LearnedLayer, Weight, encoded
from rules.critical.lexicon import Lexicon
from rules.critical.matcher import CriticalMatcher
from rules.critical.model import CATEGORIES
from streams.errors import RuleError
from streams.observations import Finding
from tests.unit.critical.marked import many, taught
from tests.unit.critical.small import layers

ON = "schema: lexicon/1\nlearning: {use: true}\n"
OFF = "schema: lexicon/1\nlearning: {use: false}\n"
FAINT = "schema: lexicon/1\nacts:\n- {category: robbery, weight: 0.3, words: [盯着我]}\n"
DOUBTFUL, WORD, FAINTLY = "有人抢东西", "word:robbery:抢", "word:robbery:盯着我"


def _layer(deltas, review_from=0.5, base=None):
    step = taught(many(1, "real")).steps[0]
    weights = [Weight(entry, (base or {}).get(entry, 0.5), d) for entry, d in deltas.items()]
    step = type(step)(
        **{
            **{name: getattr(step, name) for name in step.__struct_fields__},
            "weights": weights,
            "review_from": review_from,
        }
    )
    return LearnedLayer(steps=[step])


def _matcher(tmp_path, layer, *, switch=ON, own=""):
    """With a layer of its own that holds what was learnt."""
    folder = tmp_path / "layer1"
    folder.mkdir()
    (folder / "learned.json").write_bytes(encoded(layer))
    text = switch + own.removeprefix("schema: lexicon/1\n")
    return CriticalMatcher(Lexicon(layers(tmp_path, text)))


def test_a_lowered_word_is_no_longer_shown_and_the_finding_says_so(tmp_path):
    finding = _matcher(tmp_path, _layer({WORD: -0.05})).match(DOUBTFUL)
    assert (finding.tier, finding.category, finding.spans) == ("none", "none", ())
    assert finding.reasons == ("lexicon:robbery", "learned:lowered")
    assert finding.level == "III"


@pytest.mark.parametrize("switch", [OFF, "schema: lexicon/1\n"])
def test_off_by_default(tmp_path, switch):
    finding = _matcher(tmp_path, _layer({WORD: -0.05}), switch=switch).match(DOUBTFUL)
    assert finding.tier == "review"
    assert not any(reason.startswith("learned:") for reason in finding.reasons)


def test_a_raised_word_is_shown_with_its_place(tmp_path):
    layer = _layer({FAINTLY: 0.2}, base={FAINTLY: 0.3})
    finding = _matcher(tmp_path, layer, own=FAINT).match("他一直盯着我")
    assert (finding.tier, finding.category, finding.level) == ("review", "robbery", "III")
    assert [span.term for span in finding.spans] == ["盯着我"]
    assert finding.reasons == ("tier:review", "learned:raised", FAINTLY)


def test_a_lower_threshold_shows_more_and_a_higher_one_less(tmp_path):
    own = FAINT.replace("0.3", "0.4")
    assert _matcher(tmp_path, _layer({}, 0.4), own=own).match("他一直盯着我").tier == "review"
    (tmp_path / "other").mkdir()
    assert _matcher(tmp_path / "other", _layer({}, 0.55)).match(DOUBTFUL).tier == "none"


def test_a_second_cue_makes_it_critical_whatever_was_learnt(tmp_path):
    finding = _matcher(tmp_path, _layer({WORD: -0.25}, 0.7)).match("有人抢东西快来")
    assert finding.tier == "critical"
    assert not any(reason.startswith("learned:") for reason in finding.reasons)


@pytest.mark.parametrize(("change", "tier"), [(-0.05, "none"), (0.05, "review")])
def test_what_the_text_model_alone_put_in_review_is_weighed_by_its_class(tmp_path, change, tier):
    lexicon = Lexicon(layers(tmp_path))
    view, _, seen = CriticalMatcher(lexicon).look("他再也没有回来")
    reasons = ("model:kidnapping", "tier:review")
    finding = Finding("review", "kidnapping", "III", (), reasons)
    layer = _layer({"model:kidnapping": change})
    made = learned(layer, lexicon)
    assert made is not None
    assert made.applied(lexicon, view, seen, finding).tier == tier


def test_another_word_that_stays_in_review_takes_its_place(tmp_path):
    own = "schema: lexicon/1\nacts:\n- {category: arson, weight: 0.5, words: [冒烟]}\n"
    finding = _matcher(tmp_path, _layer({WORD: -0.1}), own=own).match("有人抢东西，那边冒烟")
    assert (finding.tier, finding.category) == ("review", "arson")
    assert "learned:category" in finding.reasons


def test_a_weight_learnt_on_another_base_or_a_keyword_is_left_alone(tmp_path):
    moved = _layer({WORD: -0.1}, base={WORD: 0.6})
    assert _matcher(tmp_path, moved).match(DOUBTFUL).tier == "review"
    (tmp_path / "other").mkdir()
    keyword = _layer({"word:robbery:抢劫": -0.25}, base={"word:robbery:抢劫": 1.0})
    assert _matcher(tmp_path / "other", keyword).match("有人抢劫").tier == "critical"


def test_a_finding_names_the_doubtful_entries_behind_it_and_no_others(tmp_path):
    matcher = CriticalMatcher(Lexicon(layers(tmp_path)))
    assert matcher.match(DOUBTFUL).reasons == ("lexicon:robbery", "tier:review", WORD)
    assert WORD in matcher.match("有人抢东西快来").reasons
    assert matcher.match("有人抢劫，还抢东西").reasons == ("lexicon:robbery", "grade:critical")
    assert matcher.match("演练：有人抢东西").reasons == ("cue:drill",)


def test_every_word_and_frame_of_a_critical_category_is_an_entry(tmp_path):
    weights = entries(Lexicon(layers(tmp_path, FAINT)))
    own = {code: weight for code, weight in weights.items() if not code.startswith("sound:")}
    assert own == {
        **{f"model:{category}": 0.5 for category in CATEGORIES},
        "frame:blade.attack": 1.0,
        "word:firearm:gun": 1.0,
        "word:robbery:抢": 0.5,
        "word:robbery:抢劫": 1.0,
        "word:robbery:抢包": 1.0,
        "word:robbery:盯着我": 0.3,
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("schema: lexicon/1\nlearning: {use: maybe}\n", "words.yaml:2:17"),
        ("schema: lexicon/1\nlearning: yes please\n", "words.yaml:2:11"),
        ("schema: lexicon/1\nlearning: {used: true}\n", "words.yaml:2"),
    ],
)
def test_a_switch_that_is_wrong_is_named_with_its_place(tmp_path, text, fault):
    with pytest.raises(RuleError, match=fault):
        layers(tmp_path, text)
