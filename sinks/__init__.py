"""Where alerts and figures go: one file a sink, and the registry of alert sinks by name.

To add one: a file here with a class that has `send` and an opener, one line in `SINKS`; the
conformance suite then runs on it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from sinks.base import Sink
from sinks.console import open_console
from sinks.jsonl import open_jsonl

__all__ = ["SINKS"]

SINKS: Final[dict[str, Callable[[str], AbstractContextManager[Sink]]]] = {
    "console": open_console,
    "jsonl": open_jsonl,
}
"""By name: a function that opens the sink on a target (a path, or `-` for standard output)."""
