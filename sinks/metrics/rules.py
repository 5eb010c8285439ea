"""Series of the rules: which ones run, changes taken or refused, and budgets of false alarms."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from detectors.rate_interval import poisson_interval
from sinks.metrics.family import Family
from sinks.metrics.labels import BOUND, HASH, PARTITION, RELOAD, RULE, SWITCH

__all__ = ["RuleSeries"]

_BUDGET = (RULE, PARTITION)


class RuleSeries(Family):
    """Implements what the watch, and those who follow rules and words, tell of them."""

    def __init__(self) -> None:
        super().__init__()
        self._rules = self._gauge(
            "rules_bundle_info", "The bundles of rules that partitions of this worker run.", HASH
        )
        self._switches = self._counter(
            "rules_switch",
            "Partitions told of other rules: taken, or refused; and rule directories that "
            "changed and were not published for their faults (directory_refused).",
            SWITCH,
        )
        self._lexicon = self._gauge("lexicon_info", "The lexicon in use, by its hash.", HASH)
        self._reloads = self._counter(
            "lexicon_reloads",
            "Changed lexicons read while running: loaded, or refused for their faults.",
            RELOAD,
        )
        self._budgets: dict[int, frozenset[str]] = {}
        self._asked = self._gauge(
            "heat_budget_asked", "False alerts that a rule may give, per area-week.", *_BUDGET
        )
        self._given = self._gauge(
            "heat_budget_alerts", "Alerts that areas gave in its last 13 weeks.", *_BUDGET
        )
        self._seen = self._gauge(
            "heat_budget_area_weeks", "Weeks of all areas over which these were counted.", *_BUDGET
        )
        self._given_rate = self._gauge(
            "heat_budget_measured",
            "Alerts per area-week, and the ends of its 95 % interval.",
            *_BUDGET,
            BOUND,
        )

    def rules(self, hashes: Collection[str]) -> None:
        """The bundles that the partitions of this worker run, by their hashes."""
        self._rules.clear()
        for hash_ in hashes:
            self._rules.of(hash_).set(1)

    def rules_switch(self, outcome: str) -> None:
        """A partition was told of other rules; or a directory of them was not taken."""
        self._switches.of(outcome).inc()

    def lexicon(self, hash_: str) -> None:
        """The lexicon of this hash is in use."""
        self._lexicon.clear()
        self._lexicon.of(hash_).set(1)

    def lexicon_reload(self, outcome: str) -> None:
        """A changed lexicon was read."""
        self._reloads.of(outcome).inc()

    def budgets(self, partition: int, budgets: Mapping[str, tuple[float, int, float]]) -> None:
        """By rule: alerts asked for per area-week, alerts of the last weeks, their area-weeks."""
        before = self._budgets.get(partition, frozenset())
        self._budgets[partition] = frozenset(budgets)
        if before - budgets.keys():
            self._forget_budgets()
        for rule, (asked, alerts, area_weeks) in budgets.items():
            labels = rule, str(partition)
            self._asked.of(*labels).set(asked)
            self._given.of(*labels).set(alerts)
            self._seen.of(*labels).set(area_weeks)
            if area_weeks:
                low, high = poisson_interval(alerts)
                for bound, value in (("low", low), ("mean", alerts), ("high", high)):
                    self._given_rate.of(*labels, bound).set(value / area_weeks)

    def revoked(self) -> None:
        """All partitions were handed over: their gauges mean nothing now."""
        super().revoked()
        self._rules.clear()
        self._forget_budgets()

    def _forget_budgets(self) -> None:
        """Of rules that are no more; those that are tell of themselves again."""
        for gauge in (self._asked, self._given, self._seen, self._given_rate):
            gauge.clear()
