"""Runs a question why: the history through the rules with witnesses, and the reports' texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from msgspec import Struct

from commands.core import Core
from commands.rules.backtest_history import History, core_of
from commands.rules.backtest_run import known_rules
from commands.rules.directory import moment
from commands.rules.explained import explained
from commands.rules.layers import own_layers
from rules.critical.explain import Explainer
from rules.language.checks.subject import calendar_of
from rules.trials.coverage_seen import CoverageWitnessed
from rules.trials.ledger import millis
from rules.trials.why_coverage import CoverageReason, coverage_reason
from rules.trials.why_heat import HeatReason, Witnessed, heat_reason
from rules.trials.why_keyword import KeywordReason, Reports, keyword_reason
from streams.adapters import Adapter
from streams.clock import TICK_MS
from streams.errors import ConfigError
from streams.raw import Decoded
from streams.records import Alert, Incident
from streams.sources.files import read_files

__all__ = ["Asked", "WhyReport", "run_why"]

_REPORTS_MS = 15 * 60_000
"""Reports of so long before the moment are explained."""
_BREACH_MS = 6 * 3_600_000
"""A breach is followed back so far."""


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    alert: str | None
    files: Sequence[str]
    area: str | None
    at: str | None
    incident: str | None
    rules: Sequence[str]
    directory: str | None
    areas: str | None
    format: str
    progress: bool


class WhyReport(Struct, frozen=True, kw_only=True):
    """The answer. missing: what was asked about and is not there. alert: all its revisions.

    texts: by incident, what the words of its text tell, in lines; never the text itself.
    """

    bundle: str
    timezone: str
    missing: str
    alert: list[Alert]
    heat: list[HeatReason]
    coverage: list[CoverageReason]
    keyword: list[KeywordReason]
    silent_reports: int
    texts: Mapping[str, list[str]]


class _Answer:
    def __init__(self, asked: Asked) -> None:
        if "-" in asked.files:
            raise ConfigError("files may be read twice, so that none can be standard input")
        self._asked = asked
        self._core: Core = core_of(asked.directory, asked.areas)
        known_rules(self._core.book, asked.rules)
        self._history = History(asked.files, asked.format, progress=asked.progress, verb="why")
        self._alerts: list[Alert] = []

    def by_alert(self, id_: str) -> WhyReport:
        """An alert: what came of it, and why at the moment at which it was first told."""
        self._history.run(self._core, self._alerts.extend)
        mine = [alert for alert in self._alerts if alert.id == id_]
        if not mine:
            near = get_close_matches(id_, {alert.id for alert in self._alerts}, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            return self._report(missing=f"no alert {id_} comes of this history{hint}")
        first = mine[0]
        if first.kind == "heat":
            seen = self._witness(first.area.id, millis(first))
            entry = next(e for e in self._core.book.heat if e.rule.id == first.rule.id)
            reason = heat_reason(
                self._core.book, entry, first.area.id, millis(first), seen.seen, self._alerts
            )
            return self._report(alert=mine, heat=[reason])
        if first.kind == "coverage":
            return self._by_shortage(mine)
        reports = self._reports(Reports(incident=first.incidents.ids[0]))
        reasons = [keyword_reason(self._core.book, r, self._alerts) for r in reports.kept]
        return self._report(alert=mine, keyword=reasons)

    def _by_shortage(self, mine: Sequence[Alert]) -> WhyReport:
        """An alert of a coverage rule; that of a whole command's reserve tells all by itself."""
        area, at_ms = mine[0].area.id, millis(mine[0])
        seen = CoverageWitnessed(area, at_ms - _BREACH_MS, at_ms)
        self._history.run(self._core, lambda _: None, sight=seen, until_ms=at_ms + TICK_MS)
        book = self._core.book
        entry = next(e for e in book.coverage if e.rule.id == mine[0].rule.id)
        if not seen.seen:
            return self._report(alert=mine)
        reason = coverage_reason(book, entry, area, at_ms, seen.seen, self._alerts)
        return self._report(alert=mine, coverage=[reason])

    def by_incident(self, id_: str) -> WhyReport:
        """A report: its finding and every rule's answer."""
        reports = self._reports(Reports(incident=id_), keep=True)
        if not reports.kept:
            missing = f"no report {id_} in these files was accepted"
            return self._report(missing=missing)
        reasons = [keyword_reason(self._core.book, r, self._alerts) for r in reports.kept]
        return self._report(keyword=self._wanted(reasons))

    def by_area(self, area: str, at: str) -> WhyReport:
        """An area at a moment: heat and coverage rules, and the reports of the minutes before."""
        at_ms = moment(at, calendar_of(self._core.book.parts))
        reports = Reports(area=area, first_ms=at_ms - _REPORTS_MS, last_ms=at_ms)
        witness = Witnessed(area, at_ms - _BREACH_MS, at_ms)
        strength = CoverageWitnessed(area, at_ms - _BREACH_MS, at_ms)
        self._history.run(
            self._core,
            self._alerts.extend,
            look=reports.add,
            witness=witness,
            sight=strength,
            until_ms=at_ms + TICK_MS,
        )
        book = self._core.book
        heat = [
            heat_reason(book, entry, area, at_ms, witness.seen, self._alerts)
            for entry in book.heat
            if not self._asked.rules or entry.rule.id in self._asked.rules
        ]
        coverage = [
            coverage_reason(book, entry, area, at_ms, strength.seen, self._alerts)
            for entry in book.coverage
            if not self._asked.rules or entry.rule.id in self._asked.rules
        ]
        reasons = [keyword_reason(book, report, self._alerts) for report in reports.kept]
        telling = self._wanted([r for r in reasons if r.outcome != "nothing found"])
        return self._report(
            heat=heat, coverage=coverage, keyword=telling, silent=len(reasons) - len(telling)
        )

    def _wanted(self, reasons: Sequence[KeywordReason]) -> list[KeywordReason]:
        """Those to which one of the rules asked about answers."""
        rules = set(self._asked.rules)
        return [r for r in reasons if not rules or rules & {a.rule for a in r.answers}]

    def _witness(self, area: str, at_ms: int) -> Witnessed:
        witness = Witnessed(area, at_ms - _BREACH_MS, at_ms)
        self._history.run(self._core, lambda _: None, witness=witness, until_ms=at_ms + TICK_MS)
        return witness

    def _reports(self, reports: Reports, *, keep: bool = False) -> Reports:
        each = self._alerts.extend if keep else lambda _: None
        self._history.run(self._core, each, look=reports.add)
        return reports

    def _report(
        self,
        *,
        missing: str = "",
        alert: Sequence[Alert] = (),
        heat: Sequence[HeatReason] = (),
        coverage: Sequence[CoverageReason] = (),
        keyword: Sequence[KeywordReason] = (),
        silent: int = 0,
    ) -> WhyReport:
        calendar = calendar_of(self._core.book.parts)
        return WhyReport(
            bundle=self._core.book.bundle,
            timezone=calendar.file.timezone,
            missing=missing,
            alert=list(alert),
            heat=list(heat),
            coverage=list(coverage),
            keyword=list(keyword),
            silent_reports=silent,
            texts={} if heat or coverage else self._texts([reason.incident for reason in keyword]),
        )

    def _texts(self, incidents: Sequence[str]) -> dict[str, list[str]]:
        """What the words of reports tell, by incident; the last text of each."""
        if not incidents:
            return {}
        adapter = self._core.adapter(self._asked.format)
        explainer = Explainer.load(own_layers(self._asked.directory))
        texts = dict(_texts_of(self._asked.files, adapter, frozenset(incidents)))
        return {
            id_: "\n".join(explained(id_, explainer.explain(text))).split("\n")
            for id_, text in texts.items()
            if text
        }


def run_why(asked: Asked) -> WhyReport:
    """Raises ConfigError, RuleError and SourceError for what cannot be run."""
    answer = _Answer(asked)
    if asked.alert is not None:
        return answer.by_alert(asked.alert)
    if asked.incident is not None:
        return answer.by_incident(asked.incident)
    return answer.by_area(asked.area or "", asked.at or "")


def _texts_of(
    files: Sequence[str], adapter: Adapter, wanted: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """(incident id, text) of the reports wanted, in the order of the files."""
    for chunk in read_files(files, adapter):
        for item in adapter.decode(chunk.raws):
            record = item.record if isinstance(item, Decoded) else item
            if isinstance(record, Incident) and record.incident_id in wanted and record.text:
                yield record.incident_id, record.text
