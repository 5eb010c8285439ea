"""`watchfloor coverage check`: the tables that units needed are read from."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import json as msgjson

__all__ = ["check"]


@click.command()
@click.option("--areas", metavar="FILE", help="Area file (GeoJSON) to look for gaps in.")
@click.option(
    "--service",
    "service_min",
    type=click.FloatRange(1, 1440),
    default=40.0,
    show_default=True,
    help="Minutes that a call binds a unit, travel and paperwork included.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def check(ctx: click.Context, areas: str | None, service_min: float, *, as_json: bool) -> None:
    """Print the Erlang and units-needed tables that cold spots are judged by.

    With --areas also what its stations lack for that, and by size alone how many units they need
    to arrive in time; exit code 1 where something is missing, 2 where the file is wrong.

    \b
    Example:
      watchfloor coverage check --service 35 --areas areas.geojson
    """
    from commands.coverage.tables import areas_table, key_reference, remarks_of
    from commands.coverage.text import areas_lines, reference_lines
    from streams.areas import load_areas

    tree = None if areas is None else load_areas(Path(areas))
    reference = key_reference(service_min)
    rows = [] if tree is None else areas_table(tree, service_min)
    remarks = [] if tree is None else remarks_of(tree)
    if as_json:
        told = {"reference": reference, "areas": rows, "remarks": remarks}
        click.echo(msgjson.encode(told))
    else:
        lines = reference_lines(reference)
        if tree is not None:
            lines += ["", *areas_lines(rows), *(f"{r.area} {r.message}" for r in remarks)]
        click.echo("\n".join(lines))
        if tree is not None:
            click.echo(f"{len(rows)} stations, {len(remarks)} gaps", err=True)
    if remarks:
        ctx.exit(1)
