"""Heat: counts per area in a sliding event-time window against a ladder of thresholds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors import Fixed, Verdicts
from rules.alerts import LEVEL_NAMES, alert_area, alert_id, both, instant, number, trace
from rules.evidence import IDS_PER_ALERT, IncidentIndex
from rules.ladder import RUNGS, Limits, OpenAlert, advance
from rules.language.book import EffectiveHeat, HeatEntry
from rules.language.schema.heat import Count
from rules.language.schema.names import duration_ms
from streams.areas import AreaTree
from streams.clock import TICK_MS
from streams.records import (
    Alert,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    AlertWindow,
    Baseline,
    Evidence,
    Level,
    Text2,
    ThresholdFrom,
)

__all__ = ["HeatChannel"]


class HeatChannel:
    """All areas of one heat rule: windows, detector, limits and open alerts, column by column."""

    def __init__(self, entry: HeatEntry, areas: AreaTree, bundle: str) -> None:
        rule = entry.rule
        self.window_ticks = duration_ms(rule.window.size) // TICK_MS
        self._entry = entry
        self._areas = areas
        self._bundle = bundle
        self._every = duration_ms(rule.window.every) // TICK_MS
        self._detector = rule.baseline.create(
            window_ticks=self.window_ticks, ticks_per_hour=3_600_000 // TICK_MS
        )
        self._tail = np.zeros((self.window_ticks - 1, 0), dtype=np.int64)
        self._limits = Limits()
        self._rules: list[EffectiveHeat] = []
        self._open: dict[int, OpenAlert] = {}

    @property
    def rule_id(self) -> str:
        """Id of the rule, under which its state is kept."""
        return self._entry.rule.id

    @property
    def counted(self) -> Count:
        """What the rule counts."""
        return self._entry.rule.count

    def settled(self) -> bool:
        """Whether empty ticks change nothing here any more: no event in reach, no open alert."""
        return not self._open and not self._tail.any()

    def close(
        self,
        first_tick: int,
        fresh: NDArray[np.int64],
        area_ids: Sequence[str],
        incidents: IncidentIndex,
    ) -> list[tuple[int, Alert]]:
        """Judge the ticks `first_tick`...: fresh[t, a] are the counts of tick t, area column a.

        Returns (tick, alert) pairs. Ticks follow each other from call to call; empty ones may be
        left out while `settled`.
        """
        self._grow(area_ids)
        window, self._tail = _sliding(self._tail, fresh, self.window_ticks)
        verdicts = self._detector.observe(first_tick, fresh, window)
        judged = (np.arange(first_tick, first_tick + len(fresh)) + 1) % self._every == 0
        fired, held = self._limits.rungs(window, verdicts, judged)
        block = _Block(first_tick, window, verdicts, fired, held, judged, area_ids, incidents)
        fresh_columns = set(np.flatnonzero(fired.any(axis=0)).tolist()) - self._open.keys()
        columns = self._moving(fired, held) | fresh_columns
        alerts: list[tuple[int, Alert]] = []
        for column in sorted(columns):
            alerts += self._walk(column, block)
        return alerts

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes; `areas` is the number of columns."""
        return {
            "areas": self._tail.shape[1],
            "tail": self._tail.tobytes(),
            "detector": self._detector.snapshot(),
            "open": [
                [column, o.breached, o.rung, o.fired, o.revision, o.low_since]
                for column, o in sorted(self._open.items())
            ],
        }

    def restore(self, state: dict[str, Any], area_ids: Sequence[str]) -> None:
        """Take over a snapshot; `area_ids` name its columns."""
        self._grow(area_ids[: state["areas"]])
        tail = np.frombuffer(state["tail"], dtype=np.int64)
        self._tail = tail.reshape(self.window_ticks - 1, state["areas"]).copy()
        self._detector.restore(state["detector"])
        self._open = {row[0]: OpenAlert(*row[1:]) for row in state["open"]}

    def _grow(self, area_ids: Sequence[str]) -> None:
        new = area_ids[len(self._rules) :]
        if not new:
            return
        self._tail = np.pad(self._tail, ((0, 0), (0, len(new))))
        rules = [self._entry.effective(area_id) for area_id in new]
        self._rules += rules
        self._limits.extend(rules)

    def _moving(self, fired: NDArray[np.int8], held: NDArray[np.int8]) -> set[int]:
        """Columns whose open alert may change in these ticks; most stand for many blocks."""
        if not self._open:
            return set()
        columns = np.fromiter(self._open, dtype=np.int64, count=len(self._open))
        rungs = np.array([o.rung for o in self._open.values()], dtype=np.int8)
        waiting = np.array([o.rung == 0 or o.low_since is not None for o in self._open.values()])
        up = fired[:, columns]
        moves = ((up > rungs) | (np.maximum(up, held[:, columns]) < rungs)).any(axis=0)
        return set(columns[moves | waiting].tolist())

    def _walk(self, column: int, block: _Block) -> list[tuple[int, Alert]]:
        """Move one area along its ladder through the ticks of a block."""
        rule = self._rules[column].rule
        wait = duration_ms(rule.hold) // TICK_MS
        keep = max(1, duration_ms(rule.keep_firing) // TICK_MS)
        fired = block.fired[:, column]
        held = block.held[:, column].tolist()
        hot = np.flatnonzero(fired).tolist()
        rungs = fired.tolist()
        alerts: list[tuple[int, Alert]] = []
        row = 0
        while row < len(rungs):
            open_ = self._open.get(column)
            if open_ is None:
                ahead = bisect_left(hot, row)
                if ahead == len(hot):
                    break
                row = hot[ahead]
                open_ = self._open[column] = OpenAlert(breached=block.first_tick + row, rung=0)
            tick = block.first_tick + row
            if block.judged[row]:
                step = advance(open_, tick, rungs[row], held[row], wait=wait, keep=keep)
                if step is not None:
                    alerts.append((tick, self._alert(column, open_, block, row, previous=step)))
                if open_.rung == 0 and (open_.fired is not None or rungs[row] == 0):
                    del self._open[column]
            row += 1
        return alerts

    def _alert(
        self, column: int, open_: OpenAlert, block: _Block, row: int, *, previous: int
    ) -> Alert:
        """The record of a transition at a row of the block; `previous` is the rung before it."""
        effective = self._rules[column]
        rule, area_id = effective.rule, block.area_ids[column]
        tick = block.first_tick + row
        end, start = (tick + 1) * TICK_MS, (tick + 1 - self.window_ticks) * TICK_MS
        resolved = open_.rung == 0
        level = RUNGS[max(open_.rung, 1) - 1] if not resolved else RUNGS[previous - 1]
        area = alert_area(self._areas, area_id)
        id_ = alert_id(rule.id, area_id, str((open_.breached + 1) * TICK_MS))
        entries = block.incidents.within(
            column, tick + 1 - self.window_ticks, tick, self.counted.takes
        )
        evidence = self._evidence(effective, level, block, row, column)
        count = int(block.window[row, column])
        fired = open_.fired if open_.fired is not None else tick
        return Alert(
            id=id_,
            revision=open_.revision,
            dedup_key=f"{rule.id}/{area_id}",
            status="resolved" if resolved else "firing",
            level=level,
            previous_level=RUNGS[previous - 1] if previous else None,
            kind="heat",
            area=area,
            window=AlertWindow(start=instant(start), end=instant(end), watermark=instant(end)),
            times=AlertTimes(
                breached=instant((open_.breached + 1) * TICK_MS),
                fired=instant((fired + 1) * TICK_MS),
                updated=instant(end),
                resolved=instant(end) if resolved else None,
                first_event=instant(entries[0][0]) if entries else None,
            ),
            evidence=evidence,
            incidents=AlertIncidents(
                count=count,
                ids=[entry[1] for entry in entries[:IDS_PER_ALERT]],
                truncated=count > min(len(entries), IDS_PER_ALERT),
            ),
            rule=AlertRule(
                id=rule.id,
                hash=self._entry.hash,
                bundle=self._bundle,
                overrides=effective.overrides,
            ),
            close_reason="cleared" if resolved else None,
            message=_message(effective, area.name.zh or area_id, area.name.en or area_id,
                             level, evidence, self.window_ticks, resolved=resolved),
            trace=trace(id_),
        )  # fmt: skip

    def _evidence(
        self, effective: EffectiveHeat, level: Level, block: _Block, row: int, column: int
    ) -> Evidence:
        verdicts = block.verdicts
        expected = float(verdicts.expected[row, column])
        learned = not isinstance(effective.rule.baseline, Fixed)
        rung = effective.rule.levels[level]
        # The ratio speaks for the area's own normal, so its place is named where there is one.
        side = "ratio" if rung.fire.ratio is not None else "count"
        clear = "ratio" if rung.clear.ratio is not None else "count"
        return Evidence(
            observed=float(block.window[row, column]),
            expected=round(expected, 3) if learned else None,
            score=round(float(verdicts.score[row, column]), 3) if learned else None,
            threshold=ThresholdFrom(
                count=rung.fire.count,
                ratio=rung.fire.ratio,
                from_=effective.places.get((level, "fire", side)),
            ),
            clear_at=ThresholdFrom(
                count=rung.clear.count,
                ratio=rung.clear.ratio,
                from_=effective.places.get((level, "clear", clear)),
            ),
            baseline=Baseline(
                model=effective.rule.baseline.__struct_config__.tag,  # type: ignore[arg-type]
                weeks=round(int(verdicts.history[row, column]) / 168, 2),
                n=int(verdicts.history[row, column]),
                warming=not bool(verdicts.ready[row, column]),
            ),
        )


class _Block(Struct, frozen=True):
    """Consecutive ticks under judgement; arrays have the shape [ticks, areas], `judged` [ticks]."""

    first_tick: int
    window: NDArray[np.int64]
    verdicts: Verdicts
    fired: NDArray[np.int8]
    held: NDArray[np.int8]
    judged: NDArray[np.bool_]
    area_ids: Sequence[str]
    incidents: IncidentIndex


def _sliding(
    tail: NDArray[np.int64], fresh: NDArray[np.int64], length: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sums of the last `length` ticks at every fresh tick, and the tail for the next block."""
    ticks = np.vstack([tail, fresh])
    total = np.cumsum(ticks, axis=0)
    window = total[length - 1 :].copy()
    window[1:] -= total[:-length]
    return window, ticks[len(ticks) - (length - 1) :].copy()


def _message(
    effective: EffectiveHeat,
    zh_area: str,
    en_area: str,
    level: Level,
    evidence: Evidence,
    minutes: int,
    *,
    resolved: bool,
) -> Text2:
    title, observed = effective.rule.title, number(evidence.observed or 0)
    if resolved:
        return both(
            f"{title.zh}解除：{zh_area}，近{minutes}分钟{observed}起",
            f"{title.en} over in {en_area}: {observed} in {minutes} min",
        )
    zh = f"{title.zh}（{LEVEL_NAMES[level]}）：{zh_area}近{minutes}分钟{observed}起"
    en = f"{title.en} (level {level}) in {en_area}: {observed} in {minutes} min"
    if evidence.expected is not None:
        zh += f"，常态{number(evidence.expected)}起"
        en += f", {number(evidence.expected)} expected"
    threshold = evidence.threshold
    if threshold is not None and threshold.count is not None:
        zh += f"，阈值{number(threshold.count)}起"
        en += f", threshold {number(threshold.count)}"
    if threshold is not None and threshold.ratio is not None:
        zh += f"，阈值{number(threshold.ratio)}倍"
        en += f", threshold {number(threshold.ratio)} x"
    return both(zh, en)
