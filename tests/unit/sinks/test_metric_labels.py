"""Labels of metrics: closed lists or few names; never an id of a report, an area or a text."""

from __future__ import annotations

from importlib.metadata import version
from itertools import combinations

import pytest

from commands.core import build_core
from sinks.metrics import Metrics
from sinks.metrics.family import Family
from sinks.metrics.labels import OTHER
from streams.settings import Settings

NAMES_OF_THE_INSTALLATION = {"partition", "topic", "rule", "channel", "hash", "version"}
"""Labels whose values are not in the code: they name parts of the installation and its book."""
FOREIGN = (
    "我叫张伟，手机 13800138000，有人持刀抢劫",
    "A man with a knife is robbing the shop",
    "call-20261122-000017",
    "510104001",
    "area-1",
    "a" * 200,
    "",
)
CATALOGUE = Metrics().catalogue


def served_by(series):
    (family,) = series.metric.collect()
    return family.samples


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_series_says_what_it_is_and_in_which_unit(name):
    series = CATALOGUE[name]
    assert name.startswith("watchfloor_")
    assert len(series.help) > 15
    assert series.help.endswith(".")
    if series.kind == "counter":
        assert name.endswith("_total")
    if series.kind == "histogram":
        assert name.endswith(("_seconds", "_records", "_bytes"))


@pytest.mark.parametrize("name", CATALOGUE)
def test_labels_hold_words_of_a_list_or_names_of_the_installation(name):
    series = CATALOGUE[name]
    free = {label.name for label in series.labels if not label.closed}
    assert free <= NAMES_OF_THE_INSTALLATION
    assert all(label.meaning for label in series.labels)


@pytest.mark.parametrize("name", [name for name in CATALOGUE if CATALOGUE[name].labels])
def test_what_does_not_belong_into_a_label_is_served_as_other(name):
    series = Metrics().catalogue[name]
    for place, label in enumerate(series.labels):
        for text in FOREIGN:
            values = [OTHER] * len(series.labels)
            values[place] = text
            series.of(*values)
            served = {sample.labels[label.name] for sample in served_by(series)}
            if label.closed or len(text) > 128 or not text.isascii() or " " in text:
                assert text not in served


@pytest.mark.parametrize("name", [name for name in CATALOGUE if CATALOGUE[name].labels])
def test_no_series_grows_without_bound(name):
    series = Metrics().catalogue[name]
    for number in range(2 * max(label.limit for label in series.labels)):
        series.of(*(str(number) for _ in series.labels))
    for label in series.labels:
        served = {sample.labels[label.name] for sample in served_by(series)}
        assert len(served) <= label.limit


def test_what_names_the_installation_is_served_as_it_is():
    metrics = Metrics()
    core = build_core(Settings())
    metrics.rules({core.book.bundle})
    metrics.lexicon(core.words)
    metrics.lag("incidents", 11, 3)
    metrics.channel_lag("webhook:hall", 1)
    metrics.version(version("watchfloor"))
    served = {
        value
        for family in metrics.registry.collect()
        if family.name.startswith("watchfloor_")
        for sample in family.samples
        for value in sample.labels.values()
    }
    named = {core.book.bundle, core.words, "incidents", "11", "webhook:hall", version("watchfloor")}
    assert named <= served
    assert OTHER not in served


def test_families_do_not_take_each_others_names():
    own = {
        family: vars(family()).keys() | vars(family).keys()
        for family in Metrics.__bases__
        if issubclass(family, Family)
    }
    common = vars(Family()).keys() | {"revoked", *vars(Family)}
    for one, other in combinations(own, 2):
        assert (own[one] & own[other]) - common == set(), (one, other)
