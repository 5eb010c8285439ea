"""`watchfloor rules tune`: what marks ask of a rule, as a patch that loses no known true alert."""

from __future__ import annotations

import click
from msgspec import json as msgjson

from commands.rules.history_options import AREAS, BROKER, FORMAT, PROGRESS
from commands.rules.history_topic import histories

__all__ = ["tune"]


@click.command()
@click.argument("rule", metavar="ID")
@click.argument("files", nargs=-1, metavar="[FILE...]")
@BROKER
@AREAS
@FORMAT
@click.option("--rules", required=True, metavar="DIR", help="The rule directory that is tuned.")
@click.option(
    "--marks",
    multiple=True,
    metavar="FILE",
    help="Alerts (alert/1 lines) with what they turned out to be; without it the broker's.",
)
@click.option(
    "--unless",
    multiple=True,
    metavar="WORD",
    help="Of a keyword rule: try this word in `match.unless`, too.",
)
@click.option("--write", is_flag=True, help="Write the patch, if no known true alert is lost.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@PROGRESS
@click.pass_context
def tune(
    ctx: click.Context,
    *,
    rule: str,
    files: tuple[str, ...],
    broker: bool,
    areas: str | None,
    format_: str,
    rules: str,
    marks: tuple[str, ...],
    unless: tuple[str, ...],
    write: bool,
    as_json: bool,
    progress: bool,
) -> None:
    """Propose a change of the rule ID that the marks of duty officers ask for, and try it.

    Alerts that were marked true_alarm or false_alarm (`watchfloor alerts mark`) are looked for in
    the incidents of FILES, which run through the rules as they are and as they would be. A heat
    rule gets a higher limit in areas with false alarms, a keyword rule asks for a second report
    where all that came by a channel was false. Exit code 1: a known true alert would be lost, and
    nothing is written.

    \b
    Example:
      watchfloor rules tune heat-street last-month.jsonl --rules DIR --marks alerts.jsonl
    """
    from commands.rules.tune_run import Asked, run_tune
    from commands.rules.tune_text import tune_lines

    with histories(files, broker=broker) as named:
        asked = Asked(
            rule=rule,
            files=named,
            directory=rules,
            areas=areas,
            format=format_,
            marks=marks,
            unless=unless,
            write=write,
            progress=progress,
        )
        report = run_tune(asked)
    if as_json:
        click.echo(msgjson.encode(report))
    else:
        for line in tune_lines(report):
            click.echo(line)
    if report.refused:
        ctx.exit(1)
