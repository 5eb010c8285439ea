"""A whole rule book as Markdown, in Chinese or English: what `rules doc` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from rules.language.book import RuleBook
from rules.language.book_rules import rule_lines
from rules.language.book_words import Teller, cell
from rules.language.checks.subject import calendar_of
from rules.language.parts import Parts
from rules.language.schema.common import RouteEntry

__all__ = ["book_text"]

_KINDS = {
    "keyword": ("关键警情", "Critical reports"),
    "heat": ("警情热点", "Hot areas"),
    "coverage": ("警力冰点", "Cold spots"),
    "process": ("处置时限", "Time limits"),
}


def book_text(book: RuleBook, language: Literal["zh", "en"]) -> str:
    """The book for people to read. The same book gives the same text, byte for byte."""
    tell = Teller(language, calendar_of(book.parts), book.tree)
    return "\n".join(_squeezed(_lines(book, tell))) + "\n"


def _lines(book: RuleBook, tell: Teller) -> Iterator[str]:
    parts = book.parts
    yield tell.say("# 规则手册", "# Rule book")
    yield ""
    count = len(parts.rules)
    zone = tell.calendar.file.timezone
    yield tell.say(
        f"共{count}条规则，时区{zone}，版本 `{book.bundle}`。一级最高，四级最低。",
        f"{count} rules, times of {zone}, version `{book.bundle}`. Level I is the gravest, IV the "
        "least.",
    )
    yield ""
    for kind, (zh, en) in _KINDS.items():
        entries = [entry for entry in parts.rules if entry.kind == kind]
        if entries:
            yield tell.say(f"## {zh}", f"## {en}")
            yield ""
        for entry in entries:
            yield from rule_lines(entry, parts, tell)
    yield from _routes(parts, tell)
    yield from _contacts(parts, tell)
    yield from _suppressions(parts, tell)
    yield from _calendar(tell, own=bool(parts.calendars))


def _routes(parts: Parts, tell: Teller) -> Iterator[str]:
    if not parts.routes:
        return
    yield tell.say("## 通知", "## Who is told")
    for name, placed in parts.routes.items():
        yield ""
        yield f"### {cell(name)}"
        yield ""
        yield from _table(
            tell.say("级别|时间|先通知|未确认则依次通知|其他", "level|when|told|then, in turn|more")
        )
        for entry in placed.value:
            yield from _row(_route(entry, tell))
    yield ""


def _route(entry: RouteEntry, tell: Teller) -> list[str]:
    levels = tell.list([tell.level(level) for level in entry.level])
    then = tell.say("，", ", ").join(entry.otherwise)
    if entry.ack_within is not None and then:
        then = (
            tell.say(f"每{tell.span(entry.ack_within)}：", f"{tell.span(entry.ack_within)} each: ")
            + then
        )
    more: list[str] = []
    if entry.group is not None:
        by, wait = tell.list(list(entry.group.by)), tell.span(entry.group.wait)
        more.append(tell.say(f"按{by}合并，等{wait}", f"together by {by}, gathered {wait}"))
    if entry.repeat is not None:
        repeat = tell.span(entry.repeat)
        more.append(tell.say(f"每{repeat}重复", f"again every {repeat}"))
    return [
        levels or tell.say("全部", "all"),
        tell.when(entry.when) if entry.when else tell.say("始终", "always"),
        tell.list(list(entry.to)),
        then,
        tell.say("；", "; ").join(more),
    ]


def _contacts(parts: Parts, tell: Teller) -> Iterator[str]:
    if not parts.contacts:
        return
    yield tell.say("## 联系人", "## Contacts")
    yield ""
    yield from _table(tell.say("代号|岗位|渠道", "id|duty|by"))
    for placed in parts.contacts.values():
        contact = placed.value
        yield from _row([contact.id, tell.both(contact.title), tell.list(list(contact.to))])
    yield ""


def _suppressions(parts: Parts, tell: Teller) -> Iterator[str]:
    if not parts.suppressions:
        return
    yield tell.say("## 抑制", "## Suppressions")
    yield ""
    yield from _table(
        tell.say("代号|何时|作用|起|止|负责|理由", "id|when|effect|from|to|by|because")
    )
    for placed in parts.suppressions:
        held = placed.value
        effect = tell.word(held.do)
        if held.cap is not None:
            level = tell.level(held.cap)
            effect = tell.say(f"最高{level}", f"{level} at most")
        end = held.to or (
            tell.say(f"{held.review}复查", f"review {held.review}") if held.review else ""
        )
        yield from _row(
            [held.id, tell.when(held.when), effect, held.from_ or "", end, held.by, held.because]
        )
    yield ""


def _calendar(tell: Teller, *, own: bool) -> Iterator[str]:
    file = tell.calendar.file
    yield tell.say("## 日历", "## Calendar")
    yield ""
    if not own:
        yield tell.say(
            "本规则手册没有日历文件，用的是自带日历：没有任何节假日和调休。",
            "This rule book has no calendar file; the shipped one knows no public holiday.",
        )
        yield ""
    weekend = tell.list([tell.word(day) for day in file.weekend])
    yield tell.say(f"- 休息日：{weekend}", f"- rest days: {weekend}")
    for name, spans in file.bands.items():
        yield f"- {name}: {spans if isinstance(spans, str) else tell.list(list(spans))}"
    for name, days in file.days.items():
        yield f"- {name}: {tell.list([tell.word(day) for day in days])}"
    for holiday in file.holidays:
        name = cell(tell.both(holiday.name)) or tell.word("holiday")
        last = "" if holiday.last == holiday.from_ else f" - {holiday.last}"
        yield f"- {name}: {holiday.from_}{last}"
    if file.make_up:
        made_up = tell.list([str(day) for day in file.make_up])
        yield tell.say(f"- 调休上班：{made_up}", f"- workdays that make up: {made_up}")


def _table(head: str) -> Iterator[str]:
    names = head.split("|")
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"


def _row(cells: Sequence[str]) -> Iterator[str]:
    yield f"| {' | '.join(cell(text) for text in cells)} |"


def _squeezed(lines: Iterator[str]) -> Iterator[str]:
    """One blank line at most between others, and none at the end."""
    blank = False
    for line in lines:
        if not line:
            blank = True
            continue
        if blank:
            yield ""
        blank = False
        yield line
