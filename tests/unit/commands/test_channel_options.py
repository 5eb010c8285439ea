"""Channels of the rule book and the options of sinks: the same fields, in the units of each."""

from __future__ import annotations

import msgspec
import pytest

from commands.channels.options import channel_options
from rules.language.schema.channels import (
    CHANNELS,
    Alertmanager,
    Apprise,
    Cap,
    Channel,
    Console,
    Email,
    Jsonl,
    Kafka,
    Webhook,
)
from sinks import SINKS
from streams.settings import Settings

SETTINGS = Settings(broker="127.0.0.1:9", topic_prefix="city.")
BOOK: list[Channel] = [
    Console(id="a", timezone="Asia/Shanghai"),
    Jsonl(id="a", file="alerts.jsonl"),
    Kafka(id="a", topic="alerts.hall"),
    Webhook(id="a", url="https://hall.example", secret="env:KEY", batch=True, timeout="1m"),
    Alertmanager(id="a", url="https://hall.example", hold="12h"),
    Cap(id="a", directory="cap", addresses=["desk"]),
    Email(id="a", host="mail.example", to=["a@b.example"], from_="c@b.example"),
    Apprise(id="a", url="env:CHAT"),
]
OF_DISPATCH = {"id", "languages", "per_minute", "since"}
"""What a channel is told, and when: its sink knows nothing of that."""


def test_every_kind_of_the_language_has_its_sink():
    assert set(SINKS) == set(CHANNELS) == {channel.sink for channel in BOOK}


@pytest.mark.parametrize("channel", BOOK, ids=lambda channel: channel.sink)
def test_every_field_of_a_channel_is_an_option_of_its_sink(channel):
    options = channel_options(channel, SETTINGS)
    assert type(options) is SINKS[channel.sink].options
    own = {name.removesuffix("_s") for name in options.__struct_fields__} - {"settings"}
    assert set(channel.__struct_fields__) - OF_DISPATCH == own


@pytest.mark.parametrize("channel", BOOK, ids=lambda channel: channel.sink)
def test_what_the_book_leaves_out_is_the_same_for_both(channel):
    needed = {name: getattr(channel, name) for name in required(type(channel))}
    made = channel_options(type(channel)(**needed), SETTINGS)
    assert made == type(made)(**{name: getattr(made, name) for name in required(type(made))})


def required(type_):
    return [field.name for field in msgspec.structs.fields(type_) if field.required]


def test_durations_are_seconds_and_topics_have_their_prefix():
    by_kind = {c.sink: msgspec.structs.asdict(channel_options(c, SETTINGS)) for c in BOOK}
    assert by_kind["webhook"]["timeout_s"] == 60.0
    assert by_kind["alertmanager"]["hold_s"] == 43_200.0
    assert by_kind["kafka"]["topic"] == "city.alerts.hall"
    assert by_kind["kafka"]["settings"] is SETTINGS
