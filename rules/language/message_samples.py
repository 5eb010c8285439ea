"""Alerts that messages are tried on when they are loaded: one with everything, one with little."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from rules.language.message_names import Kind
from streams.decisions import Divert
from streams.records import (
    Alert,
    AlertArea,
    AlertBudget,
    AlertCoverage,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    AlertTrace,
    AlertWindow,
    AreaName,
    Evidence,
    MatchedTerm,
    Suggest,
    SuggestedMove,
    Text2,
    ThresholdFrom,
)

__all__ = ["samples"]

_END = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
_TERMS = [
    MatchedTerm(start=3, end=5, term="抢劫", category="robbery"),
    MatchedTerm(start=0, end=9, term="~robbery", category="robbery"),
]
_BUDGET = AlertBudget(
    asked=1.0,
    rests_on=800.0,
    learning=False,
    alerts=9,
    weeks=12.7,
    area_weeks=830.0,
    areas=65,
    among="320102001",
)
_COVERAGE = AlertCoverage(
    units=1.5, free=1, lost=1, need=4, minimum=2, gap=2.5, coldness=2, load=1.9
)
_MOVE = SuggestedMove(
    unit="C7",
    giver=AreaName("320102003", Text2("第三派出所", "Third station")),
    minutes=6.4,
    giver_gap=(-2.0, -1.0),
    taker_gap=(2.5, 1.5),
)


def samples(kind: Kind) -> Iterator[tuple[str, Alert]]:
    """(name, alert) of an alert with all its values, of its end, and of one with hardly any."""
    full = _full(kind)
    yield "a full alert", full
    yield (
        "its end",
        msgspec.structs.replace(full, status="resolved", revision=3, close_reason="cleared"),
    )
    yield "an alert with few values", _bare(kind)


def _full(kind: Kind) -> Alert:
    counted = kind != "keyword"
    evidence = Evidence(
        observed=9.0,
        expected=1.5,
        score=4.03,
        threshold=ThresholdFrom(count=6.0, ratio=5.0, score=4.0),
        budget=_BUDGET if kind == "heat" else None,
        coverage=_COVERAGE if kind in {"heat", "coverage"} else None,
    )
    found = Evidence(category="robbery", terms=_TERMS, reasons=["lexicon:robbery"])
    proposed = Divert(
        to="antifraud", confidence=0.97, amount=128_000.0, currency="CNY", minutes=30.0
    )
    return msgspec.structs.replace(
        _bare(kind),
        level="II",
        previous_level="III",
        area=AlertArea("320102001", Text2("示例派出所", "Example station"), ["32", "320102001"]),
        areas=[
            AreaName("320102001", Text2("示例派出所", "Example station")),
            AreaName("320102002", Text2("第二派出所", "Second station")),
        ],
        window=AlertWindow(_END - timedelta(hours=1), _END, _END) if counted else None,
        evidence=evidence if counted else found,
        incidents=AlertIncidents(count=9, ids=["A1", "A2"], truncated=True),
        suggest=Suggest(donors=["320102003"], moves=[_MOVE] if kind == "coverage" else []),
        divert=None if counted else proposed,
    )


def _bare(kind: Kind) -> Alert:
    return Alert(
        id="EXAMPLE",
        revision=1,
        dedup_key="example/unknown",
        status="firing",
        level="IV",
        kind=kind,
        area=AlertArea("unknown", Text2(), ["unknown"]),
        times=AlertTimes(breached=_END, updated=_END),
        evidence=Evidence(),
        incidents=AlertIncidents(count=0, ids=[]),
        rule=AlertRule(id="example", hash="", bundle=""),
        message=Text2(),
        trace=AlertTrace(traceparent=""),
    )
