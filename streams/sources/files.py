"""Source of files: JSON lines and CSV, plain or gzip, or standard input, as chunks of raw records.

A fault of one record is left to the adapter; only a file that cannot be read (any further) raises.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, TypeAlias, cast

from msgspec import Struct

from streams.codec import MAX_RECORD_BYTES
from streams.errors import SourceError
from streams.raw import Raw

__all__ = ["Columns", "FileChunk", "read_files"]

STDIN: Final = "-"
_LINE_SUFFIXES = {".jsonl", ".ndjson", ".json"}
_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_SKIP_BYTES = 1 << 20
_Bytes: TypeAlias = "io.BufferedReader[Any]"


class Columns(Protocol):
    """An adapter that reads CSV rows says which columns a row must have (none: no CSV header)."""

    @property
    def columns(self) -> Sequence[str]:
        """Names of the columns that the header must hold."""
        ...


class FileChunk(Struct, frozen=True):
    """Some records of one file, in order.

    offsets: 1-based number of each record in its file (line of a JSON lines file, data row of a
    CSV file, whose header is not counted). raws: a line's bytes, or a row's cells by column; an
    empty mapping stands for a row that is no row of this file (too many cells, endless quotation).
    bytes_read of total_bytes (on disk, compressed where the file is; None for standard input).
    """

    path: str
    offsets: Sequence[int]
    raws: list[Raw]
    bytes_read: int
    total_bytes: int | None


def read_files(
    paths: Iterable[str | Path], adapter: object | None = None, *, chunk: int = 5000
) -> Iterator[FileChunk]:
    """Chunks of at most `chunk` records, file after file, in order; `-` is standard input.

    adapter: whatever decodes the records; asked only for `columns`. Raises SourceError for a file
    that is missing, a CSV header without a needed column, and, after the records before it, for
    the place where a compressed file breaks off.
    """
    columns = tuple(getattr(adapter, "columns", ()))
    for path in paths:
        yield from _read_file(str(path), columns, chunk)


def _read_file(path: str, columns: tuple[str, ...], chunk: int) -> Iterator[FileChunk]:
    if path == STDIN:
        yield from _read_stream(path, sys.stdin.buffer, None, columns, chunk)
        return
    try:
        file = Path(path).open("rb")  # noqa: SIM115  closed below, outside the try
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise SourceError(f"{path}: {reason}; check the path and its permissions") from error
    with file:
        total = os.fstat(file.fileno()).st_size
        yield from _read_stream(path, file, total, columns, chunk)


def _read_stream(
    path: str, file: BinaryIO, total: int | None, columns: tuple[str, ...], chunk: int
) -> Iterator[FileChunk]:
    counted = _Counted(file)
    stream: _Bytes = io.BufferedReader(counted, 1 << 18)
    number = 0
    batch: list[Raw] = []
    fault: SourceError | None = None
    try:
        if stream.peek(2)[:2] == _GZIP_MAGIC:
            unzipped = gzip.GzipFile(fileobj=cast("BinaryIO", stream))
            stream = io.BufferedReader(cast("io.RawIOBase", unzipped), 1 << 18)
        if stream.peek(3)[:3] == _BOM:
            stream.read(3)
        is_csv = _is_csv(path, stream.peek(64), columns)
        for raw in _rows(path, stream, columns) if is_csv else _lines(stream):
            batch.append(raw)
            if len(batch) == chunk:
                number += chunk
                first = number - chunk + 1
                yield FileChunk(path, range(first, number + 1), batch, counted.taken, total)
                batch = []
    except (EOFError, zlib.error, OSError) as error:
        done = number + len(batch)
        fault = SourceError(
            f"{path}: broken after record {done} ({_reason(error)}); what stands before it was "
            "read; get an intact copy of the file"
        )
        fault.__cause__ = error
    if batch:
        last = number + len(batch)
        yield FileChunk(path, range(number + 1, last + 1), batch, counted.taken, total)
    if fault is not None:
        raise fault


def _reason(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "the compressed data end too early"
    if isinstance(error, zlib.error | gzip.BadGzipFile):
        return "the compressed data are damaged"
    return getattr(error, "strerror", None) or "it cannot be read"


def _is_csv(path: str, head: bytes, columns: tuple[str, ...]) -> bool:
    suffixes = Path(path.removesuffix(".gz")).suffixes
    if suffixes[-1:] == [".csv"]:
        return True
    if suffixes and suffixes[-1] in _LINE_SUFFIXES:
        return False
    return bool(columns) and not head.lstrip().startswith(b"{")


def _lines(stream: _Bytes) -> Iterator[bytes]:
    """Lines without their end. Of a line that no adapter would take only the beginning is kept."""
    limit = MAX_RECORD_BYTES + 2
    while line := stream.readline(limit):
        if line.endswith(b"\n"):
            yield line[:-2] if line.endswith(b"\r\n") else line[:-1]
            continue
        yield line
        while len(line) >= limit and not line.endswith(b"\n"):
            line = stream.readline(_SKIP_BYTES)
            limit = _SKIP_BYTES
        limit = MAX_RECORD_BYTES + 2


def _rows(path: str, stream: _Bytes, columns: tuple[str, ...]) -> Iterator[Raw]:
    """CSV rows by column name. Bytes that are not UTF-8 become U+FFFD, so that the row survives."""
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
    reader = csv.reader(text)
    header = next(reader, None)
    if header is None:
        return
    missing = [name for name in columns if name not in header]
    if missing:
        raise SourceError(
            f"{path}: the CSV header has no column {', '.join(map(repr, missing))}; "
            f"it has {', '.join(map(repr, header))}; choose the format that fits the file"
        )
    width = len(header)
    while True:
        try:
            for row in reader:
                if len(row) <= width and row:
                    yield dict(zip(header, row, strict=False))
                elif row:
                    yield {}
        except csv.Error:
            # A cell beyond csv's own limit, mostly a quotation mark that is never closed.
            yield {}
        else:
            return


class _Counted(io.RawIOBase):
    """Passes bytes on and counts them: the progress in a file, whatever is unpacked behind it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self.taken += len(data)
        return len(data)
