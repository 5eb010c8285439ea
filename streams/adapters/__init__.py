"""Adapters: one raw record of a feed to one incident or unit position, pure; the registry by format.

To add one: a file here with a class that has `decode` (or a mapping file in `mappings`), one line
in `FORMATS`, one golden test.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streams.adapters.contract import Adapter, Decoded, Item, Notice, Raw, Refusal
from streams.adapters.own import OwnFormat
from streams.errors import ConfigError

__all__ = [
    "FORMATS",
    "Adapter",
    "Decoded",
    "Item",
    "Notice",
    "Raw",
    "Refusal",
    "adapter_for",
]

FORMATS: dict[str, Callable[[bool], Adapter]] = {
    "watchfloor": lambda china: OwnFormat(china=china),
}
"""By format name: what makes the adapter, given whether the deployment lies in China."""


def adapter_for(name_or_path: str, *, china: bool = False) -> Adapter:
    """The adapter of a format name, or of a mapping file's path.

    china: the deployment lies in China, so that lat > 55 with lon < 55 means a swapped pair.
    Raises ConfigError for an unknown name and for a mapping file with faults.
    """
    make = FORMATS.get(name_or_path)
    if make is not None:
        return make(china)
    raise ConfigError(
        f"format {name_or_path!r} is not known: choose one of {', '.join(FORMATS)}, "
        "or give the path of a mapping file (.yaml)"
    )
