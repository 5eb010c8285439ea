"""The canonical layout of a rule file: order of keys, indentation, line breaks; same values."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator

from rules.language.format_order import Shape, shape_of_file
from rules.language.format_tree import COLLECTIONS, Entry, Node, Tree, read_tree
from streams.errors import RuleError
from streams.yaml_nodes import parse_yaml

__all__ = ["WIDTH", "formatted"]

WIDTH = 120
"""Columns of a line at most, where it can be broken; a Chinese character takes two."""
_NULL = frozenset({"", "~", "null"})
_PROPERTIES = re.compile(r"^((?:[&!]\S*\s+)*)")
_ESCAPES = {c: f"\\u{c:04x}" for c in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF)}


def formatted(raw: bytes, file: str) -> str:
    """The text of a rule file in its canonical layout; formatting it again changes nothing.

    Raises RuleError with the places of what is not well formed, and where values or comments
    would not survive (then nothing is to be written).
    """
    document = parse_yaml(raw, file)
    if document.faults:
        raise RuleError("\n".join(str(fault) for fault in document.faults))
    tree = read_tree(document.text)
    value = document.value
    kind = value.get("kind") if isinstance(value, dict) else None
    text = _Writer(tree).text(shape_of_file(kind if isinstance(kind, str) else ""))
    again = parse_yaml(text.encode(), file)
    if again.faults or again.value != value or read_tree(text).comments() != tree.comments():
        raise RuleError(
            f"{file}: its layout is one that cannot be written anew without a loss; the file is "
            "left as it is. Simplify it: no anchors, comments on lines of their own"
        )
    return text


class _Writer:
    """Writes a tree. What was one entry a line stays so; what was in one line, where it fits."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lines: list[str] = []

    def text(self, shape: Shape) -> str:
        tree = self._tree
        self._comments(_squeezed(tree.head, first=True), 0)
        root = tree.root
        if root is not None and root.kind in COLLECTIONS and root.entries:
            if self._lines and not tree.head[-1]:
                self._lines.append("")
            self._collection(root, 0, shape, first=True)
        elif root is not None and not _is_nothing(root):
            inline = self._inline(root, shape)
            self._lines += self._block(root, 2) if inline is None else [inline]
        if any(tree.tail):
            self._comments(_squeezed(tree.tail, first=not self._lines), 0)
        return "".join(f"{line}\n" for line in self._lines)

    def _collection(
        self,
        node: Node,
        indent: int,
        shape: Shape,
        *,
        first: bool = False,
        beside: bool = False,
    ) -> None:
        """Entries one below the other.

        first: nothing is above them, so no blank line. beside: nor the comments of the first.
        """
        for entry in self._ordered(node, shape):
            above = [] if first and beside else _squeezed(entry.above, first=first)
            self._comments(above, indent)
            if above and above[-1] and not entry.above[-1]:
                self._lines.append("")
            self._entry(entry, indent, self._inner(node, entry, shape))
            first = False
        self._comments(_squeezed(node.below, first=False), indent)

    def _entry(self, entry: Entry, indent: int, shape: Shape) -> None:
        pad, node = " " * indent, entry.node
        lead = f"{pad}-" if entry.key is None else f"{pad}{self._scalar(entry.key)}:"
        comment = f"  {entry.comment}" if entry.comment else ""
        if node.anchor is not None and node.kind in COLLECTIONS:
            lead = f"{lead} &{node.anchor}"
        if node.style and node.style in "|>":
            header, *body = self._block(node, indent + 2)
            self._lines += [f"{lead} {header}{comment}", *body]
            return
        inline = self._inline(node, shape)
        if inline is not None and (
            node.kind not in COLLECTIONS
            or not node.entries
            or (node.flow and not node.commented and _wide(f"{lead} {inline}") <= WIDTH)
        ):
            self._lines.append(f"{lead} {inline}{comment}")
            return
        if entry.key is None and comment:
            # Beside a dash alone it would be read as a comment on what follows.
            self._lines.append(f"{pad}{comment.lstrip()}")
            comment = ""
        if entry.key is None and node.anchor is None and node.kind == "mapping":
            self._compact(node, indent, shape)
            return
        self._lines.append(f"{lead}{comment}")
        self._collection(node, indent + 2, shape, first=True)

    def _compact(self, node: Node, indent: int, shape: Shape) -> None:
        """An item that is a mapping: its first key beside the dash, comments on that above it."""
        first, *_ = self._ordered(node, shape)
        self._comments(_squeezed(first.above, first=True), indent)
        at = len(self._lines)
        self._collection(node, indent + 2, shape, first=True, beside=True)
        self._lines[at] = f"{' ' * indent}- {self._lines[at][indent + 2 :]}"

    def _ordered(self, node: Node, shape: Shape) -> list[Entry]:
        if node.kind == "list" or self._tree.anchored:
            return node.entries
        by_key = {entry.key.value: entry for entry in node.entries if entry.key is not None}
        return [by_key[key] for key in shape.order(list(by_key), _values(node))]

    def _inner(self, node: Node, entry: Entry, shape: Shape) -> Shape:
        if entry.key is None:
            return shape.item()
        return shape.value(entry.key.value, _values(node))

    def _inline(self, node: Node, shape: Shape) -> str | None:
        """The node in one line; None where it holds a text of several lines."""
        if node.kind == "alias":
            return f"*{node.value}"
        if node.kind == "scalar":
            return None if node.style and node.style in "|>" else self._scalar(node)
        parts: list[str] = []
        for entry in self._ordered(node, shape):
            inner = self._inline(entry.node, self._inner(node, entry, shape))
            if inner is None:
                return None
            if entry.node.anchor is not None and entry.node.kind in COLLECTIONS:
                inner = f"&{entry.node.anchor} {inner}"
            parts.append(inner if entry.key is None else f"{self._scalar(entry.key)}: {inner}")
        joined = ", ".join(parts)
        return f"[{joined}]" if node.kind == "list" else f"{{{joined}}}"

    def _scalar(self, node: Node) -> str:
        """As it was written; null by its name; over several lines, as one."""
        source = self._tree.source(node)
        if node.kind == "alias":
            return f"*{node.value}"
        if not node.style and node.value in _NULL and not node.anchor and not node.tagged:
            return "null"
        if source is not None:
            return source
        if not node.style and "\n" not in node.value:
            return self._properties(node) + node.value
        return self._properties(node) + _quoted(node.value)

    def _block(self, node: Node, indent: int) -> list[str]:
        """A `|` or `>` text: its header, then its lines moved to their indentation."""
        start = self._tree.lines[node.line][node.column :]
        properties = self._properties(node)
        header = start[len(properties) :].split("#")[0].split()[0]
        if any(char.isdigit() for char in header):
            return [properties + _quoted(node.value)]
        last = node.end[0] if node.end[1] == 0 else node.end[0] + 1
        body = [line.rstrip(" \t") if not line.strip() else line
                for line in self._tree.lines[node.line + 1 : last]]  # fmt: skip
        if "+" not in header:
            while body and not body[-1]:
                body.pop()
        depth = min((len(line) - len(line.lstrip(" ")) for line in body if line), default=0)
        pad = " " * indent
        return [properties + header, *(pad + line[depth:] if line else "" for line in body)]

    def _properties(self, node: Node) -> str:
        """An anchor before a scalar."""
        match = _PROPERTIES.match(self._tree.lines[node.line][node.column :])
        return match.group(1) if match and (node.anchor or node.tagged) else ""

    def _comments(self, texts: list[str], indent: int) -> None:
        self._lines += [f"{' ' * indent}{text}" if text else "" for text in texts]


def _squeezed(texts: list[str], *, first: bool) -> list[str]:
    """Comment lines with at most one blank line in a row, none after them, none before a first."""
    return list(_squeeze(texts, first=first))


def _squeeze(texts: list[str], *, first: bool) -> Iterator[str]:
    blank = False
    for text in texts:
        if text:
            if blank and not first:
                yield ""
            yield text
            first = blank = False
        else:
            blank = True
    if blank and not first and not any(texts):
        yield ""


def _values(node: Node) -> dict[str, str]:
    return {
        entry.key.value: entry.node.value
        for entry in node.entries
        if entry.key is not None and entry.node.kind == "scalar"
    }


def _is_nothing(node: Node) -> bool:
    return node.kind == "scalar" and not node.style and node.value == ""


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
