"""A YAML file as entries that own their comments, so that an entry can move and keep them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from streams.yaml_nodes import lines_of

__all__ = ["COLLECTIONS", "Entry", "Node", "Tree", "read_tree"]

COLLECTIONS = frozenset({"list", "mapping"})

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+(?=#)")
_LAST = 1 << 30


class Node:
    """A scalar, an alias, a list or a mapping, with the lines and columns (from 0) it stands on.

    below: lines of comment after the last of its entries.
    """

    def __init__(self, event: Any, kind: str) -> None:
        self.kind = kind  # scalar, alias, list or mapping
        self.line: int = event.start_mark.line
        self.column: int = event.start_mark.column
        self.end: tuple[int, int] = (event.end_mark.line, event.end_mark.column)
        self.anchor: str | None = event.anchor
        self.value: str = event.value if kind == "scalar" else (event.anchor or "")
        self.style: str = (event.style or "") if kind == "scalar" else ""
        self.tagged = getattr(event, "tag", None) is not None
        self.flow = bool(getattr(event, "flow_style", False))
        self.entries: list[Entry] = []
        self.below: list[str] = []

    @property
    def commented(self) -> bool:
        """Whether a comment stands inside, so that it cannot be written in one line."""
        return any(self.below) or any(
            entry.comment or any(entry.above) or entry.node.commented for entry in self.entries
        )

    @property
    def block(self) -> bool:
        """Whether it is a list or mapping with an entry a line."""
        return self.kind in COLLECTIONS and not self.flow


class Entry:
    """An item of a list, or a key and its value.

    above: lines of comment before it; an empty text is a blank line. comment: the one at the end
    of its line. column: that of its key, or of its dash.
    """

    def __init__(self, key: Node | None, node: Node, parent: Node) -> None:
        self.key = key
        self.node = node
        self.parent = parent
        self.line, self.column = (key or node).line, (key or node).column
        if key is None and not parent.flow:
            self.column = parent.column
        self.above: list[str] = []
        self.comment = ""


class Tree:
    """The root, the comment lines before and after all of it, and the text in lines."""

    def __init__(self, root: Node | None, lines: list[str]) -> None:
        self.root = root
        self.lines = lines
        self.head: list[str] = []
        self.tail: list[str] = []
        self.anchored = False

    def source(self, node: Node) -> str | None:
        """The node as it was written, if it stands on one line."""
        if node.end[0] != node.line:
            return None
        return self.lines[node.line][node.column : node.end[1]]

    def comments(self) -> list[str]:
        """Every comment of the tree, in no particular order."""
        held = [*self.head, *self.tail, *(self.root.below if self.root is not None else ())]
        for entry in _walk(self.root):
            held += [*entry.above, *entry.node.below, entry.comment]
        return sorted(text for text in held if text)


def read_tree(text: str) -> Tree:
    """The tree of a file that has one document without faults of form."""
    lines = lines_of(text)
    builder = _Builder()
    for event in yaml.parse(text, Loader=_LOADER):
        builder.take(event)
    tree = Tree(builder.root, lines)
    tree.anchored = builder.anchored
    _Comments(tree, builder.scalars).give()
    return tree


class _Builder:
    """Nodes from the parser's events."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.scalars: list[Node] = []
        self.anchored = False
        self._open: list[tuple[Node, list[Node]]] = []

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            node = Node(event, "scalar")
            self.scalars.append(node)
            self._put(node)
        elif isinstance(event, yaml.AliasEvent):
            self._put(Node(event, "alias"))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open.append((Node(event, "list"), []))
        elif isinstance(event, yaml.MappingStartEvent):
            self._open.append((Node(event, "mapping"), []))
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self._close(event)

    def _close(self, event: Any) -> None:
        node, inner = self._open.pop()
        if node.kind == "list":
            node.entries = [Entry(None, item, node) for item in inner]
        else:
            pairs = zip(inner[::2], inner[1::2], strict=True)
            node.entries = [Entry(key, value, node) for key, value in pairs]
        if node.flow:
            node.end = (event.end_mark.line, event.end_mark.column)
        elif node.entries:
            # The parser ends a block where the next token begins; it ends with its last entry.
            node.end = node.entries[-1].node.end
        self._put(node)

    def _put(self, node: Node) -> None:
        self.anchored |= node.anchor is not None
        if self._open:
            self._open[-1][1].append(node)
        else:
            self.root = node


class _Comments:
    """Finds the comments of a file, and the entry that each belongs to."""

    def __init__(self, tree: Tree, scalars: list[Node]) -> None:
        self._tree = tree
        self._entries = list(_walk(tree.root))
        self._spans: dict[int, list[tuple[int, int]]] = {}
        self._begin = _by(self._entries, lambda entry: entry.line)
        self._end = _by(self._entries, lambda entry: entry.node.end[0])
        for node in scalars:
            self._occupy(node)

    def give(self) -> None:
        """Hand out all comments."""
        waiting: list[tuple[int, str]] = []
        begun = 0
        for line, text in enumerate(self._tree.lines):
            at = self._start(line)
            new = begun
            while new < len(self._entries) and self._entries[new].line <= line:
                new += 1
            if new > begun:
                self._above(waiting, begun)
                waiting, begun = [], new
            if at is not None and text[:at].strip():
                self._beside(text[at:].rstrip(), line, at, waiting)
            elif at is not None:
                waiting.append((at, text[at:].rstrip()))
            elif not text.strip() and line not in self._spans:
                waiting.append((-1, ""))
        self._above(waiting, len(self._entries))

    def _occupy(self, node: Node) -> None:
        """Note which characters of which lines are text, so that a `#` there is no comment."""
        (last, column), lines = node.end, self._tree.lines
        header = _HEADER.search(lines[node.line], node.column) if node.style in "|>" else None
        for line in range(node.line, last + 1):
            start = node.column if line == node.line else 0
            end = column if line == last else _LAST
            if line == node.line and header is not None and node.style:
                end = header.end()
            if end > start:
                self._spans.setdefault(line, []).append((start, end))

    def _start(self, line: int) -> int | None:
        """Where the comment of a line begins."""
        text, at = self._tree.lines[line], -1
        while (at := text.find("#", at + 1)) >= 0:
            free = not any(start <= at < end for start, end in self._spans.get(line, ()))
            if free and (at == 0 or text[at - 1] in " \t"):
                return at
        return None

    def _above(self, waiting: list[tuple[int, str]], next_: int) -> None:
        """Whole lines of comment: those further in than what follows end what came before."""
        if next_ == 0:
            self._tree.head = [text for _, text in waiting]
            return
        following = self._entries[next_] if next_ < len(self._entries) else None
        column = following.column if following is not None else 0
        own = max((i + 1 for i, (at, _) in enumerate(waiting) if at > column), default=0)
        for at, text in waiting[:own]:
            below = self._around(next_ - 1, at).below
            if text or below:
                below.append(text)
        rest = [text for _, text in waiting[own:]]
        if following is not None:
            following.above = rest
        else:
            self._tree.tail = rest

    def _around(self, last: int, column: int) -> Node:
        """The collection that a comment ends: that of the last entry no further in than it."""
        at = last
        while at > 0 and self._entries[at].column > max(column, 0):
            at -= 1
        return self._entries[at].parent

    def _beside(self, text: str, line: int, at: int, waiting: list[tuple[int, str]]) -> None:
        """A comment behind something: it belongs to the outermost entry that ends there."""
        started = self._begin.get(line, [])
        ended = [e for e in self._end.get(line, ()) if e.node.end[1] <= at and not e.node.block]
        here = [entry for entry in ended if entry.line == line]
        owner = next(iter(here or ended), started[-1] if started else None)
        if owner is None:
            waiting.append((at, text))
        elif owner.comment:
            owner.above.append(text)
        else:
            owner.comment = text


def _by(entries: list[Entry], line: Callable[[Entry], int]) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = {}
    for entry in entries:
        found.setdefault(line(entry), []).append(entry)
    return found


def _walk(root: Node | None) -> Iterator[Entry]:
    """Every entry in the order of the file."""
    waiting = list(reversed(root.entries)) if root is not None else []
    while waiting:
        entry = waiting.pop()
        yield entry
        waiting += reversed(entry.node.entries)
