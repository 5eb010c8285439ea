"""The behaviour that every detector must show; public, so that a new one is checked at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from detectors.base import Detector, Verdicts

__all__ = ["CHECKS", "check_all", "new_areas_join"]

Make = Callable[[], Detector]
"""A fresh detector over windows of `WINDOW` ticks, `PER_HOUR` ticks an hour."""

WINDOW = 3
PER_HOUR = 6
_TICKS = 180
"""30 hours, after which a baseline may share among areas what it learned of them."""
_AREAS = 5


def _counts(areas: int = _AREAS) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    fresh = np.random.default_rng(7).poisson(0.8, size=(_TICKS, areas)).astype(np.int64)
    padded = np.vstack([np.zeros((WINDOW - 1, areas), dtype=np.int64), fresh])
    window = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=0).sum(axis=-1)
    return fresh, window


def _observed(make: Make, ticks: int) -> Detector:
    """A detector that has seen the first ticks."""
    fresh, window = _counts()
    detector = make()
    detector.observe(0, fresh[:ticks], window[:ticks])
    return detector


def _equal(left: Verdicts, right: Verdicts) -> bool:
    return all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        for a, b in zip(left, right, strict=True)
    )


def finite_before_learning(make: Make) -> None:
    """The first tick ever gives finite scores, and `ready` says whether to believe them."""
    fresh, window = _counts()
    verdicts = make().observe(0, fresh[:1], window[:1])
    assert np.isfinite(verdicts.score).all()
    assert verdicts.ready.dtype == np.bool_


def same_input_same_output(make: Make) -> None:
    """Two detectors that saw the same say the same."""
    fresh, window = _counts()
    assert _equal(make().observe(0, fresh, window), make().observe(0, fresh, window))


def blocks_do_not_matter(make: Make) -> None:
    """One block, or many of uneven length: the same verdicts and the same state (law 1)."""
    fresh, window = _counts()
    at_once = make()
    whole = at_once.observe(0, fresh, window)
    detector, start = make(), 0
    for size in (1, 2, 7, 50, 1, 100, _TICKS):
        rows = slice(start, min(start + size, _TICKS))
        if rows.start >= rows.stop:
            break
        part = detector.observe(rows.start, fresh[rows], window[rows])
        assert _equal(part, whole.part(rows))
        start = rows.stop
    assert detector.snapshot() == at_once.snapshot()


def snapshot_round_trip(make: Make) -> None:
    """Snapshot and restore in mid-stream change nothing; equal states give equal snapshots."""
    fresh, window = _counts()
    straight, first, second = make(), make(), make()
    whole = straight.observe(0, fresh, window)
    first.observe(0, fresh[:101], window[:101])
    second.restore(first.snapshot())
    assert first.snapshot() == second.snapshot()
    for detector in (first, second):
        rest = detector.observe(101, fresh[101:], window[101:])
        assert _equal(rest, whole.part(slice(101, None)))
        assert detector.snapshot() == straight.snapshot()


def input_is_left_alone(make: Make) -> None:
    """The arrays handed in are neither changed nor kept."""
    fresh, window = _counts()
    before = fresh.copy(), window.copy()
    detector = make()
    whole = make().observe(0, fresh, window)
    detector.observe(0, fresh[:100], window[:100])
    assert np.array_equal(fresh, before[0])
    assert np.array_equal(window, before[1])
    rest = fresh[100:].copy(), window[100:].copy()
    fresh[:], window[:] = 99, 99
    assert _equal(detector.observe(100, *rest), whole.part(slice(100, None)))


def causal(make: Make) -> None:
    """What comes later changes nothing that was said before."""
    fresh, window = _counts()
    other_fresh, other_window = fresh.copy(), window.copy()
    other_fresh[150:] += 9
    other_window[150:] += 9
    left = make().observe(0, fresh, window)
    right = make().observe(0, other_fresh, other_window)
    assert _equal(left.part(slice(150)), right.part(slice(150)))


def order_of_areas_does_not_matter(make: Make) -> None:
    """An area's verdict does not depend on its place among the others, whatever they share."""
    fresh, window = _counts()
    straight = make().observe(0, fresh, window)
    turned = make().observe(0, fresh[:, ::-1], window[:, ::-1])
    assert _equal(straight, turned.part((slice(None), slice(None, None, -1))))


def new_areas_join(make: Make) -> None:
    """Areas that appear later are added at the end and leave the others as they were.

    So it is until something that areas share was renewed with them in it; a detector that shares
    what happened in the last hours does not keep this law, and is not asked to.
    """
    fresh, window = _counts()
    whole = make().observe(0, fresh, window)
    detector = make()
    detector.observe(0, fresh[:120, :3], window[:120, :3])
    joined = detector.observe(120, fresh[120:], window[120:])
    assert _equal(joined.part((slice(None), slice(3))), whole.part((slice(120, None), slice(3))))


def ticks_left_out_are_empty(make: Make) -> None:
    """A jump of ticks means the same as showing each of them without events."""
    fresh, window = _counts()
    for gap in (1, 37, 5_000):
        jumping, patient = make(), make()
        jumping.observe(0, fresh, window)
        patient.observe(0, fresh, window)
        nothing = np.zeros((gap, _AREAS), dtype=np.int64)
        patient.observe(_TICKS, nothing, nothing)
        after = _TICKS + gap
        assert _equal(jumping.observe(after, fresh, window), patient.observe(after, fresh, window))
        assert jumping.snapshot() == patient.snapshot()


def scores_that_nobody_asks_for_change_nothing(make: Make) -> None:
    """Where only some ticks are judged, these are judged as ever, and all are learned."""
    fresh, window = _counts()
    judged = np.arange(_TICKS) % 5 == 3  # noqa: PLR2004 - any five ticks but one
    whole, some = make(), make()
    straight, asked = (
        whole.observe(0, fresh, window),
        some.observe(0, fresh, window, None, judged),
    )
    assert np.array_equal(asked.score[judged], straight.score[judged])
    assert _equal(asked._replace(score=straight.score), straight)
    assert some.snapshot() == whole.snapshot()


def late_events_count_from_their_tick_on(make: Make) -> None:
    """What came late is taken in with the first tick of a block, however long that is, and kept.

    None of it is the same as not being told of any.
    """
    fresh, window = _counts()
    late = np.zeros((WINDOW, _AREAS), dtype=np.int64)
    late[0, 1], late[1, 2], late[1, 3] = 4, 1, 60
    whole, part, plain, untold = (_observed(make, 102) for _ in range(4))
    restored = make()
    straight = whole.observe(102, fresh[102:], window[102:], late)
    part.observe(102, fresh[102:103], window[102:103], late)
    restored.restore(part.snapshot())
    nothing = np.zeros_like(late)
    rest = restored.observe(103, fresh[103:], window[103:], nothing)
    assert _equal(rest, straight.part(slice(1, None)))
    plain.observe(102, fresh[102:103], window[102:103], nothing)
    assert _equal(
        plain.observe(103, fresh[103:], window[103:]),
        untold.observe(102, fresh[102:], window[102:]).part(slice(1, None)),
    )
    part.observe(103, fresh[103:], window[103:])
    assert restored.snapshot() == whole.snapshot() == part.snapshot()


def memory_is_bounded(make: Make) -> None:
    """State grows with areas, not with events or time (law 6), and scores stay finite."""

    def size(detector: Detector) -> int:
        return sum(len(v) for v in detector.snapshot().values() if isinstance(v, bytes))

    fresh, window = _counts()
    detector = make()
    detector.observe(0, fresh, window)
    once = size(detector)
    for block in range(1, 6):
        verdicts = detector.observe(block * _TICKS, fresh * 1000, window * 1000)
        assert np.isfinite(verdicts.score).all()
    assert size(detector) <= once


CHECKS: list[Callable[[Make], None]] = [
    finite_before_learning,
    same_input_same_output,
    blocks_do_not_matter,
    snapshot_round_trip,
    input_is_left_alone,
    causal,
    order_of_areas_does_not_matter,
    new_areas_join,
    ticks_left_out_are_empty,
    scores_that_nobody_asks_for_change_nothing,
    late_events_count_from_their_tick_on,
    memory_is_bounded,
]


def check_all(make: Make) -> None:
    """Run every check; an AssertionError names the law that is broken."""
    for check in CHECKS:
        check(make)
