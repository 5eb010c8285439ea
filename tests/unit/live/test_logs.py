"""Logs: one stream of JSON lines, ours and the libraries', with the libraries' chatter left out."""

from __future__ import annotations

import json
import logging

import pytest

from streams.live.logs import CHATTY, set_up_logs
from streams.settings import Settings


@pytest.fixture
def told(capsys):
    """What was logged so far, as text; the logging set-up is put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, {n: logging.getLogger(n).level for n in CHATTY})
    yield lambda: capsys.readouterr().err
    root.handlers[:], level, levels = before
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)


def test_every_line_is_json_with_level_logger_and_time(told):
    set_up_logs(Settings())
    logging.getLogger("streams.live.shell").info("restored %d partitions", 4)
    logging.getLogger("faust.app").warning("slow")
    logging.getLogger("aiokafka.conn").info("chatter")
    lines = [json.loads(line) for line in told().splitlines()]
    assert [(d["logger"], d["level"], d["event"]) for d in lines] == [
        ("streams.live.shell", "info", "restored 4 partitions"),
        ("faust.app", "warning", "slow"),
    ]
    assert all(d["timestamp"].endswith("Z") for d in lines)


def test_text_on_request(told):
    set_up_logs(Settings(log_format="text"))
    logging.getLogger("x").warning("hello")
    text = told()
    assert "hello" in text
    assert not text.startswith("{")
