"""Alerts in words, for mail and chat: one line for all of them, and a text in each language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from sinks.console import clean, reason
from streams.records import Alert

__all__ = ["body", "subject"]

_LONGEST: Final = 200
_LEVELS: Final = ("I", "II", "III", "IV")
_STATUS: Final = {
    "pending": ("待定", "pending"),
    "firing": ("", ""),
    "resolved": ("已解除", "resolved"),
    "withdrawn": ("已撤回", "withdrawn"),
}
_WORDS: Final = {
    "zh": ("级别", "区域", "时间", "依据", "编号", "演练或测试，请勿处置"),
    "en": ("Level", "Area", "Time", "Because", "Alert", "exercise or test, do not act"),
}
_LANGUAGES: Final = {"zh": 0, "en": 1}


def subject(alerts: Sequence[Alert]) -> str:
    """`[II] 抢劫警情 | Robbery reported (砚汀派出所)`; of several, the gravest one and `+3`."""
    gravest = min(alerts, key=lambda alert: _LEVELS.index(alert.level))
    zh, en = _STATUS[gravest.status]
    state = f" {zh} {en}" if zh else ""
    test = "[TEST 测试]" if gravest.state != "live" else ""
    texts = " | ".join(filter(None, (gravest.message.zh, gravest.message.en)))
    more = f" +{len(alerts) - 1}" if len(alerts) > 1 else ""
    place = gravest.area.name.zh or gravest.area.name.en or gravest.area.id
    return clean(f"{test}[{gravest.level}{state}]{more} {texts} ({place})")[:_LONGEST]


def body(alerts: Sequence[Alert], timezone: str | None) -> dict[str, str]:
    """The text by language, for those that any alert has a text in; both, where none has."""
    zone = None if timezone is None else ZoneInfo(timezone)
    told = [name for name in _LANGUAGES if any(getattr(a.message, name) for a in alerts)]
    return {
        name: "\n\n".join(_paragraph(alert, name, zone) for alert in alerts) + "\n"
        for name in told or _LANGUAGES
    }


def _paragraph(alert: Alert, language: str, zone: tzinfo | None) -> str:
    level, area, at, why, number, test = _WORDS[language]
    other = alert.message.zh or alert.message.en
    status = _STATUS[alert.status][_LANGUAGES[language]]
    name = getattr(alert.area.name, language) or alert.area.id
    lines = [
        clean(getattr(alert.message, language) or other or alert.kind),
        f"{level}: {alert.level}" + (f" ({status})" if status else ""),
        f"{area}: {clean(name)}",
        f"{at}: {_moment(alert.times.updated, zone)}",
        f"{why}: {clean(reason(alert))}",
        f"{number}: {alert.id}.{alert.revision}",
    ]
    if alert.state != "live":
        lines.insert(0, f"*** {test} ***")
    return "\n".join(lines)


def _moment(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %z}"
