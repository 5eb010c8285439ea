"""The ladder of a rule in words: a table of its levels, when each fires and when it clears."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules.language.book_words import Teller, cell
from rules.language.schema.coverage import CoverageRule, Enough, Short
from rules.language.schema.heat import HeatLevel, HeatRule, Threshold
from rules.language.schema.names import LEVELS
from rules.language.schema.process import Late, ProcessRule

__all__ = ["ladder"]


def ladder(rule: HeatRule | CoverageRule | ProcessRule, tell: Teller) -> Iterator[str]:
    """Every level, when it fires and when it clears."""
    yield ""
    yield tell.say("| 级别 | 触发 | 解除 |", "| level | fires | clears |")
    yield "|---|---|---|"
    for level in LEVELS:
        if level not in rule.levels:
            continue
        fire, clear = _sides(rule.levels[level], tell)
        if isinstance(rule, HeatRule) and rule.budget is not None and rule.budget.false is not None:
            fire, clear = _budgeted(rule.levels[level], fire, clear, tell)
        yield f"| {tell.level(level)} | {cell(fire)} | {cell(clear)} |"


def _budgeted(rung: HeatLevel, fire: str, clear: str, tell: Teller) -> tuple[str, str]:
    """The score that keeps the budget is a limit of every level; half of it holds one."""
    score = tell.say("达到预算所定分值", "the score of the budget")
    fire = tell.say("，且", ", and ").join(filter(None, (fire, score)))
    if rung.clear.score is None:
        half = tell.say("低于其一半", "below half of that score")
        clear = tell.say("，或", ", or ").join(filter(None, (clear, half)))
    return fire, clear


def _sides(rung: Any, tell: Teller) -> tuple[str, str]:
    if isinstance(rung.fire, Threshold):
        return _threshold(rung.fire, tell, up=True), _threshold(rung.clear, tell, up=False)
    if isinstance(rung.fire, Late):
        clear = (
            _late(rung.clear, tell) if rung.clear else tell.say("该步骤完成", "the step is taken")
        )
        return _late(rung.fire, tell), clear
    return _short(rung.fire, tell), _enough(rung.clear, tell)


def _short(fire: Short, tell: Teller) -> str:
    said: list[str] = []
    if fire.free_below is not None:
        few = f"{fire.free_below:g}"
        said.append(tell.say(f"空闲少于{few}", f"fewer than {few} free"))
    if fire.gap is not None:
        said.append(tell.say(f"缺{fire.gap:g}及以上", f"{fire.gap:g} or more missing"))
    if fire.cold is not None:
        said.append(tell.say(f"冰点{fire.cold}度及以上", f"coldness {fire.cold} or more"))
    if fire.with_:
        said.append(tell.say(f"{fire.with_}已告警", f"{fire.with_} is firing"))
    return tell.say("，且", ", and ").join(said)


def _enough(clear: Enough, tell: Teller) -> str:
    said: list[str] = []
    if clear.free_at_least is not None:
        enough = f"{clear.free_at_least:g}"
        said.append(tell.say(f"空闲至少{enough}", f"{enough} free or more"))
    if clear.gap is not None:
        said.append(tell.say(f"至多缺{clear.gap:g}", f"at most {clear.gap:g} missing"))
    if clear.cold is not None:
        said.append(tell.say(f"冰点至多{clear.cold}度", f"coldness {clear.cold} at most"))
    return tell.say("，且", ", and ").join(said)


def _threshold(limit: Threshold, tell: Teller, *, up: bool) -> str:
    """All units must hold to fire; one that is no longer reached is enough to clear."""
    said: list[str] = []
    if limit.count is not None:
        said.append(_limit(tell, up, f"{limit.count:g}", ("起", "")))
    if limit.ratio is not None:
        said.append(_limit(tell, up, f"{limit.ratio:g}", ("倍常态", " times the normal")))
    if limit.score is not None:
        said.append(_limit(tell, up, f"{limit.score:g}", ("分", " as score")))
    return (tell.say("，且", ", and ") if up else tell.say("，或", ", or ")).join(said)


def _limit(tell: Teller, up: bool, value: str, unit: tuple[str, str]) -> str:  # noqa: FBT001
    zh, en = unit
    if up:
        return tell.say(f"{value}{zh}及以上", f"{value}{en} or more")
    return tell.say(f"低于{value}{zh}", f"below {value}{en}")


def _late(late: Late, tell: Teller) -> str:
    said: list[str] = []
    if late.after is not None:
        span = tell.span(late.after)
        said.append(tell.say(f"单起已等{span}", f"one waits for {span}"))
    if late.share is not None:
        said.append(tell.say(f"超时占{late.share:.0%}", f"{late.share:.0%} are late"))
    return tell.say("，", ", ").join(said)
