"""Runs one worker in this process from start to clean stop, and says how it ended."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from aiokafka.errors import KafkaError

from streams.collector import spare_the_collector
from streams.errors import BrokerError, WatchfloorError
from streams.intake import Intake
from streams.live.app import LiveApp, create_app
from streams.live.desk import WatchLike
from streams.live.meter import Meter
from streams.live.preflight import check_topics
from streams.live.shelf import RuleSource
from streams.live.transport import check_versions
from streams.live.web import Pages
from streams.settings import Settings

__all__ = ["run_worker"]

STOP_LIMIT = 9.0
BEAT_LIMIT = 10.0

log = logging.getLogger(__name__)


def run_worker(
    settings: Settings,
    *,
    intake: Callable[[], Intake],
    new_watch: Callable[[Any], WatchLike],
    rules: RuleSource,
    on_books: Callable[[Sequence[Any]], None],
    meter: Meter,
    metrics: Callable[[], tuple[bytes, str]],
    about: str,
    only: str | None = None,
) -> int:
    """Run until SIGTERM or SIGINT; the exit code: 0 after a clean stop, 1 after a crash.

    new_watch: makes a watch that judges by a book. rules: where books come from. on_books: is
    given the published books whose words may be asked for, whenever these are others. metrics: the
    body and content type of /metrics. about: what it runs on, for the log.

    Raises ConfigError and BrokerError where the worker cannot even start.
    """
    check_versions()

    async def main() -> int:
        await check_topics(settings)
        app = create_app(
            settings,
            intake(),
            new_watch,
            rules=rules,
            on_books=on_books,
            meter=meter,
            end=_end,
            only=only,
        )
        spare_the_collector()
        return await _serve(app, settings, metrics, about)

    return asyncio.run(main())


async def _serve(
    app: LiveApp, settings: Settings, metrics: Callable[[], tuple[bytes, str]], about: str
) -> int:
    shell = app.shell
    pages = Pages(
        metrics=metrics,
        alive=lambda: time.monotonic() - shell.beat < BEAT_LIMIT,
        ready=lambda: shell.ready,
    )
    asked = _stop_signals()
    port = await pages.start(settings.web_host, settings.web_port)
    log.info(
        "worker starts: broker %s, group %s, %s, pages on port %d",
        settings.broker,
        settings.group,
        about,
        port,
    )
    clock: asyncio.Task[None] | None = None
    try:
        # Before anything is judged: what was published goes before the rules of this worker.
        await shell.control.open()
        clock = asyncio.create_task(shell.run())
        return await _run_app(app, asked)
    finally:
        if clock is not None:
            clock.cancel()
        await shell.control.close()
        await pages.stop()


async def _run_app(app: LiveApp, asked: asyncio.Event) -> int:
    start = asyncio.create_task(app.start())
    stop = asyncio.create_task(asked.wait())
    crash = asyncio.create_task(app._crashed.wait())  # noqa: SLF001 - mode has no other
    await asyncio.wait([start, stop], return_when=asyncio.FIRST_COMPLETED)
    if start.done() and (error := start.exception()) is not None:
        raise _start_error(error) from error
    await asyncio.wait([stop, crash], return_when=asyncio.FIRST_COMPLETED)
    crashed = crash.done()
    for task in (stop, crash):
        task.cancel()
    if crashed:
        _end(_told(app.crash_reason))
    try:
        await asyncio.wait_for(app.stop(), STOP_LIMIT)
    except TimeoutError:
        _end(f"the worker did not stop within {STOP_LIMIT:g} s; stored state stands")
    log.info("worker stopped")
    return 0


def _told(reason: BaseException | None) -> str:
    if isinstance(reason, WatchfloorError):
        return str(reason)
    return f"the Faust app crashed: {reason!r}"


def _stop_signals() -> asyncio.Event:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    return asked


def _start_error(error: BaseException) -> BaseException:
    if isinstance(error, KafkaError):
        return BrokerError(f"the broker refused the worker: {error!r}.")
    return error


def _end(reason: str) -> NoReturn:
    """End the process at once: what is not stored will be read again by the next start."""
    log.critical("worker ends: %s", reason)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(1)
