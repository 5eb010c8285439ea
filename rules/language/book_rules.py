"""One rule as lines of Markdown that a duty officer can read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

from msgspec.structs import replace

from detectors import Fixed, RollingMean
from rules.language.book_words import Teller, cell
from rules.language.checks.unused import NOT_RUN
from rules.language.message_names import Kind
from rules.language.message_samples import samples
from rules.language.messages import compile_message
from rules.language.parts import Parts, RuleEntry
from rules.language.schema import Rule
from rules.language.schema.common import Override
from rules.language.schema.coverage import CoverageRule
from rules.language.schema.heat import Count, HeatRule, Link, Threshold
from rules.language.schema.keyword import KeywordRule, Words
from rules.language.schema.names import LEVELS, duration_ms
from rules.language.schema.process import Late, ProcessRule
from rules.language.zone import MINUTE_MS
from streams.records import AlertWindow, ThresholdFrom

__all__ = ["rule_lines"]


def rule_lines(entry: RuleEntry, parts: Parts, tell: Teller) -> Iterator[str]:
    """A heading, then what it watches, its ladder, whom it tells, exceptions, text and place."""
    rule = entry.rule
    yield f"### {cell(tell.both(rule.title))} `{rule.id}`"
    yield ""
    if rule.state != "live":
        yield _item(
            tell.say(
                {"shadow": "影子运行：只记录，不通知", "off": "已停用"}[rule.state],
                {"shadow": "in shadow: recorded, nobody is told", "off": "switched off"}[
                    rule.state
                ],
            )
        )
    if entry.kind in NOT_RUN:
        yield _item(tell.say("本版本只检查，不运行", "checked, not run by this version"))
    yield from (_item(line) for line in _watches(rule, tell))
    yield from (_item(line) for line in _told(rule, tell))
    yield from (_item(line) for line in _rest(entry, tell))
    if not isinstance(rule, KeywordRule):
        yield from _ladder(rule, tell)
    yield from _overrides(rule.overrides, tell)
    yield ""
    yield tell.say("消息，例如：", "Message, for example: ") + cell(_example(entry, tell))
    tests = sum(1 for test in parts.tests if test.value.rule == rule.id)
    yield ""
    yield tell.say(
        f"出处 {entry.place()}；测试 {tests} 项。", f"From {entry.place()}; {tests} test(s)."
    )
    yield ""


def _example(entry: RuleEntry, tell: Teller) -> str:
    """The rule's own text of an invented alert, with the values of its least rung."""
    kind, rule = cast("Kind", entry.kind), entry.rule
    alert = dict(samples(kind))["a full alert"]
    if isinstance(rule, KeywordRule):
        alert = replace(alert, level=rule.level or "II")
    else:
        level = next(name for name in reversed(LEVELS) if name in rule.levels)
        alert = replace(alert, level=level)
    if isinstance(rule, CoverageRule):
        fewer = max(0, rule.levels[alert.level].fire.free_below - 1)
        alert = replace(alert, evidence=replace(alert.evidence, observed=fewer))
    if isinstance(rule, ProcessRule):
        minutes = duration_ms(rule.limit.within) / MINUTE_MS
        limits = ThresholdFrom(count=minutes)
        evidence = replace(alert.evidence, observed=minutes + 1, threshold=limits)
        alert = replace(alert, evidence=evidence)
    if isinstance(rule, HeatRule):
        limit = rule.levels[alert.level].fire
        evidence = replace(
            alert.evidence,
            observed=max(limit.count or 0, rule.floor),
            expected=None if isinstance(rule.baseline, Fixed) else 1.0,
            threshold=ThresholdFrom(count=limit.count, ratio=limit.ratio, score=limit.score),
        )
        length = timedelta(milliseconds=duration_ms(rule.window.size))
        end = alert.times.updated
        alert = replace(alert, evidence=evidence, window=AlertWindow(end - length, end, end))
    told = compile_message(kind, rule.message, rule.title, tell.calendar.zone.info).render(alert)
    return tell.both(told)


def _watches(rule: Rule, tell: Teller) -> Iterator[str]:
    if isinstance(rule, KeywordRule):
        yield from _keyword(rule, tell)
    elif isinstance(rule, HeatRule):
        yield from _heat(rule, tell)
    elif isinstance(rule, CoverageRule):
        yield from _coverage(rule, tell)
    else:
        yield from _process(rule, tell)


def _keyword(rule: KeywordRule, tell: Teller) -> Iterator[str]:
    names = tell.list([tell.word(name) for name in rule.match.category])
    if names:
        yield tell.say(f"词库判定为：{names}", f"the lexicon finds: {names}")
    for words, zh, en in (
        (rule.match.any, "另含词语", "or the words"),
        (rule.match.unless, "含以下词语则待人工复核", "for review with the words"),
    ):
        if said := _words(words, tell):
            yield tell.say(f"{zh}：{said}", f"{en}: {said}")
    if rule.level is not None:
        level = tell.level(rule.level)
        yield tell.say(f"至少{level}，分级更高则从高", f"{level} at least, graver by its grading")
    if rule.confirm is not None:
        times, within = rule.confirm.reports, tell.span(rule.confirm.within)
        yield tell.say(
            f"{within}内{times}起报警才确认，此前待复核",
            f"{times} reports within {within} confirm it; before that it is for review",
        )
    if rule.lifeline:
        yield tell.say("生命线：任何设置不得压住", "lifeline: nothing holds it back")


def _heat(rule: HeatRule, tell: Teller) -> Iterator[str]:
    codes = tell.list([tell.category(code) for code in rule.count.category])
    what = codes or tell.say("全部警情", "all incidents")
    less = (
        tell.say("，不计巡逻发现", ", without those that patrols found")
        if rule.count.drops_officer_initiated
        else ""
    )
    if "information" in rule.count.drop:
        less += tell.say("，不计咨询投诉等信息类", ", without questions and other information")
    size, every = tell.span(rule.window.size), tell.span(rule.window.every)
    yield tell.say(f"统计{what}{less}", f"counts {what}{less}")
    if rule.count.link is not None:
        yield _linked(rule.count, rule.count.link, tell)
    yield tell.say(f"窗口{size}，每{every}判断一次", f"window of {size}, judged every {every}")
    yield tell.say(f"少于{rule.floor}起不触发", f"nothing below {rule.floor}")
    if isinstance(rule.baseline, RollingMean):
        hours = rule.baseline.hours
        yield tell.say(f"常态：本辖区前{hours}小时均值", f"normal: the area's mean of {hours} h")
    yield _pace(rule.hold, rule.keep_firing, tell)


def _linked(count: Count, link: Link, tell: Teller) -> str:
    within = tell.span(link.within)
    zh, en = ("同类", " of one category group") if link.group else ("", "")
    text = tell.say(
        f"同一地点{within}内相继的{zh}来电合为一起",
        f"calls{en} at one place within {within} of each other are one incident",
    )
    if count.of == "incidents":
        return text
    return (
        text
        + {
            "calls": tell.say("，但按来电计数", ", but calls are counted"),
            "repeats": tell.say("，只计其中的重复来电", ", and only the repeats are counted"),
        }[count.of]
    )


def _coverage(rule: CoverageRule, tell: Teller) -> Iterator[str]:
    every = tell.span(rule.every)
    yield tell.say(f"空闲警力，每{every}判断一次", f"free units, judged every {every}")
    yield _pace(rule.hold, rule.keep_firing, tell)


def _process(rule: ProcessRule, tell: Teller) -> Iterator[str]:
    first, last = tell.word(rule.limit.from_), tell.word(rule.limit.to)
    within = tell.span(rule.limit.within)
    yield tell.say(f"{first}到{last}限时{within}", f"from {first} to {last} within {within}")


def _told(rule: Rule, tell: Teller) -> Iterator[str]:
    if rule.route is not None:
        yield tell.say(f"通知方式：{cell(rule.route)}", f"told by route: {cell(rule.route)}")


_SAID: dict[str, tuple[str, ...]] = {
    "keyword": ("match.category", "match.any", "match.unless", "level", "lifeline", "confirm"),
    "heat": ("count", "window", "floor", "baseline", "for", "keep_firing"),
    "coverage": ("every", "for", "keep_firing"),
    "process": ("limit",),
}
_EVERYWHERE = ("id", "title", "levels", "route", "state", "message", "overrides")


def _rest(entry: RuleEntry, tell: Teller) -> Iterator[str]:
    """What no sentence above tells, by its name in the file: nothing is left out."""
    said = {*_SAID[entry.kind], *_EVERYWHERE}
    for name, value in _leaves(entry.raw, ""):
        steps = name.split(".")
        if not any(".".join(steps[:n]) in said for n in range(1, len(steps) + 1)):
            yield f"`{name}`: {cell(tell.value(name, value))}"


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        name = f"{path}.{key}" if path else key
        if isinstance(inner, dict) and inner:
            yield from _leaves(inner, name)
        else:
            yield name, inner


def _ladder(rule: HeatRule | CoverageRule | ProcessRule, tell: Teller) -> Iterator[str]:
    yield ""
    yield tell.say("| 级别 | 触发 | 解除 |", "| level | fires | clears |")
    yield "|---|---|---|"
    for level in LEVELS:
        if level not in rule.levels:
            continue
        fire, clear = _sides(rule.levels[level], tell)
        yield f"| {tell.level(level)} | {cell(fire)} | {cell(clear)} |"


def _sides(rung: Any, tell: Teller) -> tuple[str, str]:
    if isinstance(rung.fire, Threshold):
        return _threshold(rung.fire, tell, up=True), _threshold(rung.clear, tell, up=False)
    if isinstance(rung.fire, Late):
        clear = (
            _late(rung.clear, tell) if rung.clear else tell.say("该步骤完成", "the step is taken")
        )
        return _late(rung.fire, tell), clear
    fire = tell.say(f"少于{rung.fire.free_below:g}", f"fewer than {rung.fire.free_below:g} free")
    if rung.fire.with_:
        fire += tell.say(f"，且{rung.fire.with_}已告警", f", and {rung.fire.with_} is firing")
    clear = rung.clear.free_at_least
    return fire, tell.say(f"至少{clear:g}", f"{clear:g} free or more")


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


def _pace(hold: str, keep: str, tell: Teller) -> str:
    begin = tell.say("立即告警", "alerts at once")
    if duration_ms(hold):
        begin = tell.say(f"持续{tell.span(hold)}才告警", f"alerts after {tell.span(hold)}")
    end = tell.say(
        f"平稳{tell.span(keep)}才降级或解除", f"goes down or ends after {tell.span(keep)} of calm"
    )
    return tell.say(f"{begin}，{end}", f"{begin}, {end}")


def _overrides(overrides: list[Override], tell: Teller) -> Iterator[str]:
    if not overrides:
        return
    yield ""
    yield tell.say("| 例外 | 改为 | 理由 | 至 |", "| except | then | because | until |")
    yield "|---|---|---|---|"
    for override in overrides:
        changes = tell.say("；", "; ").join(tell.change(k, v) for k, v in override.set.items())
        because, until = cell(override.because), override.until or ""
        yield f"| {cell(tell.when(override.when))} | {cell(changes)} | {because} | {until} |"


def _words(words: Words, tell: Teller) -> str:
    return cell(tell.list([*words.zh, *words.en]))


def _item(text: str) -> str:
    return f"- {text}"
