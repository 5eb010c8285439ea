"""Area columns: the number that an area has in the arrays of a partition, by first mention."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.observations import Batch

__all__ = ["AreaColumns"]


class AreaColumns:
    """Ids of areas by column. They only grow."""

    def __init__(self, ids: Sequence[str] = ()) -> None:
        self.ids = list(ids)
        self._of = {area_id: column for column, area_id in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, batch: Batch, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """The columns of rows; an area that is new gets the next one.

        In the order of these rows, so that the cut of the chunks does not show.
        """
        codes = batch.column("area")[rows]
        column_of = np.zeros(len(batch.areas), dtype=np.int64)
        for code in dict.fromkeys(codes.tolist()):
            column_of[code] = self._column(batch.areas[code])
        return np.asarray(column_of[codes])

    def _column(self, area_id: str) -> int:
        column = self._of.get(area_id)
        if column is None:
            column = self._of[area_id] = len(self.ids)
            self.ids.append(area_id)
        return column
