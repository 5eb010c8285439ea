"""Alerts for a person at a terminal: level, time, area and reason, in Chinese and English."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import tzinfo
from io import TextIOWrapper
from typing import Final, TextIO
from zoneinfo import ZoneInfo

from msgspec import Struct

from sinks.appended import open_appended
from sinks.base import Retryable
from sinks.secrets import Secrets
from streams.records import Alert, Evidence, Level

__all__ = ["Console", "ConsoleOptions", "clean", "open_console", "reason"]

_COLOURS: Final[dict[Level, str]] = {"I": "97;41", "II": "91", "III": "93", "IV": "94"}
_KINDS: Final = {
    "keyword": "重大警情 CRITICAL",
    "heat": "警情热点 HEAT",
    "coverage": "警力冰点 COVERAGE",
    "process": "流程 PROCESS",
}
_REVIEW: Final = "待核警情 FOR REVIEW"
_OTHER: Final = "警情提示 REPORT"
"""A report that a rule asks for by words of its own, and that no critical category fits."""
_DIM: Final = "2"
_IDS_SHOWN: Final = 3


class ConsoleOptions(Struct, frozen=True, kw_only=True):
    """file: appended to; None is standard output. timezone: of the times shown; None: ours."""

    file: str | None = None
    timezone: str | None = None


class Console:
    """Two lines an alert: what and where, then why. Plain unless `colour`.

    zone: the zone that times are shown in; the machine's own if None.
    """

    def __init__(self, stream: TextIO, *, colour: bool, zone: tzinfo | None = None) -> None:
        self._stream, self._colour, self._zone = stream, colour, zone

    def send(self, alerts: Sequence[Alert]) -> None:
        """Print the alerts. Raises Retryable where the terminal is gone."""
        if not alerts:
            return
        try:
            self._stream.writelines(self._render(alert) for alert in alerts)
            self._stream.flush()
        except OSError as error:
            msg = f"alerts could not be shown ({error.strerror}); is the terminal still there?"
            raise Retryable(msg) from error

    def _render(self, alert: Alert) -> str:
        ended = alert.status in {"resolved", "withdrawn"}
        at = alert.times.updated.astimezone(self._zone)
        name = clean(f"{alert.area.name.zh} {alert.area.name.en}".strip() or alert.area.id)
        level = self._paint(f" {alert.level:<3}", _DIM if ended else _COLOURS[alert.level])
        state = f" [{alert.status}]" if alert.status != "firing" else _moved(alert)
        head = f"{at:%m-%d %H:%M:%S} {level} {_kind(alert)}{state}  {name}"
        message = clean(" | ".join(filter(None, (alert.message.zh, alert.message.en))))
        why = self._paint(f"{'':15}{clean(reason(alert))}", _DIM)
        return f"{head}  {message}\n{why}\n"

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text


def _moved(alert: Alert) -> str:
    """What is new about an alert that was told before: another level, or that nobody took it."""
    before, rung = alert.previous_level, alert.ack.rung
    level = f" ({before} -> {alert.level})" if before not in (None, alert.level) else ""
    waiting = rung > 0 and alert.ack.by is None
    return level + (f" [无人签收，上报第{rung}级 unanswered, rung {rung}]" if waiting else "")


def _kind(alert: Alert) -> str:
    if alert.review:
        return _REVIEW
    if alert.kind == "keyword" and not alert.evidence.category:
        return _OTHER
    return _KINDS[alert.kind]


def reason(alert: Alert) -> str:
    """Why it was raised, in one line: numbers and the rule's place, or words and their spans."""
    parts = [_numbers(alert), _words(alert.evidence), ", ".join(alert.evidence.reasons)]
    more = " ..." if alert.incidents.ids and alert.incidents.count > _IDS_SHOWN else ""
    shown = ", ".join(alert.incidents.ids[:_IDS_SHOWN]) + more
    return "; ".join(filter(None, [*parts, f"{alert.rule.id}: {shown}" if shown else ""]))


def _numbers(alert: Alert) -> str:
    """`9 in 30 min, 3.1 expected, threshold 8 (rules/library/heat.yaml:21:15)`."""
    evidence = alert.evidence
    if evidence.observed is None:
        return ""
    if evidence.coverage is not None:
        return _strength(evidence)
    text = f"{evidence.observed:g}"
    if alert.window is not None:
        minutes = (alert.window.end - alert.window.start).total_seconds() / 60
        text += f" in {minutes:g} min"
    if evidence.expected is not None:
        text += f", {evidence.expected:.3g} expected"
    threshold = evidence.threshold
    if threshold is None:
        return text
    limits = [
        f"{value:g}{unit}"
        for value, unit in (
            (threshold.count, ""),
            (threshold.ratio, " x"),
            (threshold.score, " sd"),
        )
        if value is not None
    ]
    place = f" ({threshold.from_})" if threshold.from_ else ""
    return f"{text}, threshold {' and '.join(limits)}{place}"


def _strength(evidence: Evidence) -> str:
    """`3.3 units (1 free), 12 needed (rules/cold.yaml:15:25)`."""
    seen, threshold = evidence.coverage, evidence.threshold
    if seen is None:
        return ""
    place = f" ({threshold.from_})" if threshold is not None and threshold.from_ else ""
    return f"{seen.units:g} units ({seen.free} free), {seen.need} needed{place}"


def _words(evidence: Evidence) -> str:
    """`robbery: 抢劫 [3,5)`: the lexicon's terms, never the caller's text."""
    terms = ", ".join(f"{term.term} [{term.start},{term.end})" for term in evidence.terms)
    return ": ".join(filter(None, (evidence.category, terms)))


def clean(text: str) -> str:
    """Without characters that could steer a terminal: rule files and area files are data too."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf"})


@contextmanager
def open_console(options: ConsoleOptions, secrets: Secrets) -> Iterator[Console]:  # noqa: ARG001 - it has none
    """A sink on standard output, coloured on a terminal unless NO_COLOR is set, or into a file."""
    zone = None if options.timezone is None else ZoneInfo(options.timezone)
    if options.file is None:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        yield Console(sys.stdout, colour=colour, zone=zone)
        return
    with open_appended(options.file) as stream:
        text = TextIOWrapper(stream, encoding="utf-8", newline="\n")
        try:
            yield Console(text, colour=False, zone=zone)
        finally:
            # Left to itself it would close the stream, at whatever time it is collected.
            with suppress(OSError):
                text.detach()
