"""The record of a heat alert: what was seen, what was expected, which limit stood where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors import Fixed, Verdicts
from detectors.interval import counts_interval, lower_tail, upper_tail
from rules.alerts import alert_area, alert_id, instant, trace
from rules.evidence import IDS_PER_ALERT, IncidentIndex
from rules.false_alarms import FalseAlarms
from rules.heat_clusters import Zones
from rules.heat_groups import Groups
from rules.heat_strength import Strained
from rules.ladder import RUNGS, OpenAlert
from rules.language.book import EffectiveHeat, HeatEntry
from rules.lifecycle import ended
from rules.limits import Phase
from rules.suppression import Standing
from streams.areas import AreaTree
from streams.clock import TICK_MS
from streams.records import (
    Alert,
    AlertBudget,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    AlertWindow,
    AreaName,
    Baseline,
    Evidence,
    Level,
    Text2,
    ThresholdFrom,
)

__all__ = ["Block", "Collective", "Told", "evidence_of", "heat_alert", "heat_id"]


class Block(Struct, frozen=True):
    """Consecutive ticks under judgement; arrays have the shape [ticks, areas], `judged` [ticks].

    lost: [ticks], where the feed was silent for so long that nothing is judged. calls: those behind
    the window, where the rule links them. asked: the score that the rule's budget asks for, where
    it has one. zones: around each area, where the rule scans for clusters. strained: columns whose
    rung at the last tick rests on load against strength.
    """

    first_tick: int
    window: NDArray[np.int64]
    window_ticks: int
    verdicts: Verdicts
    fired: NDArray[np.int8]
    held: NDArray[np.int8]
    judged: NDArray[np.bool_]
    phases: list[tuple[slice, Phase]]
    groups: Groups
    incidents: IncidentIndex
    lost: NDArray[np.bool_]
    calls: NDArray[np.int64] | None = None
    asked: NDArray[np.float64] | None = None
    budget: FalseAlarms | None = None
    zones: Zones | None = None
    strained: Mapping[int, Strained] = {}

    def length(self, row: int, column: int) -> int:
        """Ticks of the window at a cell: the rule's, or that of the best zone of a scan."""
        found = 0 if self.zones is None else int(self.zones.ticks[row, column])
        return found or self.window_ticks

    def phase(self, row: int) -> tuple[slice, Phase]:
        """The limits that hold at a row, and the rows up to which they do."""
        return next((rows, phase) for rows, phase in self.phases if row < rows.stop)


class Collective(Struct, frozen=True):
    """Whom an alert speaks for that speaks for several areas.

    area: id of the area that it is named after. key: tells it apart from the alert of that area
    alone, where there may be one. members: columns. grown: some of them were not told yet.
    """

    area: str
    key: str
    cause: Literal["storm", "neighbours", "cluster"]
    members: Sequence[int]
    grown: bool = False

    @classmethod
    def of_storm(cls, command: str, members: Sequence[int], *, grown: bool = False) -> Collective:
        """A whole command."""
        return cls(command, f"storm/{command}", "storm", members, grown)

    @classmethod
    def of_neighbours(cls, host: str, members: Sequence[int], *, grown: bool = False) -> Collective:
        """An area and those that joined it; it goes on as the alert that it was."""
        return cls(host, host, "neighbours", members, grown)

    @classmethod
    def of_zone(cls, middle: str, members: Sequence[int], *, grown: bool = False) -> Collective:
        """The areas of a cluster, named after the one in its middle when it was found."""
        return cls(middle, middle, "cluster", members, grown)


class Told(Struct, frozen=True):
    """What is told of an open alert.

    before: the rung told before, 0 where it called nobody; reason: why it ended, if so.
    """

    open: OpenAlert
    before: int
    reason: str | None
    standing: Standing
    joint: Collective | None = None


def heat_alert(
    entry: HeatEntry,
    bundle: str,
    areas: AreaTree,
    block: Block,
    cell: tuple[int, int],
    told: Told,
    effective: EffectiveHeat,
) -> Alert:
    """The record of a transition at a cell (row, column) of a block, with its text.

    effective: the rule as it holds there.
    """
    row, column = cell
    rule, open_, joint = effective.rule, told.open, told.joint
    area_id = joint.area if joint else block.groups.ids[column]
    key = joint.key if joint else area_id
    members = joint.members if joint else []
    # Sums of groups that share areas would count those twice; the gravest one speaks for them.
    columns = members if members and rule.by == "station" else [column]
    stations = members if block.zones and members else columns
    tick = block.first_tick + row
    length = block.length(row, column)
    end, start = (tick + 1) * TICK_MS, (tick + 1 - length) * TICK_MS
    resolved = told.reason is not None
    level = RUNGS[(told.before if resolved else open_.told) - 1]
    id_ = heat_id(rule.id, key, open_)
    ticks = tick + 1 - length, tick
    entries = block.groups.within(block.incidents, stations, ticks, entry.rule.count.takes)
    count = int(block.window[row, columns].sum())
    calls = None if block.calls is None else int(block.calls[row, columns].sum())
    behind = count if calls is None else calls
    fired = open_.fired if open_.fired is not None else tick
    # A cap lowers what is told; what was crossed is the limit of the level that was reached.
    crossed = level if resolved else RUNGS[open_.rung - 1]
    alert = Alert(
        id=id_,
        revision=open_.revision,
        dedup_key=f"{rule.id}/{key}",
        status=ended(told.reason),
        level=level,
        previous_level=RUNGS[told.before - 1] if told.before else None,
        kind="heat",
        state=_state(entry, open_),
        area=alert_area(areas, area_id),
        areas=_named(areas, [block.groups.ids[member] for member in members]),
        window=AlertWindow(start=instant(start), end=instant(end), watermark=instant(end)),
        times=AlertTimes(
            breached=instant((open_.breached + 1) * TICK_MS),
            fired=instant((fired + 1) * TICK_MS),
            updated=instant(end),
            resolved=instant(end) if resolved else None,
            first_event=instant(entries[0][0]) if entries else None,
        ),
        evidence=_evidence(effective, crossed, block, cell, columns, joint),
        incidents=AlertIncidents(
            count=count,
            ids=[found[1] for found in entries[:IDS_PER_ALERT]],
            truncated=behind > min(len(entries), IDS_PER_ALERT),
            calls=calls,
        ),
        rule=AlertRule(
            id=rule.id, hash=entry.hash, bundle=bundle, overrides=effective.overrides
        ),
        suppressed_by=list(told.standing.by),
        inhibited_by=[open_.under] if open_.under else [],
        close_reason=told.reason,
        message=Text2(),
        trace=trace(id_),
    )  # fmt: skip
    return msgspec.structs.replace(alert, message=effective.text.render(alert))


def heat_id(rule_id: str, key: str, open_: OpenAlert) -> str:
    """The id of an alert of a rule; key: whom it speaks for."""
    return alert_id(rule_id, key, str((open_.breached + 1) * TICK_MS))


def _named(areas: AreaTree, ids: Sequence[str]) -> list[AreaName]:
    return [AreaName(area_id, areas.name(area_id)) for area_id in sorted(ids)]


def _evidence(
    effective: EffectiveHeat,
    level: Level,
    block: Block,
    cell: tuple[int, int],
    columns: Sequence[int],
    joint: Collective | None,
) -> Evidence:
    """Of several areas: what was seen and expected in all of them, and the oddest score."""
    row, column = cell
    evidence = evidence_of(effective, level, block, row, column)
    if joint is None:
        return evidence
    evidence = msgspec.structs.replace(evidence, reasons=[joint.cause, *evidence.reasons])
    if len(columns) == 1:
        return evidence
    learned = evidence.expected is not None
    return msgspec.structs.replace(
        evidence,
        observed=float(block.window[row, columns].sum()),
        expected=round(float(block.verdicts.expected[row, columns].sum()), 3) if learned else None,
        score=round(float(block.verdicts.score[row, columns].max()), 3) if learned else None,
        interval=None,
        p=None,
        threshold=None,
        clear_at=None,
    )


def evidence_of(
    effective: EffectiveHeat, level: Level, block: Block, row: int, column: int
) -> Evidence:
    """What is known of a cell, and the limits of a level where the ladder has it (still)."""
    verdicts = block.verdicts
    learned = not isinstance(effective.rule.baseline, Fixed)
    history = int(verdicts.history[row, column])
    asked = None if block.asked is None else float(block.asked[row, column])
    strained = block.strained.get(column) if row == len(block.window) - 1 else None
    alone = strained is not None and strained.alone
    return Evidence(
        observed=float(block.window[row, column]),
        expected=round(float(verdicts.expected[row, column]), 3) if learned else None,
        **_law(block, (row, column), quiet=effective.rule.side == "low"),
        score=round(float(verdicts.score[row, column]), 3) if learned else None,
        threshold=_share(effective, "over") if alone else _limit(effective, level, "fire", asked),
        clear_at=_share(effective, "clear") if alone else _limit(effective, level, "clear", asked),
        baseline=Baseline(
            model=effective.rule.baseline.__struct_config__.tag,  # type: ignore[arg-type]
            weeks=round(history / 168, 2),
            n=history,
            warming=not bool(verdicts.ready[row, column]),
        ),
        budget=_budget(block, row, column),
        coverage=None if strained is None else strained.coverage,
        reasons=[] if strained is None else ["strength"],
    )


def _share(effective: EffectiveHeat, side: Literal["over", "clear"]) -> ThresholdFrom | None:
    """The share of strength that load was held against."""
    strength = effective.rule.strength
    if strength is None:
        return None
    return ThresholdFrom(strength=getattr(strength, side), from_=effective.strength)


def _budget(block: Block, row: int, column: int) -> AlertBudget | None:
    """What was asked for, and what it rests on; the same areas as those of the first column."""
    if block.budget is None:
        return None
    return block.budget.evidence(row, column, block.groups.ids[0])


def _law(block: Block, cell: tuple[int, int], *, quiet: bool) -> dict[str, Any]:
    """The usual range of the count (9 in 10) and how rare one as large is; empty without a law.

    quiet: how rare one as small is.
    """
    row, column = cell
    count = block.window[row : row + 1, column]
    mean = block.verdicts.expected[row : row + 1, column]
    dispersion = block.verdicts.dispersion[row : row + 1, column]
    if np.isnan(dispersion[0]):
        return {}
    low, high = counts_interval(mean, dispersion)
    p = float((lower_tail if quiet else upper_tail)(count, mean, dispersion)[0])
    return {"interval": (float(low[0]), float(high[0])), "p": float(f"{p:.3g}")}


def _limit(
    effective: EffectiveHeat, level: Level, side: Literal["fire", "clear"], asked: float | None
) -> ThresholdFrom | None:
    """A limit and its place; None where another rule book has taken the level off the ladder.

    asked: the score that the budget asks for; it is the limit where the level's own is lower.
    """
    rung = effective.rule.levels.get(level)
    if rung is None:
        return None
    limit = rung.fire if side == "fire" else rung.clear
    place = effective.places.get((level, side, limit.telling))
    score = limit.score
    if asked is not None and _rules(asked, score, side):
        score, place = round(asked if side == "fire" else asked / 2, 3), effective.budget
    return ThresholdFrom(count=limit.count, ratio=limit.ratio, score=score, from_=place)


def _rules(asked: float, own: float | None, side: Literal["fire", "clear"]) -> bool:
    """Whether it is the budget's score that counts, beside a level's own."""
    return own is None or (side == "fire" and asked > own)


def _state(entry: HeatEntry, open_: OpenAlert) -> Literal["live", "shadow", "test"]:
    """A rule in shadow stays there: an exercise makes nothing public."""
    if entry.rule.state == "shadow":
        return "shadow"
    return "test" if open_.test else "live"
