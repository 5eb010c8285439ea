"""The units of a partition at one tick, command by command: sorted once, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from rules.coverage.placing import Placing
from rules.coverage.presence import Presence
from rules.coverage.units_view import UnitsView

__all__ = ["UnitsByCommand"]

Indexes = NDArray[np.int64]


class UnitsByCommand:
    """Views of the settled tick of `presence`. placing: of its areas, which this brings along.

    driving: units that count where they are going.
    """

    def __init__(
        self, presence: Presence, placing: Placing, driving: Iterable[tuple[str, str]] = ()
    ) -> None:
        self._driving = list(driving)
        self._presence = presence
        self._placing = placing
        self._views: dict[tuple[int, int], tuple[UnitsView, Indexes, dict[str, slice]]] = {}

    def of(
        self, name: str, command: object, *, fresh: int, unknown_after: int
    ) -> tuple[UnitsView, Indexes]:
        """The units in a command's areas, and the row of each area code of theirs there."""
        known = self._views.get((fresh, unknown_after))
        if known is None:
            known = self._sorted(fresh, unknown_after)
            self._views[fresh, unknown_after] = known
        view, order, parts = known
        self._placing.of(name, command, view.areas)  # type: ignore[arg-type]
        return view.take(order[parts.get(name, slice(0))]), self._placing.row

    def _sorted(
        self, fresh: int, unknown_after: int
    ) -> tuple[UnitsView, Indexes, dict[str, slice]]:
        view = self._presence.view(
            fresh=fresh, unknown_after=unknown_after, elsewhere=self._driving
        )
        self._placing.extend(view.areas)
        names = self._placing.names()
        number = self._placing.number[view.area]
        order = np.argsort(number, kind="stable")
        ends = np.cumsum(np.bincount(number, minlength=len(names))).tolist()
        begins = [0, *ends]
        return view, order, {n: slice(begins[at], ends[at]) for at, n in enumerate(names)}
