"""The records that tell of acts: on `audit`, on `control`, and on every partition of the log.

In this order they are written: what a watch heard of is on the audit log in any case. Who is
stopped in between does it again with the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from streams.acts import LONGEST_REASON, Act, act_key, encode_act, silence_name
from streams.control import acts_announcement
from streams.privacy import mask
from streams.settings import Settings
from streams.topics import AUDIT, CONTROL, LOG

__all__ = ["ActRecord", "act_records", "without_personal"]

_AT_ONCE = 500
"""Acts in one record of the log: a few hundred bytes each."""


class ActRecord(Struct, frozen=True):
    """One record to write. topic: its full name. value None: removes the key."""

    topic: str
    key: bytes
    value: bytes | None
    partition: int


def act_records(settings: Settings, acts: Sequence[Act]) -> list[ActRecord]:
    """All records, in the order in which they are to be confirmed."""
    masked = [without_personal(act) for act in acts]
    audit, control = settings.topic(AUDIT), settings.topic(CONTROL)
    records = [ActRecord(audit, act_key(act), encode_act(act), 0) for act in masked]
    for act in masked:
        if act.silence is not None:
            key = silence_name(act.silence.id).encode()
            records.append(ActRecord(control, key, encode_act(act), 0))
        elif act.kind == "expire" and act.to:
            records.append(ActRecord(control, silence_name(act.to).encode(), None, 0))
    for value in _announcements(masked):
        records += [
            ActRecord(settings.topic(LOG), b"acts", value, partition)
            for partition in range(settings.partitions)
        ]
    return records


def without_personal(act: Act) -> Act:
    """The act with what is personal in its reason masked: it is kept for a year."""
    return replace(act, because=mask(act.because)[:LONGEST_REASON]) if act.because else act


def _announcements(acts: Sequence[Act]) -> Iterator[bytes]:
    left = iter(acts)
    while some := list(islice(left, _AT_ONCE)):
        yield acts_announcement(some)
