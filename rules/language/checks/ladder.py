"""The ladder of a rule: every rung is reached and left, and a graver one is never easier."""

from __future__ import annotations

from collections.abc import Iterator

from detectors import EDetector, Fixed, RollingMean, SeasonalCount
from rules.language.checks.coverage_ladder import coverage_levels
from rules.language.checks.remark import Remark
from rules.language.checks.subject import Subject, nearest
from rules.language.faults import Fault
from rules.language.parts import RuleEntry
from rules.language.schema import Rule
from rules.language.schema.coverage import CoverageRule
from rules.language.schema.heat import Count, HeatLevel, HeatRule, Threshold
from rules.language.schema.names import LEVELS, Level, duration_ms
from rules.language.schema.process import STEPS, ProcessRule
from streams.clock import TICK_MS

__all__ = ["Remark", "check", "remarks"]

_UNITS = ("count", "ratio", "score")
_LONGEST_LINK_MS = 86_400_000
_LONGEST_TYPE_LINK_MS = 600_000
_FARTHEST_MS = 1_800_000


def check(subject: Subject) -> Iterator[Fault]:
    """The rules as they are written; with overrides they are looked at elsewhere."""
    for entry in subject.parts.rules:
        for remark in remarks(entry.rule):
            if remark.code == "E216" and "budget" in entry.mended:
                continue  # what it said was wrong, and is told
            yield Fault(entry.place(*remark.path), remark.code, remark.message)
        if isinstance(entry.rule, CoverageRule) and subject.whole:
            yield from _with(subject, entry, entry.rule)


def _with(subject: Subject, entry: RuleEntry, rule: CoverageRule) -> Iterator[Fault]:
    """A cold spot on a hot area: the rule that says what is hot."""
    kinds = {other.rule.id: other.kind for other in subject.parts.rules}
    for level, rung in rule.levels.items():
        named = rung.fire.with_
        if named is None:
            continue
        place = entry.place("levels", level, "fire", "with")
        if named not in subject.names("rules"):
            yield Fault(place, "E310", f'unknown rule "{named}"')
        elif kinds.get(named, "heat") != "heat":
            message = f'rule "{named}" is of kind {kinds[named]}: only heat makes an area hot'
            heat = [rule_id for rule_id, kind in kinds.items() if kind == "heat"]
            yield Fault(place, "E311", message, nearest(named, heat))


def remarks(rule: Rule) -> list[Remark]:
    """What is wrong with the values of a rule, overrides left aside."""
    if isinstance(rule, HeatRule):
        found = [*_window(rule), *_count(rule.count), *_silence(rule), *_heat(rule), *_quiet(rule)]
        return [*found, *_budget(rule), *_joint(rule), *_cluster(rule), *_strength(rule)]
    if isinstance(rule, CoverageRule):
        return list(_coverage(rule))
    return list(_process(rule)) if isinstance(rule, ProcessRule) else []


def _window(rule: HeatRule) -> Iterator[Remark]:
    lengths = {name: duration_ms(getattr(rule.window, name)) for name in ("size", "every")}
    for name, length in lengths.items():
        if length % TICK_MS or not length:
            message = f"window {name} must be whole minutes, at least one"
            yield Remark(("window", name), "E201", message)
            return
    if lengths["size"] % lengths["every"]:
        message = f"the window of {rule.window.size} is no multiple of its step {rule.window.every}"
        yield Remark(("window", "every"), "E202", message)
    if duration_ms(rule.hold) >= lengths["size"]:
        message = (
            f"`for` is {rule.hold}, not below the window of {rule.window.size}: by then all "
            "that fired first has left it"
        )
        yield Remark(("for",), "W203", message)


def _silence(rule: HeatRule) -> Iterator[Remark]:
    if rule.no_data is not None and duration_ms(rule.no_data.source_silent) < TICK_MS:
        message = f"a silence of {rule.no_data.source_silent} is none: give a minute at least"
        yield Remark(("no_data", "source_silent"), "E208", message)


def _count(count: Count) -> Iterator[Remark]:
    if count.link is None and count.of == "repeats":
        yield Remark(("count", "of"), "E205", "counts repeats, but links no calls: add `link`")
    if count.link is not None and not TICK_MS <= count.link_ms <= _LONGEST_LINK_MS:
        message = f"calls cannot be linked within {count.link.within}: one minute to one day"
        yield Remark(("count", "link", "within"), "E206", message)
    by_type = count.link_type_ms
    if (
        count.link is not None
        and count.link.type is not None
        and not (TICK_MS <= by_type <= _LONGEST_TYPE_LINK_MS)
    ):
        message = (
            f"calls of one type cannot be linked within {count.link.type}: one to ten minutes, "
            "since they may lie anywhere in the area"
        )
        yield Remark(("count", "link", "type"), "E206", message)
    if count.category and not any(count.takes(code) for code in count.category):
        message = "counts nothing: all its categories are information, which it drops"
        yield Remark(("count", "category"), "E207", message)


def _heat(rule: HeatRule) -> Iterator[Remark]:
    lesser: tuple[Level, Threshold] | None = None
    low = rule.side == "low"
    for level in reversed(LEVELS):
        rung = rule.levels.get(level)
        if rung is None:
            continue
        yield from _rung(rule, level, rung)
        count = rung.fire.count
        if count is not None and count < rule.floor and not low:
            message = f"level {level} fires at {count:g}, below the floor: it takes {rule.floor}"
            yield Remark(("levels", level, "fire", "count"), "W213", message)
        if lesser is not None:
            yield from _order(level, rung.fire, *lesser, low=low)
        lesser = level, rung.fire


def _rung(rule: HeatRule, level: Level, rung: HeatLevel) -> Iterator[Remark]:
    # With a budget the score that keeps it is a limit of every level.
    budgeted = rule.budget is not None and rule.budget.false is not None
    for side, limit in (("fire", rung.fire), ("clear", rung.clear)):
        if not budgeted and all(getattr(limit, unit) is None for unit in _UNITS):
            message = f"level {level} never says when it {side}s: give count, ratio or score"
            yield Remark(("levels", level, side), "E210", message)
    for unit in ("ratio", "score"):
        if getattr(rung.fire, unit) is not None and isinstance(rule.baseline, Fixed):
            message = f"level {level} uses a {unit}, but the fixed baseline expects nothing"
            yield Remark(("levels", level, "fire", unit), "E211", message)
    if rung.fire.score is not None and isinstance(rule.baseline, RollingMean):
        message = f"level {level} uses a score, but a rolling mean knows only ratios"
        yield Remark(("levels", level, "fire", "score"), "E211", message)
    for remark in _sides(level, rung.fire, rung.clear, low=rule.side == "low"):
        if not (budgeted and remark.code == "E212" and remark.path[-1] == "score"):
            yield remark


def _quiet(rule: HeatRule) -> Iterator[Remark]:
    if rule.side == "low" and isinstance(rule.baseline, Fixed):
        message = "`side: low` judges quiet, but the fixed baseline expects nothing"
        yield Remark(("side",), "E211", message)
    if rule.side == "low" and isinstance(rule.baseline, EDetector):
        message = "`side: low` judges quiet, but the score of an e-detector knows only surges"
        yield Remark(("side",), "E226", message)


def _budget(rule: HeatRule) -> Iterator[Remark]:
    budget = rule.budget
    if budget is None:
        return
    if budget.false is None:
        if budget.expect is None:
            message = "the budget says nothing: give `false` or `expect`"
            yield Remark(("budget",), "E216", message)
        return
    path = ("budget", "false")
    if isinstance(rule.baseline, (Fixed, RollingMean)):
        what = "expects nothing" if isinstance(rule.baseline, Fixed) else "knows only ratios"
        model = rule.baseline.__struct_config__.tag
        message = f"false alarms are kept by a score, but the baseline {model} {what}"
        yield Remark(path, "E221", message)
    if not float(budget.false.split()[0]):
        message = "no score gives no false alert at all: give a number above 0, such as 0.01"
        yield Remark(path, "E216", message)


def _strength(rule: HeatRule) -> Iterator[Remark]:
    if rule.strength is None:
        return
    if rule.by != "station":
        message = f"strength is that of a station, but the rule judges by {rule.by}"
        yield Remark(("strength",), "E229", message)
    if rule.side == "low":
        yield Remark(("strength",), "E229", "too little load is no reason for an alert of quiet")
    if rule.strength.clear >= rule.strength.over:
        message = (
            f"fires above {rule.strength.over:g} of strength but clears at "
            f"{rule.strength.clear:g}; clear must lie below over"
        )
        yield Remark(("strength", "clear"), "E214", message)


def _cluster(rule: HeatRule) -> Iterator[Remark]:
    if rule.by != "cluster":
        return
    if not isinstance(rule.baseline, SeasonalCount):
        message = "clusters are searched for with the baseline seasonal-count alone"
        yield Remark(("by",), "E225", message)
    if rule.side == "low":
        yield Remark(
            ("side",), "E225", "a cluster is of many events, not of few: judge quiet by area"
        )
    if duration_ms(rule.window.size) % (4 * TICK_MS):
        message = "a quarter of the window is scanned, too: its minutes must divide by 4"
        yield Remark(("window", "size"), "E225", message)


def _joint(rule: HeatRule) -> Iterator[Remark]:
    if rule.by not in {"station", "neighbourhood"}:
        for name in ("storm", "merge"):
            if getattr(rule, name) is not None:
                message = f"`{name}` is about areas of one county, but the rule judges by {rule.by}"
                yield Remark((name,), "E209", message)


def _sides(level: Level, fire: Threshold, clear: Threshold, *, low: bool) -> Iterator[Remark]:
    for unit in _UNITS:
        up, down = getattr(fire, unit), getattr(clear, unit)
        path = ("levels", level, "clear", unit)
        if down is not None and up is None:
            message = f"level {level} clears at a {unit}, which it does not fire at"
            yield Remark(path, "E212", message)
        elif down is not None and not _beyond(up, down, unit, low=low):
            message = (
                f"level {level} fires at {unit} {up:g} but clears at {down:g}; clear must lie "
                f"{'above' if low and unit != 'score' else 'below'} fire"
            )
            yield Remark(path, "E214", message)


def _beyond(limit: float, other: float, unit: str, *, low: bool) -> bool:
    """Whether a limit is harder to reach than another: of quiet, the smaller count or ratio."""
    return limit < other if low and unit != "score" else limit > other


def _order(
    level: Level, fire: Threshold, lesser: Level, below: Threshold, *, low: bool
) -> Iterator[Remark]:
    for unit in _UNITS:
        graver, easier = getattr(fire, unit), getattr(below, unit)
        if easier is not None and (graver is None or _beyond(easier, graver, unit, low=low)):
            named = f"{graver:g}" if graver is not None else "no limit"
            message = (
                f"level {level} is easier to reach by {unit} ({named}) than level {lesser} "
                f"({easier:g})"
            )
            inner = () if graver is None else (unit,)
            yield Remark(("levels", level, "fire", *inner), "E215", message)


def _coverage(rule: CoverageRule) -> Iterator[Remark]:
    if duration_ms(rule.position.fresh) > duration_ms(rule.position.unknown_after):
        message = "a position is lost (unknown_after) before it is no longer fresh"
        yield Remark(("position", "unknown_after"), "E218", message)
    reach = rule.supply.reach
    if reach is not None and duration_ms(reach) > _FARTHEST_MS:
        message = f"units {reach} away are no help: at most 30m are worked out"
        yield Remark(("supply", "reach"), "E228", message)
    yield from coverage_levels(rule)


def _process(rule: ProcessRule) -> Iterator[Remark]:
    if STEPS.index(rule.limit.from_) >= STEPS.index(rule.limit.to):
        message = f"{rule.limit.to} does not come after {rule.limit.from_}"
        yield Remark(("limit", "to"), "E219", message)
    lesser: tuple[Level, float, float] | None = None
    for level in reversed(LEVELS):
        rung = rule.levels.get(level)
        if rung is None:
            continue
        after, share = rung.fire.after, rung.fire.share
        if after is None and share is None:
            message = f"level {level} never says when it fires: give after or share"
            yield Remark(("levels", level, "fire"), "E210", message)
            continue
        if share is not None:
            yield from _share(level, share, None if rung.clear is None else rung.clear.share)
        if after is not None and duration_ms(after) < duration_ms(rule.limit.within):
            message = f"level {level} fires after {after}, before the limit of {rule.limit.within}"
            yield Remark(("levels", level, "fire", "after"), "E217", message)
        weight = (float(duration_ms(after)) if after else 0.0, share or 0.0)
        if lesser is not None and (weight[0] < lesser[1] or weight[1] < lesser[2]):
            message = f"level {level} is easier to reach than level {lesser[0]}"
            yield Remark(("levels", level, "fire"), "E215", message)
        lesser = level, *weight


def _share(level: Level, fire: float, clear: float | None) -> Iterator[Remark]:
    if clear is None:
        message = f"level {level} never says when it clears: a share needs `clear`"
        yield Remark(("levels", level), "E210", message)
    elif clear >= fire:
        message = (
            f"level {level} fires at share {fire:g} but clears at {clear:g}; clear must lie below "
            "fire"
        )
        yield Remark(("levels", level, "clear", "share"), "E214", message)
