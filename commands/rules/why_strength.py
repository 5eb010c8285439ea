"""What a coverage rule saw of a station in sentences: figures, limits, units, helpers."""

from __future__ import annotations

from collections.abc import Iterator

from rules.trials.coverage_seen import CoverageSeen
from rules.trials.why_coverage import CoverageReason, CoverageRung

__all__ = ["strength_lines"]


def strength_lines(reason: CoverageReason) -> Iterator[str]:
    """Need against strength, each level with what keeps it from firing, who counts, who helps."""
    seen = reason.seen
    if seen is None:
        yield (
            "It was not judged: no unit of its command was heard of for a day, or no rule judges "
            "such an area."
        )
        return
    yield from _figures(seen)
    for rung in reason.levels:
        yield _rung(rung, is_open=reason.alert_status == "firing")
    if not seen.units:
        yield "No unit stands there."
    for unit in seen.units:
        yield f"{unit.unit} ({unit.kind}, {unit.status}) counts {unit.counts:g}: {unit.why}"
    for near in seen.neighbours:
        who = f"{near.unit}, " if near.unit is not None else ""
        spare = f"{near.spare:+g} to its need"
        yield f"{near.area}, {near.minutes:g} min away, {spare}: {who}{near.why}"


def _figures(seen: CoverageSeen) -> Iterator[str]:
    lost = f", {seen.lost} lost" if seen.lost else ""
    yield (
        f"{seen.strength:g} on duty ({seen.free:g} free{lost}), {seen.need} needed, "
        f"{max(seen.gap, 0.0):g} missing after neighbours' help, coldness {seen.coldness}."
    )
    calls = f"{seen.open_calls} open calls and " if seen.open_calls else ""
    yield (
        f"The need follows from {calls}{seen.calls_hour:g} expected an hour, a load of "
        f"{seen.load:g} units, the way, and at least {seen.minimum} (`min_units`)."
    )
    if seen.blind:
        yield "Too many of its units are lost to judge it (`blind`)."


def _rung(rung: CoverageRung, *, is_open: bool) -> str:
    place = f"  [{rung.place}]" if rung.place else ""
    if rung.fires:
        said = "fires"
    elif rung.holds and is_open:
        said = f"does not fire ({'; '.join(rung.missing)}), but is not cleared yet"
    else:
        said = f"does not fire: {'; '.join(rung.missing)}"
    return f"Level {rung.level} ({' and '.join(rung.limits) or 'no limit'}) {said}.{place}"
