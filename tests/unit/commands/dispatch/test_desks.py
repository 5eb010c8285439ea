"""Which desks are told: by the level of now and of before, until the end; and each on its topic."""

from __future__ import annotations

from typing import Any

import pytest
from kafka.errors import KafkaTimeoutError

from commands.dispatch.desks import Desks, Owners
from rules.language.loader import SHIPPED, load_book
from rules.notify.router import Router
from sinks.base import Retryable
from streams.areas import AreaTree
from streams.settings import Settings
from tests.unit.rules.notify.alerts import alert


@pytest.fixture(scope="module")
def router() -> Router:
    return Router(load_book(SHIPPED))


@pytest.fixture
def owners(router) -> Owners:
    return Owners(AreaTree(), lambda: router)


def commands(owners, one):
    return [command for command, _ in owners.of(one)]


def test_who_knew_that_it_was_grave_hears_that_it_is_less_so_and_over(owners):
    assert commands(owners, alert(level="IV")) == ["station"]
    everyone = ["station", "county", "city", "province"]
    changes: list[dict[str, Any]] = [
        {"level": "I"},
        {"level": "IV"},
        {"level": "IV", "status": "resolved"},
    ]
    for revision, change in enumerate(changes, 2):
        one = alert(revision=revision, **change)
        assert commands(owners, one) == everyone
        # Not confirmed yet: who was told stands until it is.
        assert commands(owners, one) == everyone
        owners.told(one)
    # What comes after the end is another story.
    assert commands(owners, alert(revision=5, level="IV")) == ["station"]


class Future:
    def __init__(self, error: Exception | None) -> None:
        self._error = error

    def get(self, timeout):
        if self._error is not None:
            raise self._error


class Client:
    """Keeps what it is given, as a producer; the confirmation of record `fails` never comes."""

    def __init__(self, fails: int = -1) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self._fails = fails

    def send(self, topic, value, *, key, headers):
        self.sent.append((topic, key))
        failed = len(self.sent) - 1 == self._fails
        return Future(KafkaTimeoutError("no") if failed else None)


def test_every_desk_has_it_under_its_area_and_the_alert(owners):
    client = Client()
    Desks(client, Settings(topic_prefix="t."), owners).send([alert(level="III")])
    assert client.sent == [("t.alerts.station", b"S1/A1"), ("t.alerts.county", b"S1/A1")]


def test_what_is_not_confirmed_is_sent_again_from_there_on(owners):
    desks = Desks(Client(fails=1), Settings(), owners)
    with pytest.raises(Retryable) as raised:
        desks.send([alert("A1", level="IV"), alert("A2", level="IV"), alert("A3", level="IV")])
    assert raised.value.done == 1
