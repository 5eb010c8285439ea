"""Why a heat rule did or did not alert in an area at a moment: counts, limits, and what held it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from detectors import Fixed
from rules.heat_alert import Block
from rules.heat_groups import group_of
from rules.ladder import RUNGS
from rules.language.book import EffectiveHeat, HeatEntry, RuleBook
from rules.language.schema.heat import Threshold
from rules.language.schema.names import LEVELS, duration_ms
from rules.suppression import Standing
from rules.trials.ledger import millis
from rules.trials.reasons import HeldOverride, HeldSilence, overrides_of, silences_of
from streams.clock import TICK_MS, tick_of
from streams.records import Alert, Level

__all__ = ["HeatReason", "HeatSeen", "Rung", "Witnessed", "heat_reason"]


class HeatSeen(Struct, frozen=True):
    """One judged minute of an area under a rule. rungs: 1 to 4 are levels IV to I, 0 is none.

    asked: the score that the rule's budget of false alarms asks for; None without one.
    """

    tick: int
    count: int
    calls: int | None
    expected: float | None
    ratio: float | None
    score: float | None
    ready: bool
    hours: int
    fired: int
    held: int
    judged: bool
    lost: bool
    asked: float | None = None

    @property
    def end_ms(self) -> int:
        """The end of the minute, the event time at which it is told."""
        return (self.tick + 1) * TICK_MS


class Witnessed:
    """What heat rules saw in one area between two moments (ms); to be shown to a watch."""

    def __init__(self, area_id: str, first_ms: int, last_ms: int) -> None:
        self._area = area_id
        self._first = tick_of(first_ms)
        self._last = tick_of(last_ms)
        self.seen: dict[str, list[HeatSeen]] = {}

    def __call__(self, entry: HeatEntry, block: Block) -> None:
        """Take in a block that a rule judges."""
        rows = range(
            max(0, self._first - block.first_tick),
            min(len(block.window), self._last - block.first_tick),
        )
        column = block.groups.about(self._area)
        if not rows or column is None:
            return
        learned = not isinstance(entry.rule.baseline, Fixed)
        verdicts = block.verdicts
        mine = self.seen.setdefault(entry.rule.id, [])
        for row in rows:
            times = block.window[row, column] / verdicts.expected[row, column]
            mine.append(
                HeatSeen(
                    block.first_tick + row,
                    int(block.window[row, column]),
                    None if block.calls is None else int(block.calls[row, column]),
                    round(float(verdicts.expected[row, column]), 3) if learned else None,
                    round(float(times), 3) if learned else None,
                    round(float(verdicts.score[row, column]), 3) if learned else None,
                    bool(verdicts.ready[row, column]),
                    int(verdicts.history[row, column]),
                    int(block.fired[row, column]),
                    int(block.held[row, column]),
                    bool(block.judged[row]),
                    bool(block.lost[row]),
                    None if block.asked is None else round(float(block.asked[row, column]), 3),
                )
            )


class Rung(Struct, frozen=True, kw_only=True):
    """One level of the ladder there and then. missing: what keeps it from firing, in words."""

    level: Level
    count: float | None
    ratio: float | None
    score: float | None
    place: str | None
    fires: bool
    holds: bool
    missing: list[str]


class HeatReason(Struct, frozen=True, kw_only=True):
    """The full reasoning about one rule in one area at the end of one minute.

    outcome: what became of it: `open`, `held`, `capped`, `exercise`, `shadow`, `storm` where that
    speaks for it, `waiting` for its `for`, `kept` open by `keep_firing` or `clear`, `unjudged`, or
    `silent`. breached_ms: since when some level fires without a break. heard: whether the area had
    any incident in reach.
    """

    rule: str
    place: str
    area: str
    at_ms: int
    outcome: str
    heard: bool
    judged: bool
    lost: bool
    count: int
    calls: int | None
    window: str
    floor: int
    expected: float | None
    ratio: float | None
    score: float | None
    model: str
    warming: bool
    hours: int
    hold: str
    keep_firing: str
    breached_ms: int | None
    levels: list[Rung]
    overrides: list[HeldOverride]
    suppressions: list[HeldSilence]
    alert: str | None
    alert_status: str | None
    alert_level: Level | None
    alert_ms: int | None


def heat_reason(
    book: RuleBook,
    entry: HeatEntry,
    area_id: str,
    at_ms: int,
    seen: Mapping[str, Sequence[HeatSeen]],
    alerts: Sequence[Alert],
) -> HeatReason:
    """Why, at the last minute that has ended by `at_ms`.

    area_id: where the rule judges areas together, their group is looked at. seen: what a witness
    saw of the area. alerts: all revisions of the run.
    """
    rule_id, tick = entry.rule.id, tick_of(at_ms) - 1
    area_id = group_of(area_id, entry.rule.by, book.tree.areas())
    end_ms = (tick + 1) * TICK_MS
    before = [s for s in seen.get(rule_id, ()) if s.tick <= tick]
    now = before[-1] if before and before[-1].tick == tick else None
    effective = entry.effective(area_id, end_ms)
    rule = effective.rule
    told = [a for a in alerts if a.rule.id == rule_id and _speaks_for(a, area_id)]
    alert = next((a for a in reversed(told) if millis(a) <= at_ms), None)
    subject = entry.subject(area_id)
    whole = next(e for e in book.parts.rules if e.rule.id == rule_id)
    breached = _breached(before, now)
    standing = book.suppressions.standing(subject, end_ms)
    return HeatReason(
        rule=rule_id,
        place=str(whole.place("id")),
        area=area_id,
        at_ms=end_ms,
        outcome=_outcome(now, alert, standing, breached, effective),
        heard=now is not None,
        judged=now is None or now.judged,
        lost=now is not None and now.lost,
        count=now.count if now else 0,
        calls=now.calls if now else None,
        window=rule.window.size,
        floor=rule.floor,
        expected=now.expected if now else None,
        ratio=now.ratio if now else None,
        score=now.score if now else None,
        model=str(rule.baseline.__struct_config__.tag),
        warming=now is not None and not now.ready,
        hours=now.hours if now else 0,
        hold=rule.hold,
        keep_firing=rule.keep_firing,
        breached_ms=breached,
        levels=[_rung(level, effective, now) for level in LEVELS if level in rule.levels],
        overrides=overrides_of(whole, subject, end_ms, book.calendar),
        suppressions=silences_of(book, subject, end_ms),
        alert=alert.id if alert else None,
        alert_status=alert.status if alert else None,
        alert_level=alert.level if alert else None,
        alert_ms=millis(alert) if alert else None,
    )


def _speaks_for(alert: Alert, area_id: str) -> bool:
    """Whether an alert is the area's own, or one of several areas with it."""
    return alert.area.id == area_id or any(named.id == area_id for named in alert.areas)


def _outcome(
    now: HeatSeen | None,
    alert: Alert | None,
    standing: Standing,
    breached: int | None,
    effective: EffectiveHeat,
) -> str:
    """What became of it, in one word."""
    fires = now is not None and now.fired > 0
    if alert is not None and alert.status == "firing":
        marks = {
            "storm": bool(alert.inhibited_by),
            "exercise": standing.exercise or alert.state == "test",
            "shadow": alert.state == "shadow",
            "capped": bool(alert.suppressed_by) and standing.cap is not None,
            "open": fires,
        }
        return next((mark for mark, holds in marks.items() if holds), "kept")
    if now is not None and not now.judged:
        return "unjudged"
    if breached is None or now is None:
        return "silent"
    if now.end_ms - breached < duration_ms(effective.rule.hold):
        return "waiting"
    return "held" if standing.hold else "silent"


def _breached(before: Sequence[HeatSeen], now: HeatSeen | None) -> int | None:
    """Since when (ms) some level has fired in every judged minute up to now."""
    if now is None:
        return None
    since = None
    expected = now.tick
    for seen in reversed(before):
        if seen.tick != expected:
            break
        expected -= 1
        if seen.judged and not seen.fired:
            break
        if seen.judged:
            since = seen.end_ms
    return since


def _rung(level: Level, effective: EffectiveHeat, now: HeatSeen | None) -> Rung:
    fire = effective.rule.levels[level].fire
    place = effective.places.get((level, "fire", fire.telling))
    asked = now.asked if now is not None else None
    if asked is not None and (fire.score is None or asked > fire.score):
        fire, place = msgspec.structs.replace(fire, score=asked), effective.budget
    number = RUNGS.index(level) + 1
    return Rung(
        level=level,
        count=fire.count,
        ratio=fire.ratio,
        score=fire.score,
        place=place,
        fires=now is not None and now.fired >= number,
        holds=now is not None and max(now.held, now.fired) >= number,
        missing=_missing(fire, effective.rule.floor, now),
    )


def _missing(fire: Threshold, floor: int, now: HeatSeen | None) -> list[str]:
    """What keeps a level from firing."""
    count = now.count if now else 0
    missing = []
    if count < floor:
        missing.append(f"{count} is below the floor of {floor}")
    if fire.count is not None and count < fire.count:
        missing.append(f"{count} is below {fire.count:g}")
    if now is None or fire.telling == "count":
        return missing
    if not now.ready:
        return [*missing, f"the baseline is still warming ({now.hours} h known)"]
    if fire.ratio is not None and now.ratio is not None and now.ratio < fire.ratio:
        missing.append(f"{now.ratio:g} times the expected is below {fire.ratio:g} times")
    if fire.score is not None and now.score is not None and now.score < fire.score:
        missing.append(f"a score of {now.score:g} is below {fire.score:g}")
    return missing
