"""A watched rule directory: what lies still and is good is published, once; what is bad is told."""

from __future__ import annotations

import logging

import pytest

from commands.rule_directory import BY, SETTLE, RuleDirectory
from rules.language.loader import SHIPPED, read_rules
from sinks.metrics import Metrics
from streams.areas import AreaTree
from streams.control import Bundle, Current
from streams.errors import BrokerError


class Published:
    """What was published; a broker that may be away."""

    def __init__(self, by: str | None = None) -> None:
        self.bundles: list[Bundle] = []
        self.away = False
        self._by = by

    def current(self) -> Current | None:
        if self.away:
            raise BrokerError("away")
        if self._by is None:
            return None
        return Current(
            hash="sha256:0", previous=None, effective_ms=0, by=self._by, because="", at_ms=0
        )

    def publish(self, bundle: Bundle) -> None:
        if self.away:
            raise BrokerError("away")
        self.bundles.append(bundle)


class Bench:
    """A rule directory with the shipped rules, and who looks after it."""

    def __init__(self, rules, by: str | None = None) -> None:
        self.rules = rules
        self.rules.mkdir()
        self.write()
        self.published = Published(by)
        self.metrics = Metrics()
        self.watched = RuleDirectory(rules, AreaTree(), self.published, self.metrics)
        self.now = 0.0

    def write(self, old: str = "", new: str = "") -> None:
        for path in SHIPPED.glob("*.yaml"):
            text = path.read_text(encoding="utf-8")
            (self.rules / path.name).write_text(text.replace(old, new), encoding="utf-8")

    def look(self, seconds: float) -> None:
        self.now += seconds
        self.watched.look(self.now)

    def settle(self) -> list[Bundle]:
        """What is published by the time that everything lies still."""
        for _ in range(3):
            self.look(SETTLE)
        return self.published.bundles

    def refused(self) -> float:
        labels = {"outcome": "directory_refused"}
        name = "watchfloor_rules_switch_total"
        return self.metrics.registry.get_sample_value(name, labels) or 0


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path / "rules")


def test_what_lies_still_is_published_once_and_again_when_it_changes(bench):
    bench.look(0.0)
    assert bench.published.bundles == [], "it may be written just now"
    assert [bundle.hash for bundle in bench.settle()] == [read_rules(bench.rules).book.bundle]
    bench.write("floor: 5", "floor: 4")
    assert len(bench.settle()) == 2
    newest = bench.published.bundles[-1]
    assert (newest.by, newest.hash) == (BY, read_rules(bench.rules).book.bundle)
    assert set(newest.files) == {f"rules/{path.name}" for path in SHIPPED.glob("*.yaml")}


def test_files_that_keep_changing_are_waited_for(bench):
    for floor in range(20):
        bench.write("floor: 5", f"floor: {floor}")
        bench.look(SETTLE * 0.9)
    assert bench.published.bundles == []


def test_rules_with_faults_are_refused_once_and_the_mended_ones_published(bench, caplog):
    bench.settle()
    with caplog.at_level(logging.ERROR):
        bench.write("floor: 5", "flor: 5")
        bench.settle()
    assert len(bench.published.bundles) == 1
    assert bench.refused() == 1
    (record,) = caplog.records
    assert "rules/heat.yaml:10:5: error E103" in record.getMessage()
    bench.write("floor: 5", "floor: 4")
    assert len(bench.settle()) == 2


@pytest.mark.parametrize(("by", "count"), [(None, 1), (BY, 1), ("anna", 0)])
def test_what_a_person_published_stays_until_the_directory_changes(tmp_path, by, count):
    bench = Bench(tmp_path / "rules", by)
    assert len(bench.settle()) == count
    bench.write("floor: 5", "floor: 4")
    assert len(bench.settle()) == count + 1


def test_a_broker_that_is_away_is_asked_again(bench, caplog):
    bench.published.away = True
    with caplog.at_level(logging.WARNING):
        assert bench.settle() == []
    assert "cannot be published at the moment" in caplog.text
    bench.published.away = False
    assert len(bench.settle()) == 1
    assert bench.refused() == 0


def test_another_directory_behind_the_same_name_is_published(tmp_path):
    bench = Bench(tmp_path / "one")
    bench.settle()
    other = Bench(tmp_path / "two")
    other.write("floor: 5", "floor: 4")
    link, name = tmp_path / "link", tmp_path / "rules"
    name.symlink_to(bench.rules)
    watched = RuleDirectory(name, AreaTree(), bench.published, bench.metrics)
    link.symlink_to(other.rules)
    link.replace(name)
    for now in range(3):
        watched.look(float(now))
    assert bench.published.bundles[-1].hash == read_rules(other.rules).book.bundle


def test_a_directory_that_vanishes_changes_nothing(bench):
    bench.settle()
    bench.rules.rename(bench.rules.with_name("elsewhere"))
    assert len(bench.settle()) == 1
    assert bench.refused() == 0
