"""`watchfloor worker`: one live worker: settings from the environment, and composition."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import click

__all__ = ["command"]


@click.command()
@click.option(
    "--only",
    "stages",
    type=click.Choice(["intake", "watch", "dispatch"]),
    multiple=True,
    help="Run one stage here, and the others elsewhere in the same group; may be given twice.",
)
@click.option(
    "--web-port",
    type=click.IntRange(0, 65535),
    help="Port of /metrics, /healthz and /readyz (default: WATCHFLOOR_WEB_PORT; 0 takes any).",
)
def command(stages: tuple[str, ...], web_port: int | None) -> None:
    """Run a worker on Kafka until SIGTERM or Ctrl-C.

    It reads `incidents` and `positions`, writes `alerts`, `alerts.log` and `dead-letters`, keeps
    its state in `state`, and tells the channels of the rules (with --only dispatch in a process of
    its own). Start as many as there are partitions; they share the work. It judges by the rules
    that were published (rules publish), else by those of its rule directory. Words that change in
    the `lexicon` folder of that are taken up while it runs.
    """
    from commands.core import build_core
    from commands.dispatch.alone import run_alone
    from commands.dispatch.stage import Stage
    from commands.reload import Reloader, ReloadingMatcher
    from commands.rule_directory import RuleDirectory
    from commands.rules.publishing import OnBroker
    from rules.language.bundle import book_in_bundle
    from sinks.metrics import Metrics
    from sinks.secrets import Secrets
    from streams.live.logs import set_up_logs
    from streams.live.runner import run_worker
    from streams.live.shelf import RuleSource
    from streams.settings import load_settings

    settings = load_settings(os.environ, web_port=web_port)
    set_up_logs(settings)
    core = build_core(settings)
    core.require_whole()
    metrics = Metrics()
    dispatch = Stage(settings, core.book, core.areas, Secrets(os.environ), metrics)
    about = f"rules {core.book.bundle}, lexicon {core.words}"
    metrics.version(version("watchfloor"))
    detects = [stage for stage in ("intake", "watch") if not stages or stage in stages]
    only = detects[0] if len(detects) == 1 else None
    if not detects:

        def page() -> tuple[bytes, str]:
            metrics.ready(ready=dispatch.ready)
            return metrics.render()

        run_alone(settings, dispatch, page, about)
        return
    matcher = ReloadingMatcher(core.matcher, [core.book])
    metrics.lexicon(core.words)
    with ExitStack() as held:
        if settings.rules and only != "watch":
            reloader = Reloader(Path(settings.rules), matcher, core.words, metrics)
            held.enter_context(reloader.running())
        if settings.rules_watch:
            directory = RuleDirectory(Path(settings.rules), core.areas, OnBroker(settings), metrics)
            held.enter_context(directory.running())
        if not stages or "dispatch" in stages:
            held.enter_context(dispatch.running())
        code = run_worker(
            settings,
            intake=lambda: core.intake(core.adapter(), matcher=matcher),
            new_watch=core.watch,
            rules=RuleSource(
                core.book,
                core.bundle(round(time.time() * 1000)),
                lambda bundle: book_in_bundle(bundle, core.areas),
            ),
            on_books=matcher.judge_by,
            meter=metrics,
            metrics=metrics.render,
            about=about,
            only=only,
        )
    sys.exit(code)
