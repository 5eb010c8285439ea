"""The record of a coverage alert: what the area has, what it needs, who could help."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from detectors.coverage.load import stretched
from rules.alerts import alert_area, alert_id, instant, trace
from rules.coverage.ground import Look
from rules.coverage.model import Suggestion
from rules.ladder import RUNGS, OpenAlert
from rules.language.coverage_entry import EffectiveCoverage
from rules.lifecycle import ended
from rules.limits import ticks_of
from rules.suppression import Standing
from streams.areas import AreaTree
from streams.clock import TICK_MS
from streams.records import (
    Alert,
    AlertCoverage,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    AlertWindow,
    AreaName,
    Evidence,
    Level,
    Suggest,
    SuggestedMove,
    Text2,
    ThresholdFrom,
)

__all__ = ["Found", "Told", "Transition", "alert_record", "coverage_alert", "seen_at"]

_SLACK = 1e-9


class Transition(Struct, frozen=True):
    """What is told of an open alert at the end of a tick; area: whose it is.

    before: the rung told before; reason: why it ended, if so.
    """

    area: str
    tick: int
    open: OpenAlert
    before: int
    reason: str | None
    standing: Standing


class Told(Transition, frozen=True):
    """What is told of a station. look: None where the rule is no more."""

    look: Look | None = None
    column: int = 0
    blind: bool = False
    moves: Sequence[Suggestion] = ()


def coverage_alert(
    effective: EffectiveCoverage, hash_: str, bundle: str, areas: AreaTree, told: Told
) -> Alert:
    """The record of a transition, with its text."""
    calls = 0 if told.look is None else int(told.look.open[told.column])
    level = RUNGS[(told.before if told.reason is not None else told.open.rung) - 1]
    found = Found(
        _evidence(effective, level, told),
        AlertIncidents(count=calls, ids=[], truncated=calls > 0),
        _suggest(effective, areas, told),
    )
    return alert_record(effective, (hash_, bundle), areas, told, told.area, found)


class Found(Struct, frozen=True):
    """What an alert rests on, and what it suggests."""

    evidence: Evidence
    incidents: AlertIncidents
    suggest: Suggest = Suggest()


def alert_record(
    effective: EffectiveCoverage,
    hashes: tuple[str, str],
    areas: AreaTree,
    told: Transition,
    key: str,
    found: Found,
) -> Alert:
    """The record of what a coverage rule tells. key: whose alert it is, among those of the rule.

    hashes: of the rule and of the bundle.
    """
    rule, open_ = effective.rule, told.open
    resolved = told.reason is not None
    id_ = alert_id(rule.id, key, str((open_.breached + 1) * TICK_MS))
    end = instant((told.tick + 1) * TICK_MS)
    start = instant((told.tick + 1 - max(1, ticks_of(rule.every))) * TICK_MS)
    fired = told.tick if open_.fired is None else open_.fired
    alert = Alert(
        id=id_,
        revision=open_.revision,
        dedup_key=f"{rule.id}/{key}",
        status=ended(told.reason),
        level=RUNGS[(told.before if resolved else open_.told) - 1],
        previous_level=RUNGS[told.before - 1] if told.before else None,
        kind="coverage",
        state="shadow" if rule.state == "shadow" else "test" if open_.test else "live",
        area=alert_area(areas, told.area),
        window=AlertWindow(start=start, end=end, watermark=end),
        times=AlertTimes(
            breached=instant((open_.breached + 1) * TICK_MS),
            fired=instant((fired + 1) * TICK_MS),
            updated=end,
            resolved=end if resolved else None,
        ),
        evidence=found.evidence,
        incidents=found.incidents,
        rule=AlertRule(id=rule.id, hash=hashes[0], bundle=hashes[1], overrides=effective.overrides),
        suppressed_by=list(told.standing.by),
        close_reason=told.reason,
        suggest=found.suggest,
        message=Text2(),
        trace=trace(id_),
    )
    return msgspec.structs.replace(alert, message=effective.text.render(alert))


def _suggest(effective: EffectiveCoverage, areas: AreaTree, told: Told) -> Suggest:
    most = 0 if effective.rule.suggest is None else effective.rule.suggest.donors
    donors = list(dict.fromkeys(move.giver for move in told.moves))[:most]
    moves = [
        SuggestedMove(
            unit=move.unit,
            giver=AreaName(move.giver, areas.name(move.giver)),
            minutes=move.minutes,
            giver_gap=move.giver_gap,
            taker_gap=move.taker_gap,
        )
        for move in told.moves
        if move.giver in donors
    ]
    return Suggest(donors=donors, moves=moves)


def seen_at(look: Look, at: int) -> AlertCoverage:
    """What an area has and needs."""
    demand, found, supplied = look.demand, look.found, look.supplied
    beside = float(look.free[at]) - float(supplied.free[at])
    return AlertCoverage(
        units=round(float(supplied.own.total[at]), 2),
        free=int(supplied.free[at]),
        lost=int(supplied.lost[at]),
        need=int(demand.need[at]),
        minimum=int(demand.minimum[at]),
        gap=round(float(found.gap[at]), 2),
        coldness=int(found.coldness[at]),
        load=round(float(demand.load[at]), 3),
        near=None if beside == 0 else round(beside, 2),
    )


def _evidence(effective: EffectiveCoverage, level: Level, told: Told) -> Evidence:
    """Nothing was looked at where the rule is no more."""
    look, at = told.look, told.column
    if look is None:
        return Evidence()
    seen = seen_at(look, at)
    return Evidence(
        observed=round(float(look.free[at]), 2),
        expected=float(seen.need),
        threshold=_limit(effective, level, "fire"),
        clear_at=_limit(effective, level, "clear"),
        coverage=seen,
        reasons=_reasons(effective, level, told, look),
    )


def _limit(effective: EffectiveCoverage, level: Level, side: str) -> ThresholdFrom | None:
    """The limits of a level; the place is that of the first of them."""
    rung = effective.rule.levels.get(level)
    if rung is None:
        return None
    fire, clear = rung.fire, rung.clear
    count = fire.free_below if side == "fire" else clear.free_at_least
    gap, cold = (fire.gap, fire.cold) if side == "fire" else (clear.gap, clear.cold)
    first = "free_below" if side == "fire" else "free_at_least"
    given = {first: count, "gap": gap, "cold": cold}
    name = next(name for name, value in given.items() if value is not None)
    place = effective.places.get((level, side, name))
    return ThresholdFrom(count=count, gap=gap, cold=cold, from_=place)


def _reasons(effective: EffectiveCoverage, level: Level, told: Told, look: Look) -> list[str]:
    """Codes of what makes the area cold, the gravest first; empty where nothing does."""
    at = told.column
    demand, own = look.demand, look.supplied.own
    load, strength = demand.load, look.found.strength
    rung = effective.rule.levels.get(level)
    hot = None if rung is None or told.reason is not None else rung.fire.with_
    codes = {
        "blind": told.blind,
        "no_units": own.total[at] <= _SLACK,
        "urgent": demand.urgent[at] and own.free[at] <= _SLACK,
        "saturated": load[at] > 0 and load[at] >= strength[at],
        "stretched": load[at] < strength[at] and stretched(load, strength)[at],
        "minimum": own.total[at] < demand.minimum[at] - _SLACK,
        "gap": look.found.gap[at] > _SLACK,
        "remote": look.found.remote[at],
    }
    found = [code for code, holds in codes.items() if holds]
    return [f"hot:{hot}", *found] if hot is not None else found
