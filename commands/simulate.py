"""`watchfloor simulate`: writes an invented city, its incidents and positions, and the truth."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import click
from msgspec import ValidationError, convert, json

from sinks.output import open_output
from streams.errors import ConfigError
from streams.sources.synthetic import LOCAL, Arrival, Plan, Simulation

__all__ = ["command"]


class _Time(click.ParamType):
    """An RFC 3339 time with its offset."""

    name = "RFC3339"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no time; write it like 2026-03-02T08:00:00+08:00", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value} has no offset; write it like {value}+08:00", param, ctx)
        return instant.astimezone(LOCAL)


@click.command("simulate")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--out", required=True, help="Incidents as JSON lines; .gz packs, - is stdout.")
@click.option("--positions", help="Also write unit positions as JSON lines.")
@click.option("--areas", help="Also write the areas as GeoJSON.")
@click.option("--truth", help="Also write what really happened, as JSON lines.")
@click.option("--stations", "--areas-count", "stations", type=int, help="Stations, 36.")
@click.option("--counties", type=int, help="Counties (commands), 4.")
@click.option("--hours", type=float, help="Length in hours, 24.")
@click.option("--days", type=float, help="Length in days, instead of --hours.")
@click.option("--start", type=_Time(), help="Begin, 2026-03-02T00:00:00+08:00.")
@click.option("--rate", type=float, help="Incidents a day in the whole city, 1200.")
@click.option("--incidents", type=int, help="Exact number of incidents, instead of --rate.")
@click.option("--disorder", type=float, help="Median seconds from report to arrival, 210.")
@click.option("--duplicates", type=float, help="Share of records delivered twice, 0.")
@click.option("--bad", type=float, help="Share of extra broken records, 0.")
@click.option("--critical-share", type=float, help="Share of critical reports, 0.001.")
@click.option("--bursts", type=int, help="Bursts to inject, two a day.")
@click.option("--shortages", type=int, help="Shortages of units to inject, two a day.")
@click.option(
    "--opening/--no-opening", default=None, help="Begin with a burst, critical calls, a shortage."
)
@click.option(
    "--closings/--no-closings",
    default=None,
    help="Send units to calls, and tell when they are closed; with --positions by default.",
)
@click.option("--fix-every", type=int, help="Seconds between a unit's fixes, 60.")
def command(
    out: str,
    positions: str | None,
    areas: str | None,
    truth: str | None,
    days: float | None,
    **options: object,
) -> None:
    """Write a seeded, invented city whose truth is known: for demos, tests and scores."""
    if options["closings"] is None:
        options["closings"] = positions is not None
    simulation = Simulation(_plan(days, options))
    if areas:
        with open_output(areas) as file:
            file.writelines(simulation.city.geojson())
    _write(out, simulation.incidents())
    if positions:
        _write(positions, simulation.positions())
    if truth:
        with open_output(truth) as file:
            for record in simulation.truth.records():
                file.write(json.encode(record) + b"\n")
    summary = simulation.truth.summary
    click.echo(
        f"incidents={summary.incidents} changes={summary.changes} "
        f"duplicates={summary.duplicates} "
        f"bad={summary.rejected.total() + summary.repaired.total()} lines={summary.lines} "
        f"critical={len(simulation.truth.criticals)} bursts={len(simulation.truth.bursts)} "
        f"positions={summary.positions}",
        err=True,
    )


def _plan(days: float | None, options: dict[str, object]) -> Plan:
    given = {name: value for name, value in options.items() if value is not None}
    if days is not None:
        if "hours" in given:
            msg = "--hours and --days both give the length; leave one out"
            raise click.UsageError(msg)
        given["hours"] = days * 24
    try:
        # The checks of the fields run only when a plan is converted, not when it is called.
        return convert(given, Plan)
    except ValidationError as error:
        msg = f"the plan of the simulation is wrong: {error}"
        raise ConfigError(msg) from error


def _write(path: str, stream: Iterable[list[Arrival]]) -> None:
    with open_output(path) as file:
        for chunk in stream:
            file.write(b"".join(arrival.line + b"\n" for arrival in chunk))
