"""Rule files as one bundle: what is published, and the same rule book out of it on every worker."""

from __future__ import annotations

from rules.language.book import RuleBook
from rules.language.loader import Reading, read_documents
from streams.areas import AreaTree
from streams.control import Bundle
from streams.errors import RuleError
from streams.yaml_nodes import parse_yaml

__all__ = ["book_in_bundle", "bundle_of"]


def bundle_of(
    reading: Reading, *, by: str, because: str, at_ms: int, name: str | None = None
) -> Bundle:
    """The files of a reading without errors, as a bundle of the book's hash.

    name: of their directory, in the places that alerts tell; without it as they were read.
    """
    texts = reading.texts
    if name is not None:
        texts = {f"{name}/{file.rpartition('/')[2]}": text for file, text in texts.items()}
    return Bundle(hash=reading.book.bundle, files=texts, by=by, because=because, at_ms=at_ms)


def book_in_bundle(bundle: Bundle, areas: AreaTree | None = None) -> RuleBook:
    """The rule book of a bundle. Raises RuleError listing all errors, or where it is not whole."""
    documents = [parse_yaml(text.encode(), name) for name, text in bundle.files.items()]
    reading = read_documents(documents, areas=areas)
    if reading.errors:
        raise RuleError("\n".join(str(fault) for fault in reading.errors))
    if reading.book.bundle != bundle.hash:
        message = (
            f"bundle {bundle.hash}: what it holds is {reading.book.bundle}; it was written by "
            "another release, or is damaged: publish it again"
        )
        raise RuleError(message)
    return reading.book
