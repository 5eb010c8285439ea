"""What may be wrong in rule files: a fault with its place, and the catalogue of codes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml
from msgspec import Struct

from rules.language.typed import Mismatch
from streams.yaml_nodes import Document, Form, Path_, Place
from streams.yaml_nodes import Fault as FormFault

__all__ = ["Entry", "Fault", "Severity", "catalogue", "of_form", "of_mismatch"]

Severity = Literal["error", "warning"]
_FORMS: dict[Form, str] = {
    "unreadable": "E101",
    "syntax": "E102",
    "tab": "E104",
    "duplicate": "E105",
    "alias": "E109",
    "key": "E113",
    "tag": "E118",
    "deep": "E117",
}


class Fault(Struct, frozen=True):
    """One fault. Codes of errors begin with E, those of warnings with W."""

    place: Place
    code: str
    message: str
    hint: str = ""

    @property
    def severity(self) -> Severity:
        """What `rules check` counts it as."""
        return "error" if self.code.startswith("E") else "warning"

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Faults are told by place."""
        return (*self.place, self.code, self.message)

    def __str__(self) -> str:
        """One line for a person."""
        line = f"{self.place}: {self.severity} {self.code}: {self.message}"
        if not self.hint:
            return line
        joint = " " if self.hint.startswith("(") else "; "
        return line + joint + " ".join(self.hint.split())


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the catalogue: what it means, why, what to do; an example that raises it."""

    title: str
    cause: str
    remedy: str
    example: str


def of_form(fault: FormFault) -> Fault:
    """A fault of the YAML itself."""
    return Fault(fault.place, _FORMS[fault.form], fault.message)


def of_mismatch(document: Document, base: Path_, mismatch: Mismatch) -> Fault:
    """A value that does not fit its type; its path begins at `base`."""
    path = (*base, *mismatch.path)
    place = document.key(path) if mismatch.on_key else document.place(path)
    return Fault(place, mismatch.code, mismatch.message, mismatch.hint)


@cache
def catalogue() -> dict[str, Entry]:
    """Every code with its entry, in the order of the codes."""
    text = (Path(__file__).parent / "faults.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Entry])
