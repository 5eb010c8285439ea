"""Chat systems: what Apprise is given, and what its answers mean."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from sinks.apprise import AppriseOptions, open_apprise
from sinks.base import Retryable
from sinks.secrets import Secrets
from streams.errors import ConfigError
from tests.live.receivers import Receiver, in_turn, receiver
from tests.unit.sinks.alerts import alert, ended, robbery


def send(mine: Receiver, *batches, query: str = "", **changes: Any) -> None:
    pytest.importorskip("apprise")
    url = mine.url.replace("http://", "json://desk:hunter2@") + query
    options = AppriseOptions(url="env:CHAT", timezone="Asia/Shanghai", **changes)
    with open_apprise(options, Secrets({"CHAT": url})) as sink:
        for batch in batches:
            sink.send(batch)


def test_one_text_a_call_with_the_newest_of_each_alert():
    with receiver() as mine:
        send(mine, [alert(), robbery(), ended()], [])
    (request,) = mine.requests
    told = json.loads(request.body)
    assert told["title"] == "[II] +1 抢劫警情 | Robbery reported (砚汀派出所)"
    assert "HEAT1.3" in told["message"]
    assert "HEAT1.1" not in told["message"]
    assert "时间: 2026-03-02 20:40:00 +0800" in told["message"]


@pytest.mark.parametrize("answer", ["500", "429", "400", "drop"])
def test_whatever_fails_is_tried_again_by_us_and_not_by_apprise(answer, caplog):
    with receiver(lambda _: answer) as mine:
        with pytest.raises(Retryable, match=r"behind env:CHAT .*FAILURE") as caught:
            send(mine, [alert()])
        assert len(mine.requests) == 1
    assert "hunter2" not in str(caught.value) + caplog.text


def test_a_service_that_hangs_is_not_waited_for():
    with receiver(lambda _: "hang") as mine, pytest.raises(Retryable, match="TIMEOUT"):
        send(mine, [alert()], timeout_s=0.3)


def test_some_of_several_is_not_all():
    pytest.importorskip("apprise")
    with receiver(in_turn("ok", "500")) as mine:
        one = mine.url.replace("http://", "json://")
        options = AppriseOptions(url="env:CHAT")
        with open_apprise(options, Secrets({"CHAT": f"{one}, {one}/two"})) as sink:
            with pytest.raises(Retryable, match="PARTIAL"):
                sink.send([alert()])
            sink.send([alert()])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("json://hall.example/x", "jsons"),
        ("jsons://hall.example/x?verify=no", "verify=no"),
        ("json://127.0.0.1/x?optional=yes", "optional=yes"),
        ("hunter2", "does not know"),
        ("nosuch://hunter2", "does not know"),
    ],
)
def test_what_a_person_has_to_put_right_is_told_when_it_is_opened(url, said, caplog):
    pytest.importorskip("apprise")
    with pytest.raises(ConfigError, match=said) as caught:
        open_apprise(AppriseOptions(url="env:CHAT"), Secrets({"CHAT": url})).__enter__()
    assert "hunter2" not in str(caught.value) + caplog.text


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"watchfloor\[chat\]"):
        open_apprise(AppriseOptions(url="env:CHAT"), Secrets({"CHAT": "x"})).__enter__()
