"""What the demo shows: steps, alerts, one status line, and at the end what was seen."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TextIO

from commands.demo.engine import Status
from sinks.console import Console
from streams.records import Alert
from streams.sources.synthetic import LOCAL

__all__ = ["Screen"]

_STATUS_S = 1.0
_PLAIN_STATUS_S = 10.0


class Screen:
    """Alerts and a status line on a text stream; on a terminal coloured and written over."""

    def __init__(self, stream: TextIO, *, terminal: bool) -> None:
        self._stream, self._terminal = stream, terminal
        self._console = Console(stream, colour=terminal, zone=LOCAL)
        self._seen: Counter[str] = Counter()
        self._every = _STATUS_S if terminal else _PLAIN_STATUS_S
        self._shown = 0.0
        self._read = 0
        self._line = ""

    @property
    def complete(self) -> bool:
        """Whether at least one critical and one heat alert were seen."""
        return bool(self._seen["keyword"] and self._seen["heat"])

    def step(self, text: str) -> None:
        """One line about the show itself."""
        self._clear()
        self._stream.write(text + "\n")
        self._stream.flush()

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """Show alerts above the status line."""
        if alerts:
            self._clear()
            self._console.send(alerts)
            self._seen.update(_counted(alert) for alert in alerts if alert.status == "firing")
            self._draw()

    def status(self, ask: Callable[[], Status], city_ms: int, now: float) -> None:
        """Bring the status line up to date, if it is time; the engine is asked only then."""
        if not self._shown:
            self._shown = now  # the first line comes when there is something to tell
        if now - self._shown < self._every:
            return
        found, passed = ask(), now - self._shown
        rate = (found.read - self._read) / passed
        self._shown, self._read = now, found.read
        self._line = (
            f"read {found.read:,} ({rate:,.0f}/s) | critical {self._seen['keyword']} "
            f"heat {self._seen['heat']} | city time {_time(city_ms)} | "
            f"judged up to {_time(found.watermark_ms)}"
        )
        if not self._terminal:
            self._stream.write(self._line + "\n")
        self._draw()

    def verdict(self) -> str:
        """The last sentence: what was seen, or what was missing."""
        critical, heat = self._seen["keyword"], self._seen["heat"]
        if self.complete:
            return f"Seen: {critical} critical and {heat} heat alerts."
        missing = " and ".join(
            name for name, count in (("critical", critical), ("heat", heat)) if not count
        )
        return (
            f"No {missing} alert was seen; give it longer with --seconds, or look into the "
            "worker's log."
        )

    def _draw(self) -> None:
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1  # a wrapped line cannot be written over
            self._stream.write(f"\r{self._line[:width]}\x1b[K")
        self._stream.flush()

    def _clear(self) -> None:
        if self._terminal:
            self._stream.write("\r\x1b[K")


def _time(at_ms: int | None) -> str:
    if at_ms is None:
        return "-"
    return f"{datetime.fromtimestamp(at_ms / 1000, LOCAL):%m-%d %H:%M}"


def _counted(alert: Alert) -> str:
    """What an alert is counted as: reports for other desks, and for review, are not critical."""
    critical = alert.evidence.category and not alert.review
    return "other" if alert.kind == "keyword" and not critical else alert.kind
