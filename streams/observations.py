"""The log between intake and watch: columnar batches of what was observed, and nothing personal.

One `Batch` is written per fetched chunk of one source partition and per partition of the
observations log. Its rows carry their source offset, so that a batch that was written twice, cut
differently, is applied once. Texts do not travel: only what the keyword matcher found in them.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct, msgpack

from streams.acts import Act
from streams.places import NOWHERE
from streams.records import ChannelSource, IncidentEvent, Level
from streams.unit_rows import UnitRows

__all__ = [
    "FLAG_LATE",
    "FLAG_LINKED",
    "FLAG_OFFICER",
    "FLAG_OUTSIDE",
    "FLAG_TEST",
    "FLAG_UNCLEAR",
    "SUPPRESS",
    "URGING",
    "Batch",
    "Call",
    "Change",
    "DeadLetter",
    "Finding",
    "Loss",
    "Outcome",
    "Span",
    "decode_batch",
    "encode_batch",
]

FLAG_LATE = 1
"""The event time lay behind the source partition's watermark when the record arrived."""
FLAG_OFFICER = 2
"""Found by a patrol, not reported by a citizen: kept apart from demand (feedback loop)."""
FLAG_TEST = 4
"""A drill or system test: flows through, never alerts outside the test sink."""
FLAG_LINKED = 8
"""The seat itself says that it is about an incident reported before (`linked_to`)."""

FLAG_UNCLEAR = 16
"""Whose it is has to be settled: its area is not known, its point lies on a border or outside."""
FLAG_OUTSIDE = 32
"""It lies in no area, nor within 500 m of one: the nearest station only goes first, and what is
counted by area leaves it out."""


SUPPRESS = "suppress:"
"""What the name of a suppression begins with where it stands among the rules of a finding."""
URGING = "urging:"
"""What a word begins with there by which somebody asks where help remains."""


class Span(Struct, frozen=True, array_like=True):
    """A matched term: character range [start, end) of the *original* text, in code points.

    category: a critical category; for the words of a rule (rules/critical/rule_words) its id.
    """

    start: int
    end: int
    term: str
    category: str
    kind: str


Column = Literal["offset", "time", "flags", "area", "category", "place", "address"]
Outcome = Literal["none", "fraud", "non_police", "consultation", "missing_person", "drill"]


class Loss(Struct, frozen=True, array_like=True):
    """Money that a caller says is gone: how much, in which currency, and how long before the call.

    amount: in units of `currency` (ISO 4217, empty where it is not told). minutes: since it went.
    None where the text does not tell.
    """

    amount: float | None
    currency: str
    minutes: float | None


class Finding(Struct, frozen=True, array_like=True):
    """What the keyword matcher says of one text.

    tier: `critical` (alert), `review` (shown to the seat, not escalated) or `none`.
    category: one of the twelve critical categories, or `none`.
    level: grade I (most serious) to IV. reasons: codes such as `lexicon:robbery`, in a fixed order.
    outcome: where a report that is not critical belongs, with a confidence from 0 to 1: telecom
    fraud, demand that is not for the police (12345), a question, a missing person, a drill
    (capabilities C16, C17, C36, C37).
    rules: ids of the rules whose own words stand in the text, `suppress:<id>` of suppressions whose
    words do, and `urging:<word>` where the caller asks where help remains. unless: ids of the rules
    whose `unless` words stand. All may name rules that hold only later, or no more: which ones hold
    is decided by event time, at the watch.
    loss: what is gone, of reports that a rule sends to the anti-fraud desk.
    """

    tier: Literal["critical", "review", "none"]
    category: str
    level: Level
    spans: tuple[Span, ...] = ()
    reasons: tuple[str, ...] = ()
    outcome: Outcome = "none"
    confidence: float = 0.0
    rules: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    loss: Loss | None = None

    @property
    def telling(self) -> bool:
        """Whether anybody may have to know: an alert, a review, an outcome, or a rule's words."""
        return (
            self.tier != "none"
            or self.outcome != "none"
            or any(not rule.startswith((SUPPRESS, URGING)) for rule in self.rules)
        )

    @property
    def urging(self) -> str | None:
        """The word by which the caller asks where help remains, as `urging:<word>`."""
        return next((rule for rule in self.rules if rule.startswith(URGING)), None)


class Change(Struct, frozen=True, array_like=True):
    """Set for a row that is not the first event of its incident.

    closed_ms: when it was closed, of one that is; None where the record does not tell.
    dispatched_ms: when units were sent to it, of one that is closed; None likewise.
    """

    rev: int
    event: IncidentEvent
    closed_ms: int | None = None
    dispatched_ms: int | None = None


class Call(Struct, frozen=True, array_like=True):
    """By what reports of one event are told, of a row that has a finding or a link.

    sketch: of its text (streams/sketch). caller: who called, as a hash of 8 bytes that is another
    one in each area; 0 where nobody knows. linked: the incident that the seat says it is about.
    """

    sketch: int = 0
    caller: int = 0
    linked: str = ""


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A record, or a part of one, that was refused: where it lies, why, and what to do.

    `disposition` is `rejected` (the record is out) or `repaired` (the record is in, a part of it
    was dropped or replaced). `excerpt` is masked. The original stays at its source coordinates;
    `watchfloor deadletters retry` reads it again from there.
    """

    schema: Literal["dead_letter/1"] = "dead_letter/1"
    reason: str
    detail: str
    disposition: Literal["rejected", "repaired"]
    topic: str
    partition: int
    offset: int
    arrived_ms: int
    size: int
    excerpt: str
    count: int = 1


class Batch(Struct, frozen=True, kw_only=True):
    """Rows of one source partition's chunk that belong to one partition of the log.

    `stream` says of what its source tells the event time, `source` names the source
    partition (`incidents/3`), `sources` how many of them there are in all. `first`..`last` are the
    source offsets that the chunk covered (a pure mark covers none: first = last + 1). `watermark`
    is the source partition's event-time watermark after the chunk (ms since the epoch; None before
    its first incident), `unit_watermark` that of its unit positions; `idle` says that no incident
    is awaited, `units_idle` that no position is. `clock` is the shell's clock (ms) when the batch
    was written.

    Columns are little-endian numpy bytes of length n: offset i8, time i8 (ms), flags u1,
    area i4 (into `areas`/`commands`), category i4 (into `categories`), place i8 (see
    streams/places; -1 where none is known, also in batches from before there were places), address
    i8 (a number for the keyed hash of the address, -1 without one; empty where no row has one).
    `ids` are incident ids.
    `changes`, `findings` and `calls` are sparse, keyed by row, and so are `channels`, by which rows
    with a finding or a call came in, and `behind`: of late rows, the source partition's watermark
    (ms) that stood when they arrived. `rejected` holds the offsets (i8) of rejected records;
    `positions` and `positions_late` those of unit positions accounted for here, as runs
    (streams/runs). What became of units is in `units`, with rows of its own.

    A batch of the stream `rules` has no rows: it announces that from `effective_ms` on the rules of
    the `bundle` of this hash hold. Its source is `rules`, its offset that of the announcement on
    `control`: all partitions agree on their order, and one that comes twice is applied once.

    A batch of the stream `acts` has no rows either, and covers no offsets: it tells every partition
    of the log what was decided about alerts. An act is applied once, by its id.
    """

    schema: Literal["observations/1"] = "observations/1"
    stream: Literal["incidents", "positions", "mixed", "rules", "acts"] = "incidents"
    source: str
    sources: int
    first: int
    last: int
    watermark: int | None
    unit_watermark: int | None = None
    idle: bool = False
    units_idle: bool = False
    clock: int
    areas: list[str] = []
    commands: list[str] = []
    categories: list[str] = []
    ids: list[str] = []
    offset: bytes = b""
    time: bytes = b""
    flags: bytes = b""
    area: bytes = b""
    category: bytes = b""
    place: bytes = b""
    address: bytes = b""
    changes: dict[int, Change] = {}
    findings: dict[int, Finding] = {}
    channels: dict[int, ChannelSource] = {}
    calls: dict[int, Call] = {}
    behind: dict[int, int] = {}
    rejected: bytes = b""
    positions: bytes = b""
    positions_late: bytes = b""
    units: UnitRows | None = None
    bundle: str = ""
    effective_ms: int = 0
    acts: list[Act] = []

    @property
    def told(self) -> tuple[object, ...]:
        """What a batch tells beside watermarks: all of it is empty where it tells nothing."""
        return (
            self.offset,
            self.rejected,
            self.positions,
            self.positions_late,
            self.units,
            self.acts,
        )

    def column(self, name: Column) -> np.ndarray:
        """A column as a read-only numpy array of length n."""
        if name in ("place", "address") and not getattr(self, name):
            return np.full(len(self.ids), NOWHERE, dtype=np.int64)
        return np.frombuffer(getattr(self, name), dtype=_DTYPES[name])


_DTYPES: dict[Column, str] = {
    "offset": "<i8", "time": "<i8", "flags": "u1", "area": "<i4", "category": "<i4", "place": "<i8",
    "address": "<i8",
}  # fmt: skip
_decoder = msgpack.Decoder(Batch)
_encoder = msgpack.Encoder()


def encode_batch(batch: Batch) -> bytes:
    """One batch as MessagePack bytes, the value of a record on `observations`."""
    return _encoder.encode(batch)


def decode_batch(value: bytes) -> Batch:
    """The batch in a record of `observations`. Raises msgspec.DecodeError on foreign bytes."""
    return _decoder.decode(value)
