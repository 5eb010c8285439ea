"""Alerts to chat systems by Apprise, which the extra `chat` installs: one text a call.

Apprise does one attempt in a thread of its own, under a limit; retries are ours, as for all sinks.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

from sinks.base import Retryable
from sinks.receiver import loopback
from sinks.secrets import Secrets
from sinks.summary import body, subject
from streams.errors import ConfigError
from streams.records import Alert

__all__ = ["Apprise", "AppriseOptions", "open_apprise"]

_WEAK: Final = {
    "verify": "its certificate would not be verified",
    "optional": "what fails would count as told",
}
_NO: Final = {"verify": {"no", "false", "0"}, "optional": {"yes", "true", "1"}}


class AppriseOptions(Struct, frozen=True, kw_only=True):
    """url: a reference to the address that Apprise takes, since it holds the token.

    timezone: of the times shown, None for the machine's. timeout_s: seconds, for one attempt.
    """

    url: str
    timezone: str | None = None
    timeout_s: float = 20.0


class Apprise:
    """Sends one text a call. notifier: an `apprise.Apprise` with one address."""

    def __init__(self, notifier: Any, options: AppriseOptions) -> None:
        self._notifier, self._options = notifier, options

    def send(self, alerts: Sequence[Alert]) -> None:
        """Tell the newest revision of each alert.

        Raises Retryable where it did not reach all that the address names: Apprise does not say
        why, and who has it already only reads it again.
        """
        newest = list({alert.id: alert for alert in alerts}.values())
        if not newest:
            return
        texts = body(newest, self._options.timezone)
        result = self._notifier.notify(
            "\n".join(texts.values()), title=subject(newest), timeout=self._options.timeout_s
        )
        outcome = result.status.name
        if outcome != "SUCCESS":
            msg = (
                f"the address behind {self._options.url} did not take the alerts ({outcome}): is "
                "its service up, and its token still good?"
            )
            raise Retryable(msg)


@contextmanager
def open_apprise(options: AppriseOptions, secrets: Secrets) -> Iterator[Apprise]:
    """A sink on a chat system. Raises ConfigError where Apprise or the address cannot be used."""
    try:
        apprise = importlib.import_module("apprise")
    except ImportError as error:
        msg = "Apprise is not installed: install Watchfloor with its extra, `watchfloor[chat]`"
        raise ConfigError(msg) from error
    # It logs addresses, which are secrets here; what fails is told by our own sentences.
    logging.getLogger("apprise").disabled = True
    url = secrets.resolve(options.url)
    _check(url, options.url)
    asset = apprise.AppriseAsset(app_id="Watchfloor", secure_logging=True)
    notifier = apprise.Apprise(asset=asset)
    if not notifier.add(url) or len(notifier) == 0:
        msg = f"Apprise does not know the address behind {options.url}: look at its documentation"
        raise ConfigError(msg)
    for service in notifier:
        _check_way(service, url, options.url)
    yield Apprise(notifier, options)


def _check(url: str, reference: str) -> None:
    """No option that would make it less safe, or a failure look like success."""
    given = parse_qs(urlsplit(url).query)
    for name, harm in _WEAK.items():
        if any(value.lower() in _NO[name] for value in given.get(name, ())):
            msg = f"the address behind {reference} says `{name}={given[name][0]}`: {harm}"
            raise ConfigError(msg)


def _check_way(service: Any, url: str, reference: str) -> None:
    """Services that have an encrypted form are used in it, except on this machine."""
    scheme = url.partition("://")[0].lower()
    plain, secure = _names(service.protocol), _names(service.secure_protocol)
    if scheme in plain - secure and secure and not loopback(service.host or ""):
        msg = (
            f"the address behind {reference} is readable for anybody on the way: "
            f"take {' or '.join(sorted(secure))}:// in place of {scheme}://"
        )
        raise ConfigError(msg)


def _names(protocol: Any) -> set[str]:
    if protocol is None:
        return set()
    return {str(protocol)} if isinstance(protocol, str) else {str(name) for name in protocol}
