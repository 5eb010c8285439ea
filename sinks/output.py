"""Opens a file for output so that a half-written one is never mistaken for a whole one."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from streams.errors import ConfigError

__all__ = ["open_output"]


@contextmanager
def open_output(path: str) -> Iterator[BinaryIO]:
    """A binary stream to `path`: `-` is standard output, a name in .gz is compressed.

    A file is written beside its place under a name in `.part` and moved there at the end: after a
    fault the old file, if any, still stands. Equal content gives equal bytes, compressed or not.
    Raises ConfigError where the place cannot be written.
    """
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    place = Path(path)
    if place.exists() and not place.is_file():
        # A pipe or a device is written to; moving a file over it would destroy it.
        with place.open("wb") as stream:
            yield stream
        return
    part = place.with_name(place.name + ".part")
    try:
        raw = part.open("wb")
    except OSError as error:
        msg = f"{place} cannot be written ({error.strerror}); choose another place"
        raise ConfigError(msg) from error
    try:
        with raw:
            if place.suffix == ".gz":
                # No name and no time in the header: the same content gives the same file.
                with gzip.GzipFile("", "wb", compresslevel=3, fileobj=raw, mtime=0) as packed:
                    yield cast("BinaryIO", packed)
            else:
                yield raw
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
