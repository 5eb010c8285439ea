"""Which rules run where, from what `control` holds: a state with its findings, pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from commands.rules.switched import shown
from streams.control import ControlView, Current, Held

__all__ = ["State", "lines", "state_of"]

TWO_HASHES_MS = 120_000
"""So long a switch may take until two bundles at a time are a finding."""


class Partition(Struct, frozen=True):
    """What one partition of the log runs; worker and held are None where nobody says."""

    partition: int
    worker: str | None
    held: Held | None


class State(Struct, frozen=True):
    """The bundle that holds (None: nothing was published), the partitions, and what is wrong."""

    current: Current | None
    partitions: list[Partition]
    findings: list[str]


def state_of(view: ControlView, partitions: int, now_ms: int) -> State:
    """The state of an installation with so many partitions of the log."""
    held = view.held()
    rows = [Partition(p, *held.get(p, (None, None))) for p in range(partitions)]
    return State(view.current, rows, list(_findings(view, rows, now_ms)))


def lines(state: State) -> Iterator[str]:
    """The state for people."""
    current = state.current
    if current is None:
        yield "nothing was published: workers run the rules they were started with"
    else:
        why = f": {current.because}" if current.because else ""
        yield f"{current.hash} published {shown(current.at_ms)} by {current.by}{why}"
        yield f"  holds for events from {shown(current.effective_ms)} on"
        if current.previous:
            yield f"  before it: {current.previous}"
    for row in state.partitions:
        if row.held is not None:
            since = f"since {shown(row.held.since_ms)}, {row.worker}"
            yield f"partition {row.partition}: {row.held.hash} {since}"
    for finding in state.findings:
        yield f"problem: {finding}"


def _findings(view: ControlView, rows: list[Partition], now_ms: int) -> Iterator[str]:
    absent = [str(row.partition) for row in rows if row.held is None]
    if absent:
        yield f"no worker runs partition {', '.join(absent)}"
    for row in rows:
        if row.held is not None and row.held.refused:
            yield f"{row.worker} refused the bundle on {row.partition}: {row.held.refused}"
    held = [row.held for row in rows if row.held is not None]
    hashes = {state.hash for state in held}
    moments = [state.since_ms for state in held]
    if view.current is not None and held:
        hashes.add(view.current.hash)
        moments.append(view.current.at_ms)
    if len(hashes) > 1 and now_ms - max(moments) > TWO_HASHES_MS:
        yield (
            f"{len(hashes)} bundles for more than two minutes ({', '.join(sorted(hashes))}): "
            "publish again, and look at the log of the workers that do not follow"
        )
