"""`watchfloor worker`: one live worker: settings from the environment, and composition."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path

import click
from msgspec import structs

__all__ = ["command"]


@click.command()
@click.option(
    "--only",
    type=click.Choice(["intake", "watch"]),
    help="Run one stage here, and the other elsewhere in the same group.",
)
@click.option(
    "--web-port",
    type=click.IntRange(0, 65535),
    help="Port of /metrics, /healthz and /readyz (default: WATCHFLOOR_WEB_PORT; 0 takes any).",
)
def command(only: str | None, web_port: int | None) -> None:
    """Run a worker on Kafka until SIGTERM or Ctrl-C.

    It reads `incidents` and `positions`, writes `alerts`, `alerts.log` and `dead-letters`, and
    keeps its state in `state`. Start as many as there are partitions; they share the work. Words
    that change in the `lexicon` folder of the rule directory are taken up while it runs.
    """
    from commands.core import build_core
    from commands.reload import Reloader, ReloadingMatcher
    from sinks.metrics import Metrics
    from streams.live.logs import set_up_logs
    from streams.live.runner import run_worker
    from streams.settings import load_settings

    settings = load_settings(os.environ, web_port=web_port)
    set_up_logs(settings)
    core = build_core(settings)
    metrics = Metrics()
    matcher = ReloadingMatcher(core.matcher)
    core = structs.replace(core, matcher=matcher)
    metrics.lexicon(core.words)
    with ExitStack() as held:
        if settings.rules and only != "watch":
            reloader = Reloader(Path(settings.rules), matcher, core.words, metrics)
            held.enter_context(reloader.running())
        code = run_worker(
            settings,
            intake=lambda: core.intake(core.adapter()),
            new_watch=core.watch,
            meter=metrics,
            metrics=metrics.render,
            about=f"lexicon {core.words}",
            only=only,
        )
    sys.exit(code)
