"""The grammar that training texts are made from: word slots and sentence templates in YAML.

A file of `grammar/*.yaml`:

    schema: grammar/1
    slots:                      # named lists of phrases, known in this file only;
      men: [两个男的, "(一|几)个{look}的人"]     # those of common.yaml are known in every file
      look: [戴帽子, 穿黑衣服]
    sentences:
      - label: kidnapping       # one of LABELS
        lang: zh                # zh or en: which noise is put on it
        note: told without the word           # optional, for the reader
        texts:
          - "{person}被{men}(硬|)拽上(一辆|){car}，(往{direction}开|跑)了"

In texts and in phrases `{name}` stands for one phrase of that slot, `(a|b|)` for one of its
alternatives (one may be empty, they may nest); every other sign stands for itself, so brackets that
are meant as such are written in full width. A file's own slot goes before the common one of the
same name. Slots may use other slots, but not themselves. Texts are written as people say them,
without greetings, "come quickly" or "the caller says": noise.py adds those.

Beside them common.yaml has `alike`: groups of words that may stand for each other in any text.

Every text is one template: what is held out while training is held out by template, so two texts
should differ in how they tell it, not in a word that a slot could hold.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import yaml
from msgspec import Struct

from rules.critical.model import ATTEND, CATEGORIES, OUTCOMES
from streams.errors import RuleError

__all__ = ["LABELS", "Grammar", "Lang", "Template"]

LABELS = (*CATEGORIES, *OUTCOMES, ATTEND, "none")
"""The twelve categories, the outcomes, `attend` (grade III) and `none` (grade IV)."""

COMMON = "common.yaml"
SHIPPED = Path(__file__).with_name("grammar")

Lang = Literal["zh", "en"]

_TOKENS = re.compile(r"[()|]|\{[a-z0-9_]+\}|[^()|{}]+|[{}]")


class Sentences(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Templates with the same label."""

    label: str
    lang: Lang
    texts: list[str]
    note: str = ""


class GrammarFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file of the grammar."""

    schema: Literal["grammar/1"]
    slots: dict[str, list[str]] = {}
    alike: list[list[str]] = []
    sentences: list[Sentences] = []


class Slot(Struct, frozen=True):
    """A place that a phrase of this slot fills."""

    name: str


class Choice(Struct, frozen=True):
    """One of several continuations."""

    options: tuple[tuple[Part, ...], ...]


Part = str | Slot | Choice
Parts = tuple[Part, ...]
Slots = dict[str, tuple[Parts, ...]]


class Template(Struct, frozen=True):
    """One sentence template: `file` and `text` say where it comes from."""

    label: str
    lang: Lang
    file: str
    text: str
    parts: Parts


class Grammar:
    """All templates of a directory, and how one of them becomes a text."""

    def __init__(self, files: dict[str, GrammarFile]) -> None:
        """Raises RuleError that lists every fault."""
        faults: list[str] = []
        self._slots: dict[str, Slots] = {}
        self.templates: list[Template] = []
        common = _slots(files.get(COMMON), COMMON, faults)
        for name, file in sorted(files.items()):
            self._slots[name] = common | _slots(file, name, faults)
            for sentences in file.sentences:
                if sentences.label not in LABELS:
                    faults.append(f"{name}: no such label: {sentences.label}; use one of {LABELS}")
                for text in sentences.texts:
                    parts = _parsed(text, name, faults)
                    template = Template(sentences.label, sentences.lang, name, text, parts)
                    self.templates.append(template)
            _check(self._slots[name], [t for t in self.templates if t.file == name], name, faults)
        _check_distinct(self.templates, faults)
        if faults:
            raise RuleError("\n".join(faults))
        self._files = files
        self.alike = [words for file in files.values() for words in file.alike]

    @classmethod
    def load(cls, directory: Path = SHIPPED) -> Grammar:
        """All `*.yaml` of a directory. Raises RuleError."""
        files = {}
        for path in sorted(directory.glob("*.yaml")):
            try:
                data = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
                files[path.name] = msgspec.convert(data, GrammarFile)
            except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
                raise RuleError(f"{path.name}: {error}; see the docstring of grammar.py") from error
        return cls(files)

    @cached_property
    def digest(self) -> str:
        """What the texts depend on, as 16 hexadecimal digits: shipped weights name it."""
        return hashlib.sha256(msgspec.json.encode(self._files, order="sorted")).hexdigest()[:16]

    def say(self, template: Template, random: np.random.Generator) -> str:
        """One text of a template, by chance."""
        return _said(template.parts, self._slots[template.file], random)

    def phrase(self, slot: str, random: np.random.Generator) -> str:
        """One phrase of a common slot, by chance."""
        return _said((Slot(slot),), self._slots[COMMON], random)


def _said(parts: Parts, slots: Slots, random: np.random.Generator) -> str:
    said = []
    for part in parts:
        match part:
            case str():
                said.append(part)
            case Slot(name):
                phrases = slots[name]
                said.append(_said(phrases[int(random.integers(len(phrases)))], slots, random))
            case Choice(options):
                said.append(_said(options[int(random.integers(len(options)))], slots, random))
    return "".join(said)


def _slots(file: GrammarFile | None, name: str, faults: list[str]) -> Slots:
    slots = file.slots if file else {}
    return {
        slot: tuple(_parsed(phrase, f"{name}: slot {slot}", faults) for phrase in phrases)
        for slot, phrases in slots.items()
    }


def _parsed(text: str, place: str, faults: list[str]) -> Parts:
    tokens = _TOKENS.findall(text)
    options, at = _options(tokens, 0)
    if at != len(tokens) or "{" in tokens or "}" in tokens:
        faults.append(f"{place}: brackets do not pair, or a slot's name is not a-z0-9_: {text}")
    return options[0] if len(options) == 1 else (Choice(options),)


def _options(tokens: list[str], at: int) -> tuple[tuple[Parts, ...], int]:
    """Alternatives from token `at` up to the bracket that closes them, and where that stands."""
    options: list[Parts] = []
    parts: list[Part] = []
    while at < len(tokens) and tokens[at] != ")":
        sign = tokens[at]
        if sign == "(":
            inner, at = _options(tokens, at + 1)
            parts.append(Choice(inner))
            if at == len(tokens):
                at += 1  # never closed: one past the end tells it
                break
        elif sign == "|":
            options.append(tuple(parts))
            parts = []
        else:
            slot = sign.startswith("{") and sign.endswith("}")
            parts.append(Slot(sign[1:-1]) if slot else sign)
        at += 1
    return (*options, tuple(parts)), at


def _check(slots: Slots, templates: list[Template], name: str, faults: list[str]) -> None:
    """Every slot that is named is there, holds something, and does not use itself."""
    uses = {slot: _names(phrases) for slot, phrases in slots.items()}
    for slot, phrases in slots.items():
        if not phrases:
            faults.append(f"{name}: slot {slot} is empty")
        if slot in _reached(slot, uses):
            faults.append(f"{name}: slot {slot} uses itself")
    named = {n for used in uses.values() for n in used}
    named |= _names(template.parts for template in templates)
    unknown = sorted(named - set(slots))
    faults.extend(f"{name}: no slot {{{slot}}} here or in {COMMON}" for slot in unknown)


def _names(phrases: Iterable[Parts]) -> set[str]:
    names: set[str] = set()
    for parts in phrases:
        for part in parts:
            if isinstance(part, Slot):
                names.add(part.name)
            elif isinstance(part, Choice):
                names |= _names(part.options)
    return names


def _reached(slot: str, uses: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = set(uses[slot])
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead |= uses.get(name, set())
    return reached


def _check_distinct(templates: list[Template], faults: list[str]) -> None:
    seen: dict[str, Template] = {}
    for template in templates:
        first = seen.setdefault(template.text, template)
        if first is not template:
            faults.append(f"{template.file}: also in {first.file}, {first.label}: {template.text}")
