"""Report texts from templates: a pure function of the template and one big random number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct

from streams.records import Level
from streams.sources.synthetic.noise import VARIANTS, vary
from streams.sources.synthetic.people import People
from streams.sources.synthetic.tables import table

__all__ = ["UNSURE", "CriticalText", "Language", "TextBook", "language_of"]

Language = Literal["zh", "en", "mixed"]
_LANGUAGES: tuple[Language, ...] = (*("zh",) * 88, *("en",) * 7, *("mixed",) * 5)
UNSURE: Final = 100
"""Parts into which chance divides the calls whose category the seat has left open."""
_SLOT = re.compile(r"\{(\w+)\}")


class CriticalText(Struct, frozen=True):
    """A critical report's text, the grade it deserves, and which noise was put on it."""

    text: str
    level: Level
    variant: str


class _Template:
    """A text with slots, compiled so that filling it costs a few hundred nanoseconds."""

    __slots__ = ("_form", "_slots")

    def __init__(self, source: str, slots: Mapping[str, Sequence[str]]) -> None:
        self._form = _SLOT.sub("%s", source.replace("%", "%%"))
        self._slots = [(slots[name], len(slots[name])) for name in _SLOT.findall(source)]

    def fill(self, number: int) -> str:
        """The text that the digits of `number` choose, in the mixed base of the slots' sizes."""
        values = []
        for choices, size in self._slots:
            number, digit = divmod(number, size)
            values.append(choices[digit])
        return self._form % tuple(values)


_Forms = dict[str, list[_Template]]


class TextBook:
    """All templates of a city, filled with its roads and its people."""

    def __init__(self, people: People) -> None:
        ordinary, critical, names = table("texts"), table("critical"), table("names")
        common: dict[str, Sequence[str]] = {
            "road": [pair[0] for pair in names["roads"]],
            "road_en": [pair[1] for pair in names["roads"]],
            "estate": [pair[0] for pair in names["estates"]],
            "estate_en": [pair[1] for pair in names["estates"]],
            "phone": people.phones,
            "id_number": people.id_numbers,
            "plate": people.plates,
            "name": people.names,
        }
        slots = common | ordinary["slots"] | critical["slots"]
        self._ordinary = {k: _forms(v, slots) for k, v in ordinary["categories"].items()}
        self._decoys = {k: _forms(v, slots) for k, v in ordinary["decoys"].items()}
        self._repeats = _forms(ordinary["repeats"], slots)
        self._contacts = _forms(ordinary["contacts"], slots)
        self._critical: Final = {
            category: {
                language: [(_Template(form["t"], slots), form["l"]) for form in entry[language]]
                for language in ("zh", "en")
            }
            for category, entry in critical["categories"].items()
        }
        self.decoy_category: Final = {k: str(v["category"]) for k, v in ordinary["decoys"].items()}

    def ordinary(self, category: str, language: Language, number: int) -> str:
        """A report of a background category."""
        return _choose(self._ordinary[category], language, number)

    def decoy(self, kind: str, language: Language, number: int) -> str:
        """A report that sounds critical and is not: a drill, a shop's name, a question."""
        return _choose(self._decoys[kind], language, number)

    def repeat(self, language: Language, number: int) -> str:
        """A second call about an event that was reported before."""
        return _choose(self._repeats, language, number)

    def contact(self, language: Language, number: int) -> str:
        """What a caller adds about himself: personal, to be masked."""
        return _choose(self._contacts, language, number)

    def critical(self, category: str, language: Language, number: int) -> CriticalText:
        """A critical report, about a quarter of them with noise on the trigger word."""
        forms = self._critical[category]["en" if language == "en" else "zh"]
        number, index = divmod(number, len(forms))
        number, variant = divmod(number, len(VARIANTS))
        template, level = forms[index]
        text, applied = vary(template.fill(number), VARIANTS[variant])
        return CriticalText(text, level, applied)

    def grade(self, category: str, contact: int, number: int) -> Level:
        """The level of the critical report that these numbers of a call choose."""
        return self.critical(category, language_of(contact), number // UNSURE).level


def language_of(contact: int) -> Language:
    """The language that a caller's number chooses."""
    return _LANGUAGES[contact % 100]


def _forms(entry: Mapping[str, Any], slots: Mapping[str, Sequence[str]]) -> _Forms:
    return {
        language: [_Template(source, slots) for source in entry[language]]
        for language in ("zh", "en", "mixed")
        if language in entry
    }


def _choose(forms: _Forms, language: str, number: int) -> str:
    templates = forms.get(language) or forms["zh"]
    number, index = divmod(number, len(templates))
    return templates[index].fill(number)
