"""The words in which a rule book is told to people, in Chinese and English."""

from __future__ import annotations

import re
from typing import Any, Final

from msgspec import Struct

from rules.language.calendar import Calendar
from rules.language.parts import Tree
from rules.language.schema.common import SuppressWhen, When, listed
from streams.categories import CATEGORIES
from streams.records import Text2

__all__ = ["Teller", "cell"]

_UNITS: Final = {
    "s": Text2("秒", " s"),
    "m": Text2("分钟", " min"),
    "h": Text2("小时", " h"),
    "d": Text2("天", " days"),
    "w": Text2("周", " weeks"),
}
_LEVELS: Final = {"I": "一级", "II": "二级", "III": "三级", "IV": "四级"}
_WORDS: Final = {
    "mon": Text2("周一", "Monday"),
    "tue": Text2("周二", "Tuesday"),
    "wed": Text2("周三", "Wednesday"),
    "thu": Text2("周四", "Thursday"),
    "fri": Text2("周五", "Friday"),
    "sat": Text2("周六", "Saturday"),
    "sun": Text2("周日", "Sunday"),
    "workday": Text2("工作日", "workdays"),
    "rest": Text2("休息日", "rest days"),
    "holiday": Text2("节假日", "holidays"),
    "homicide": Text2("命案", "homicide"),
    "fraud": Text2("电信诈骗", "telecom fraud"),
    "non_police": Text2("非警务诉求", "demand that is not for the police"),
    "missing_person": Text2("人员走失", "a missing person"),
    "consultation": Text2("咨询", "a question"),
    "drill": Text2("演练", "a drill"),
    "robbery": Text2("抢劫抢夺", "robbery"),
    "kidnapping": Text2("绑架", "kidnapping"),
    "explosion": Text2("爆炸", "explosion"),
    "firearm": Text2("涉枪", "firearm"),
    "stabbing": Text2("持刀伤人", "stabbing"),
    "arson": Text2("放火", "arson"),
    "poisoning": Text2("投毒", "poisoning"),
    "rape": Text2("性侵", "rape"),
    "hostage": Text2("劫持人质", "hostage taking"),
    "mass_disturbance": Text2("群体暴力", "mass disturbance"),
    "suicide_jump": Text2("自杀", "suicide attempt"),
    "reported": Text2("报警", "report"),
    "answered": Text2("接听", "answer"),
    "dispatched": Text2("派警", "dispatch"),
    "contact": Text2("联系报警人", "contact"),
    "arrived": Text2("到场", "arrival"),
    "feedback": Text2("反馈", "feedback"),
    "closed": Text2("办结", "closing"),
    "hold": Text2("暂不通知", "kept back"),
    "exercise": Text2("照常通知，标明演练", "told, marked as an exercise"),
    "count": Text2("起数", "count"),
    "ratio": Text2("倍数", "ratio"),
    "score": Text2("评分", "score"),
    "fire": Text2("触发", "fires at"),
    "clear": Text2("解除", "clears at"),
    "free_below": Text2("空闲警力低于", "free units below"),
    "free_at_least": Text2("空闲警力至少", "free units at least"),
    "level": Text2("级别", "level"),
    "floor": Text2("最少起数", "least count"),
    "for": Text2("须持续", "must hold for"),
    "keep_firing": Text2("解除前须平稳", "must be calm for"),
    "route": Text2("通知方式", "route"),
    "message": Text2("消息", "message"),
}
_DISTANCES: Final = {"radius"}
_LADDER = re.compile(r"^levels\.(I{1,3}|IV)(?:\.(fire|clear)(?:\.(\w+))?)?$")


class Teller(Struct, frozen=True):
    """Says the parts of a rule book in one language."""

    language: str
    calendar: Calendar
    tree: Tree

    def say(self, zh: str, en: str) -> str:
        """The words of the language."""
        return zh if self.language == "zh" else en

    def both(self, text: Any) -> str:
        """The text of a struct that has both."""
        return str(getattr(text, self.language))

    def word(self, name: str) -> str:
        """The word for a name of the format; the name itself where there is none."""
        return self.both(_WORDS[name]) if name in _WORDS else name

    def level(self, level: str) -> str:
        """`二级（II）`, or `level II`."""
        return self.say(f"{_LEVELS[level]}（{level}）", f"level {level}")

    def span(self, duration: str) -> str:
        """`30m` in words."""
        return f"{duration[:-1]}{self.both(_UNITS[duration[-1]])}"

    def list(self, parts: list[str]) -> str:
        """Several things, one after the other."""
        return self.say("、", ", ").join(parts)

    def category(self, code: str) -> str:
        """A category code or a critical category with its name."""
        if code in CATEGORIES:
            return f"{code} {self.both(CATEGORIES[code])}"
        return self.word(code)

    def area(self, area_id: str) -> str:
        """An area's id with its name."""
        entry = self.tree.entries.get(area_id)
        name = entry.value.name if entry is not None else self.tree.own.name(area_id)
        said = self.both(name)
        if said in {"", area_id}:
            return area_id
        return self.say(f"{said}（{area_id}）", f"{said} ({area_id})")

    def when(self, when: When) -> str:
        """A condition as one phrase; `always` where it has none."""
        parts = [self.area(a) for a in listed(when.area)]
        said = [self.list(parts)] if parts else []
        for names, zh, en in (
            (listed(when.tag), "标签", "tagged "),
            (listed(when.source), "来源", "reported by "),
        ):
            said += [self.say(zh, en) + self.list(names)] if names else []
        if categories := [self.category(c) for c in listed(when.category)]:
            said.append(self.list(categories))
        if days := [self.word(d) for d in listed(when.day)]:
            said.append(self.list(days))
        if bands := [self._band(b) for b in listed(when.time)]:
            said.append(self.list(bands))
        if isinstance(when, SuppressWhen):
            if rules := listed(when.rule):
                said.append(self.say("规则", "rule ") + self.list(rules))
            if texts := listed(when.text):
                said.append(
                    self.say("含“", 'with the words "') + self.list(texts) + self.say("”", '"')
                )
        return self.say("，", "; ").join(said) or self.say("始终", "always")

    def change(self, name: str, value: Any) -> str:
        """One line of an override's `set`."""
        called = self.field(name)
        if value is None:
            return self.say(f"取消{called}", f"no {called}")
        return self.say(
            f"{called}：{self.value(name, value)}", f"{called}: {self.value(name, value)}"
        )

    def field(self, name: str) -> str:
        """A dotted field in words, as far as there are some."""
        match = _LADDER.match(name)
        if match is None:
            return self.word(name)
        level, side, unit = match.groups()
        parts = [self.level(level), *(self.word(part) for part in (side, unit) if part)]
        return self.say("", " ").join(parts)

    def value(self, name: str, value: Any) -> str:
        """A value in words: durations, levels, and limits by unit."""
        if isinstance(value, dict):
            return self.list([f"{self.word(k)} {self.value(k, v)}" for k, v in value.items()])
        if isinstance(value, list):
            return self.list([self.value(name, item) for item in value])
        if name == "level" and value in _LEVELS:
            return self.level(value)
        text = str(value)
        if name.rpartition(".")[2] in _DISTANCES:
            return text
        return self.span(text) if re.fullmatch(r"\d+[smhdw]", text) else text

    def _band(self, name: str) -> str:
        spans = self.calendar.file.bands.get(name)
        if spans is None:
            return name
        text = spans if isinstance(spans, str) else self.list(list(spans))
        return self.say(f"{name}（{text}）", f"{name} ({text})")


def cell(text: str) -> str:
    """Text for a table cell or a line of Markdown: one line, nothing that is read as markup."""
    flat = " ".join(text.split())
    return re.sub(r"([\\|*_`\[\]])", r"\\\1", flat).replace("<", "&lt;")
