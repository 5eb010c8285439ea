"""The key reference of coverage as lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from commands.coverage.tables import AreaNeed, KeyReference

__all__ = ["aligned", "areas_lines", "reference_lines"]


def reference_lines(reference: KeyReference) -> list[str]:
    """The tables one after the other, with what they hold for."""
    standard, model = reference.standard, reference.travel_model
    long = f"P(wait > {standard.wait_min:g} min)"
    busy, share = f"{standard.utilisation:.0%} busy", f"{standard.wait_share:.0%}"
    return [
        f"Units needed where a call binds a unit for {reference.service_min:g} min: the least that",
        f"are at most {busy}, keep {long} at or below {share},",
        "arrive within the SLA on average, and are no fewer than min_units",
        *aligned(
            ("load (Erlang)", "units", "busy", "P(wait)", long),
            [
                (
                    f"{n.load:g}",
                    f"{n.units}",
                    f"{n.busy:.2f}",
                    f"{n.waits:.3f}",
                    f"{n.waits_long:.3f}",
                )
                for n in reference.needed
            ],
        ),
        "",
        "Waiting for a unit (Erlang C)",
        *aligned(
            ("load (Erlang)", "units", "P(wait)", long),
            [
                (f"{w.load:g}", f"{w.units}", f"{w.waits:.3f}", f"{w.waits_long:.3f}")
                for w in reference.waiting
            ],
        ),
        "",
        f"Travel: way x {model.detour:g}, {model.turnout_min:g} min until the wheels turn",
        *aligned(
            ("place", "arrives within", "km/h", "km2 a free unit covers"),
            [
                (t.place, f"{t.sla_min:g} min", f"{t.speed_kmh:g}", f"{t.km2_a_free_unit:g}")
                for t in reference.travel
            ],
        ),
        "",
        "A call binds, until enough have been seen to close",
        *aligned(
            ("level", "minutes", "units"),
            [(c.level, f"{c.service_min:g}", f"{c.units:g}") for c in reference.levels],
        ),
        "",
        "A unit counts as",
        *aligned(
            ("kind", "cars"), [(kind, f"{cars:g}") for kind, cars in reference.weights.items()]
        ),
    ]


def areas_lines(areas: Sequence[AreaNeed]) -> list[str]:
    """One line a station: what it needs with hardly a call."""
    rows = [
        (
            area.area,
            area.place,
            "?" if area.km2 is None else f"{area.km2:g}",
            f"{area.min_units}",
            "?" if area.travel_min is None else f"{area.travel_min:.1f}",
            f"{area.units}",
        )
        for area in areas
    ]
    head = ("station", "place", "km2", "min_units", "min by one free unit", "units when quiet")
    return ["Stations", *aligned(head, rows)]


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their longest cell: the first to the left, others to the right."""
    wide = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, wide, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]
