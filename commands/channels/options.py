"""A channel of the rule book as the options of its sink: the one place where the two meet."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from rules.language.schema.channels import Channel
from rules.language.schema.names import duration_ms
from sinks import SINKS, ChannelOptions
from streams.settings import Settings

__all__ = ["channel_options"]

_SECONDS: Final = "_s"
"""Ends the names of options that are seconds; the book has them as durations, without it."""


def channel_options(channel: Channel, settings: Settings) -> ChannelOptions:
    """The options that a channel's sink is opened with; secrets are still references.

    settings: the installation's, for its broker and the prefix of its topics.
    """
    type_ = SINKS[channel.sink].options
    values = {
        field.name: _value(channel, field.name, settings) for field in msgspec.structs.fields(type_)
    }
    made: ChannelOptions = type_(**values)
    return made


def _value(channel: Channel, name: str, settings: Settings) -> Any:
    if name == "settings":
        return settings
    if name.endswith(_SECONDS):
        return duration_ms(getattr(channel, name.removesuffix(_SECONDS))) / 1000
    value = getattr(channel, name)
    return settings.topic(value) if name == "topic" else value
