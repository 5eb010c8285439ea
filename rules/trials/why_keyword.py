"""Why a report did or did not raise an alert: its finding, the rules that answer, what held it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rules.critical.model import MODEL
from rules.keyword_rules import Answer, Case, KeywordRules
from rules.language.book import RuleBook
from rules.language.schema.names import Level
from rules.language.when import Subject
from rules.trials.ledger import millis
from rules.trials.reasons import HeldOverride, HeldSilence, overrides_of, silences_of
from streams.observations import FLAG_LATE, FLAG_TEST, Batch, Change, Finding
from streams.records import Alert

__all__ = ["AnswerReason", "KeywordReason", "Reported", "Reports", "keyword_reason"]

_AT_MOST = 10_000
"""Reports that are kept to be explained."""


class Reported(Struct, frozen=True):
    """One row of the log, as a witness saw it. code: its category code."""

    incident: str
    area: str
    time_ms: int
    code: str
    channel: str | None
    late: bool
    test: bool
    finding: Finding | None
    change: Change | None


class Reports:
    """Keeps the reports of an area and span, or those of one incident, from the batches."""

    def __init__(
        self,
        *,
        incident: str | None = None,
        area: str | None = None,
        first_ms: int = 0,
        last_ms: int = 0,
    ) -> None:
        self.kept: list[Reported] = []
        self._incident = incident
        self._area = area
        self._first = first_ms
        self._last = last_ms

    def add(self, batch: Batch) -> None:
        """Take in what is wanted of a batch."""
        if self._incident is not None:
            rows = [row for row, id_ in enumerate(batch.ids) if id_ == self._incident]
        elif self._area in batch.areas:
            code = batch.areas.index(self._area)
            times, areas = batch.column("time"), batch.column("area")
            mine = (areas == code) & (times > self._first) & (times <= self._last)
            rows = mine.nonzero()[0].tolist()
        else:
            rows = []
        for row in rows[: max(0, _AT_MOST - len(self.kept))]:
            self.kept.append(_reported(batch, row))


class AnswerReason(Struct, frozen=True, kw_only=True):
    """One rule's answer to a report.

    level: told where nothing caps it. confirm: (reports, within in ms) that it takes to be sure.
    outcome: `told`, `held`, `capped`, `exercise`, `shadow`, or `joined` where there is an alert
    already, of the incident or of its event, that this makes no graver.
    """

    rule: str
    place: str
    category: str
    level: Level
    review: bool
    confirm: tuple[int, int] | None
    overrides: list[HeldOverride]
    suppressions: list[HeldSilence]
    outcome: str
    alert: str | None
    alert_level: Level | None
    alert_status: str | None


class KeywordReason(Struct, frozen=True, kw_only=True):
    """The full reasoning about one report. outcome: of all answers, or why there is none."""

    incident: str
    area: str
    at_ms: int
    code: str
    channel: str | None
    event: str
    tier: str
    category: str
    level: Level | None
    finding_outcome: str
    words: list[str]
    reasons: list[str]
    answers: list[AnswerReason]
    outcome: str


def keyword_reason(book: RuleBook, report: Reported, alerts: Sequence[Alert]) -> KeywordReason:
    """Why. alerts: all revisions of the run."""
    finding = report.finding
    rules = KeywordRules(book)
    answers = []
    if finding is not None and not report.test:
        answers = [_answered(book, rules, report, a, alerts) for a in rules.answers(finding)]
    return KeywordReason(
        incident=report.incident,
        area=report.area,
        at_ms=report.time_ms,
        code=report.code,
        channel=report.channel,
        event=report.change.event if report.change is not None else "created",
        tier=finding.tier if finding else "none",
        category=finding.category if finding else "none",
        level=finding.level if finding else None,
        finding_outcome=finding.outcome if finding else "none",
        words=_words(finding) if finding else [],
        reasons=list(finding.reasons) if finding else [],
        answers=answers,
        outcome=_outcome(report, answers, alerts),
    )


def _answered(
    book: RuleBook,
    rules: KeywordRules,
    report: Reported,
    answer: Answer,
    alerts: Sequence[Alert],
) -> AnswerReason:
    entry = answer.entry.entry
    rule_id = answer.entry.rule.id
    finding = report.finding
    words = finding.rules if finding is not None else ()
    graded: Level = finding.level if finding is not None else "IV"
    case = Case(report.area, report.time_ms, report.code, report.channel, answer.category or "none")
    effective = rules.effective(rule_id, case)
    subject = Subject(
        path=book.tree.path(report.area),
        tags=book.tree.tags(report.area),
        source=report.channel,
        categories=(case.code, case.category),
        rule=rule_id,
    )
    mine = [a for a in alerts if a.rule.id == rule_id and report.incident in a.incidents.ids]
    then = [a for a in mine if millis(a) <= report.time_ms]
    newest = mine[-1] if mine else None
    lifeline = effective.rule.lifeline
    standing = book.suppressions.standing(subject, report.time_ms, lifeline=lifeline, words=words)
    if standing.hold:
        outcome = "held"
    elif answer.entry.rule.state == "shadow":
        outcome = "shadow"
    elif standing.exercise:
        outcome = "exercise"
    elif any(millis(a) == report.time_ms and not _joined(a) for a in then):
        outcome = "capped" if standing.cap is not None else "told"
    else:
        outcome = "joined" if mine else "untold"
    return AnswerReason(
        rule=rule_id,
        place=str(entry.place("id")),
        category=answer.category,
        level=answer.level(graded, effective.rule.level),
        review=answer.review,
        confirm=effective.confirm,
        overrides=overrides_of(entry, subject, report.time_ms, book.calendar),
        suppressions=silences_of(book, subject, report.time_ms, lifeline=lifeline, words=words),
        outcome=outcome,
        alert=newest.id if newest else None,
        alert_level=newest.level if newest else None,
        alert_status=newest.status if newest else None,
    )


def _words(finding: Finding) -> list[str]:
    """The words found; what the text model shows are places in the text, no words."""
    return list(dict.fromkeys(span.term for span in finding.spans if span.kind != MODEL))


def _joined(alert: Alert) -> bool:
    """Whether a revision tells only that a further report came."""
    return alert.status == "firing" and alert.previous_level == alert.level


def _outcome(report: Reported, answers: Sequence[AnswerReason], alerts: Sequence[Alert]) -> str:
    if report.test:
        return "drill"
    if not answers and any(
        a.kind == "keyword" and report.incident in a.incidents.ids for a in alerts
    ):
        return "joined"
    if report.finding is None or (report.finding.tier == "none" and not answers):
        return "nothing found"
    if not answers:
        return "no rule"
    return ", ".join(dict.fromkeys(answer.outcome for answer in answers))


def _reported(batch: Batch, row: int) -> Reported:
    flags = int(batch.column("flags")[row])
    return Reported(
        batch.ids[row],
        batch.areas[int(batch.column("area")[row])],
        int(batch.column("time")[row]),
        batch.categories[int(batch.column("category")[row])],
        batch.channels.get(row),
        bool(flags & FLAG_LATE),
        bool(flags & FLAG_TEST),
        batch.findings.get(row),
        batch.changes.get(row),
    )
