"""Opens a file that a channel appends to, so that a line cut off by a crash ends by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from streams.errors import ConfigError

__all__ = ["open_appended"]


@contextmanager
def open_appended(path: str) -> Iterator[BinaryIO]:
    """A binary stream at the end of a file, which is made if it is not there.

    Where the file does not end with a line break, one is put there first: what follows a record
    that was cut off then stands on a line of its own. Raises ConfigError where the place cannot
    be written.
    """
    place = Path(path)
    try:
        stream = place.open("ab")
    except OSError as error:
        msg = f"{place} cannot be written ({error.strerror}); choose another place"
        raise ConfigError(msg) from error
    try:
        if _torn(place):
            stream.write(b"\n")
        yield stream
    finally:
        # What could not be written was told when it was flushed.
        with suppress(OSError):
            stream.close()


def _torn(place: Path) -> bool:
    """Whether a file's last byte is no line break; of a pipe or a device nobody can tell."""
    if not place.is_file() or place.stat().st_size == 0:
        return False
    with place.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"
