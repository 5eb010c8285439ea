"""Where the areas of a growing list stand: the command of each, and its row among those judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streams.areas import AreaTree

__all__ = ["Placing"]

Indexes = NDArray[np.int64]


class _Judged(Protocol):
    index: dict[str, int]


class Placing:
    """Codes of areas (places in the list) by command; worked out once, since the list only grows.

    number: of the command of each code. row: of each code among the areas of its command, -1
    until the command was asked for, and for an area that is not judged.
    """

    def __init__(self, tree: AreaTree) -> None:
        self._tree = tree
        self._numbers: dict[str, int] = {}
        self._codes: list[list[int]] = []
        self._done: dict[int, tuple[_Judged, Indexes]] = {}
        self.number: Indexes = np.zeros(0, dtype=np.int64)
        self.row: Indexes = np.zeros(0, dtype=np.int64)

    def extend(self, ids: Sequence[str]) -> None:
        """Take in the areas that the list has grown by."""
        known = self.number.size
        if len(ids) == known:
            return
        numbers = []
        for code, area_id in enumerate(ids[known:], known):
            command = self._tree.command_of(area_id)
            number = self._numbers.setdefault(command, len(self._numbers))
            if number == len(self._codes):
                self._codes.append([])
            self._codes[number].append(code)
            numbers.append(number)
        self.number = np.concatenate([self.number, np.array(numbers, dtype=np.int64)])
        self.row = np.concatenate([self.row, np.full(len(numbers), -1)])

    def codes(self, name: str) -> Indexes:
        """All codes of a command, in the order of the list."""
        number = self._numbers.get(name, -1)
        return np.array(self._codes[number] if number >= 0 else (), dtype=np.int64)

    def names(self) -> list[str]:
        """Commands by their numbers."""
        return list(self._numbers)

    def of(self, name: str, command: _Judged, ids: Sequence[str]) -> Indexes:
        """The codes of the areas that a command judges; their rows are known from then on."""
        self.extend(ids)
        number = self._numbers.get(name, -1)
        codes = self._codes[number] if number >= 0 else []
        done = self._done.get(number)
        if done is None or done[0] is not command or done[1].size != len(codes):
            rows = np.array([command.index.get(ids[code], -1) for code in codes], dtype=np.int64)
            self.row[codes] = rows
            done = self._done[number] = command, np.array(codes, dtype=np.int64)
        mine = done[1]
        return mine[self.row[mine] >= 0]
