"""The Faust app of a live worker: settings, transport, two agents; the rest is in the shell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import faust
from mode.supervisors import CrashingSupervisor

from streams.intake import Intake
from streams.live.chunks import ChunkSchema
from streams.live.connection import broker_urls, faust_credentials
from streams.live.desk import WatchLike
from streams.live.meter import Meter
from streams.live.shelf import RuleSource
from streams.live.shell import Shell
from streams.live.transport import Custodian, LiveTransport
from streams.settings import Settings
from streams.topics import INPUTS, LOG

__all__ = ["STAGES", "LiveApp", "create_app"]

STAGES = ("intake", "watch")
_MIB = 1024 * 1024
_QUEUED_CHUNKS = 8


class LiveApp(faust.App):
    """A Faust app without files of its own, whose consumer asks a custodian for positions."""

    custodian: Custodian
    shell: Shell

    def _create_directories(self) -> None:
        """Nothing: state lives on the broker."""


def create_app(
    settings: Settings,
    intake: Intake,
    new_watch: Callable[[Any], WatchLike],
    *,
    rules: RuleSource,
    on_books: Callable[[Sequence[Any]], None],
    meter: Meter,
    end: Callable[[str], None],
    only: str | None = None,
) -> LiveApp:
    """The app of one worker; `only` limits it to one stage. `end` ends the process, and is final.

    Must be called on the event loop that runs it.
    """
    app = LiveApp(settings.group, **_faust_settings(settings))
    app.transport = LiveTransport(app.conf.broker_consumer, app)
    shell = Shell(
        settings,
        intake=intake,
        new_watch=new_watch,
        rules=rules,
        on_books=on_books,
        meter=meter,
        producer=lambda: app.producer,
        end=end,
    )
    app.shell = app.custodian = shell
    if only != "watch":
        _add_agent(app, "intake", [settings.topic(name) for name in INPUTS])
    if only != "intake":
        _add_agent(app, "watch", [settings.topic(LOG)])
    return app


def _add_agent(app: LiveApp, name: str, topics: list[str]) -> None:
    channel = app.topic(*topics, schema=ChunkSchema(), maxsize=_QUEUED_CHUNKS)

    async def run(stream: Any) -> None:
        async for event in stream.noack().events():
            await app.shell.accept(event)

    app.agent(channel, name=name, concurrency=1)(run)


def _faust_settings(settings: Settings) -> dict[str, Any]:
    return {
        "broker": broker_urls(settings),
        "broker_credentials": faust_credentials(settings),
        "broker_client_id": "watchfloor",
        "broker_session_timeout": settings.session_timeout,
        "broker_heartbeat_interval": settings.session_timeout / 3,
        "broker_rebalance_timeout": settings.rebalance_timeout,
        # Also the longest that restoring assigned partitions may take.
        "broker_request_timeout": 120.0,
        "broker_max_poll_records": settings.max_poll_records,
        "broker_commit_interval": 1.0,
        "consumer_max_fetch_size": 4 * _MIB,
        "consumer_auto_offset_reset": "earliest",
        "producer_acks": -1,
        "producer_linger": 0.0,
        "producer_max_batch_size": _MIB // 4,
        "producer_max_request_size": 12 * _MIB,
        "producer_request_timeout": settings.broker_limit,
        "stream_wait_empty": True,
        "agent_supervisor": CrashingSupervisor,
        # A Faust table would bring its changelogs; a leader topic or a declared one, a slow start.
        "store": "memory://",
        "table_standby_replicas": 0,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "web_enabled": False,
        "autodiscover": False,
        "loghandlers": [],
    }
