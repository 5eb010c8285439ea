"""Channels: an address that can be used, secrets that are named, nothing readable on the way."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.parts import Placed
from rules.language.schema.channels import Alertmanager, Cap, Channel, Email, HttpChannel, Webhook

__all__ = ["check"]

_TELLING: Final = ("key", "secret", "token", "password", "auth", "sign")
"""Parts of the names of query parameters that hold a secret."""


def check(subject: Subject) -> Iterator[Fault]:
    """Where alerts go."""
    for placed in subject.parts.channels.values():
        channel = placed.value
        if isinstance(channel, Cap):
            yield from _cap(channel, placed)
        if isinstance(channel, Webhook | Alertmanager | Cap) and channel.url is not None:
            yield from _url(channel, channel.url, placed)
        if isinstance(channel, Alertmanager | Email):
            yield from _login(channel, placed)
        if isinstance(channel, Email) and channel.tls == "none" and not _loopback(channel.host):
            message = f"channel {channel.id} would send mail readable for anybody on the way"
            hint = "take `tls: starttls` or `implicit`; `none` is for this machine only"
            yield Fault(placed.place("tls"), "E418", message, hint)


def _url(channel: HttpChannel, url: str, placed: Placed[Channel]) -> Iterator[Fault]:
    if url.startswith(("env:", "file:")):
        return  # looked at when it is opened
    parts = _split(url)
    if parts is None:
        yield Fault(placed.place("url"), "E417", f"the address of channel {channel.id} is none")
        return
    held = [name for name, _ in parse_qsl(parts.query) if any(t in name.lower() for t in _TELLING)]
    if parts.username is not None or parts.password is not None or held:
        what = f'"{held[0]}"' if held else "a user or password"
        message = f"the address of channel {channel.id} holds {what}"
        hint = "put the whole address into a variable and name it: `url: env:NAME`"
        yield Fault(placed.place("url"), "E419", message, hint)
    if parts.scheme == "http" and not channel.plaintext and not _loopback(parts.hostname or ""):
        message = f"channel {channel.id} would send alerts readable for anybody on the way"
        hint = "take `https://`, or write `plaintext: true` if the way is secured otherwise"
        yield Fault(placed.place("url"), "E418", message, hint)


def _cap(channel: Cap, placed: Placed[Channel]) -> Iterator[Fault]:
    if (channel.directory is None) == (channel.url is None):
        given = "no" if channel.url is None else "both a"
        message = f"channel {channel.id} has {given} `directory` and `url`, and needs one of them"
        yield Fault(placed.place("sink"), "E416", message)
    if channel.scope == "Private" and not channel.addresses:
        message = f"channel {channel.id} is for `Private` messages and names no `addresses`"
        yield Fault(placed.place("scope"), "E416", message)
    if channel.scope == "Public":
        message = f"channel {channel.id} tells the public of police incidents"
        yield Fault(placed.place("scope"), "W420", message)


def _login(channel: Alertmanager | Email, placed: Placed[Channel]) -> Iterator[Fault]:
    if (channel.user is None) != (channel.password is None):
        has, lacks = ("password", "user") if channel.user is None else ("user", "password")
        message = f"channel {channel.id} has a `{has}` and no `{lacks}`"
        yield Fault(placed.place(has), "E416", message)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
