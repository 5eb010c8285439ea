"""Templates that can only read what they are given: no calls, no attributes, no growth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext, Undefined
from jinja2.sandbox import SandboxedEnvironment

__all__ = ["LOOP_NAMES", "Refused", "Template", "TemplateError", "compiled", "parsed"]

LOOP_NAMES: Final = ("first", "index", "index0", "last", "length")
"""What a loop tells of itself."""
FILTERS: Final = frozenset(
    {"count", "d", "default", "first", "int", "join", "last", "length", "lower", "round", "upper"}
)
TESTS: Final = frozenset({"defined", "divisibleby", "even", "in", "none", "number", "odd"})
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr,
    nodes.Getitem, nodes.If, nodes.CondExpr, nodes.For, nodes.Filter, nodes.Test, nodes.Keyword,
    nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Add, nodes.Sub, nodes.Mul,
    nodes.Div, nodes.Neg, nodes.Concat, nodes.List, nodes.Tuple,
)  # fmt: skip
_OPERATORS = frozenset({"+", "-", "*", "/"})


class Refused(Exception):  # noqa: N818 - a template is refused; nothing went wrong in the program
    """A template that uses what messages do not have; the text says what."""


class _Environment(SandboxedEnvironment):
    """Jinja's sandbox, with names of mappings as the only attributes and numbers to reckon with."""

    intercepted_binops = _OPERATORS

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in LOOP_NAMES:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        if isinstance(obj, list) and isinstance(argument, int) and argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(v, int | float) for v in (left, right)):
            raise SecurityError(f"`{operator}` is for numbers; texts are joined with `~`")
        return super().call_binop(context, operator, left, right)


def parsed(text: str) -> nodes.Template:
    """The tree of a template that uses only what messages have. Raises Refused with the reason."""
    try:
        tree = _ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        raise Refused(f"not a template: {error.message}") from error
    for node in _walk(tree):
        _check(node)
    for loop in tree.find_all(nodes.For):
        if any(inner is not loop for inner in loop.find_all(nodes.For)) or loop.recursive:
            raise Refused("a loop within a loop; one list after the other is all there is")
        if not isinstance(loop.target, nodes.Name):
            raise Refused("a loop has one name: `{% for id in incidents %}`")
    return tree


def compiled(text: str) -> Template:
    """A template ready to be rendered; `parsed` has to have accepted it."""
    return _ENVIRONMENT.from_string(text)


def _check(node: nodes.Node) -> None:
    if not isinstance(node, _ALLOWED):
        raise Refused(f"{_said(node)} is not for messages: only names, `if`, `for` and filters are")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise Refused(f"no filter `{node.name}` (filters: {', '.join(sorted(FILTERS))})")
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        raise Refused(f"no test `{node.name}` (tests: {', '.join(sorted(TESTS))})")
    if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
        raise Refused("in brackets stands a position, as in `incidents[0]`")


def _said(node: nodes.Node) -> str:
    words = {"Call": "a call", "Macro": "a macro", "Assign": "`set`", "Include": "`include`"}
    return words.get(type(node).__name__, type(node).__name__.lower())


def _walk(node: nodes.Node) -> list[nodes.Node]:
    found = [node]
    for child in node.iter_child_nodes():
        found += _walk(child)
    return found


def _shown(value: Any) -> Any:
    """A number as people write it, a list by its items, and nothing for none."""
    if value is None:
        return ""
    if isinstance(value, Undefined):
        return value
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.1f}"
    return ", ".join(map(str, value)) if isinstance(value, list) else value


# A message is plain text; a sink that writes HTML escapes it, as it must with any text.
_ENVIRONMENT = _Environment(
    undefined=StrictUndefined, autoescape=False, finalize=_shown, trim_blocks=True
)
_ENVIRONMENT.globals.clear()
_ENVIRONMENT.filters = {n: f for n, f in _ENVIRONMENT.filters.items() if n in FILTERS}
