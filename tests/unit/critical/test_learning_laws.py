"""Laws of learning: bounded, monotone, repeatable, reversible; nothing critical is ever lost."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules.critical.learning.bounds import ENTRY
from rules.critical.learning.entries import entries
from rules.critical.learning.layer import LearnedLayer, Step, Weight, digest, encoded, reverted
from rules.critical.learning.learner import learn
from rules.critical.lexicon import Lexicon
from rules.critical.matcher import CriticalMatcher
from tests.unit.critical.marked import KEYWORD, OTHER, START, WEIGHTS, WORD, delta, mark, taught

_CODES: tuple[list[str], ...] = ([WORD], [OTHER], [WORD, OTHER], [KEYWORD], [])
_SAID = st.sampled_from(["real", "real", "false", "false", "unclear"])
_TEXTS = [
    case[0]
    for cases in yaml.safe_load(
        Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8")
    ).values()
    for case in cases
]


def _one(report: int, said: str, officer: int, hours: float):
    """What a report is told by hangs on its number alone."""
    return mark(report, said, f"duty_{officer}", hours=hours, codes=_CODES[report % len(_CODES)])


@st.composite
def _batches(draw: st.DrawFn):
    """Some batches, each of blocks of equal marks by a few officers, and of single ones."""
    batches, report = [], 100
    for number in range(draw(st.integers(1, 3))):
        batch = []
        for _ in range(draw(st.integers(0, 3))):
            said, officers = draw(_SAID), draw(st.integers(1, 5))
            code, day = draw(st.integers(0, 4)), draw(st.integers(0, 60))
            for i in range(draw(st.integers(1, 20))):
                report += len(_CODES)
                hours = 24 * (60 * number + day) + i
                batch.append(_one(report - report % len(_CODES) + code, said, i % officers, hours))
        single = st.builds(
            _one, st.integers(0, 9), _SAID, st.integers(0, 4), st.integers(0, 1440 * (number + 1))
        )
        batch += draw(st.lists(single, min_size=1, max_size=12))
        batches.append(batch)
    return batches


@given(_batches())
@settings(max_examples=100)
def test_weights_and_threshold_stay_within_their_bounds(batches):
    for step in taught(*batches).steps:
        assert 0.4 <= step.review_from <= 0.7
        assert all(abs(weight.delta) <= ENTRY.up for weight in step.weights)
        assert KEYWORD not in {weight.entry for weight in step.weights}
        moved = [c for c in step.changes if "fades" not in c.because]
        faded = 0.25 * (1 - 0.5 ** (180 / 90))
        assert all(abs(c.after - c.before) <= ENTRY.limit + faded for c in moved)
    first = taught(*batches[:1]).steps
    assert all(abs(c.after - c.before) <= ENTRY.limit + 1e-9 for s in first for c in s.changes)


@given(_batches(), st.integers(0, 40), st.integers(0, 4), st.data())
@settings(max_examples=300)
def test_one_more_real_mark_never_lowers_a_weight_nor_raises_the_threshold(
    batches, report, officer, data
):
    into = data.draw(st.integers(0, len(batches) - 1))
    newest = max(m.at for m in batches[into])
    hours = data.draw(st.floats(0, (newest - START).total_seconds() / 3600))
    more = [*batches]
    one = _one(report, "real", officer, hours)
    # What the same officer says again later is no news then, and makes no step of its own.
    later = [m for batch in batches[into + 1 :] for m in batch if m.mark == "real"]
    assume((one.incident_id, one.by) not in {(m.incident_id, m.by) for m in later})
    more[into] = [*batches[into], one]
    for number in range(into, len(batches)):
        without, with_it = taught(*batches[: number + 1]), taught(*more[: number + 1])
        for entry in (WORD, OTHER):
            assert delta(with_it, entry) >= delta(without, entry)
        assert with_it.steps[-1].review_from <= without.steps[-1].review_from


@given(_batches(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_a_batch_and_repetitions_change_nothing(batches, random):
    shuffled = [[*batch, *batch[:3]] for batch in batches]
    for batch in shuffled:
        random.shuffle(batch)
    layer = taught(*batches)
    assert encoded(taught(*shuffled)) == encoded(layer)
    assert learn(layer, [m for batch in batches for m in batch], WEIGHTS).step is None


@given(_batches())
@settings(max_examples=60)
def test_what_is_reverted_gives_the_earlier_layer_to_the_byte(batches):
    layer = taught(*batches)
    for number in range(1, len(layer.steps) + 1):
        earlier = LearnedLayer(steps=layer.steps[: number - 1])
        assert encoded(reverted(layer, number)) == encoded(earlier)
        assert encoded(taught(*batches[: number - 1])) == encoded(earlier)


@cache
def _lexicon() -> Lexicon:
    return Lexicon.load()


@cache
def _base():
    return CriticalMatcher(_lexicon()).match_each(_TEXTS)


def _learned(layer: LearnedLayer):
    lexicon = _lexicon()
    lexicon.learned = layer
    try:
        return CriticalMatcher(lexicon)
    finally:
        lexicon.learned = None


def _step(deltas: dict[str, float], review_from: float) -> LearnedLayer:
    weights = entries(_lexicon())
    step = Step(
        number=1,
        as_of=START,
        lexicon=digest(weights),
        review_from=review_from,
        weights=[Weight(entry, weights[entry], delta) for entry, delta in deltas.items()],
        changes=[],
        frozen=[],
        shares=[],
        drift=None,
        marks=[],
    )
    return LearnedLayer(steps=[step])


@given(st.integers(0, 2**32), st.floats(0.4, 0.7))
@settings(max_examples=15)
def test_whatever_was_learnt_the_critical_stays_as_it_is(seed, review_from):
    random = Random(seed)
    deltas = {code: random.uniform(-0.25, 0.25) for code in entries(_lexicon())}
    found = _learned(_step(deltas, review_from)).match_each(_TEXTS)
    for before, after in zip(_base(), found, strict=True):
        if before.tier == "critical":
            assert after == before
        else:
            assert after.tier != "critical"
            assert after.level == before.level or after.tier == "review"


@given(st.lists(st.tuples(st.sampled_from(range(len(_TEXTS))), _SAID), min_size=1, max_size=6))
@settings(max_examples=15)
def test_whatever_officers_mark_the_critical_stays_as_it_is(said):
    weights = entries(_lexicon())
    marks = [
        mark(f"{number}-{i}", word, f"duty_{i % 5}", hours=i, codes=finding.reasons)
        for number, (text, word) in enumerate(said)
        for finding in [_base()[text]]
        if finding.tier != "none"
        for i in range(20)
    ]
    layer = taught(marks, [m for m in marks if m.mark == "false"], weights=weights)
    found = _learned(layer).match_each(_TEXTS)
    critical = [b for b in _base() if b.tier == "critical"]
    assert [a for a, b in zip(found, _base(), strict=True) if b.tier == "critical"] == critical


def test_whatever_is_learnt_to_the_last_a_chunk_says_what_each_text_says():
    lowest = dict.fromkeys(entries(_lexicon()), -0.25)
    for deltas, review_from in ((lowest, 0.7), (dict.fromkeys(lowest, 0.25), 0.4)):
        matcher = _learned(_step(deltas, review_from))
        each = matcher.match_each(_TEXTS)
        told = [f if f.tier != "none" else None for f in each]
        assert matcher.match_chunk(_TEXTS) == told
        if review_from == 0.7:
            assert "review" not in {finding.tier for finding in each}
