"""Containment: when the pure intake fails on a chunk, find the record that does it and go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from msgspec import structs

from streams.intake import Intake, IntakeResult, Source
from streams.observations import Batch, DeadLetter

__all__ = ["ingest"]

log = logging.getLogger(__name__)


def ingest(
    intake: Intake,
    source: Source,
    records: Sequence[Any],
    *,
    clock: int,
    partitions: int,
    on_fault: Callable[[], None],
) -> Iterator[IntakeResult]:
    """Results for a chunk of broker records (aiokafka's), normally one.

    An unexpected exception costs only the record that raises it: the chunk is halved down to it,
    and it becomes a dead letter with the reason `internal`. partitions: of the log.
    """
    before = intake.progress(source)
    try:
        yield intake.ingest(
            source,
            offsets=[record.offset for record in records],
            arrivals=_arrivals(records, clock),
            raws=[record.value for record in records],
            clock=clock,
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, one record must pay for it
        intake.resume(source, before)
        if len(records) == 1:
            # No traceback in the log: it could hold the record's text.
            log.error(  # noqa: TRY400
                "%s/%d refused: unexpected %s", source.name, records[0].offset, type(error).__name__
            )
            on_fault()
            yield _refused(intake, source, records[0], error, clock=clock, partitions=partitions)
            return
        middle = len(records) // 2
        for half in (records[:middle], records[middle:]):
            yield from ingest(
                intake, source, half, clock=clock, partitions=partitions, on_fault=on_fault
            )


def _refused(
    intake: Intake, source: Source, record: Any, error: Exception, *, clock: int, partitions: int
) -> IntakeResult:
    before = intake.progress(source)
    intake.resume(source, structs.replace(before, next_offset=record.offset + 1))
    batch = Batch(
        stream=source.stream,
        source=source.name,
        sources=source.partitions,
        first=before.next_offset,
        last=record.offset,
        watermark=None,
        clock=clock,
        rejected=np.array([record.offset], dtype="<i8").tobytes(),
    )
    letter = DeadLetter(
        reason="internal",
        detail=f"the engine failed on this record ({type(error).__name__}); please report it",
        disposition="rejected",
        topic=source.topic,
        partition=source.partition,
        offset=record.offset,
        arrived_ms=_arrival(record, clock),
        size=len(record.value or b""),
        excerpt="",
    )
    return IntakeResult(
        batches={source.partition % partitions: batch},
        dead_letters=[letter],
        read=1,
        rejected=1,
        unknown_fields=0,
    )


def _arrivals(records: Sequence[Any], clock: int) -> list[int]:
    arrivals = [record.timestamp for record in records]
    if None in arrivals or min(arrivals) < 0:
        return [_arrival(record, clock) for record in records]
    return arrivals


def _arrival(record: Any, clock: int) -> int:
    timestamp = record.timestamp
    return timestamp if timestamp is not None and timestamp >= 0 else clock
