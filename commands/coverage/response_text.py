"""The equal-coverage report as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from commands.coverage.response_run import CoverageReport, PlaceRow
from commands.coverage.text import aligned

__all__ = ["response_lines"]

_FEW = 30


def response_lines(report: CoverageReport) -> Iterator[str]:
    """Response by place, what of it is no chance, and demand without a free unit near."""
    yield f"{report.calls:,} calls to which units were sent"
    if report.unplaced:
        yield f"  {report.unplaced:,} of them lie in no known station and are left out"
    head = (
        "place", "stations", "people", "sent", "arrived", "median", "p90", "SLA", "in time", "95 %",
    )  # fmt: skip
    yield "Minutes from dispatch to the first arrival"
    yield from aligned(head, [_row(row) for row in report.places])
    yield from _differences(report.places)
    if not report.demand:
        yield (
            "Uncovered demand is not told: that takes unit positions among the files, and a rule "
            "book with a coverage rule (--rules)"
        )
        return
    yield "Calls expected to find no free unit near (estimated)"
    rows = [
        (
            demand.place,
            f"{demand.calls:,.1f}",
            f"{demand.uncovered:,.2f}",
            f"{demand.uncovered / demand.calls:.1%}" if demand.calls else "-",
            "-" if demand.cold is None else f"{demand.cold:.1%}",
        )
        for demand in report.demand
        if demand.station_minutes
    ]
    yield from aligned(("place", "calls", "uncovered", "share", "cold station-minutes"), rows)


def _row(row: PlaceRow) -> tuple[str, ...]:
    interval = "-" if row.low is None or row.high is None else f"{row.low:.0%} to {row.high:.0%}"
    return (
        row.place,
        f"{row.stations:,}",
        f"{row.population:,}",
        f"{row.sent:,}",
        f"{row.arrived:,}",
        "-" if row.median_min is None else f"{row.median_min:.1f}",
        "-" if row.p90_min is None else f"{row.p90_min:.1f}",
        f"{row.sla_min:g}",
        "-" if row.in_time is None else f"{row.in_time:.1%}",
        interval,
    )


def _differences(places: list[PlaceRow]) -> Iterator[str]:
    """Pairs of places whose intervals do not meet: more than chance, each against its own SLA."""
    for one, other in combinations(places, 2):
        if min(one.arrived, other.arrived) < _FEW:
            if one.arrived and other.arrived:
                yield f"{one.place} and {other.place}: too few calls to compare"
            continue
        better, worse = sorted((one, other), key=lambda row: -(row.in_time or 0.0))
        if (better.low or 0.0) > (worse.high or 0.0):
            yield (
                f"{worse.place} waits longer than {better.place}: {worse.in_time:.1%} in time "
                f"against {better.in_time:.1%}, more than chance"
            )
        else:
            yield f"{one.place} and {other.place} do not differ by more than chance"
