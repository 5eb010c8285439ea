"""Alerts and acts as lines for the duty desk, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from commands.alerts.options import Lang
from sinks.console import reason
from streams.acts import Act, Kind
from streams.records import Alert
from streams.texts import Text2

__all__ = ["act_line", "age", "alert_line", "alert_lines"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_ENDS = {"resolved": Text2("已解除", "resolved"), "withdrawn": Text2("已撤回", "withdrawn")}
_MECHANISM = {
    "proposed": Text2("联动机制待确认", "joint mechanism to be confirmed"),
    "started": Text2("联动机制已启动", "joint mechanism started"),
    "declined": Text2("联动机制未启动", "joint mechanism declined"),
}
_DISPOSITIONS = {
    "true_alarm": Text2("属实", "true alarm"),
    "false_alarm": Text2("虚警", "false alarm"),
    "duplicate": Text2("重复", "duplicate"),
    "drill": Text2("演练", "drill"),
    "other": Text2("其他", "other"),
}
_KINDS: dict[Kind, Text2] = {
    "ack": Text2("签收", "acknowledged"),
    "assign": Text2("指派", "assigned"),
    "close": Text2("结束", "closed"),
    "mark": Text2("定性", "marked"),
    "told": Text2("已通知", "notified"),
    "escalate": Text2("逐级上报", "escalated"),
    "mechanism": Text2("联动机制", "joint mechanism"),
    "move": Text2("调警建议", "suggested move"),
    "silence": Text2("静默", "silenced"),
    "expire": Text2("解除静默", "silence ended"),
    "opinion": Text2("舆情", "public attention"),
}


def age(seconds: float, lang: Lang) -> str:
    """A span of time in its largest fitting unit: 40 s, 12 min, 3 h, 2 d."""
    for unit, zh, en in ((_DAY, "天", " d"), (_HOUR, "小时", " h"), (_MINUTE, "分钟", " min")):
        if seconds >= unit:
            return f"{int(seconds // unit)}{zh if lang == 'zh' else en}"
    return f"{max(0, int(seconds))}{'秒' if lang == 'zh' else ' s'}"


def alert_line(alert: Alert, now_ms: int, lang: Lang) -> str:
    """One alert: level, id, age, what and where, and what was decided about it."""
    since = now_ms / 1000 - (alert.times.fired or alert.times.breached).timestamp()
    facts = [age(since, lang), *_facts(alert, now_ms, lang)]
    return f"{alert.level:<3} {alert.id[:10]}  {_say(alert.message, lang)}  [{'; '.join(facts)}]"


def alert_lines(alert: Alert, now_ms: int, lang: Lang) -> Iterator[str]:
    """All that a person at the desk may ask of one alert."""
    yield alert_line(alert, now_ms, lang)
    yield f"    id {alert.id}  revision {alert.revision}  {alert.rule.id}"
    yield f"    {reason(alert)}"
    mechanism = alert.mechanism
    if mechanism is not None:
        yield f"    {_say(_MECHANISM[mechanism.status], lang)}"
        cells = mechanism.cells
        for text in (cells.intelligence, cells.command, cells.duty, cells.opinion):
            yield f"      - {_say(text, lang)}"
        for check in mechanism.checks:
            yield f"      ? {_say(check, lang)}"
    for text in alert.suggest.measures:
        yield f"    - {_say(text, lang)}"
    for move in alert.suggest.moves:
        answer = f"  -> {move.answer.answer} ({move.answer.by})" if move.answer else ""
        minutes = f"{move.minutes:.0f} min"
        yield f"    {move.unit}: {_say(move.giver.name, lang) or move.giver.id}, {minutes}{answer}"


def act_line(act: Act, lang: Lang) -> str:
    """One act: when, who, what, about which alert, and why."""
    when = datetime.fromtimestamp(act.at_ms / 1000, UTC).isoformat(timespec="seconds")
    about = act.alert[:10] or (act.silence.id if act.silence else act.to or "")
    more = [
        act.unit,
        act.to if act.kind in ("assign", "mechanism", "move") else None,
        _say(_DISPOSITIONS[act.disposition], lang) if act.disposition else None,
        None
        if act.rung is None
        else f"{'第' if lang == 'zh' else 'rung '}{act.rung}" + ("级" if lang == "zh" else ""),
    ]
    what = " ".join([_say(_KINDS[act.kind], lang), *filter(None, more)])
    why = f": {act.because}" if act.because else ""
    return f"{when}  {about}  {what}  {act.by}{why}"


def _facts(alert: Alert, now_ms: int, lang: Lang) -> Iterator[str]:
    ack = alert.ack
    if alert.status in _ENDS:
        yield _say(_ENDS[alert.status], lang)
    if ack.by is not None:
        yield _say(Text2(f"{ack.by} 已签收", f"acknowledged by {ack.by}"), lang)
    elif ack.due is not None:
        left = ack.due.timestamp() - now_ms / 1000
        yield _due(left, ack.rung, lang)
    if alert.assignee:
        yield _say(Text2(f"指派 {alert.assignee}", f"assigned to {alert.assignee}"), lang)
    if alert.mechanism is not None:
        yield _say(_MECHANISM[alert.mechanism.status], lang)
    if alert.disposition:
        known = _DISPOSITIONS.get(alert.disposition)
        yield alert.disposition if known is None else _say(known, lang)
    if alert.suppressed_by:
        names = ", ".join(alert.suppressed_by)
        yield _say(Text2(f"静默 {names}", f"silenced by {names}"), lang)
    if alert.inhibited_by:
        names = ", ".join(alert.inhibited_by)
        yield _say(Text2(f"并入 {names}", f"part of {names}"), lang)


def _due(left: float, rung: int, lang: Lang) -> str:
    span = age(abs(left), lang)
    if left >= 0:
        return _say(Text2(f"第{rung}级 {span}内签收", f"rung {rung}, due in {span}"), lang)
    return _say(Text2(f"第{rung}级 超时{span}", f"rung {rung}, overdue by {span}"), lang)


def _say(text: Text2, lang: Lang) -> str:
    return text.zh or text.en if lang == "zh" else text.en or text.zh
