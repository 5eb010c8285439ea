"""What the words cost: a text alone, texts in chunks, 2,000 words more, and loading them all."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from msgspec import json as msgjson

from commands.bench.report import Figure, Ratio, figure
from rules.critical.matcher import CriticalMatcher
from streams.sources.synthetic.people import invent_people
from streams.sources.synthetic.tables import table
from streams.sources.synthetic.texts import Language, TextBook

__all__ = ["measure_words"]

_SEED = 20261121
_CHUNK = 512
_ADDED = 2_000
_LENGTH = 4
_ROUNDS = 2
_CJK = ("一", "龥")
_LANGUAGES: tuple[Language, ...] = ("zh", "zh", "zh", "en")
_ALONE_GOAL_US = 60.0
_ADDED_GOAL = 1.2
_LOAD_GOAL_S = 1.0


def measure_words(everyday: Sequence[str], repeats: int) -> tuple[list[Figure], list[Ratio]]:
    """Costs on ordinary texts, and on as many alarming ones: half critical, half decoys.

    Processor time. A text alone: the median over the texts, each judged by a call of its own.
    """
    loads = []
    for _ in range(repeats):
        start = time.process_time()
        matcher = CriticalMatcher.load()
        loads.append(time.process_time() - start)
    sets = {"every day": list(everyday[:_CHUNK]), "alarming": _alarming(_CHUNK)}
    with tempfile.TemporaryDirectory(prefix="watchfloor-bench-") as folder:
        _write_layer(Path(folder), [text for texts in sets.values() for text in texts])
        larger = CriticalMatcher.load([Path(folder)])
    figures, ratios = [], []
    for name, texts in sets.items():
        alone, alone_larger = _compare(_alone, matcher, larger, texts, repeats)
        chunks, chunks_larger = _compare(_in_chunks, matcher, larger, texts, repeats)
        figures += [
            figure(f"match alone, {name}", "us", alone),
            figure(f"match in chunks, {name}", "us", chunks),
        ]
        median = statistics.median(alone)
        more = {
            f"match alone, {name}, {_ADDED:,} words more / without": (alone_larger, alone),
            f"match in chunks, {name}, {_ADDED:,} words more / without": (chunks_larger, chunks),
        }
        ratios.append(Ratio(f"match alone, {name}, us", median, _ALONE_GOAL_US, at_least=False))
        ratios += [
            Ratio(label, statistics.median(a) / statistics.median(b), _ADDED_GOAL, at_least=False)
            for label, (a, b) in more.items()
        ]
    load = figure("load the lexicon", "s", loads)
    ratios.append(
        Ratio("load the lexicon, the slowest, s", load.high, _LOAD_GOAL_S, at_least=False)
    )
    return [*figures, load], ratios


def _compare(
    cost: Callable[[CriticalMatcher, list[str]], float],
    one: CriticalMatcher,
    other: CriticalMatcher,
    texts: list[str],
    repeats: int,
) -> tuple[list[float], list[float]]:
    """The cost of both, in turns, so that what else the machine does falls on both alike."""
    cost(one, texts)
    cost(other, texts)
    pairs = [(cost(one, texts), cost(other, texts)) for _ in range(repeats)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _alone(matcher: CriticalMatcher, texts: list[str]) -> float:
    costs = []
    for text in texts:
        start = time.process_time_ns()
        matcher.match_chunk([text])
        costs.append(time.process_time_ns() - start)
    return statistics.median(costs) / 1e3


def _in_chunks(matcher: CriticalMatcher, texts: list[str]) -> float:
    start = time.process_time_ns()
    for _ in range(_ROUNDS):
        for at in range(0, len(texts), _CHUNK):
            matcher.match_chunk(texts[at : at + _CHUNK])
    return (time.process_time_ns() - start) / 1e3 / (_ROUNDS * len(texts))


def _alarming(count: int) -> list[str]:
    """Critical reports and decoys of the simulator in turns, three quarters of them Chinese."""
    book = TextBook(invent_people(_SEED))
    categories = list(table("critical")["categories"])
    decoys = list(book.decoy_category)
    numbers = np.random.Generator(np.random.PCG64(_SEED)).integers(0, 2**62, count).tolist()
    texts = []
    for at, number in enumerate(numbers):
        language = _LANGUAGES[at // 2 % len(_LANGUAGES)]
        if at % 2:
            texts.append(book.decoy(decoys[number % len(decoys)], language, number))
        else:
            category = categories[number % len(categories)]
            texts.append(book.critical(category, language, number).text)
    return texts


def _write_layer(folder: Path, texts: list[str]) -> None:
    """A layer of words that begin like what is said and are never said: acts, a group, friends."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    said = "\n".join(texts)
    letters = sorted({letter for letter in said if _CJK[0] <= letter <= _CJK[1]})
    words: dict[str, None] = {}
    while len(words) < _ADDED:
        word = "".join(letters[i] for i in rng.integers(0, len(letters), _LENGTH).tolist())
        if word not in said:
            words[word] = None
    made = list(words)
    layer = {
        "schema": "lexicon/1",
        "acts": [{"category": "robbery", "words": made[::2]}],
        "groups": {"blade": {"words": made[1::4]}},
        "friends": [{"words": made[3::4]}],
    }
    (folder / "more.yaml").write_bytes(msgjson.encode(layer))
