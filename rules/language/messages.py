"""Texts of alerts: templates checked when they are loaded, and texts for rules that have none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo
from difflib import get_close_matches
from functools import lru_cache

from jinja2 import nodes

from rules.language.message_names import Kind, Language, names_of, values_of
from rules.language.message_samples import samples
from rules.language.problem import Problem
from rules.language.sandbox import LOOP_NAMES, Refused, Template, compiled, parsed
from rules.language.schema.common import Message, Title
from streams.records import Alert, Text2

__all__ = ["DEFAULTS", "LIMIT", "AlertText", "compile_message", "problems"]

LIMIT = 500
"""Characters of a text at most: what a phone shows and every channel takes."""
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_PLAIN = (
    nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.If, nodes.Test, nodes.Not,
    nodes.And, nodes.Or,
)  # fmt: skip
_LONGEST_VALUE = 20
"""Characters of the longest value in an alert that messages are tried on."""
_SAYS_STATUS = frozenset({"status", "status_name", "over", "reason"})

DEFAULTS: dict[Kind, Message] = {
    "keyword": Message(
        zh="{{ title }}（{{ level_name }}）：{{ area.name }}"
        "{% if words %}，命中“{{ words | join('、') }}”"
        "{% elif by_wording %}，未见关键词，由表述判断{% endif %}"
        "{% if count > 1 %}，{{ count }}起报警{% endif %}"
        "{% if divert.to and not over %}，建议转{{ divert.desk }}（把握{{ divert.sure }}%）"
        "{% if divert.to == 'antifraud' %}，建议紧急止付{% endif %}"
        "{% if divert.amount is not none %}，涉款{{ divert.amount }}"
        "{% if divert.currency %} {{ divert.currency }}{% endif %}{% endif %}"
        "{% if divert.minutes is not none %}，约{{ divert.minutes }}分钟前转出{% endif %}"
        "{% endif %}"
        "{% if area.unclear and not over %}，管辖待定，就近先行处置{% endif %}"
        "{% if over %}，警情已{{ status_name }}{% endif %}",
        en="{{ title }} ({{ level_name }}) in {{ area.name }}"
        "{% if words %}, matched {{ words | join(', ') }}"
        "{% elif by_wording %}, judged by the wording, no keyword{% endif %}"
        "{% if count > 1 %}, {{ count }} reports{% endif %}"
        "{% if divert.to and not over %}; suggests {{ divert.desk }} ({{ divert.sure }}% sure)"
        "{% if divert.to == 'antifraud' %}, suggests to stop the payment{% endif %}"
        "{% if divert.amount is not none %}, sum {{ divert.amount }}"
        "{% if divert.currency %} {{ divert.currency }}{% endif %}{% endif %}"
        "{% if divert.minutes is not none %}, gone {{ divert.minutes }} min ago{% endif %}"
        "{% endif %}"
        "{% if area.unclear and not over %}; jurisdiction unclear, nearest goes first{% endif %}"
        "{% if over %}, {{ status_name }}{% endif %}",
    ),
    "heat": Message(
        zh="{% if over %}{{ title }}{{ status_name }}：{{ area.name }}，"
        "近{{ window }}分钟{{ observed }}起"
        "{% else %}{{ title }}（{{ level_name }}）：{{ area.name }}"
        "{% if areas %}（{{ areas | count }}个辖区：{{ areas | join('、') }}）{% endif %}"
        "近{{ window }}分钟{{ observed }}起"
        "{% if calls is not none %}（来电{{ calls }}次）{% endif %}"
        "{% if expected is not none %}，常态{{ expected }}起{% endif %}"
        "{% if threshold_count is not none %}，阈值{{ threshold_count }}起{% endif %}"
        "{% if threshold_ratio is not none %}，阈值{{ threshold_ratio }}倍{% endif %}"
        "{% if threshold_score is not none %}，阈值{{ threshold_score }}分{% endif %}"
        "{% if load is not none %}，警力负荷{{ load }}，在岗{{ units }}{% endif %}{% endif %}",
        en="{% if over %}{{ title }} {{ status_name }} in {{ area.name }}: "
        "{{ observed }} in {{ window }} min"
        "{% else %}{{ title }} ({{ level_name }}) in {{ area.name }}"
        "{% if areas %} (areas: {{ areas | count }}, {{ areas | join(', ') }}){% endif %}: "
        "{{ observed }} in {{ window }} min"
        "{% if calls is not none %} ({{ calls }} calls){% endif %}"
        "{% if expected is not none %}, {{ expected }} expected{% endif %}"
        "{% if threshold_count is not none %}, threshold {{ threshold_count }}{% endif %}"
        "{% if threshold_ratio is not none %}, threshold {{ threshold_ratio }} x{% endif %}"
        "{% if threshold_score is not none %}, threshold score {{ threshold_score }}{% endif %}"
        "{% if load is not none %}, load {{ load }} on {{ units }} unit(s){% endif %}"
        "{% endif %}",
    ),
    "coverage": Message(
        zh="{{ title }}（{{ level_name }}）：{{ area.name }}"
        "{% if over %}，已{{ status_name }}{% endif %}"
        "{% if observed is not none %}，空闲警力{{ observed }}{% endif %}"
        "{% if reserve is not none %}（机动力量预留{{ reserve }}）{% endif %}"
        "{% if need is not none %}，在岗{{ units }}，应有{{ need }}{% endif %}"
        "{% if moves %}，建议调派：{{ moves | join('、') }}{% endif %}",
        en="{{ title }} ({{ level_name }}) in {{ area.name }}"
        "{% if over %}, {{ status_name }}{% endif %}"
        "{% if observed is not none %}, {{ observed }} unit(s) free{% endif %}"
        "{% if reserve is not none %} (reserve {{ reserve }}){% endif %}"
        "{% if need is not none %}, {{ units }} on duty, {{ need }} needed{% endif %}"
        "{% if moves %}, could come: {{ moves | join(', ') }}{% endif %}",
    ),
    "process": Message(
        zh="{{ title }}（{{ level_name }}）：{{ area.name }}"
        "{% if over %}，已{{ status_name }}{% endif %}"
        "{% if observed is not none %}，已过{{ observed }}分钟{% endif %}"
        "{% if threshold is not none %}，时限{{ threshold }}分钟{% endif %}",
        en="{{ title }} ({{ level_name }}) in {{ area.name }}"
        "{% if over %}, {{ status_name }}{% endif %}"
        "{% if observed is not none %}, {{ observed }} min passed{% endif %}"
        "{% if threshold is not none %}, limit {{ threshold }} min{% endif %}",
    ),
}
"""What a rule without a message says."""


class AlertText:
    """The message of one rule, ready to be rendered; never raises, whatever the alert holds."""

    def __init__(
        self, kind: Kind, message: Message | None, title: Text2 | Title, zone: tzinfo = UTC
    ) -> None:
        self._title = Text2(title.zh, title.en)
        self._zone = zone
        self._own = None if message is None else _Pair(message)
        self._default = _default(kind)

    def render(self, alert: Alert) -> Text2:
        """The alert's text in both languages, each at most `LIMIT` characters in one line."""
        return Text2(zh=self._text(alert, "zh"), en=self._text(alert, "en"))

    def _text(self, alert: Alert, language: Language) -> str:
        values = values_of(alert, self._title, language, self._zone)
        text = ""
        if self._own is not None:
            try:
                text = _line(self._own.templates[language].render(values))
            except Exception:  # noqa: BLE001 - an alert is told with the plain text rather than not
                text = ""
            if text and values["over"] and language not in self._own.tell_the_end:
                name = values["status_name"]
                text = f"【{name}】{text}" if language == "zh" else f"[{name}] {text}"
        return _cut(text or _line(self._default.templates[language].render(values)))


def compile_message(
    kind: Kind, message: Message | None, title: Text2 | Title, zone: tzinfo = UTC
) -> AlertText:
    """The text of a rule. Raises ValueError where `problems` finds some.

    zone: the clock on which `time` and `began` are told. A text that speaks of no status gets its
    end put before it, so that an end never looks like a new alert.
    """
    if message is not None:
        for problem in problems(message, kind):
            raise ValueError(problem.message)
    return AlertText(kind, message, title, zone)


def problems(message: Message, kind: Kind) -> Iterator[Problem]:
    """Names that alerts of the kind do not have, what templates may not do, texts too long."""
    for language in LANGUAGES:
        yield from _problems_of(getattr(message, language), kind, language)


@lru_cache(maxsize=2048)
def _problems_of(text: str, kind: Kind, language: Language) -> tuple[Problem, ...]:
    try:
        tree = parsed(text)
    except Refused as refused:
        return (Problem((language,), "message.template", f"message: {refused}"),)
    unknown = tuple(
        Problem((language,), "message.name", f'message uses "{name}", {wanted}', suggestion)
        for name, wanted, suggestion in _unknown(tree, kind)
    )
    return unknown or (() if _plain(tree) else tuple(_tried(text, kind, language)))


class _Pair:
    """The templates of both languages, and which of them tell of an end by themselves."""

    def __init__(self, message: Message) -> None:
        texts: dict[Language, str] = {"zh": message.zh, "en": message.en}
        self.templates: dict[Language, Template] = {k: compiled(t) for k, t in texts.items()}
        self.tell_the_end = {
            language
            for language, text in texts.items()
            if _SAYS_STATUS & {name.name for name in parsed(text).find_all(nodes.Name)}
        }


@lru_cache
def _default(kind: Kind) -> _Pair:
    return _Pair(DEFAULTS[kind])


def _unknown(tree: nodes.Template, kind: Kind) -> Iterator[tuple[str, str, str]]:
    """(name, what is wrong with it, suggestion) of names that are not there."""
    known = names_of(kind)
    absent = f"which alerts of kind {kind} do not have"
    groups = {path.partition(".")[0] for path in known if "." in path}
    targets = [loop.target for loop in tree.find_all(nodes.For)]
    own = {target.name for target in targets if isinstance(target, nodes.Name)}
    for path in _paths(tree):
        root, _, rest = path.partition(".")
        if (root == "loop" and rest in LOOP_NAMES and own) or path in own or path in known:
            continue
        if root in own or root in known:
            yield path, f'but "{root}" has no parts', root
        elif root not in groups:
            roots = [*groups, *(p for p in known if "." not in p)]
            yield root, absent, _close(root, roots)
        elif rest:
            yield path, absent, _close(path, known)
        else:
            parts = ", ".join(p for p in known if p.startswith(f"{root}."))
            yield path, f"which is no value but several ({parts})", f"{root}.name"
    for loop in tree.find_all(nodes.For):
        path = _path(loop.iter) or ""
        if path not in known or not known[path].many:
            yield path or "for", "which is no list to go through", ""


def _paths(tree: nodes.Node) -> Iterator[str]:
    """Every name that is read, with the names of its parts."""
    for child in tree.iter_child_nodes():
        path = _path(child)
        if path is not None:
            yield path
        else:
            yield from _paths(child)


def _path(node: nodes.Node) -> str | None:
    """`area.name` of the node that reads it; None for any other node and for a loop's own name."""
    if isinstance(node, nodes.Name):
        return node.name if node.ctx == "load" else None
    if isinstance(node, nodes.Getattr):
        inner = _path(node.node)
        return None if inner is None else f"{inner}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        inner = _path(node.node)
        part = node.arg.value if isinstance(node.arg, nodes.Const) else ""
        return inner if inner is None or isinstance(part, int) else f"{inner}.{part}"
    return None


def _plain(tree: nodes.Template) -> bool:
    """Whether nothing can go wrong: only names and `is none`, some words, and far from too long.

    Most messages are so; to compile one and try it takes longer than all other checks of its rule.
    """
    found = list(tree.find_all(nodes.Node))
    words = [node.data for node in found if isinstance(node, nodes.TemplateData)]
    names = sum(isinstance(node, nodes.Name) for node in found)
    first = next(iter(tree.body), None)
    says = isinstance(first, nodes.Output) and any(
        isinstance(part, nodes.TemplateData) and part.data.strip() for part in first.nodes
    )
    return (
        says
        and sum(map(len, words)) + names * _LONGEST_VALUE <= LIMIT
        and all(isinstance(node, _PLAIN) for node in found)
        and all(test.name == "none" for test in tree.find_all(nodes.Test))
    )


def _tried(text: str, kind: Kind, language: Language) -> Iterator[Problem]:
    """Render every sample; the first that fails, says nothing or too much is told."""
    template = compiled(text)
    for name, alert in samples(kind):
        values = values_of(alert, Text2("示例", "Example"), language, UTC)
        try:
            shown = _line(template.render(values))
        except Exception as error:  # noqa: BLE001 - whatever a template does wrong is told
            message = f"message fails for {name}: {error}"
            yield Problem((language,), "message.fails", message)
            return
        if not shown:
            yield Problem((language,), "message.empty", f"message says nothing for {name}")
            return
        if len(shown) > LIMIT:
            said = f"message has {len(shown)} characters for {name}; at most {LIMIT} are told"
            yield Problem((language,), "message.long", said)
            return


def _line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str) -> str:
    return text if len(text) <= LIMIT else f"{text[: LIMIT - 1]}…"


def _close(name: str, known: Iterable[str]) -> str:
    return next(iter(get_close_matches(name, list(known), 1)), "")
