"""Declares series in a registry of their own, and keeps their labels within what these may hold."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import product
from math import prod
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sinks.metrics.labels import OTHER, Label

__all__ = ["PREFIX", "Family", "Series"]

PREFIX = "watchfloor_"
_AT_ONCE = 64
_Metric = TypeVar("_Metric", Counter, Gauge, Histogram)


class Series(Generic[_Metric]):
    """One metric with its labels; `of` gives the child to count with."""

    def __init__(self, metric: _Metric, labels: tuple[Label, ...]) -> None:
        self.metric: _Metric = metric
        self.labels = labels
        self._known: list[set[str]] = [set(label.values) for label in labels]
        self._children: dict[tuple[str, ...], _Metric] = {}

    @property
    def kind(self) -> str:
        """`counter`, `gauge` or `histogram`."""
        return type(self.metric).__name__.lower()

    @property
    def name(self) -> str:
        """As it is written in a query; of a histogram without `_bucket`, `_sum` or `_count`."""
        (family,) = self.metric.describe()
        name: str = family.name
        return name + ("_total" if self.kind == "counter" else "")

    @property
    def help(self) -> str:
        """What it says, a sentence."""
        (family,) = self.metric.describe()
        text: str = family.documentation
        return text

    def of(self, *values: str) -> _Metric:
        """The child for these label values, in the order of the labels."""
        if not self.labels:
            return self.metric
        # Chunks and alerts count with the same few children again and again.
        found = self._children.get(values)
        if found is None:
            child = tuple(self._admitted(i, value) for i, value in enumerate(values))
            found = self._children[child] = self.metric.labels(*child)
        return found

    def begin(self) -> None:
        """Make every child whose labels are all words of lists, where they are few.

        A counter that appears with its first event hides that event from `rate` and `increase`.
        """
        closed = [sorted(label.values) for label in self.labels if label.closed]
        few = prod(map(len, closed)) <= _AT_ONCE
        for words in product(*closed) if few and len(closed) == len(self.labels) else ():
            self.of(*words)

    def clear(self) -> None:
        """Forget every child: what they said holds no more."""
        self.metric.clear()
        self._children.clear()
        self._known = [set(label.values) for label in self.labels]

    def keep(self, place: int, values: Collection[str]) -> None:
        """Forget the children whose label at a place holds none of these values."""
        kept = {self._admitted(place, value) for value in values}
        for child in list(self._children):
            if child[place] not in kept:
                self.metric.remove(*child)
                self._children.pop(child, None)

    def _admitted(self, place: int, value: str) -> str:
        known, label = self._known[place], self.labels[place]
        if value in known:
            return value
        if label.closed or len(known) >= label.most or not re.fullmatch(label.pattern, value):
            return OTHER
        known.add(value)
        return value


class Family:
    """Some series about one concern; `Metrics` is all families in one.

    catalogue: every series by its name, in the order of the reference page.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.catalogue: dict[str, Series[Counter] | Series[Gauge] | Series[Histogram]] = {}

    def revoked(self) -> None:
        """All partitions were handed over: gauges about them mean nothing now."""

    def _counter(self, name: str, text: str, *labels: Label) -> Series[Counter]:
        made = Counter(PREFIX + name, text, _names(labels), registry=self.registry)
        series = Series(made, labels)
        series.begin()
        self.catalogue[series.name] = series
        return series

    def _gauge(self, name: str, text: str, *labels: Label) -> Series[Gauge]:
        made = Gauge(PREFIX + name, text, _names(labels), registry=self.registry)
        series = Series(made, labels)
        self.catalogue[series.name] = series
        return series

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], *labels: Label
    ) -> Series[Histogram]:
        made = Histogram(
            PREFIX + name, text, _names(labels), buckets=buckets, registry=self.registry
        )
        series = Series(made, labels)
        self.catalogue[series.name] = series
        return series


def _names(labels: tuple[Label, ...]) -> list[str]:
    return [label.name for label in labels]
