"""Files of `kind: channels`: where alerts go, and who is reached by what; secrets by name only."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from rules.language.schema.common import Title
from rules.language.schema.names import Duration, Name, RuleId, Target

__all__ = ["Channel", "ChannelsFile", "Contact"]

Secret = Annotated[
    str,
    Meta(
        pattern=r"^(env:[A-Z][A-Z0-9_]*|file:[^\s]+)$(?!\n)",
        title="where the secret is: `env:NAME` or `file:PATH`, never the secret itself",
    ),
]


class Channel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sink by name; routes call it `sink:id`, such as `webhook:hall`."""

    id: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9._-]{1,100}$(?!\n)", description="its name in routes")
    ]
    sink: Annotated[
        Literal["kafka", "webhook", "alertmanager", "cap", "jsonl", "console"],
        Meta(description="what kind of sink it is"),
    ]
    topic: Annotated[Name | None, Meta(description="the topic, for `sink: kafka`")] = None
    url: Annotated[Name | None, Meta(description="the address, for sinks that are called")] = None
    file: Annotated[Name | None, Meta(description="the file, for `sink: jsonl`")] = None
    secret: Annotated[Secret | None, Meta(description="where its key or token is")] = None
    languages: Annotated[
        list[Literal["zh", "en"]], Meta(description="languages it is told in; empty: the rule's")
    ] = []


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
