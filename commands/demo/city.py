"""The demo's city and its clock: which records are due at a moment of the show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from streams.sources.synthetic import Arrival, Plan, Simulation

__all__ = ["DemoCity"]

_BEHIND = timedelta(hours=72)
_AHEAD_H = 24.0


class DemoCity:
    """A simulated city that begins three days ago and lives faster until it has caught up.

    It never runs ahead of the clock, since a report from the future is refused: once it has
    reached the present it goes on at the clock's own speed. After four days it is silent.
    """

    def __init__(self, *, seed: int, speed: float, now: datetime) -> None:
        hours = _BEHIND / timedelta(hours=1) + _AHEAD_H
        self._simulation = Simulation(
            Plan(
                seed=seed,
                start=now - _BEHIND,
                hours=hours,
                rate=2400,
                disorder=20,
                duplicates=0.01,
                bad=0.005,
                critical_share=0.008,
                bursts=round(hours / 3),
                shortages=round(hours / 6),
                fix_every=240,
                opening=True,
                closings=True,
            )
        )
        self._speed = speed
        self._start_ms = self._simulation.plan.start_s * 1000
        self._incidents = _Line(chain.from_iterable(self._simulation.incidents()))
        self._positions = _Line(chain.from_iterable(self._simulation.positions()))
        self.reported_ms = self._start_ms
        """The city's own time (ms) up to which `due` has been asked."""

    def areas(self) -> Iterator[bytes]:
        """The areas as GeoJSON."""
        return self._simulation.city.geojson()

    def due(self, elapsed_s: float, *, now_ms: float) -> tuple[list[Arrival], list[Arrival]]:
        """(incidents, positions) that arrive up to `elapsed_s` seconds into the show."""
        fast = self._start_ms + elapsed_s * 1000 * self._speed
        self.reported_ms = int(min(fast, now_ms))
        return self._incidents.until(self.reported_ms), self._positions.until(self.reported_ms)


class _Line:
    """A stream in order of arrival, taken piece by piece."""

    def __init__(self, stream: Iterator[Arrival]) -> None:
        self._stream = stream
        self._next = next(stream, None)

    def until(self, at_ms: int) -> list[Arrival]:
        taken = []
        while self._next is not None and self._next.at_ms <= at_ms:
            taken.append(self._next)
            self._next = next(self._stream, None)
        return taken
