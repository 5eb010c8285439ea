"""The reference pages of the live worker say what the code says."""

from __future__ import annotations

from docs.generate_live import ROOT, pages


def test_the_pages_are_as_the_code_makes_them():
    for path, content in pages().items():
        assert (ROOT / path).read_text(encoding="utf-8") == content, f"{path}: run make docs"
