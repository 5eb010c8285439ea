"""Structured logs: our own and those of Faust, mode and aiokafka, in one stream on stderr."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from streams.settings import Settings

__all__ = ["set_up_logs"]

CHATTY = ("faust", "mode", "aiokafka", "kafka", "asyncio", "aiohttp")
"""Libraries whose `info` is noise to an operator: raised to `warning` unless debugging."""


def set_up_logs(settings: Settings) -> None:
    """Send every log record to stderr, as text on a terminal and as JSON lines elsewhere.

    No record text is ever logged: stages log offsets and kinds of faults only.
    """
    as_text = settings.log_format == "text" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if as_text
        else structlog.processors.JSONRenderer(sort_keys=True)
    )
    common: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = [] if as_text else [structlog.processors.format_exc_info]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *last,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = settings.log_level.upper()
    root.setLevel(level)
    for name in CHATTY:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(level if level == "DEBUG" else max(logging.WARNING, root.level))
