"""Laws of the matcher: the prefilter loses nothing, and noise in the writing changes nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from rules.critical.loader import SHIPPED, read_layers
from rules.critical.matcher import CriticalMatcher

_TEXTS = [
    case[0]
    for cases in yaml.safe_load(
        (Path(__file__).parents[1] / "unit/critical/cases.yaml").read_text(encoding="utf-8")
    ).values()
    for case in cases
]
_CRITICAL = [
    case[0]
    for kind, cases in yaml.safe_load(
        (Path(__file__).parents[1] / "unit/critical/cases.yaml").read_text(encoding="utf-8")
    ).items()
    for case in cases
    if case[1] != "none"
]
_NOISE = st.text(
    st.sampled_from("的了在 ,。.*-人刀枪抢劫跳楼杀没不是gun stab\u200b🔪\x1e\n1三个"), max_size=12
)


@cache
def _matcher() -> CriticalMatcher:
    return CriticalMatcher.load()


@cache
def _words() -> list[str]:
    """Words of every group that frames speak of, some of each."""
    layers = read_layers([SHIPPED])
    return [word for group in layers.groups.values() for word in group.words[:8] + group.words[-8:]]


@st.composite
def _call(draw: st.DrawFn) -> str:
    text: str = draw(st.sampled_from(_TEXTS))
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(_NOISE) + text[at:]


@st.composite
def _parts(draw: st.DrawFn) -> str:
    """Words of the lexicon side by side: parts of frames, whole frames, edges, signs between."""
    words = draw(st.lists(st.sampled_from(_words()), min_size=1, max_size=6))
    return draw(st.sampled_from(["", " ", "，", "十几个人"])).join(words)


@settings(max_examples=300, deadline=None)
@given(st.lists(_call() | _parts() | _NOISE | st.text(max_size=20), max_size=12))
def test_a_chunk_finds_what_its_texts_find(texts):
    for found, text in zip(_matcher().match_chunk(texts), texts, strict=True):
        alone = _matcher().match(text)
        nothing = (alone.tier, alone.outcome) == ("none", "none")
        assert found == (None if nothing else alone)


@settings(max_examples=100, deadline=None)
@given(_call() | st.text(max_size=30))
def test_spans_lie_in_the_text_in_order(text):
    spans = _matcher().match(text).spans
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert list(spans) == sorted(spans, key=lambda span: (span.start, span.end, span.category))


def _verdict(text: str) -> tuple[str, str, str]:
    finding = _matcher().match(text)
    return finding.tier, finding.category, finding.level


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(_TEXTS))
def test_traditional_characters_change_nothing(text):
    assert _verdict(OpenCC("s2t").convert(text)) == _verdict(text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(_TEXTS))
def test_full_width_letters_change_nothing(text):
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and c.isalnum() else c for c in text)
    assert _verdict(wide) == _verdict(text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(_TEXTS), st.sampled_from("\u200b\u200d\ufeff\u2060"))
def test_characters_without_width_change_nothing(text, nothing):
    assert _verdict(nothing.join(text)) == _verdict(text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(_CRITICAL), st.sampled_from(["不是演习,", "This is not a drill. "]))
def test_saying_that_it_is_no_drill_never_lowers(text, prefix):
    assert _verdict(prefix + text)[0] == "critical"


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(_CRITICAL),
    st.sampled_from(["。没有人打架", "。门口停着一辆车", ". no fire here"]),
)
def test_a_clause_about_something_else_never_silences(text, suffix):
    assert _verdict(text + suffix)[0] == "critical"
