"""Why a coverage rule did or did not alert in an area at a moment: need, units, limits, helpers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from rules.ladder import RUNGS
from rules.language.book import RuleBook
from rules.language.coverage_entry import CoverageEntry, EffectiveCoverage
from rules.language.schema.names import LEVELS, duration_ms
from rules.suppression import Standing
from rules.trials.coverage_seen import CoverageSeen
from rules.trials.ledger import millis
from rules.trials.reasons import HeldOverride, HeldSilence, overrides_of, silences_of
from streams.clock import tick_of
from streams.records import Alert, Level

__all__ = ["CoverageReason", "CoverageRung", "coverage_reason"]


class CoverageRung(Struct, frozen=True, kw_only=True):
    """One level of the ladder there and then. missing: what keeps it from firing, in words."""

    level: Level
    limits: list[str]
    place: str | None
    fires: bool
    holds: bool
    missing: list[str]


class CoverageReason(Struct, frozen=True, kw_only=True):
    """The full reasoning about one rule in one area at the last judgement up to a moment.

    outcome: as of heat (`open`, `held`, `capped`, `exercise`, `shadow`, `waiting`, `kept`,
    `silent`), or `unjudged` where no unit of the command was heard of for a day. seen: figures,
    units and neighbours; None where it was not judged. breached_ms: since when some level fires.
    """

    rule: str
    place: str
    area: str
    at_ms: int
    outcome: str
    seen: CoverageSeen | None
    hold: str
    keep_firing: str
    breached_ms: int | None
    levels: list[CoverageRung]
    overrides: list[HeldOverride]
    suppressions: list[HeldSilence]
    alert: str | None
    alert_status: str | None
    alert_level: Level | None
    alert_ms: int | None


def coverage_reason(
    book: RuleBook,
    entry: CoverageEntry,
    area_id: str,
    at_ms: int,
    seen: Mapping[str, Sequence[CoverageSeen]],
    alerts: Sequence[Alert],
) -> CoverageReason:
    """Why, at the last judgement that has ended by `at_ms`.

    seen: what a witness saw of the area. alerts: all revisions of the run.
    """
    rule_id = entry.rule.id
    before = [s for s in seen.get(rule_id, ()) if s.tick < tick_of(at_ms)]
    now = before[-1] if before else None
    end_ms = now.end_ms if now is not None else at_ms
    local = [
        index
        for index in entry.local(area_id)
        if entry.conditions[index].timeless or entry.conditions[index].dynamic(end_ms)
    ]
    effective = entry.with_overrides(local)
    subject = entry.subject(area_id)
    told = [a for a in alerts if a.rule.id == rule_id and a.area.id == area_id]
    alert = next((a for a in reversed(told) if millis(a) <= at_ms), None)
    whole = next(e for e in book.parts.rules if e.rule.id == rule_id)
    standing = book.suppressions.standing(subject, end_ms)
    breached = _breached(before)
    return CoverageReason(
        rule=rule_id,
        place=str(whole.place("id")),
        area=area_id,
        at_ms=end_ms,
        outcome=_outcome(now, alert, standing, breached, effective),
        seen=now,
        hold=effective.rule.hold,
        keep_firing=effective.rule.keep_firing,
        breached_ms=breached,
        levels=[_rung(level, effective, now) for level in LEVELS if level in effective.rule.levels],
        overrides=overrides_of(whole, subject, end_ms, book.calendar),
        suppressions=silences_of(book, subject, end_ms),
        alert=alert.id if alert else None,
        alert_status=alert.status if alert else None,
        alert_level=alert.level if alert else None,
        alert_ms=millis(alert) if alert else None,
    )


def _breached(before: Sequence[CoverageSeen]) -> int | None:
    """Since when (ms) some level has fired at every judgement up to the last one."""
    since = None
    for seen in reversed(before):
        if not seen.fired:
            break
        since = seen.end_ms
    return since


def _outcome(
    now: CoverageSeen | None,
    alert: Alert | None,
    standing: Standing,
    breached: int | None,
    effective: EffectiveCoverage,
) -> str:
    """What became of it, in one word."""
    if alert is not None and alert.status == "firing":
        if standing.exercise or alert.state == "test":
            return "exercise"
        if alert.state == "shadow":
            return "shadow"
        if alert.suppressed_by and standing.cap is not None:
            return "capped"
        return "open" if now is not None and now.fired else "kept"
    if now is None:
        return "unjudged"
    if breached is None:
        return "silent"
    if now.end_ms - breached < duration_ms(effective.rule.hold):
        return "waiting"
    return "held" if standing.hold else "silent"


def _rung(level: Level, effective: EffectiveCoverage, now: CoverageSeen | None) -> CoverageRung:
    fire = effective.rule.levels[level].fire
    number = RUNGS.index(level) + 1
    limits, missing = [], []
    free, gap, cold = (now.free, now.gap, now.coldness) if now else (0.0, 0.0, 0)
    if fire.free_below is not None:
        limits.append(f"fewer than {fire.free_below:g} free")
        if free >= fire.free_below:
            missing.append(f"{free:g} free is not below {fire.free_below:g}")
    if fire.gap is not None:
        limits.append(f"{fire.gap:g} units missing")
        if gap < fire.gap:
            missing.append(f"{max(gap, 0.0):g} missing is below {fire.gap:g}")
    if fire.cold is not None:
        limits.append(f"coldness {fire.cold}")
        if cold < fire.cold:
            missing.append(f"coldness {cold} is below {fire.cold}")
    if fire.with_ is not None:
        limits.append(f"an alert of {fire.with_}")
        if now is None or fire.with_ not in now.hot:
            missing.append(f"no alert of {fire.with_} is open there")
    if now is not None and now.blind:
        missing.append("too many of its units are lost (`blind`)")
    names = [name for at, side, name in effective.places if (at, side) == (level, "fire")]
    place = effective.places[level, "fire", names[0]] if names else None
    return CoverageRung(
        level=level,
        limits=limits,
        place=place,
        fires=now is not None and now.fired >= number,
        holds=now is not None and max(now.held, now.fired) >= number,
        missing=missing,
    )
