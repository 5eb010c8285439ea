"""The channels of a rule directory by their names in routes, and what their options lack."""

from __future__ import annotations

import os
from difflib import get_close_matches
from importlib.util import find_spec

import msgspec

from commands.channels.options import channel_options
from commands.rules.books import book_in
from rules.language.book import RuleBook
from rules.language.schema.channels import Apprise, Channel
from sinks.secrets import Secrets
from streams.errors import ConfigError
from streams.settings import Settings, load_settings

__all__ = ["book_asked", "channel_named", "channels_of", "lacking"]


def book_asked(rules: str | None) -> RuleBook:
    """The book of a directory, else that of the settings. Raises ConfigError, RuleError."""
    return book_in(rules or load_settings(os.environ).rules or None)


def channels_of(book: RuleBook) -> dict[str, Channel]:
    """Channels by `sink:id`, in the order of the book."""
    return {name: placed.value for name, placed in book.parts.channels.items()}


def channel_named(book: RuleBook, name: str) -> Channel:
    """The channel that routes call by a name, or the only one of an id. Raises ConfigError."""
    known = channels_of(book)
    if name in known:
        return known[name]
    alike = [channel for channel in known.values() if channel.id == name]
    if len(alike) == 1:
        return alike[0]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known) or 'none'}"
    raise ConfigError(f"the rule book has no channel {name}; {hint}")


def lacking(channel: Channel, secrets: Secrets, settings: Settings) -> list[str]:
    """A sentence for each thing that the channel needs and that is not there: secrets, an extra."""
    found = []
    for value in msgspec.structs.asdict(channel_options(channel, settings)).values():
        if isinstance(value, str) and value.startswith(("env:", "file:")):
            try:
                secrets.resolve(value)
            except ConfigError as error:
                found.append(str(error))
    if isinstance(channel, Apprise) and find_spec("apprise") is None:
        found.append("Apprise is not installed: install Watchfloor with its extra `chat`")
    return found
