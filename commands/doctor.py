"""`watchfloor doctor`: what is wrong with this installation, each finding with its remedy.

Every check stands alone: one that fails does not hide the next. Nothing is written anywhere.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import Struct

from streams.errors import BrokerError, WatchfloorError
from streams.settings import Settings, load_settings, unknown_settings
from streams.topics import INPUTS, LOG, topic_specs

__all__ = ["Finding", "command", "examine"]

DISTRIBUTION = "watchfloor"
_PYTHONS = ((3, 11), (3, 14))
_FREE_BYTES = 1 << 30
_SKEW_S = 5.0
_CONNECT_S = 3.0
_APIS = (
    "Produce",
    "Fetch",
    "ListOffsets",
    "Metadata",
    "OffsetCommit",
    "OffsetFetch",
    "FindCoordinator",
    "JoinGroup",
    "Heartbeat",
    "SyncGroup",
    "LeaveGroup",
    "CreateTopics",
    "DescribeConfigs",
)
"""What a worker and the tools ask of a broker, by the names of the Kafka protocol."""


class Finding(Struct, frozen=True):
    """The result of one check. `detail` is a sentence: what is there, or what to do about it."""

    check: str
    ok: bool
    detail: str


Check = Callable[[Settings], Iterator[Finding]]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(as_json: bool) -> None:
    """Look for what is wrong with this installation; exit code 1 if something is.

    \b
    Examples:
      watchfloor doctor
      watchfloor doctor --json | jq -r 'select(.ok | not).detail'
    """
    wrong = 0
    for finding in examine(os.environ):
        wrong += not finding.ok
        if as_json:
            click.echo(msgspec.json.encode(finding))
        else:
            mark = click.style("ok     ", fg="green") if finding.ok else _red("problem")
            click.echo(f"{mark}  {finding.check:<9}  {finding.detail}")
    if not as_json:
        click.echo(f"{wrong or 'No'} problem{'' if wrong == 1 else 's'} found.", err=True)
    raise SystemExit(int(bool(wrong)))


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """All findings, good ones too, in the order in which a person would look."""
    yield from _python()
    yield from _packages()
    try:
        settings = load_settings(environ)
    except WatchfloorError as error:
        for line in str(error).splitlines():
            yield Finding("settings", ok=False, detail=line)
        return  # everything else depends on them
    unknown = unknown_settings(environ)
    yield from (Finding("settings", ok=False, detail=sentence) for sentence in unknown)
    if not unknown:
        yield Finding("settings", ok=True, detail="Every WATCHFLOOR_* variable is understood.")
    reached = True
    for name, check in _CHECKS.items():
        if name in _ON_BROKER and not reached:
            continue  # it was said once
        try:
            for finding in check(settings):
                reached = reached and (finding.ok or name != "broker")
                yield finding
        except WatchfloorError as error:
            reached = reached and name != "broker"
            for line in str(error).splitlines():
                yield Finding(name, ok=False, detail=line)


def _python() -> Iterator[Finding]:
    low, high = _PYTHONS
    version = sys.version_info
    here = f"Python {version.major}.{version.minor}.{version.micro}"
    if low <= version[:2] < high:
        yield Finding("python", ok=True, detail=f"{here}.")
    else:
        detail = f"{here} is not supported: install Python 3.11, 3.12 or 3.13."
        yield Finding("python", ok=False, detail=detail)


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    try:
        required = [Requirement(text) for text in importlib.metadata.requires(DISTRIBUTION) or ()]
    except importlib.metadata.PackageNotFoundError:
        detail = "Watchfloor itself is not installed in this environment: run `make setup`."
        yield Finding("packages", ok=False, detail=detail)
        return
    wrong = []
    for requirement in required:
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        found = _version(requirement.name)
        if found is None:
            wrong.append(f"{requirement.name} is missing")
        elif not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} is {found}, not {requirement.specifier}")
    for what in wrong:
        yield Finding("packages", ok=False, detail=f"{what}: run `make setup`.")
    if not wrong:
        shown = ", ".join(f"{n} {_version(n)}" for n in ("faust-streaming", "aiokafka", "msgspec"))
        yield Finding("packages", ok=True, detail=f"All are there, as declared ({shown}).")


def _rules(settings: Settings) -> Iterator[Finding]:
    from commands.core import build_core

    core = build_core(settings)
    core.require_whole()
    areas = f"{len(core.areas)} areas" if settings.areas else "area ids as the data has them"
    source = settings.rules or "the shipped rule book"
    yield Finding("rules", ok=True, detail=f"Loaded {source}, its lexicon, and {areas}.")


def _channels(settings: Settings) -> Iterator[Finding]:
    """What the channels of the rule directory lack; of published rules the dispatcher tells it."""
    from commands.channels.book import channels_of, lacking
    from rules.language.loader import read_rules
    from sinks.secrets import Secrets

    if not settings.rules or not Path(settings.rules).is_dir():
        return
    known = channels_of(read_rules(Path(settings.rules)).book)
    secrets, wrong = Secrets(os.environ), 0
    for name, channel in known.items():
        for said in lacking(channel, secrets, settings):
            wrong += 1
            yield Finding("channels", ok=False, detail=f"{name}: {said}.")
    if known and not wrong:
        yield Finding("channels", ok=True, detail=f"All {len(known)} have the secrets they name.")


def _broker(settings: Settings) -> Iterator[Finding]:
    from streams.kafka_client import admin

    places = [place for place in settings.broker.split(",") if place]
    closed = [said for said in map(_closed, places) if said]
    for said in closed:
        yield Finding("broker", ok=False, detail=said)
    if places and len(closed) == len(places):
        return
    with admin(settings) as client:
        brokers = len(client.describe_cluster()["brokers"])
        offered = {key.name for key in client.api_versions()}
    lacking = [name for name in _APIS if name not in offered]
    if lacking:
        detail = f"{settings.broker} does not offer {', '.join(lacking)}: use Kafka 2.4 or newer."
        yield Finding("broker", ok=False, detail=detail)
    else:
        detail = f"{settings.broker} answers: {brokers} broker(s), every request type is offered."
        yield Finding("broker", ok=True, detail=detail)


def _closed(place: str) -> str | None:
    """Why no connection to `host:port` can be made, as a sentence; None if one can."""
    host, _, port = place.strip().rpartition(":")
    if not host or not port.isdigit():
        return f"{place!r} is no broker address: WATCHFLOOR_BROKER takes host:port."
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_S).close()
    except socket.gaierror:
        return f"The host name of {place} is not known: correct WATCHFLOOR_BROKER, or the DNS."
    except OSError as error:
        return (
            f"Nobody answers at {place} ({error.strerror or error}): start the broker, correct "
            "WATCHFLOOR_BROKER, or open the firewall between here and there."
        )
    return None


def _topics(settings: Settings) -> Iterator[Finding]:
    from commands.topics import compare_topics
    from streams.kafka_client import admin

    with admin(settings) as client:
        states = compare_topics(client, topic_specs(settings))
    wrong = [state for state in states if state.state != "ok"]
    for state in wrong:
        yield Finding("topics", ok=False, detail=f"{state.spec.name} {state.detail}")
    if not wrong:
        yield Finding("topics", ok=True, detail=f"All {len(states)} are there, as declared.")


def _published(settings: Settings) -> Iterator[Finding]:
    """Which rules hold: those that were published, else what every worker was started with."""
    from commands.rules.publishing import read_control

    try:
        current = read_control(settings).current
    except BrokerError:
        return  # the topic is not there, which was said
    if current is None:
        detail = "Nothing was published: workers judge by the rules they are started with."
    else:
        own = settings.rules or "the shipped rule book"
        detail = (
            f"{current.hash}, published by {current.by}, holds; it goes before {own}. "
            "`watchfloor rules status` tells which worker runs it."
        )
    yield Finding("published", ok=True, detail=detail)


def _clock(settings: Settings) -> Iterator[Finding]:
    """Kafka tells no time; but a record written in our future means that clocks disagree."""
    from streams.kafka_client import consumer, newest_timestamps

    topics = [settings.topic(name) for name in (*INPUTS, LOG)]
    with consumer(settings) as client:
        newest = max(newest_timestamps(client, topics), default=None)
    ahead = 0.0 if newest is None else newest / 1000 - time.time()
    if ahead > _SKEW_S:
        detail = (
            f"The newest record was written {ahead:.0f} s in the future of this machine's clock: "
            "let this machine, the brokers and the feeds follow one time server (NTP)."
        )
        yield Finding("clock", ok=False, detail=detail)
    else:
        seen = "nothing was written yet" if newest is None else "no record is from the future"
        yield Finding("clock", ok=True, detail=f"Agrees with the broker's records ({seen}).")


def _port(settings: Settings) -> Iterator[Finding]:
    place = f"{settings.web_host}:{settings.web_port}"
    try:
        family = socket.AF_INET6 if ":" in settings.web_host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.web_host, settings.web_port))
    except OSError as error:
        detail = (
            f"{place} cannot be bound ({error.strerror}): if that is not a worker of yours, set "
            "WATCHFLOOR_WEB_PORT to a free port, or 0 for any."
        )
        yield Finding("port", ok=False, detail=detail)
    else:
        yield Finding("port", ok=True, detail=f"{place} is free for /metrics and /readyz.")


def _disk(_: Settings) -> Iterator[Finding]:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    good = free >= _FREE_BYTES
    remedy = "" if good else " Free some, or point TMPDIR elsewhere; logs are written there."
    detail = f"{free / _FREE_BYTES:.1f} GiB are free under {folder}.{remedy}"
    yield Finding("disk", ok=good, detail=detail)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _red(text: str) -> Any:
    return click.style(text, fg="red", bold=True)


_CHECKS: dict[str, Check] = {
    "rules": _rules,
    "channels": _channels,
    "broker": _broker,
    "topics": _topics,
    "published": _published,
    "clock": _clock,
    "port": _port,
    "disk": _disk,
}
_ON_BROKER = {"topics", "published", "clock"}
