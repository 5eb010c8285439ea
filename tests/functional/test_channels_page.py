"""The page about channels: its book is a good one, and its recipe verifies what we sign."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rules.language.loader import read_rules
from sinks import SINKS
from sinks.secrets import Secrets
from sinks.webhook import WebhookOptions, open_webhook
from tests.live.receivers import receiver
from tests.tutorials import blocks, play
from tests.unit.sinks.alerts import alert, robbery

NOW_S = 1_772_454_600


@pytest.fixture
def page(root) -> Path:
    return Path(root, "docs/how-to/send-alerts-on.md")


@pytest.fixture
def genuine(page) -> Any:
    """The function of the page, as a reader copies it."""
    (recipe,) = (block.body for block in blocks(page) if block.language == "python")
    module = ModuleType("recipe")
    exec(compile(recipe, str(page), "exec"), module.__dict__)  # noqa: S102 - our own page
    assert "recipe" not in sys.modules
    return module.genuine


def test_the_book_of_the_page_has_every_kind_and_no_fault(page, tmp_path):
    for block in blocks(page):
        play(block, tmp_path)
    reading = read_rules(tmp_path / "rules", shown="")
    assert reading.faults == []
    kinds = {placed.value.sink for placed in reading.book.parts.channels.values()}
    assert kinds == set(SINKS)


@pytest.mark.parametrize("batch", [False, True])
def test_the_recipe_of_the_page_verifies_what_we_sign(genuine, batch):
    key = b"correct horse"
    with receiver() as mine:
        options = WebhookOptions(url=mine.url, secret="env:KEY", batch=batch)
        with open_webhook(options, Secrets({"KEY": key.decode()}), clock=lambda: NOW_S) as sink:
            sink.send([alert(), robbery()])
    for request in mine.requests:
        given = (request.headers, request.body)
        assert genuine(*given, key, now=lambda: NOW_S + 10)
        assert not genuine(*given, b"battery staple", now=lambda: NOW_S)
        assert not genuine(request.headers, request.body + b" ", key, now=lambda: NOW_S)
        assert not genuine(*given, key, now=lambda: NOW_S + 301)
        moved = {**request.headers, "webhook-timestamp": str(NOW_S + 5)}
        assert not genuine(moved, request.body, key, now=lambda: NOW_S)
        rotated = {
            **request.headers,
            "webhook-signature": f"v1,old {request.headers['webhook-signature']}",
        }
        assert genuine(rotated, request.body, key, now=lambda: NOW_S)
