"""Which incidents were counted already: the last ids of a partition, a fixed number of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.observations import Change

__all__ = ["CAPACITY", "SeenIncidents"]

CAPACITY = 32_768
"""Distinct ids remembered per partition of the log: a hundred hours of a county, and bounded."""


class SeenIncidents:
    """Remembers exactly the last `capacity` distinct ids, however the chunks were cut."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._sequence: dict[str, int] = {}
        self._revisions: dict[str, int] = {}
        self._next = 0

    def admit(
        self, ids: Sequence[str], changes: Mapping[int, Change]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(duplicate, update) masks of length n: seen with this or a later `rev`; seen, newer now.

        `changes` is keyed by position in `ids`.
        """
        n = len(ids)
        duplicate = np.zeros(n, dtype=np.bool_)
        update = np.zeros(n, dtype=np.bool_)
        if not changes and len(set(ids)) == n and self._sequence.keys().isdisjoint(ids):
            self._sequence.update(zip(ids, range(self._next, self._next + n), strict=True))
            self._next += n
        else:
            for row, incident_id in enumerate(ids):
                change = changes.get(row)
                known = self._revision(incident_id)
                revision = change.rev if change else 0
                duplicate[row] = known is not None and revision <= known
                update[row] = known is not None and revision > known
                if known is None:
                    self._sequence.pop(incident_id, None)
                    self._sequence[incident_id] = self._next
                    self._next += 1
                if revision and not duplicate[row]:
                    self._revisions[incident_id] = revision
        if len(self._sequence) > 2 * self._capacity:
            self._forget()
        return duplicate, update

    def snapshot(self) -> dict[str, Any]:
        """The ids in order, and the revisions that are not 0."""
        self._forget()
        return {"next": self._next, "ids": list(self._sequence), "revisions": self._revisions}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._next = state["next"]
        ids = state["ids"]
        self._sequence = dict(zip(ids, range(self._next - len(ids), self._next), strict=True))
        self._revisions = dict(state["revisions"])

    def _revision(self, incident_id: str) -> int | None:
        sequence = self._sequence.get(incident_id)
        if sequence is None or self._next - sequence > self._capacity:
            self._revisions.pop(incident_id, None)
            return None
        return self._revisions.get(incident_id, 0)

    def _forget(self) -> None:
        excess = len(self._sequence) - self._capacity
        if excess > 0:
            for incident_id in islice(self._sequence, excess):
                self._revisions.pop(incident_id, None)
            self._sequence = dict(islice(self._sequence.items(), excess, None))
