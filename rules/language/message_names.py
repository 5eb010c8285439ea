"""What a message may speak of: every name, for which kinds of alert, and its value in an alert."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any, Literal

from msgspec import Struct

from streams.records import Alert, Text2

__all__ = ["KINDS", "NAMES", "Kind", "Language", "MessageName", "names_of", "values_of"]

Kind = Literal["keyword", "heat", "coverage", "process"]
Language = Literal["zh", "en"]
KINDS: tuple[Kind, ...] = ("keyword", "heat", "coverage", "process")
_COUNTED: tuple[Kind, ...] = ("heat", "coverage", "process")


class MessageName(Struct, frozen=True):
    """One name. many: a list, for `join` and `for`; what an alert does not have is none."""

    path: str
    what: str
    kinds: tuple[Kind, ...] = KINDS
    many: bool = False


NAMES = (
    MessageName("title", "the rule's title in the language of the text"),
    MessageName("rule", "id of the rule"),
    MessageName("level", "I, II, III or IV"),
    MessageName("level_name", "the level in words: 二级, level II"),
    MessageName("previous_level", "the level before this one; none at first"),
    MessageName("status", "firing, resolved or withdrawn"),
    MessageName("status_name", "the status in words: 解除, over"),
    MessageName("over", "true once the alert is resolved or withdrawn"),
    MessageName("reason", "why it ended, such as cleared or cancelled; none before"),
    MessageName("review", "true where a person has to look first"),
    MessageName("area.id", "id of the area"),
    MessageName("area.name", "name of the area; its id where it has no name"),
    MessageName("area.path", "ids from the root down to the area", many=True),
    MessageName("area.unclear", "true where whose it is has to be settled"),
    MessageName("areas", "names of all areas it speaks for, where several", many=True),
    MessageName("time", "when it came to this, on the clock of the rule: 2026-11-20 22:14"),
    MessageName("began", "when it began, on the clock of the rule"),
    MessageName("count", "how many incidents are behind it"),
    MessageName("calls", "how many calls these are; none where calls are not linked", _COUNTED),
    MessageName("incidents", "ids of the first of them", many=True),
    MessageName("nearest.name", "the first unit or area suggested; 未知, unknown without one"),
    MessageName("nearest.known", "true where there is one"),
    MessageName("donors", "all units or areas suggested", many=True),
    MessageName("category", "the critical category, such as robbery", ("keyword",)),
    MessageName("words", "words of the lexicon that were found", ("keyword",), many=True),
    MessageName("by_wording", "true where no word was found, but the wording tells", ("keyword",)),
    MessageName("reasons", "codes of the grading", ("keyword",), many=True),
    MessageName("divert.to", "desk proposed: antifraud or 12345; none without one", ("keyword",)),
    MessageName("divert.desk", "that desk in words: 反诈中心, the anti-fraud desk", ("keyword",)),
    MessageName("divert.sure", "how sure that is, in per cent", ("keyword",)),
    MessageName("divert.amount", "the money gone; none where it is not told", ("keyword",)),
    MessageName("divert.currency", "its currency, such as CNY; may be none", ("keyword",)),
    MessageName("divert.minutes", "minutes since it went; none likewise", ("keyword",)),
    MessageName("window", "length of the window in minutes; none without one", _COUNTED),
    MessageName("observed", "what was seen: a count, free units, minutes", _COUNTED),
    MessageName("expected", "what was to be expected; none where nothing was learnt", _COUNTED),
    MessageName("score", "how far it lies from that; none where nothing was learnt", _COUNTED),
    MessageName("threshold", "the limit crossed: its count, else its ratio or score", _COUNTED),
    MessageName("threshold_count", "its count, if it has one", _COUNTED),
    MessageName("threshold_ratio", "its ratio, if it has one", _COUNTED),
    MessageName("threshold_score", "its score, if it has one", _COUNTED),
    MessageName("units", "what serves calls there, in cars", ("heat", "coverage")),
    MessageName("need", "units that the area needs", ("coverage",)),
    MessageName("gap", "units missing after the neighbours' help", ("coverage",)),
    MessageName("coldness", "0 none, 1 a little, 2 cold, 3 ice", ("coverage",)),
    MessageName("load", "units busy on average over the time ahead", ("heat", "coverage")),
    MessageName("reserve", "free strength kept back, where it is what warns", ("coverage",)),
    MessageName("moves", "who could come: unit, area, minutes", ("coverage",), many=True),
    MessageName("asked", "false alerts that the budget allows an area in a week", ("heat",)),
    MessageName("alerts", "alerts of this area since its budget is kept, with this one", ("heat",)),
    MessageName("weeks", "weeks over which those were counted", ("heat",)),
)
"""In the order of the table in docs/how-to/write-messages.md."""

_LEVELS = {"I": "一级", "II": "二级", "III": "三级", "IV": "四级"}
_STATUS: dict[str, Text2] = {
    "pending": Text2("待定", "pending"),
    "firing": Text2("发生", "firing"),
    "resolved": Text2("解除", "over"),
    "withdrawn": Text2("撤销", "cancelled"),
}
_CLOSED = Text2("办结", "closed")
_BY_RULES = frozenset({"rule_removed", "rule_changed"})
_DESKS = {
    "antifraud": Text2("反诈中心", "the anti-fraud desk"),
    "12345": Text2("12345热线", "the 12345 hotline"),
}
_UNKNOWN = Text2("未知", "unknown")


def names_of(kind: Kind) -> dict[str, MessageName]:
    """The names that messages of a kind may use, by path."""
    return {name.path: name for name in NAMES if kind in name.kinds}


def values_of(alert: Alert, title: Text2, language: Language, zone: tzinfo) -> dict[str, Any]:
    """The values of all names in an alert: plain text, numbers, lists of text, flags and none."""

    def say(text: Text2) -> str:
        return text.zh if language == "zh" else text.en

    donors = list(alert.suggest.donors)
    values: dict[str, Any] = {
        "title": say(title),
        "rule": alert.rule.id,
        "level": alert.level,
        "level_name": _LEVELS[alert.level] if language == "zh" else f"level {alert.level}",
        "previous_level": alert.previous_level,
        "status": alert.status,
        "status_name": say(_status(alert)),
        "over": alert.status in {"resolved", "withdrawn"},
        "reason": alert.close_reason,
        "review": alert.review,
        "area": {
            "id": alert.area.id,
            "name": say(alert.area.name) or alert.area.id,
            "path": list(alert.area.path),
            "unclear": alert.area.unclear,
        },
        "areas": [say(named.name) or named.id for named in alert.areas],
        "time": _clock(alert.times.updated, zone),
        "began": _clock(alert.times.breached, zone),
        "count": alert.incidents.count,
        "incidents": list(alert.incidents.ids),
        "nearest": {"name": donors[0] if donors else say(_UNKNOWN), "known": bool(donors)},
        "donors": donors,
    }
    if alert.kind == "keyword":
        values.update(_found(alert), divert=_proposed(alert, say))
    else:
        values.update(_measured(alert))
    seen = alert.evidence.coverage
    if alert.kind == "heat":
        values.update({name: getattr(seen, name, None) for name in ("units", "load")})
    if alert.kind == "coverage":
        values.update(_covered(alert, language))
    return values


def _covered(alert: Alert, language: Language) -> Mapping[str, Any]:
    """What a coverage alert says beside what all counted ones do."""
    names = ("units", "need", "gap", "coldness", "load")
    seen = alert.evidence.coverage
    moves = []
    for move in alert.suggest.moves:
        name = move.giver.name.zh if language == "zh" else move.giver.name.en
        giver, minutes = name or move.giver.id, f"{move.minutes:.0f}"
        zh, en = f"{move.unit}（{giver}，{minutes}分钟）", f"{move.unit} ({giver}, {minutes} min)"
        moves.append(zh if language == "zh" else en)
    limit = alert.evidence.threshold
    warns = "reserve" in alert.evidence.reasons and limit is not None
    found = {name: getattr(seen, name, None) for name in names}
    return {**found, "reserve": limit.count if warns and limit else None, "moves": moves}


def _status(alert: Alert) -> Text2:
    """A report is closed where a count is over: somebody dealt with it, unless rules ended it."""
    closed = (
        alert.kind in {"keyword", "process"}
        and alert.status == "resolved"
        and alert.close_reason not in _BY_RULES
    )
    return _CLOSED if closed else _STATUS[alert.status]


def _found(alert: Alert) -> Mapping[str, Any]:
    """The second stage writes `~category` where it shows a stretch of wording and no word."""
    evidence = alert.evidence
    words = [term.term for term in evidence.terms if not term.term.startswith("~")]
    return {
        "category": evidence.category,
        "words": list(dict.fromkeys(words)),
        "by_wording": bool(evidence.terms) and not words,
        "reasons": list(evidence.reasons),
    }


def _proposed(alert: Alert, say: Callable[[Text2], str]) -> Mapping[str, Any]:
    """The desk that a report is proposed to, and what it has to know."""
    divert = alert.divert
    return {
        **{name: getattr(divert, name, None) for name in ("to", "amount", "currency", "minutes")},
        "desk": None if divert is None else say(_DESKS[divert.to]),
        "sure": None if divert is None else round(100 * divert.confidence),
    }


def _measured(alert: Alert) -> Mapping[str, Any]:
    evidence, limit, window = alert.evidence, alert.evidence.threshold, alert.window
    limits = {
        unit: getattr(limit, unit) if limit is not None else None
        for unit in ("count", "ratio", "score")
    }
    budget = ("asked", "alerts", "weeks") if alert.kind == "heat" else ()
    return {
        **{name: getattr(evidence.budget, name, None) for name in budget},
        "window": (window.end - window.start).total_seconds() / 60 if window else None,
        "observed": evidence.observed,
        "expected": evidence.expected,
        "score": evidence.score,
        "calls": alert.incidents.calls,
        "threshold": next((value for value in limits.values() if value is not None), None),
        **{f"threshold_{unit}": value for unit, value in limits.items()},
    }


def _clock(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
