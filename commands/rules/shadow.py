"""`watchfloor rules shadow` and `rules promote`: how rules on trial do, and letting them work."""

from __future__ import annotations

import click
from msgspec import json as msgjson

__all__ = ["promote", "shadow"]


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option("--live", "live", multiple=True, metavar="FILE", help="Alerts of live rules.")
@click.option("--broker", is_flag=True, help="Read the topics alerts.shadow and alerts.log.")
@click.option("--since", metavar="MOMENT", help="Count from here on; else from the first alert.")
@click.option("--until", metavar="MOMENT", help="Count up to here; else to the last alert.")
@click.option("--rules", "directory", metavar="DIR", help="Rule directory with the rules.")
@click.option(
    "--days",
    type=click.FloatRange(min=0),
    default=7,
    show_default=True,
    help="Days in shadow that a rule needs before it may be promoted.",
)
@click.option("--most", type=click.FloatRange(min=0), metavar="N", help="Alerts a day, at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def shadow(
    *,
    files: tuple[str, ...],
    live: tuple[str, ...],
    broker: bool,
    since: str | None,
    until: str | None,
    directory: str | None,
    days: float,
    most: float | None,
    as_json: bool,
) -> None:
    """Tell of every rule in shadow how much it alerts, and whether it may be promoted.

    FILE holds alerts as JSON lines: what `replay --shadow` wrote, or the topic alerts.shadow. With
    alerts of live rules (--live, or in the same file) it says how many a live rule told too.

    \b
    Examples:
      watchfloor rules shadow shadow.jsonl --live alerts.jsonl --rules my-rules
      watchfloor rules shadow --broker --since 2027-03-01 --rules my-rules
    """
    from commands.rules.shadow_run import Asked, run_shadow, shadow_lines

    if bool(files) == broker:
        raise click.UsageError("name files of alerts, or --broker")
    asked = Asked(
        files=[*files, *live],
        broker=broker,
        since=since,
        until=until,
        directory=directory,
        days=days,
        most=most,
    )
    report = run_shadow(asked)
    if as_json:
        click.echo(msgjson.encode(report))
    else:
        for line in shadow_lines(report):
            click.echo(line)


@click.command()
@click.argument("rule", metavar="ID")
@click.argument("directory", metavar="DIR")
@click.option("--dry-run", is_flag=True, help="Write nothing; show the lines that would change.")
def promote(rule: str, directory: str, *, dry_run: bool) -> None:
    """Set the state of rule ID in DIR from shadow to live, in its file.

    Nothing else of the file changes, comments and layout stay. The rules then have to be published,
    or the worker restarted.
    """
    from commands.rules.shadow_promote import promoted

    for line in promoted(rule, directory, dry_run=dry_run):
        click.echo(line)
