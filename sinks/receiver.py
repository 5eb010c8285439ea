"""Where a receiver is and whom to believe that it is it: addresses and trusted authorities."""

from __future__ import annotations

import ipaddress
import ssl
from urllib.parse import SplitResult, urlsplit

from sinks.secrets import Secrets
from streams.errors import ConfigError

__all__ = ["address", "loopback", "trusted"]


def address(given: str, secrets: Secrets, *, plaintext: bool) -> SplitResult:
    """An `http(s)://` address, or the one behind a reference, in its parts.

    plaintext: http:// may lead to another machine. Raises ConfigError for one that cannot be used;
    what stands behind a reference is not shown.
    """
    named = given.startswith(("env:", "file:"))
    text = secrets.resolve(given) if named else given
    telling = "@" in given or "?" in given
    shown = f"behind {given}" if named else "of this channel" if telling else f"{given!r}"
    try:
        url = urlsplit(text)
        usable = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        usable = False
    if not usable or not (text.isascii() and text.isprintable()) or " " in text:
        msg = f"the address {shown} is none: write it as https://HOST/PATH"
        raise ConfigError(msg)
    if url.scheme == "http" and not plaintext and not loopback(url.hostname or ""):
        msg = (
            f"the address {shown} is readable for anybody on the way: take https://, or say "
            "`plaintext: true` if the way is secured otherwise"
        )
        raise ConfigError(msg)
    if url.username is not None or url.password is not None:
        msg = f"the address {shown} holds a user: name the receiver's `token`, or `user`, instead"
        raise ConfigError(msg)
    return url


def loopback(host: str) -> bool:
    """Whether a host is this machine itself, said in a way that no name service can change."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def trusted(ca: str | None) -> ssl.SSLContext:
    """What verifies a receiver: TLS 1.2 or newer, its name, and an authority that we trust.

    ca: a PEM file of authorities, in place of the system's. There is no way to verify less.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        msg = f"the authorities in {ca} cannot be read ({error}): name a file of certificates, PEM"
        raise ConfigError(msg) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
