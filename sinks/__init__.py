"""Where alerts and figures go: one file a sink, and the registry of alert sinks by name.

To add one: a file here with its options, a class that has `send` and an opener, one line in
`SINKS`; the conformance suite then runs on it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

from msgspec import Struct

from sinks.alertmanager import AlertmanagerOptions, open_alertmanager
from sinks.apprise import AppriseOptions, open_apprise
from sinks.base import Sink
from sinks.cap import CapOptions, open_cap
from sinks.console import ConsoleOptions, open_console
from sinks.email import EmailOptions, open_email
from sinks.jsonl import JsonlOptions, open_jsonl_channel
from sinks.kafka import KafkaOptions, open_kafka
from sinks.secrets import Secrets
from sinks.webhook import WebhookOptions, open_webhook

__all__ = ["SINKS", "ChannelOptions", "Kind", "open_channel"]

ChannelOptions = (
    AlertmanagerOptions
    | AppriseOptions
    | CapOptions
    | ConsoleOptions
    | EmailOptions
    | JsonlOptions
    | KafkaOptions
    | WebhookOptions
)
"""What a channel can be asked for: one struct a kind of sink, durations in seconds."""


class Kind(Struct, frozen=True):
    """A kind of sink: the struct of its options, and what opens it on them."""

    options: type[Any]
    open: Callable[[Any, Secrets], AbstractContextManager[Sink]]


SINKS: Final[dict[str, Kind]] = {
    "alertmanager": Kind(AlertmanagerOptions, open_alertmanager),
    "apprise": Kind(AppriseOptions, open_apprise),
    "cap": Kind(CapOptions, open_cap),
    "console": Kind(ConsoleOptions, open_console),
    "email": Kind(EmailOptions, open_email),
    "jsonl": Kind(JsonlOptions, open_jsonl_channel),
    "kafka": Kind(KafkaOptions, open_kafka),
    "webhook": Kind(WebhookOptions, open_webhook),
}
"""By the name that channels of the rule book give as `sink`."""


def open_channel(options: ChannelOptions, secrets: Secrets) -> AbstractContextManager[Sink]:
    """The sink that these options ask for; to be entered before its first `send`.

    Entering raises ConfigError where a person has to put something right first (a secret that is
    not there, an extra that is not installed), and Retryable where the receiver is away.
    """
    (kind,) = (kind for kind in SINKS.values() if kind.options is type(options))
    return kind.open(options, secrets)
