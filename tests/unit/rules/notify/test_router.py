"""Whom an alert is for, from its record and the book: rungs reached, commands, silence, groups."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from rules.language.loader import load_book
from rules.notify.router import Router
from streams.decisions import Ack, Cells, Mechanism
from streams.records import Text2
from tests.unit.rules.notify.alerts import NOON_MS, alert

BOOK = """format: 1
kind: keyword
defaults: {route: command, lifeline: false, languages: [zh]}
routes:
  command:
    - {level: [I], when: {time: night}, to: [webhook:night], ack_within: 60s, otherwise: [chief]}
    - {level: [I, II], to: [webhook:hall], ack_within: 60s, otherwise: [officer, chief]}
    - {level: [III], to: [jsonl:book], group: {by: [area.county, level], wait: 20s}, repeat: 1h}
    - {level: [IV], to: [webhook:hall], digest: 1h, commands: [county]}
  market: [{to: [webhook:market]}]
rules:
  - id: kw
    title: {zh: 抢劫, en: Robbery}
    match: {category: [robbery]}
    overrides: [{when: {area: M}, set: {route: market}, because: market hall}]
  - {id: kw-life, title: {zh: 命案, en: Homicide}, match: {category: [homicide]}, lifeline: true}
  - {id: kw-other, title: {zh: 爆炸, en: Explosion}, match: {category: [explosion]}}
"""
CHANNELS = """format: 1
kind: channels
channels:
  - {id: hall, sink: webhook, url: "http://127.0.0.1:9"}
  - {id: night, sink: webhook, url: "http://127.0.0.1:9"}
  - {id: market, sink: webhook, url: "http://127.0.0.1:9"}
  - {id: phone, sink: webhook, url: "http://127.0.0.1:9"}
  - {id: book, sink: jsonl, file: alerts.jsonl}
contacts:
  - {id: officer, title: {zh: 民警, en: Officer}, to: ["webhook:phone"]}
  - {id: chief, title: {zh: 所长, en: Chief}, to: ["webhook:phone", "webhook:hall"]}
"""


@pytest.fixture(scope="module")
def router(tmp_path_factory) -> Router:
    folder: Path = tmp_path_factory.mktemp("rules")
    (folder / "keyword.yaml").write_text(BOOK, encoding="utf-8")
    (folder / "channels.yaml").write_text(CHANNELS, encoding="utf-8")
    return Router(load_book(folder))


def test_at_first_the_entry_of_the_level_is_told(router):
    told = router.targets(alert())
    assert (told.route, told.channels, told.reached) == ("command", ("webhook:hall",), 0)
    assert told.commands == ("station", "county", "city")
    assert told.ack_ms == 60_000
    assert told.languages == ("zh",)


def test_every_rung_that_is_reached_adds_its_channels_once(router):
    assert router.targets(alert(rung=1)).channels == ("webhook:hall", "webhook:phone")
    told = router.targets(alert(rung=2))
    assert told.channels == ("webhook:hall", "webhook:phone")
    assert told.newly(1) == {"webhook:phone", "webhook:hall"}
    assert told.newly(2) == frozenset()


def test_a_mechanism_that_nobody_answers_goes_one_rung_and_one_command_up(router):
    text = Text2()
    cells = Cells(intelligence=text, command=text, duty=text, opinion=text)
    proposed = Mechanism(status="proposed", cells=cells, rung=1)
    told = router.targets(alert(mechanism=proposed))
    assert told.channels == ("webhook:hall", "webhook:phone")
    assert router.targets(alert(level="IV", mechanism=proposed)).commands == ("county", "city")
    started = structs.replace(proposed, status="started")
    assert router.targets(alert(level="IV", mechanism=started)).commands == ("county",)


def test_the_entry_is_that_of_the_moment(router):
    night = NOON_MS + 11 * 3_600_000
    assert router.targets(alert(level="I", at_ms=night)).channels == ("webhook:night",)
    assert router.targets(alert(level="I")).channels == ("webhook:hall",)


def test_an_override_that_the_record_names_moves_the_route(router):
    assert router.targets(alert(overrides=["0: market hall"])).channels == ("webhook:market",)
    assert router.targets(alert(overrides=["0: old reason"])).route == "command"


def test_a_group_is_what_its_alerts_have_in_common(router):
    one, other = (router.targets(alert(level="III", area=area)) for area in ("S1", "S2"))
    assert one.key != other.key
    assert (one.wait_ms, one.repeat_ms) == (20_000, 3_600_000)
    assert router.targets(alert(level="II")).key is None


def test_a_digest_and_the_commands_that_an_entry_names(router):
    told = router.targets(alert(level="IV"))
    assert (told.digest_ms, told.commands) == (3_600_000, ("county",))


def test_a_lifeline_rule_is_neither_gathered_nor_put_on_a_list(router):
    for level in ("III", "IV"):
        told = router.targets(alert(level=level, rule="kw-life"))
        assert told.lifeline
        assert (told.key, told.digest_ms) == (None, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"suppressed_by": ["silence/s1"]},
        {"inhibited_by": ["storm/K"]},
        {"state": "test"},
        {"state": "shadow"},
    ],
)
def test_nobody_is_told_of_what_is_silenced_explained_or_not_live(router, fields):
    assert router.targets(alert(**fields)).quiet


def test_a_cap_of_the_rule_book_is_no_silence(router):
    assert not router.targets(alert(suppressed_by=["handover"])).quiet


def test_an_alert_of_a_rule_that_is_gone_goes_to_its_commands(router):
    told = router.targets(alert(rule="removed", ack=Ack(rung=0)))
    assert (told.route, told.channels, told.reached) == (None, (), -1)
    assert told.commands == ("station", "county", "city")
