"""Adapters: one raw record of a feed to one incident or unit position; the registry by format.

To add one: a file here with a class that has `decode` (or a mapping file in `mappings`), one line
in `FORMATS`, one golden test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from streams.adapters.mapping import MappingAdapter
from streams.adapters.mapping_file import read_mapping
from streams.adapters.own import OwnFormat
from streams.errors import ConfigError
from streams.raw import Decoded, Item, Notice, Raw, Refusal

__all__ = [
    "FORMATS",
    "Adapter",
    "Decoded",
    "Item",
    "Notice",
    "Raw",
    "Refusal",
    "Site",
    "adapter_for",
]


class Adapter(Protocol):
    """Turns the raw records of one feed format into records. Pure: same input, same output.

    `unknown_field_total` counts the top-level fields that were accepted and ignored; it is a
    figure for metrics and has no influence on the results.
    """

    unknown_field_total: int

    def decode(self, raws: Sequence[Raw]) -> list[Item]:
        """One result per raw record, in order. Never raises on data."""
        ...


class Site(Struct, frozen=True):
    """What an adapter must know of the deployment; the parameters of `adapter_for`."""

    china: bool = False
    hash_key: bytes | None = None


_MAPPINGS = Path(__file__).parent / "mappings"


def _own(site: Site) -> Adapter:
    return OwnFormat(china=site.china)


def _mapped(path: Path, site: Site) -> Adapter:
    return MappingAdapter(read_mapping(path), china=site.china, hash_key=site.hash_key)


FORMATS: dict[str, Callable[[Site], Adapter]] = {
    "watchfloor": _own,
    "call110": partial(_mapped, _MAPPINGS / "call110.yaml"),
    "montgomery911": partial(_mapped, _MAPPINGS / "montgomery911.yaml"),
}
"""By format name: what makes the adapter for a deployment."""


def adapter_for(
    name_or_path: str, *, china: bool = False, hash_key: bytes | None = None
) -> Adapter:
    """The adapter of a format name, or of a mapping file's path.

    china: the deployment lies in China, so that lat > 55 with lon < 55 means a swapped pair.
    hash_key: the deployment's secret for keyed hashes of callers and addresses; without one these
    fields stay empty. Raises ConfigError for an unknown name and for a mapping file with faults.
    """
    site = Site(china, hash_key)
    make = FORMATS.get(name_or_path)
    if make is not None:
        return make(site)
    if Path(name_or_path).suffix in (".yaml", ".yml"):
        return _mapped(Path(name_or_path), site)
    raise ConfigError(
        f"format {name_or_path!r} is not known: choose one of {', '.join(FORMATS)}, "
        "or give the path of a mapping file (.yaml)"
    )
