"""A rule directory that is watched: rules that change there for good are published, by the log.

For an installation on one machine. What changes takes the way of `rules publish`, so that the log
says from where on it holds, and a replay switches there too.
"""

from __future__ import annotations

import logging
import time
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from commands.lookout import looking
from rules.language.bundle import bundle_of
from rules.language.loader import Reading, read_rules
from streams.areas import AreaTree
from streams.control import Bundle, Current
from streams.errors import BrokerError, WatchfloorError

__all__ = ["BY", "RuleDirectory", "content"]

BY = "directory"
"""Who published what came from a watched directory."""
POLL = 0.1
SETTLE = 0.5
"""Seconds that it must lie still before it is read: files are often written one by one."""

log = logging.getLogger(__name__)


class Told(Protocol):
    """Where the outcome goes; sinks/metrics implements it."""

    def rules_switch(self, outcome: str) -> None:
        """A directory was refused (`directory_refused`)."""


class Publisher(Protocol):
    """Reads and writes `control`; commands/rules/publishing.py on the broker of the settings."""

    def current(self) -> Current | None:
        """What is published. Raises BrokerError."""

    def publish(self, bundle: Bundle) -> None:
        """Let it hold from now on. Raises BrokerError, ConfigError."""


def content(rules: Path) -> str:
    """A hash of all bytes of the rule files directly in a directory. Raises OSError."""
    digest = sha256()
    for path in sorted(p for p in rules.iterdir() if p.suffix in {".yaml", ".yml"}):
        raw = path.read_bytes()
        digest.update(f"{path.name}\0{len(raw)}\0".encode() + raw)
    return digest.hexdigest()


class RuleDirectory:
    """Looks after the rule files of a directory, and publishes them when they have changed.

    Files with faults are told once and never replace what holds. At the start they are published
    only where nothing was, or where the directory published last: what a person published stays
    until the directory changes. A broker that is away is asked again.
    """

    def __init__(self, rules: Path, areas: AreaTree, publisher: Publisher, told: Told) -> None:
        self._rules = rules
        self._areas = areas
        self._publisher = publisher
        self._told = told
        self._started = False
        self._known = ""
        self._seen = ""
        self._since = 0.0

    def running(self) -> AbstractContextManager[None]:
        """Look after it in a thread of its own, as long as the block lasts."""
        return looking(self.look, every=POLL, name="rules")

    def look(self, now: float) -> None:
        """One look; `now` in seconds of a clock that never goes back. Never raises."""
        try:
            found = content(self._rules)
        except OSError:
            self._seen = ""
            return
        if found != self._seen:
            self._seen, self._since = found, now
        elif found != self._known and now - self._since >= SETTLE:
            try:
                self._take(found)
            except BrokerError as error:
                log.warning("changed rules cannot be published at the moment: %s", error)
                self._since = now

    def _take(self, found: str) -> None:
        if not self._started:
            current = self._publisher.current()
            self._started = True
            if current is not None and current.by != BY:
                self._known = found
                log.info(
                    "rules %s, published by %s, hold; %s is published when it changes",
                    current.hash,
                    current.by,
                    self._rules,
                )
                return
        try:
            reading = read_rules(self._rules, areas=self._areas)
            if content(self._rules) != found:
                return  # it changes while it is read: later
            if reading.errors:
                self._refuse(found, "\n".join(str(fault) for fault in reading.errors))
                return
            self._publish(reading)
        except OSError:
            return
        except BrokerError:
            raise
        except WatchfloorError as error:
            self._refuse(found, str(error))
        except Exception as error:  # noqa: BLE001 - the rules in use must go on, whatever it is
            self._refuse(found, f"unexpected {type(error).__name__}")
        else:
            self._known = found

    def _publish(self, reading: Reading) -> None:
        at_ms = time.time_ns() // 1_000_000
        bundle = bundle_of(reading, by=BY, because="the directory changed", at_ms=at_ms)
        self._publisher.publish(bundle)
        log.info("rules %s of the directory %s are published", bundle.hash, self._rules)

    def _refuse(self, found: str, why: str) -> None:
        self._known = found
        log.error("the changed rules of %s are refused, what holds stays: %s", self._rules, why)
        self._told.rules_switch("directory_refused")
