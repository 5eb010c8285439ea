"""Expectations and alerts in words, as a test's failure tells them."""

from __future__ import annotations

from collections.abc import Iterable

from rules.language.schema.cases import Expectation
from rules.trials.report import Line
from streams.records import Alert

__all__ = ["clock", "expected", "line", "shown", "state_of"]


def clock(span_ms: int) -> str:
    """A time since the start: `0s`, `1h05m`, `40s`, `-3m`."""
    sign, rest = ("-", -span_ms) if span_ms < 0 else ("", span_ms)
    seconds, millis = divmod(rest, 1000)
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "m")]
    text = "".join(f"{number}{unit}" for number, unit in parts if number)
    if millis:
        text += f"{seconds}.{millis:03d}s"
    elif seconds or not text:
        text += f"{seconds}s"
    return sign + text


def expected(item: Expectation) -> str:
    """`at 40s: level I, firing in 320101`."""
    when = f"at {item.at}" if item.at is not None else f"by {item.by}"
    if item.total is not None and item.at is None and item.by is None:
        when = f"{_alerts(item.total)} in all"
    texts: tuple[tuple[str, object], ...] = (
        ("level", item.level),
        ("", "no alert" if item.status == "none" else item.status),
        ("", _either(item.review, "for review", "not for review")),
        ("incidents", _listed(item.incidents, "none")),
        ("", _either(item.notified, "somebody told", "nobody told")),
        ("told:", _listed(item.told, "nobody")),
        ("suppressed by", _listed(item.suppressed_by, "nothing")),
        ("in its text:", item.message),
        ("donors at most", item.donors_at_most),
    )
    parts = [f"{name} {value}".strip() for name, value in texts if value is not None]
    area = f" in {item.area}" if item.area is not None else ""
    return f"{when}: {', '.join(parts)}{area}" if parts else f"{when}{area}"


def state_of(alert: Alert) -> str:
    """`level II, firing, for review in 320101`, with what else marks it."""
    parts = [f"level {alert.level}", alert.status]
    if alert.review:
        parts.append("for review")
    if alert.state != "live":
        parts.append(alert.state)
    if alert.suppressed_by:
        parts.append(f"suppressed by {', '.join(alert.suppressed_by)}")
    ids = alert.incidents.ids
    if alert.kind == "keyword" and ids:
        parts.append(f"incidents {', '.join(ids)}")
    if alert.suggest.donors:
        parts.append(f"donors {', '.join(alert.suggest.donors)}")
    return f"{', '.join(parts)} in {alert.area.id}"


def line(alert: Alert, start_ms: int) -> Line:
    """One revision, its moment counted from the start of the test."""
    return Line(
        round(alert.times.updated.timestamp() * 1000) - start_ms,
        alert.id,
        alert.revision,
        alert.rule.id,
        alert.area.id,
        alert.status,
        alert.level,
        alert.state,
        alert.review,
        alert.incidents.count,
        alert.suppressed_by,
        alert.message.zh or alert.message.en,
    )


def shown(lines: Iterable[Line]) -> Iterable[str]:
    """Alerts one a line: `12m heat-street 320101 II firing (revision 2, 9 incidents)`."""
    for item in lines:
        marks = [f"revision {item.revision}", f"{item.incidents} incidents"]
        marks += ["for review"] if item.review else []
        marks += [item.state] if item.state != "live" else []
        marks += [f"suppressed by {', '.join(item.suppressed_by)}"] if item.suppressed_by else []
        yield (
            f"{clock(item.at_ms):>8}  {item.rule}  {item.area}  {item.level} {item.status} "
            f"({', '.join(marks)})"
        )


def _either(value: bool | None, yes: str, no: str) -> str | None:  # noqa: FBT001 - it is the value told
    return None if value is None else (yes if value else no)


def _listed(names: list[str] | None, nothing: str) -> str | None:
    return None if names is None else ", ".join(names) or nothing


def _alerts(number: int) -> str:
    return "1 alert" if number == 1 else f"{number} alerts"
