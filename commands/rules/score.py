"""`watchfloor rules score`: how good the matcher is on labelled texts, figures with intervals."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

__all__ = ["score"]


_OF_STREAM = ("calls_per_day", "critical_share", "shares", "days", "seed")


@click.command()
@click.argument("labels")
@click.option(
    "--rules",
    metavar="DIR",
    help="A rule directory; its `lexicon` folder, if it has one, is laid over the shipped lexicon.",
)
@click.option(
    "--by",
    type=click.Choice(["kind", "lang", "category"]),
    multiple=True,
    help="A table by this, worst first; may be repeated.",
)
@click.option("--errors", is_flag=True, help="List every line that is judged wrongly, and why.")
@click.option("--show-texts", is_flag=True, help="The same, with the texts: they may be personal.")
@click.option("--goals", is_flag=True, help="Compare with the goals; exit code 1 where one fails.")
@click.option("--against", metavar="FILE", help="Other labelled lines, to compare F1 with.")
@click.option("--stream", is_flag=True, help="Alerts a day where few calls are critical.")
@click.option(
    "--calls-per-day", type=click.IntRange(min=1), default=2_000, show_default=True, help="Stream."
)
@click.option(
    "--critical-share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.003,
    show_default=True,
    help="Stream: share of the calls that are critical.",
)
@click.option("--shares", metavar="FILE", help="Stream: what your harmless calls are about.")
@click.option(
    "--days",
    type=click.IntRange(min=1),
    default=7,
    show_default=True,
    help="Stream: length of the simulated one.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Stream.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def score(
    ctx: click.Context,
    labels: str,
    *,
    rules: str | None,
    by: tuple[str, ...],
    errors: bool,
    show_texts: bool,
    goals: bool,
    against: str | None,
    stream: bool,
    calls_per_day: int,
    critical_share: float,
    shares: str | None,
    days: int,
    seed: int,
    as_json: bool,
) -> None:
    """Judge the texts in LABELS ('-' for stdin) and compare with what people say of them.

    LABELS holds one JSON object a line: `id`, `text`, `critical`, `category`, `level_expected`,
    `note`, and `outcome` if it is known. Exit codes: 1 where a goal is not met, 2 where a line is
    wrong; the figures then are those of the other lines.
    """
    from commands.rules.layers import own_layers
    from commands.rules.score_report import Wishes, make_report
    from commands.rules.score_stream import StreamSetting
    from commands.rules.score_text import show

    _only_with_stream(ctx, stream=stream)
    setting = StreamSetting(
        calls_per_day, critical_share, days, seed, Path(shares) if shares else None
    )
    wishes = Wishes(
        by=tuple(dict.fromkeys(by)),
        errors=errors or show_texts,
        texts=show_texts,
        goals=goals,
        against=against,
        stream=setting if stream else None,
    )
    report = make_report(labels, own_layers(rules), wishes)
    show(report, as_json=as_json)
    if report.faults or (report.against and report.against.faults):
        ctx.exit(2)
    if any(not goal.met for goal in report.goals or ()):
        ctx.exit(1)


def _only_with_stream(ctx: click.Context, *, stream: bool) -> None:
    """An option that would have no effect is a mistake, and said to be one."""
    for name in _OF_STREAM:
        if not stream and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option} says how the stream is; add --stream")
