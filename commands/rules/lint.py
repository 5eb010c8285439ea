"""`watchfloor rules lint`: what is wrong or useless in the lexicon, with file, line and remedy."""

from __future__ import annotations

import click
from msgspec import json as msgjson

__all__ = ["lint"]


@click.command()
@click.argument("directory", required=False, metavar="[DIR]")
@click.option("--all", "everything", is_flag=True, help="Warnings about the shipped lexicon too.")
@click.option("--strict", is_flag=True, help="Warnings that are shown count as errors.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def lint(
    ctx: click.Context, directory: str | None, *, everything: bool, strict: bool, as_json: bool
) -> None:
    """Look for words that hide real calls or do nothing; exit code 1 where there are errors.

    DIR is a rule directory whose `lexicon` folder is laid over the shipped lexicon: its errors
    and warnings are shown, and of the shipped lexicon the errors. Without DIR the shipped lexicon
    is looked at alone.
    """
    from commands.rules.layers import own_lexicon
    from commands.rules.linted import report_of

    own = own_lexicon(directory)
    report = report_of(own, everything=everything or not own)
    if as_json:
        click.echo(msgjson.encode(report))
    else:
        for remark in report.remarks:
            click.echo(
                f"{remark.file}:{remark.line}:{remark.column}: {remark.severity}: "
                f"{remark.message} [{remark.code}]"
            )
        hidden = f" ({report.hidden} about the shipped lexicon, shown with --all)"
        click.echo(
            f"{report.errors} errors, {report.warnings} warnings{hidden * bool(report.hidden)}",
            err=True,
        )
    if report.errors or (strict and report.remarks):
        ctx.exit(1)
