"""A bundle gives the same rule book everywhere: hash, places, and faults that are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from rules.language.book import RuleBook
from rules.language.bundle import book_in_bundle, bundle_of
from rules.language.loader import SHIPPED, read_rules
from streams.control import Bundle, decode_bundle, encode_bundle
from streams.errors import RuleError


def _bundle(directory: Path, name: str | None = None) -> Bundle:
    return bundle_of(read_rules(directory), by="anna", because="", at_ms=0, name=name)


def _places(book: RuleBook) -> list[str]:
    return [str(entry.place("id")) for entry in book.parts.rules]


def test_the_shipped_book_travels_whole():
    reading = read_rules(SHIPPED)
    book = book_in_bundle(decode_bundle(encode_bundle(_bundle(SHIPPED))))
    assert book.bundle == reading.book.bundle
    assert _places(book) == _places(reading.book)
    assert [e.hash for e in book.parts.rules] == [e.hash for e in reading.book.parts.rules]


def test_the_name_of_the_directory_goes_into_places_and_not_into_the_hash(tmp_path):
    for path in SHIPPED.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    bundle = _bundle(tmp_path, "night-shift")
    book = book_in_bundle(bundle)
    assert book.bundle == read_rules(SHIPPED).book.bundle
    assert {place.partition("/")[0] for place in _places(book)} == {"night-shift"}


def test_a_bundle_with_errors_or_another_hash_is_refused():
    bundle = _bundle(SHIPPED)
    damaged = structs.replace(bundle, hash="sha256:0000")
    with pytest.raises(RuleError, match="publish it again"):
        book_in_bundle(damaged)
    broken = structs.replace(bundle, files={"r/heat.yaml": "format: 1\nkind: heat\nrulez: []\n"})
    with pytest.raises(RuleError, match=r"r/heat\.yaml:3:1: error E"):
        book_in_bundle(broken)
