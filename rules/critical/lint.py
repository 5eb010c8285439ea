"""Lint of a lexicon: everything about it that loads, but cannot be meant, or does nothing."""

from __future__ import annotations

from rules.critical.layers import Layers
from rules.critical.lint_frames import frame_remarks
from rules.critical.lint_friends import friend_remarks
from rules.critical.lint_words import word_remarks
from rules.critical.remarks import Remark
from rules.critical.written import Book

__all__ = ["lint"]


def lint(layers: Layers) -> list[Remark]:
    """All remarks on all layers, in the order of files and lines."""
    book = Book(layers)
    remarks = [*word_remarks(book), *friend_remarks(book), *frame_remarks(book)]
    return sorted(remarks, key=lambda remark: (remark.place, remark.code))
