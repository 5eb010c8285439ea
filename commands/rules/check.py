"""`watchfloor rules check`: all faults of all rule files, each with place, cause and remedy."""

from __future__ import annotations

import time
from importlib.metadata import version

import click
from msgspec import json as msgjson

__all__ = ["check"]


@click.command()
@click.argument("directory", required=False, metavar="[DIR]")
@click.option("--areas", metavar="FILE", help="Area file (GeoJSON) whose ids rules may name.")
@click.option("--at", metavar="MOMENT", help="The moment by which things have ended; else now.")
@click.option("--changed", metavar="COMMIT", help="Warnings only of what changed since then.")
@click.option("--strict", is_flag=True, help="Exit code 1 where there are warnings.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="For people (the default), scripts, code scanning, or a pull request.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_context
def check(
    ctx: click.Context,
    directory: str | None,
    areas: str | None,
    at: str | None,
    changed: str | None,
    *,
    strict: bool,
    output: str,
    as_json: bool,
) -> None:
    """Check every rule file of DIR in one pass; exit code 2 where there are errors.

    DIR is a directory with *.yaml files: rules, areas, the calendar, channels. Without DIR the
    one of WATCHFLOOR_RULES is checked, else the shipped rule book. Words have checks of their
    own (rules lint). What a code means: rules explain CODE.

    \b
    Example:
      watchfloor rules check my-rules --strict --changed main
    """
    from commands.rules.changed import about_changes
    from commands.rules.directory import asked, moment
    from rules.language import report
    from rules.language.calendar import Calendar

    now_ms = round(time.time() * 1000) if at is None else moment(at, Calendar())
    book = asked(directory, areas)
    reading = book.read(now_ms)
    faults = reading.faults
    if changed is not None:
        faults = about_changes(reading, book.directory, changed)
    if as_json or output == "json":
        click.echo(msgjson.encode(report.as_json(faults)))
    elif output == "sarif":
        click.echo(msgjson.encode(report.as_sarif(faults, version("watchfloor"))))
    elif output == "github":
        for line in report.as_github(faults):
            click.echo(line)
    else:
        for line in report.as_text(faults, reading.texts):
            click.echo(line)
        files, rules = len(reading.texts), len(reading.book.parts.rules)
        click.echo(f"{files} files with {rules} rules: {report.counted(faults)}", err=True)
    if reading.errors:
        ctx.exit(2)
    if strict and faults:
        ctx.exit(1)
