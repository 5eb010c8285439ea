"""Files of `kind: channels`: where alerts go, and who is reached by what; secrets by name only."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from rules.language.schema.common import Title
from rules.language.schema.names import Duration, Language, Name, RuleId, Target, TimeZone

__all__ = [
    "CHANNELS",
    "Alertmanager",
    "Apprise",
    "Cap",
    "Channel",
    "ChannelsFile",
    "Console",
    "Contact",
    "Email",
    "HttpChannel",
    "Jsonl",
    "Kafka",
    "Webhook",
]

_REFERENCE = r"(env:[A-Z][A-Z0-9_]*|file:[^\s]+)"
Secret = Annotated[
    str,
    Meta(
        pattern=rf"^{_REFERENCE}$(?!\n)",
        title="where the secret is: `env:NAME` or `file:PATH`, never the secret itself",
        extra_json_schema={"writeOnly": True},
    ),
]
Path = Annotated[str, Meta(min_length=1, max_length=500, title="a path")]
Url = Annotated[
    str,
    Meta(
        pattern=rf"^(https?://[^\s]+|{_REFERENCE})$(?!\n)",
        title="an address that begins with `https://`, or where it is: `env:NAME`, `file:PATH`",
        extra_json_schema={"writeOnly": True},
    ),
]
Mailbox = Annotated[
    str,
    Meta(
        pattern=r"^[^\s@<>,;]{1,64}@[^\s@<>,;]{1,190}$(?!\n)",
        title="a mail address such as duty@city.example",
    ),
]
Host = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,253}$(?!\n)", title="a host name or an IP address")
]
Port = Annotated[int, Meta(ge=1, le=65535)]
PerMinute = Annotated[int, Meta(ge=1, le=1_000_000)]
Source = Annotated[
    str,
    Meta(
        pattern=r"^[^\s<>,&\"]{1,100}$(?!\n)",
        title="a name without spaces, commas, `<`, `>`, `&` or quotes",
    ),
]
Text = Annotated[str, Meta(min_length=1, max_length=200, title="a text of at most 200 characters")]


class _Channel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="sink"):
    """What all channels have."""

    id: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9._-]{1,100}$(?!\n)", description="its name in routes")
    ]
    languages: Annotated[
        list[Language], Meta(description="languages it is told in; empty: the rule's")
    ] = []
    per_minute: Annotated[
        PerMinute | None,
        Meta(
            description="messages a minute at most, the rest as one summary; else 60, and no limit "
            "for console, alertmanager, kafka and jsonl",
        ),
    ] = None
    since: Annotated[
        Literal["now", "beginning"],
        Meta(description="what it gets when it is new: what comes, or all that is on `alerts.log`"),
    ] = "now"

    @property
    def sink(self) -> str:
        """The kind of sink; routes call the channel `sink:id`, such as `webhook:hall`."""
        return str(self.__struct_config__.tag)


class HttpChannel(_Channel, frozen=True, kw_only=True):
    """What all channels have that are called over HTTP."""

    timeout: Annotated[Duration, Meta(description="longest that one attempt may take")] = "10s"
    connect_timeout: Annotated[
        Duration, Meta(description="longest until the receiver has picked up")
    ] = "3s"
    token: Annotated[
        Secret | None, Meta(description="sent as `Authorization: Bearer`, for receivers that ask")
    ] = None
    ca: Annotated[
        Path | None,
        Meta(description="PEM file of the authorities trusted; else the system's. Always verified"),
    ] = None
    plaintext: Annotated[
        bool, Meta(description="allow `http://` to another machine: alerts and token readable")
    ] = False


class Console(_Channel, frozen=True, kw_only=True, tag="console"):
    """Two lines an alert for people, on standard output or at the end of a file."""

    file: Annotated[Path | None, Meta(description="appended to; else standard output")] = None
    timezone: Annotated[
        TimeZone | None, Meta(description="of the times shown; else the machine's")
    ] = None


class Jsonl(_Channel, frozen=True, kw_only=True, tag="jsonl"):
    """One alert a line in JSON, at the end of a file."""

    file: Annotated[Path, Meta(description="appended to; `-` is standard output")]


class Kafka(_Channel, frozen=True, kw_only=True, tag="kafka"):
    """A topic on the installation's own broker, with CloudEvents headers."""

    topic: Annotated[Name, Meta(description="the topic, without the installation's prefix")]
    source: Annotated[Source, Meta(description="who sends: CloudEvents `source`")] = "watchfloor"
    timeout: Annotated[Duration, Meta(description="longest that one attempt may take")] = "10s"


class Webhook(HttpChannel, frozen=True, kw_only=True, tag="webhook"):
    """An address that takes alerts by POST, signed where it has a `secret`."""

    url: Annotated[Url, Meta(description="where to")]
    secret: Annotated[
        Secret | None, Meta(description="key of the signature in `webhook-signature`")
    ] = None
    format: Annotated[
        Literal["cloudevents", "alert"],
        Meta(description="the alert in an envelope of CloudEvents, or as it is"),
    ] = "cloudevents"
    batch: Annotated[
        bool, Meta(description="all that is due in one request, as an array; else one each")
    ] = False
    source: Annotated[Source, Meta(description="who sends: CloudEvents `source`")] = "watchfloor"


class Alertmanager(HttpChannel, frozen=True, kw_only=True, tag="alertmanager"):
    """Prometheus Alertmanager by its API v2."""

    url: Annotated[Url, Meta(description="its root, without `/api/v2/alerts`")]
    user: Annotated[Name | None, Meta(description="user, if it asks for a password")] = None
    password: Annotated[Secret | None, Meta(description="the user's password")] = None
    hold: Annotated[
        Duration, Meta(description="how long it shows an alert of which nothing new comes")
    ] = "1d"


class Cap(HttpChannel, frozen=True, kw_only=True, tag="cap"):
    """Messages of CAP 1.2, as files in a directory or by POST."""

    directory: Annotated[Path | None, Meta(description="where files go, one a message")] = None
    url: Annotated[Url | None, Meta(description="where messages are posted to")] = None
    sender: Annotated[Source, Meta(description="who sends, known to the receivers")] = "watchfloor"
    scope: Annotated[
        Literal["Public", "Restricted", "Private"], Meta(description="who may read it")
    ] = "Restricted"
    restriction: Annotated[
        Text, Meta(description="the rule for readers, with `scope: Restricted`")
    ] = "For command centres only"
    addresses: Annotated[
        list[Name], Meta(description="who it is for; needed with `scope: Private`")
    ] = []


class Email(_Channel, frozen=True, kw_only=True, tag="email"):
    """Mail by SMTP: one thread an alert, one mail a digest."""

    host: Annotated[Host, Meta(description="the mail server")]
    to: Annotated[list[Mailbox], Meta(min_length=1, description="mailboxes of desks, not persons")]
    from_: Annotated[Mailbox, Meta(description="the sender")] = field(name="from")
    tls: Annotated[
        Literal["starttls", "implicit", "none"],
        Meta(description="how the connection is secured; `none` only on this machine"),
    ] = "starttls"
    port: Annotated[
        Port | None, Meta(description="else 587 with starttls, 465 with implicit, 25 with none")
    ] = None
    user: Annotated[Name | None, Meta(description="user, if the server asks for a login")] = None
    password: Annotated[Secret | None, Meta(description="the user's password")] = None
    ca: Annotated[
        Path | None,
        Meta(description="PEM file of the authorities trusted; else the system's. Always verified"),
    ] = None
    timezone: Annotated[
        TimeZone | None, Meta(description="of the times in the text; else the machine's")
    ] = None
    timeout: Annotated[Duration, Meta(description="longest that one attempt may take")] = "20s"


class Apprise(_Channel, frozen=True, kw_only=True, tag="apprise"):
    """Chat systems by Apprise; needs the extra `chat`."""

    url: Annotated[
        Secret, Meta(description="where the address is that Apprise takes: it holds the token")
    ]
    timezone: Annotated[
        TimeZone | None, Meta(description="of the times in the text; else the machine's")
    ] = None
    timeout: Annotated[Duration, Meta(description="longest that one attempt may take")] = "20s"


Channel = Console | Jsonl | Kafka | Webhook | Alertmanager | Cap | Email | Apprise
CHANNELS: tuple[str, ...] = (
    "alertmanager",
    "apprise",
    "cap",
    "console",
    "email",
    "jsonl",
    "kafka",
    "webhook",
)
"""Kinds of sink."""


class Contact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A desk or a duty that can be told: a role, never a named person."""

    id: Annotated[RuleId, Meta(description="its name in routes")]
    title: Annotated[Title, Meta(description="the role in both languages")]
    to: Annotated[list[Target], Meta(description="channels by which it is reached")] = []
    ack_within: Annotated[
        Duration | None, Meta(description="how long until the role has to acknowledge")
    ] = None
    otherwise: Annotated[list[Target], Meta(description="told when it does not")] = []


class ChannelsFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Channels and contacts that routes name."""

    format: Annotated[Literal["1"], Meta(description="the version of this language")]
    kind: Annotated[Literal["channels"], Meta(description="channels and contacts")]
    owner: Annotated[Name | None, Meta(description="who answers for the file")] = None
    channels: Annotated[list[Channel], Meta(description="the channels")] = []
    contacts: Annotated[list[Contact], Meta(description="the contacts")] = []
