"""A question why answered in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from commands.rules.why_run import WhyReport
from commands.rules.why_strength import strength_lines
from rules.trials.reasons import HeldOverride, HeldSilence
from rules.trials.why_coverage import CoverageReason
from rules.trials.why_heat import HeatReason, Rung
from rules.trials.why_keyword import AnswerReason, KeywordReason
from streams.records import Alert

__all__ = ["OUTCOMES", "heat_limits", "why_lines"]

OUTCOMES = {
    "open": "The alert is open.",
    "kept": "The alert is open although no level fires any more.",
    "held": "A level fires, and a suppression holds the alert back.",
    "capped": "The alert is open at a lower level than it has: a suppression caps it.",
    "exercise": "The alert is open, told as an exercise.",
    "shadow": "The alert is open in shadow: nobody is told.",
    "storm": "The alert is open, and that of a storm speaks for it: nobody is called for it alone.",
    "waiting": "A level fires, but not for long enough yet.",
    "unjudged": "This minute was not judged.",
    "silent": "There is no alert.",
}
"""What became of a heat alert, by its outcome."""
_ANSWERS = {
    "told": "told at once",
    "capped": "told at a lower level, capped by a suppression",
    "held": "held back by a suppression",
    "exercise": "told as an exercise",
    "shadow": "told in shadow only: nobody hears it",
    "joined": "nothing graver than the alert that stands for the incident or its event",
    "untold": "not told: an alert of the incident had ended, or another rule's alert stands for it",
}
_NOTHING = {
    "drill": "It is marked as a test of the system, and such never alert.",
    "nothing found": "Nothing critical was found in it, and its category code says nothing either.",
    "joined": "It is about an event, or by a caller, that an alert stands for already.",
    "no rule": "Something was found, but no rule of this book that runs answers to it.",
}


def why_lines(report: WhyReport) -> Iterator[str]:
    """The answer for people."""
    zone = ZoneInfo(report.timezone)
    if report.missing:
        yield report.missing
    for alert in report.alert:
        yield _revision(alert, zone)
    for heat in report.heat:
        yield from _heat(heat, zone)
    for coverage in report.coverage:
        yield from _coverage(coverage, zone)
    for keyword in report.keyword:
        yield from _keyword(keyword, zone)
        for line in report.texts.get(keyword.incident, ()):
            yield f"  {line}"
    if report.silent_reports:
        yield (
            f"{report.silent_reports} more reports of the quarter of an hour before tell nothing "
            "that a rule here is about"
        )
    if (report.heat or report.coverage) and (report.keyword or report.silent_reports):
        yield "what the text of a report tells: rules why --incident ID"


def _revision(alert: Alert, zone: ZoneInfo) -> str:
    marks = ["for review"] if alert.review else []
    marks += [alert.state] if alert.state != "live" else []
    marks += [f"suppressed by {', '.join(alert.suppressed_by)}"] if alert.suppressed_by else []
    more = f" ({', '.join(marks)})" if marks else ""
    at = _at(round(alert.times.updated.timestamp() * 1000), zone)
    return f"{at}  revision {alert.revision}: level {alert.level}, {alert.status}{more}"


def _heat(reason: HeatReason, zone: ZoneInfo) -> Iterator[str]:
    yield f"{reason.rule} in {reason.area} at {_at(reason.at_ms, zone)}  [{reason.place}]"
    yield f"  {OUTCOMES[reason.outcome]}"
    yield from (f"  {line}" for line in heat_limits(reason))
    if reason.outcome == "waiting" and reason.breached_ms is not None:
        since = _at(reason.breached_ms, zone)
        yield f"  It fires since {since}, and has to for {reason.hold} (`for`)."
    if reason.outcome == "kept":
        yield (
            f"  It ends once `clear` is reached no more for {reason.keep_firing} (`keep_firing`)."
        )
    yield from _held(reason.overrides, reason.suppressions)
    if reason.alert is not None and reason.alert_ms is not None:
        yield (
            f"  The alert {reason.alert} was last told at {_at(reason.alert_ms, zone)}: "
            f"level {reason.alert_level}, {reason.alert_status}."
        )


def _coverage(reason: CoverageReason, zone: ZoneInfo) -> Iterator[str]:
    yield f"{reason.rule} in {reason.area} at {_at(reason.at_ms, zone)}  [{reason.place}]"
    yield f"  {OUTCOMES[reason.outcome]}"
    yield from (f"  {line}" for line in strength_lines(reason))
    if reason.outcome == "waiting" and reason.breached_ms is not None:
        since = _at(reason.breached_ms, zone)
        yield f"  It fires since {since}, and has to for {reason.hold} (`for`)."
    if reason.outcome == "kept":
        yield (f"  It ends once `clear` has been reached for {reason.keep_firing} (`keep_firing`).")
    yield from _held(reason.overrides, reason.suppressions)
    if reason.alert is not None and reason.alert_ms is not None:
        yield (
            f"  The alert {reason.alert} was last told at {_at(reason.alert_ms, zone)}: "
            f"level {reason.alert_level}, {reason.alert_status}."
        )


def heat_limits(reason: HeatReason) -> Iterator[str]:
    """What was counted and expected, and each level with what keeps it from firing."""
    if not reason.heard:
        yield f"No incident that the rule counts was in reach of its window of {reason.window}."
    else:
        yield _counted(reason)
    if not reason.judged:
        yield "The window is judged less often than every minute (`window.every`)."
    if reason.lost:
        yield "No incident of any area came for so long (`no_data`) that nothing opens or ends."
    for rung in reason.levels:
        yield _rung(rung, is_open=reason.alert_status == "firing")


def _counted(reason: HeatReason) -> str:
    text = f"{reason.count} incidents in {reason.window}"
    if reason.calls is not None:
        text += f" ({reason.calls} calls)"
    if reason.expected is not None:
        text += f", {reason.expected:g} expected by {reason.model}"
        if reason.ratio is not None:
            odd = f", score {reason.score:g}" if reason.score != reason.ratio else ""
            text += f" ({reason.ratio:g} times{odd})"
        text += f" from {reason.hours} h of history"
        if reason.warming:
            text += ", which is too little yet: ratios wait"
    return f"{text}; the floor is {reason.floor}."


def _rung(rung: Rung, *, is_open: bool) -> str:
    limits = [f"{rung.count:g} incidents"] if rung.count is not None else []
    limits += [f"{rung.ratio:g} times the expected"] if rung.ratio is not None else []
    limits += [f"a score of {rung.score:g}"] if rung.score is not None else []
    place = f"  [{rung.place}]" if rung.place else ""
    if rung.fires:
        said = "fires"
    elif rung.holds and is_open:
        said = f"does not fire ({'; '.join(rung.missing)}), but is not cleared yet"
    else:
        said = f"does not fire: {'; '.join(rung.missing) or 'the minute was not judged'}"
    return f"Level {rung.level} ({' and '.join(limits) or 'no limit'}) {said}.{place}"


def _keyword(reason: KeywordReason, zone: ZoneInfo) -> Iterator[str]:
    by = f", by {reason.channel}" if reason.channel else ""
    yield (
        f"{reason.incident} in {reason.area} at {_at(reason.at_ms, zone)}: {reason.event}, "
        f"category {reason.code}{by}"
    )
    if reason.tier != "none":
        words = f"; words: {', '.join(reason.words)}" if reason.words else ""
        sure = "critical" if reason.tier == "critical" else "for review"
        yield f"  Found {sure}: {reason.category}, level {reason.level}{words}."
    if reason.finding_outcome != "none":
        yield f"  It belongs elsewhere: {reason.finding_outcome}."
    if not reason.answers and reason.outcome in _NOTHING:
        yield f"  {_NOTHING[reason.outcome]}"
    for answer in reason.answers:
        yield from _answer(answer)


def _answer(answer: AnswerReason) -> Iterator[str]:
    by = f"its category {answer.category}" if answer.category else "words of the rule's own"
    review = ", for review" if answer.review else ""
    yield f"  {answer.rule} answers by {by}: level {answer.level}{review}  [{answer.place}]"
    yield f"    {_ANSWERS[answer.outcome].capitalize()}."
    if answer.confirm is not None:
        reports, within = answer.confirm
        yield (
            f"    It takes {reports} reports within {within // 60_000} min to be sure; until then "
            "it is for review."
        )
    for line in _held(answer.overrides, answer.suppressions):
        yield f"  {line}"
    if answer.alert is not None:
        yield (
            f"    The alert {answer.alert} stands at level {answer.alert_level}, "
            f"{answer.alert_status}."
        )


def _held(overrides: Sequence[HeldOverride], silences: Sequence[HeldSilence]) -> Iterator[str]:
    for override in overrides:
        if override.holds:
            changed = ", ".join(override.set)
            said = f"holds and sets {changed}"
        else:
            said = f"does not hold: {'; '.join(override.why_not)}"
        yield f"  Override {override.number} ({override.because}) {said}.  [{override.place}]"
    for silence in silences:
        what = f"cap at {silence.cap}" if silence.cap is not None else silence.do
        said = "stands" if silence.stands else f"does not stand: {'; '.join(silence.why_not)}"
        yield f"  Suppression {silence.id} ({what}) {said}.  [{silence.place}]"


def _at(time_ms: int, zone: ZoneInfo) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(zone)
    return f"{moment:%F %H:%M:%S}" if moment.second else f"{moment:%F %H:%M}"
