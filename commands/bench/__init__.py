"""`watchfloor bench [NAME]`: the README's figures, measured here against peers, as ratios."""

from __future__ import annotations

import os
from pathlib import Path

import click

from commands.bench.report import show
from streams.brokers import broker_for
from streams.settings import Settings, load_settings

__all__ = ["command"]

_BROKER = click.option("--broker", help="host:port; else WATCHFLOOR_BROKER, else the bundled one")
_JSON = click.option("--json", "as_json", is_flag=True, help="one JSON document on stdout")


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Measure this machine: live, latency, dispatch, replay, positions, coverage, micro.

    Without a name, all of them.

    Only ratios taken in one run on one machine mean anything elsewhere.
    """
    if ctx.invoked_subcommand is None:
        for verb in (micro, coverage, positions, replay, latency, dispatch, live):
            ctx.invoke(verb)


@command.command()
@click.option("--incidents", type=click.IntRange(min=1000), default=200_000, show_default=True)
@click.option("--repeats", type=click.IntRange(min=1), default=3, show_default=True)
@click.option(
    "--stock-incidents",
    type=click.IntRange(min=1000),
    default=20_000,
    show_default=True,
    help="how many of them stock Faust reads: its rate does not depend on it, your time does",
)
@_BROKER
@_JSON
def live(
    incidents: int, repeats: int, stock_incidents: int, broker: str | None, as_json: bool
) -> None:
    """The whole engine live against a bare aiokafka loop, stock Faust and Quix Streams."""
    from commands.bench.live import measure_live

    with broker_for(_settings(broker)) as address:
        report = measure_live(
            address,
            incidents=incidents,
            repeats=repeats,
            stock_incidents=stock_incidents,
            progress=not as_json,
        )
    show(report, as_json=as_json)


@command.command()
@click.option("--rate", type=click.FloatRange(min=1), default=1000.0, show_default=True)
@click.option("--seconds", type=click.FloatRange(min=1), default=30.0, show_default=True)
@_BROKER
@_JSON
def latency(rate: float, seconds: float, broker: str | None, as_json: bool) -> None:
    """From a call produced to its critical alert readable, against a raw two-hop echo."""
    from commands.bench.latency import measure_latency

    with broker_for(_settings(broker)) as address:
        report = measure_latency(address, rate=rate, seconds=seconds)
    show(report, as_json=as_json)


@command.command()
@click.option("--rate", type=click.FloatRange(min=1), default=1000.0, show_default=True)
@click.option(
    "--seconds",
    type=click.FloatRange(min=1),
    default=60.0,
    show_default=True,
    help="how long the receiver is up, and then away",
)
@click.option("--together", is_flag=True, help="detect and tell in one process, not in two")
@_BROKER
@_JSON
def dispatch(
    rate: float, seconds: float, together: bool, broker: str | None, as_json: bool
) -> None:
    """What a channel whose receiver is away costs detection, and how soon it has caught up."""
    from commands.bench.dispatch import measure_dispatch

    with broker_for(_settings(broker)) as address:
        report = measure_dispatch(address, rate=rate, seconds=seconds, together=together)
    show(report, as_json=as_json)


@command.command()
@click.option("--file", "file", type=click.Path(path_type=Path), help="default: a simulated city")
@click.option("--format", "form", default="watchfloor", show_default=True)
@click.option("--incidents", type=click.IntRange(min=1000), default=200_000, show_default=True)
@click.option("--repeats", type=click.IntRange(min=1), default=3, show_default=True)
@_JSON
def replay(file: Path | None, form: str, incidents: int, repeats: int, as_json: bool) -> None:
    """Incidents per second of the offline shell on one core, parsed and not."""
    from commands.bench.replay import measure_replay

    show(
        measure_replay(file, form, incidents=incidents, repeats=repeats),
        as_json=as_json,
    )


@command.command()
@click.option("--records", type=click.IntRange(min=100), default=20_000, show_default=True)
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True)
@click.option(
    "--areas",
    type=click.IntRange(min=1),
    multiple=True,
    default=(100, 10_000, 100_000),
    show_default=True,
    help="numbers of areas for step, tick and snapshot",
)
@_JSON
def micro(records: int, repeats: int, areas: tuple[int, ...], as_json: bool) -> None:
    """Where the time of one record goes, stage by stage."""
    from commands.bench.micro import measure_micro

    show(measure_micro(records=records, repeats=repeats, areas=areas), as_json=as_json)


@command.command()
@click.option("--areas", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--units", type=click.IntRange(min=1), default=50_000, show_default=True)
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True)
@_JSON
def coverage(areas: int, units: int, repeats: int, as_json: bool) -> None:
    """One tick of coverage: strength, load, units needed, gap and moves."""
    from commands.bench.coverage import measure_coverage

    show(measure_coverage(areas=areas, units=units, repeats=repeats), as_json=as_json)


@command.command()
@click.option("--units", type=click.IntRange(min=1), default=100_000, show_default=True)
@click.option("--fixes", type=click.IntRange(min=1000), default=200_000, show_default=True)
@click.option("--repeats", type=click.IntRange(min=1), default=3, show_default=True)
@_JSON
def positions(units: int, fixes: int, repeats: int, as_json: bool) -> None:
    """Unit positions through intake and presence, and the memory that a unit takes."""
    from commands.bench.positions import measure_positions

    show(measure_positions(units=units, fixes=fixes, repeats=repeats), as_json=as_json)


def _settings(broker: str | None) -> Settings:
    return load_settings(os.environ, broker=broker)
