"""Reporting channels: which share of the reports each brings and what it knows of the place."""

from __future__ import annotations

from typing import Literal, cast

import numpy as np

from streams.records import ChannelSource, CoordSys
from streams.sources.synthetic.tables import table

__all__ = ["Channels"]

Form = Literal["voice", "text", "image", "video", "iot"]


class Channels:
    """The channels of rhythm.yaml as columns, indexed by channel number."""

    def __init__(self) -> None:
        data = table("rhythm")
        entries = data["channels"]
        self.names = cast("list[ChannelSource]", list(entries))
        self.forms = cast("list[list[Form]]", [entry["form"] for entry in entries.values()])
        self.datums = cast("list[CoordSys]", [entry["datum"] for entry in entries.values()])
        self.gcj02 = np.array([datum == "gcj02" for datum in self.datums])
        self._share = _cumulative([entry["share"] for entry in entries.values()])
        chosen = data["critical_channels"]
        self._critical = np.array([self.names.index(name) for name in chosen])
        self._critical_share = _cumulative(list(chosen.values()))
        self._area = np.array([entry["area"] for entry in entries.values()])
        self._point = np.array([entry["point"] for entry in entries.values()])
        self._accuracy = np.array([entry["accuracy"] for entry in entries.values()], float)

    def draw(self, uniform: np.ndarray, *, planned: np.ndarray) -> np.ndarray:
        """Channel numbers; planned (injected) reports come from citizens who call or write."""
        anyone = np.searchsorted(self._share, uniform, "right")
        caller = self._critical[np.searchsorted(self._critical_share, uniform, "right")]
        return np.where(planned, caller, anyone)

    def places(
        self, channel: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(names the area, has a point, accuracy in metres) for each report of a channel."""
        has_area = rng.random(len(channel)) < self._area[channel]
        has_point = rng.random(len(channel)) < self._point[channel]
        low, high = self._accuracy[channel, 0], self._accuracy[channel, 1]
        return has_area, has_point, np.round(low + (high - low) * rng.random(len(channel)))


def _cumulative(shares: list[float]) -> np.ndarray:
    total = np.cumsum(np.array(shares, float))
    total /= total[-1]
    total[-1] = np.inf  # a uniform number just below 1 still finds the last channel
    return total
