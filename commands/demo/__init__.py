"""`watchfloor demo`: an invented city in fast motion, and the alerts that come of it, on screen."""

from __future__ import annotations

import secrets
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import click

from commands.demo.city import DemoCity
from commands.demo.engine import Engine
from commands.demo.screen import Screen
from commands.demo.stop import Stop

__all__ = ["command"]

_DEFAULT_S = 60.0
_POLL_S = 0.1


@click.command("demo")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="End after this long. Default: on a terminal run until Ctrl-C, else 60.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Which city.")
@click.option(
    "--speed",
    type=click.FloatRange(min=1),
    default=120,
    show_default=True,
    help="How many times faster than the clock the city lives.",
)
@click.option("--headless", is_flag=True, help="Plain lines, also on a terminal.")
@click.option("--no-broker", is_flag=True, help="The engine in this process, without any Kafka.")
def command(
    seconds: float | None, seed: int, speed: float, headless: bool, no_broker: bool
) -> None:
    """Show Watchfloor at work: a broker, a worker, and an invented city that keeps them busy.

    The broker is WATCHFLOOR_BROKER if set, else the bundled one. Everything that is started is
    ended again, by Ctrl-C or after --seconds. The exit code is 0 if a critical and a heat alert
    were seen.

    \b
    Examples:
      watchfloor demo
      watchfloor demo --no-broker --seconds 30
    """
    terminal = sys.stdout.isatty() and not headless
    if seconds is None and not terminal:
        seconds = _DEFAULT_S
    stop = Stop()
    folder = Path(tempfile.mkdtemp(prefix="watchfloor-demo-"))
    city = DemoCity(seed=seed, speed=speed, now=datetime.now().astimezone())
    screen = Screen(sys.stdout, terminal=terminal)
    length = f"for {seconds:g} s" if seconds is not None else "until Ctrl-C"
    screen.step(f"An invented city at {speed:g} times its speed, {length}. Files are in {folder}")
    try:
        with _engine(folder, city, screen, stop, no_broker=no_broker) as engine:
            _run(engine, city, screen, stop, seconds)
    except KeyboardInterrupt:
        screen.step("Interrupted: everything that was started has been ended.")
    screen.step(screen.verdict())
    sys.exit(0 if screen.complete else 1)


def _engine(
    folder: Path, city: DemoCity, screen: Screen, stop: Stop, *, no_broker: bool
) -> AbstractContextManager[Engine]:
    areas = folder / "areas.geojson"
    areas.write_bytes(b"".join(city.areas()))
    if no_broker:
        from commands.demo.offline import offline_engine

        return offline_engine(areas)
    from commands.demo.live import live_engine

    return live_engine(folder, areas, screen, stop, name=f"demo-{secrets.token_hex(3)}")


def _run(engine: Engine, city: DemoCity, screen: Screen, stop: Stop, seconds: float | None) -> None:
    """Feed what is due, show what comes back, until the time is up."""
    start = time.monotonic()
    while seconds is None or time.monotonic() - start < seconds:
        stop.check()
        incidents, positions = city.due(time.monotonic() - start, now_ms=time.time() * 1000)
        engine.feed(incidents, positions)
        screen.alerts(engine.alerts(_POLL_S))
        screen.status(engine.status, city.reported_ms, time.monotonic())
