"""Call texts from a file: plain lines or JSON lines, read in chunks, faults with their line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

from msgspec import DecodeError, Struct, ValidationError
from msgspec import json as msgjson

from streams.errors import SourceError

__all__ = ["Text", "chunks", "name_of", "opened", "read_texts"]

_CHUNK = 512


class _Call(Struct, frozen=True):
    """One JSON line of input; other fields are left alone."""

    text: str
    id: str | int | None = None


class Text(Struct, frozen=True):
    """A line of input: the text and its id, or the fault of a line that could not be read."""

    number: int
    id: str | int
    text: str = ""
    fault: str | None = None


def opened(file: str) -> AbstractContextManager[BinaryIO]:
    """The file, or standard input for '-'. Raises SourceError where it cannot be opened."""
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        reason = error.strerror or error
        raise SourceError(f"{file}: {reason}; check the path and its permissions") from error


def name_of(file: BinaryIO) -> str:
    """How faults name the input."""
    name = getattr(file, "name", "-")
    return "stdin" if name in ("-", "<stdin>", 0) else str(name)


def read_texts(file: BinaryIO) -> Iterator[Text]:
    """Every line that is not blank; whether they are JSON is seen from the first."""
    decoder = msgjson.Decoder(_Call)
    is_json: bool | None = None
    for number, raw in enumerate(file, start=1):
        line = raw.strip().removeprefix(b"\xef\xbb\xbf")
        if not line:
            continue
        if is_json is None:
            is_json = line.startswith(b"{")
        yield _json_line(decoder, number, line) if is_json else _plain_line(number, line)


def _json_line(decoder: msgjson.Decoder[_Call], number: int, line: bytes) -> Text:
    try:
        call = decoder.decode(line)
    except ValidationError as error:
        fault = f"a line needs `text` (a string) and may have `id`: {error}; the line was skipped"
    except (DecodeError, UnicodeDecodeError) as error:
        fault = f"not a JSON object: {error}; the line was skipped"
    else:
        return Text(number, number if call.id is None else call.id, call.text)
    return Text(number, number, fault=fault)


def _plain_line(number: int, line: bytes) -> Text:
    try:
        return Text(number, number, line.decode())
    except UnicodeDecodeError as error:
        fault = f"not UTF-8 (byte {error.start + 1}); save the file as UTF-8; the line was skipped"
        return Text(number, number, fault=fault)


def chunks(reads: Iterator[Text]) -> Iterator[list[Text]]:
    """The lines by the five hundred."""
    chunk: list[Text] = []
    for read in reads:
        chunk.append(read)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
