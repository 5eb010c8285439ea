"""One rule as lines of Markdown that a duty officer can read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

from msgspec.structs import replace

from detectors import Fixed, RollingMean
from rules.language.book_ladder import ladder
from rules.language.book_words import Teller, cell
from rules.language.checks.unused import NOT_RUN
from rules.language.message_names import Kind
from rules.language.message_samples import samples
from rules.language.messages import compile_message
from rules.language.parts import Parts, RuleEntry
from rules.language.schema import Rule
from rules.language.schema.common import Override
from rules.language.schema.coverage import CoverageRule
from rules.language.schema.heat import Count, HeatRule, Link
from rules.language.schema.keyword import KeywordRule, Words
from rules.language.schema.names import LEVELS, duration_ms
from rules.language.schema.process import ProcessRule
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
        yield from ladder(rule, tell)
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
        proposed = alert.divert
        if proposed is not None:
            proposed = None if rule.divert is None else replace(proposed, to=rule.divert)
        if proposed is not None and proposed.to == "12345":
            proposed = replace(proposed, amount=None, currency=None, minutes=None)
        alert = replace(alert, level=rule.level or "II", divert=proposed)
    else:
        level = next(name for name in reversed(LEVELS) if name in rule.levels)
        alert = replace(alert, level=level)
    if isinstance(rule, CoverageRule):
        fewer = max(0.0, (rule.levels[alert.level].fire.free_below or 1.0) - 1)
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
    if outcomes := tell.list([tell.word(name) for name in rule.match.outcome]):
        sure = f"{rule.match.sure:.0%}"
        yield tell.say(
            f"或文本判定为：{outcomes}（把握{sure}以上）",
            f"or the text is taken for: {outcomes} ({sure} sure or more)",
        )
    if rule.match.address is not None:
        times, within = rule.match.address.reports, tell.span(rule.match.address.within)
        yield tell.say(
            f"同一地址{within}内{times}起报警，提示走访帮扶（针对地点，不针对个人）",
            f"{times} reports from one address within {within}: a note for a visit, about a place",
        )
    if rule.divert is not None:
        yield tell.say(*_DESKS[rule.divert])
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
    if rule.budget is not None and rule.budget.false is not None:
        yield _budget(rule.budget.false, tell)
    if rule.strength is not None:
        over, clear = f"{rule.strength.over:.0%}", f"{rule.strength.clear:.0%}"
        yield tell.say(
            f"负荷超过在岗警力的{over}也触发最低一级，不超过{clear}解除",
            f"load above {over} of the strength on duty fires the lowest level, {clear} clears it",
        )
    yield _pace(rule.hold, rule.keep_firing, tell)


def _budget(false: str, tell: Teller) -> str:
    number, *spans = false.split(" per ")
    each = "".join(_SPANS[span] for span in spans)
    whole = "" if spans[0] == "area" else "全中心"
    return tell.say(
        f"误报预算：{whole}{each}至多{number}起，触发分值由此推算",
        f"false alarms: at most {false}; the score to fire at follows from it",
    )


def _linked(count: Count, link: Link, tell: Teller) -> str:
    within = tell.span(link.within)
    zh, en = ("同类", " of one category group") if link.group else ("", "")
    text = tell.say(
        f"同一地点{within}内相继的{zh}来电合为一起",
        f"calls{en} at one place within {within} of each other are one incident",
    )
    if link.type is not None:
        soon = tell.span(link.type)
        text += tell.say(
            f"，同一辖区同一类别{soon}内的来电亦合为一起",
            f", and so are those of one type in one area within {soon} of its first",
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
    yield tell.say(f"警力与负荷，每{every}判断一次", f"units against load, judged every {every}")
    if rule.supply.reach is not None:
        reach = tell.span(rule.supply.reach)
        yield tell.say(
            f"{reach}车程内的邻区空闲警力按半数计",
            f"free units of areas within {reach} of driving count half",
        )
    if rule.reserve is not None:
        units, level = f"{rule.reserve.units:g}", tell.level(rule.reserve.level)
        yield tell.say(
            f"全指挥单元空闲警力不多于{units}时预警（{level}）",
            f"a warning ({level}) while the command has {units} or less free",
        )
    yield _pace(rule.hold, rule.keep_firing, tell)


def _process(rule: ProcessRule, tell: Teller) -> Iterator[str]:
    first, last = tell.word(rule.limit.from_), tell.word(rule.limit.to)
    within = tell.span(rule.limit.within)
    yield tell.say(f"{first}到{last}限时{within}", f"from {first} to {last} within {within}")


def _told(rule: Rule, tell: Teller) -> Iterator[str]:
    if rule.route is not None:
        yield tell.say(f"通知方式：{cell(rule.route)}", f"told by route: {cell(rule.route)}")


_DESKS = {
    "antifraud": (
        "建议推送反诈中心，止付由人工决定",
        "proposed to the anti-fraud desk; people decide whether a payment is stopped",
    ),
    "12345": ("建议转12345，危险警情不转", "proposed to 12345, reports of danger never"),
}
_SPANS = {
    "area": "每辖区",
    "shift": "每班",
    "day": "每日",
    "week": "每周",
    "month": "每月",
    "year": "每年",
}
_SAID: dict[str, tuple[str, ...]] = {
    "keyword": (
        "match.category",
        "match.any",
        "match.unless",
        "match.outcome",
        "match.sure",
        "level",
        "lifeline",
        "confirm",
        "divert",
    ),
    "heat": (
        "count",
        "window",
        "floor",
        "baseline",
        "for",
        "keep_firing",
        "budget.false",
        "strength",
    ),
    "coverage": ("every", "for", "keep_firing", "supply.reach", "reserve"),
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
