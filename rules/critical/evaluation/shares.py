"""What harmless calls are about, by kind: the mix to which labelled lines are reweighted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from rules.critical.evaluation.labels import Label
from streams.errors import RuleError
from streams.yaml_nodes import Fault, convert, read_yaml

__all__ = ["OTHER", "SHIPPED_SHARES", "Shares", "load_shares"]

SHIPPED_SHARES = Path(__file__).with_name("shares.yaml")
"""The mix that is assumed where a deployment gives none."""

OTHER = "other"
"""The stratum of lines whose kinds have no share."""

Part = Annotated[float, Meta(ge=0)]


class Shares(Struct, frozen=True, forbid_unknown_fields=True):
    """Parts of the harmless calls by kind, in any unit: only their proportions count.

    source: where the figures come from, shown with the result. everyday and alarming: kinds whose
    rates of false alerts are alike, so that a kind with few lines may borrow from its group.
    """

    schema: Literal["shares/1"]
    source: str
    everyday: dict[str, Part]
    alarming: dict[str, Part]
    other: Part = 0.0

    def groups(self) -> list[dict[str, float]]:
        """Everyday and alarming strata, as shares of all that is not critical: together one."""
        parts = [{**self.everyday, OTHER: self.other}, self.alarming]
        whole = sum(sum(group.values()) for group in parts)
        return [{kind: part / whole for kind, part in group.items()} for group in parts]

    def stratum(self, label: Label) -> tuple[str, ...]:
        """The one stratum of a line: `asr-metaphor` is a metaphor, `emoji` alone is other."""
        known = self.everyday.keys() | self.alarming.keys()
        for kind in label.kinds:
            for name in (kind, kind.rpartition("-")[2]):
                if name in known:
                    return (name,)
        return (OTHER,)


def load_shares(path: Path = SHIPPED_SHARES) -> Shares:
    """Read a file of shares. Raises RuleError naming every fault with its place."""
    document = read_yaml(path)
    faults = document.faults
    shares: Shares | None = None
    if not faults:
        shares = convert(document, (), document.value, Shares)
    if shares is not None:
        twice = shares.everyday.keys() & shares.alarming.keys()
        messages = [f"the kind {kind} stands in both groups; keep one" for kind in sorted(twice)]
        if not sum([*shares.everyday.values(), *shares.alarming.values(), shares.other]):
            messages.append("no kind has a share above 0; give at least one")
        faults += [Fault(document.place(()), message) for message in messages]
    if faults or shares is None:
        raise RuleError("\n".join(map(str, faults)))
    return shares
