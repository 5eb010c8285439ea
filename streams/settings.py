"""Settings from `WATCHFLOOR_*`: one frozen struct, parsed purely, every fault in one ConfigError.

Field `session_timeout` is the variable `WATCHFLOOR_SESSION_TIMEOUT`; a field of `SECRETS` may also
come from a file (`WATCHFLOOR_SASL_PASSWORD_FILE`), and is never shown by `describe`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from streams.errors import ConfigError

__all__ = ["PREFIX", "SECRETS", "Settings", "load_settings", "unknown_settings"]

PREFIX = "WATCHFLOOR_"
SECRETS = frozenset({"hash_key", "sasl_password", "tls_key_password"})
OTHER_VARIABLES = frozenset(
    {
        "CRASH_EVENTS",
        "CRASH_INCIDENTS",
        "CRASH_KILLS",
        "KAFKA_LIBS",
        "PUBLISH_INCIDENTS",
        "REQUIRE",
        "TEST_BROKER",
    }
)
"""Read by the tests and the broker runner, not by a worker."""

Seconds = Annotated[float, Meta(gt=0)]
Port = Annotated[int, Meta(ge=0, le=65535)]


class Settings(Struct, frozen=True, kw_only=True):
    """What an installation decides. Times are seconds, sizes bytes."""

    broker: Annotated[str, Meta(description="Kafka brokers, `host:port`, comma-separated.")] = ""
    security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
        Meta(description="How to talk to the brokers. TLS certificates are always verified."),
    ] = "PLAINTEXT"
    sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
        Meta(description="SASL mechanism, for the SASL protocols."),
    ] = "SCRAM-SHA-512"
    sasl_username: Annotated[str, Meta(description="SASL user name.")] = ""
    sasl_password: Annotated[str, Meta(description="SASL password (secret).")] = ""
    tls_ca: Annotated[
        str, Meta(description="PEM file of the trusted CAs; empty: the system's.")
    ] = ""
    tls_cert: Annotated[str, Meta(description="PEM file of the client certificate.")] = ""
    tls_key: Annotated[str, Meta(description="PEM file of the client certificate's key.")] = ""
    tls_key_password: Annotated[str, Meta(description="Password of that key (secret).")] = ""
    group: Annotated[
        str, Meta(min_length=1, pattern=r"^[A-Za-z0-9._-]+$", description="Consumer group.")
    ] = "watchfloor"
    topic_prefix: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9._-]*$", description="Put before every topic name.")
    ] = ""
    partitions: Annotated[
        int,
        Meta(ge=1, le=1000, description="Partitions of the data topics; fixed once in use."),
    ] = 4
    replication: Annotated[
        int, Meta(ge=1, le=9, description="Replication factor of the topics.")
    ] = 1
    rules: Annotated[str, Meta(description="Directory of rules; empty: the shipped book.")] = ""
    rules_watch: Annotated[
        bool,
        Meta(description="Publish that directory whenever it changes; for one machine."),
    ] = False
    areas: Annotated[
        str, Meta(description="GeoJSON file of areas; empty: area ids as the data has them.")
    ] = ""
    china: Annotated[
        bool, Meta(description="The deployment lies in China: swapped coordinates are recognised.")
    ] = False
    hash_key: Annotated[
        str,
        Meta(description="Key of the hashes of phones and addresses in mapped feeds (secret)."),
    ] = ""
    lateness: Annotated[
        float, Meta(ge=0, description="How far out of order event times may arrive.")
    ] = 300.0
    future_limit: Annotated[
        Seconds, Meta(description="Event times further ahead of arrival than this are refused.")
    ] = 300.0
    operator: Annotated[
        str, Meta(description="The role in which the commands act where --by does not say it.")
    ] = ""
    web_host: Annotated[str, Meta(description="Address of /metrics, /healthz, /readyz.")] = (
        "127.0.0.1"
    )
    web_port: Annotated[Port, Meta(description="Port of the same; 0: any free port.")] = 6066
    session_timeout: Annotated[
        float, Meta(ge=6, description="A worker silent for this long loses its partitions.")
    ] = 10.0
    rebalance_timeout: Annotated[
        Seconds, Meta(description="Longest a worker may take to hand over its partitions.")
    ] = 30.0
    broker_limit: Annotated[
        Seconds,
        Meta(description="A send not confirmed within this ends the worker with exit code 1."),
    ] = 30.0
    stall_limit: Annotated[
        Seconds,
        Meta(description="Lag without progress for this long ends the worker with exit code 1."),
    ] = 90.0
    snapshot_interval: Annotated[
        Seconds, Meta(description="Shortest time between two snapshots of a partition's state.")
    ] = 3.0
    max_poll_records: Annotated[
        int, Meta(ge=1, le=100_000, description="Records handed to a stage in one chunk.")
    ] = 4000
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Lowest level logged.")
    ] = "info"
    log_format: Annotated[
        Literal["auto", "json", "text"],
        Meta(description="`auto`: text on a terminal, JSON lines elsewhere."),
    ] = "auto"

    def topic(self, name: str) -> str:
        """A declared topic's name on the broker: with the prefix."""
        return self.topic_prefix + name

    def describe(self) -> dict[str, Any]:
        """Every setting by variable name, secrets replaced by `set` or `not set`."""
        values = msgspec.structs.asdict(self)
        return {
            PREFIX + name.upper(): ("set" if value else "not set") if name in SECRETS else value
            for name, value in values.items()
        }


def load_settings(environ: Mapping[str, str], **overrides: Any) -> Settings:
    """Settings from the variables of `environ`; `overrides` (by field name) win.

    Raises ConfigError that lists every fault, one a line.
    """
    faults: list[str] = []
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        variable = PREFIX + field.name.upper()
        text = environ.get(variable)
        if field.name in SECRETS and text is None:
            text = _secret_file(variable + "_FILE", environ, faults)
        given = overrides.get(field.name)
        raw: Any = text if given is None else given
        if raw is None or (raw == "" and field.type is not str):
            continue
        try:
            values[field.name] = msgspec.convert(raw, field.type, strict=False)
        except msgspec.ValidationError as error:
            shown = "(hidden)" if field.name in SECRETS else repr(raw)
            faults.append(f"{variable} is {shown}: {error}. See docs/reference/settings.md.")
    settings = Settings(**values)
    faults.extend(_contradictions(settings))
    if faults:
        raise ConfigError("\n".join(faults))
    return settings


def unknown_settings(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each `WATCHFLOOR_*` variable that means nothing, with the nearest name."""
    known = {field.name.upper() for field in msgspec.structs.fields(Settings)} | OTHER_VARIABLES
    known |= {f"{name.upper()}_FILE" for name in SECRETS}
    sentences = []
    for variable in sorted(environ):
        name = variable.removeprefix(PREFIX)
        if name == variable or name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {PREFIX}{near[0]}?" if near else "See docs/reference/settings.md."
        sentences.append(f"{variable} is set, but there is no such setting. {hint}")
    return sentences


def _secret_file(variable: str, environ: Mapping[str, str], faults: list[str]) -> str | None:
    path = environ.get(variable)
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{variable} names {path!r}, which cannot be read: {error}.")
        return None


def _contradictions(settings: Settings) -> list[str]:
    faults = []
    if settings.security_protocol.startswith("SASL") and not (
        settings.sasl_username and settings.sasl_password
    ):
        faults.append(
            f"{PREFIX}SECURITY_PROTOCOL is {settings.security_protocol}, which needs "
            f"{PREFIX}SASL_USERNAME and {PREFIX}SASL_PASSWORD (or _FILE)."
        )
    if settings.rules_watch and not settings.rules:
        faults.append(
            f"{PREFIX}RULES_WATCH is true, but {PREFIX}RULES names no directory to watch: set it."
        )
    if bool(settings.tls_cert) != bool(settings.tls_key):
        faults.append(f"{PREFIX}TLS_CERT and {PREFIX}TLS_KEY go together: set both or neither.")
    if settings.session_timeout > settings.broker_limit:
        faults.append(
            f"{PREFIX}SESSION_TIMEOUT is {settings.session_timeout:g} s, longer than "
            f"{PREFIX}BROKER_LIMIT ({settings.broker_limit:g} s): make it shorter."
        )
    return faults
