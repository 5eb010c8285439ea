"""A worker that runs the stage `dispatch` alone: its pages, and an end in order."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable

from commands.dispatch.stage import Stage
from streams.live.preflight import check_topics
from streams.live.web import Pages
from streams.settings import Settings

__all__ = ["run_alone"]

log = logging.getLogger(__name__)


def run_alone(
    settings: Settings, stage: Stage, metrics: Callable[[], tuple[bytes, str]], about: str
) -> None:
    """Run until SIGTERM or SIGINT. Raises ConfigError and BrokerError where it cannot start."""
    asyncio.run(_run(settings, stage, metrics, about))


async def _run(
    settings: Settings, stage: Stage, metrics: Callable[[], tuple[bytes, str]], about: str
) -> None:
    await check_topics(settings)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    pages = Pages(metrics=metrics, alive=lambda: stage.alive, ready=lambda: stage.ready)
    port = await pages.start(settings.web_host, settings.web_port)
    log.info("dispatch starts: broker %s, %s, pages on port %d", settings.broker, about, port)
    try:
        with stage.running():
            await asked.wait()
    finally:
        await pages.stop()
    log.info("dispatch stopped")
