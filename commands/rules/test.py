"""`watchfloor rules test`: runs the examples that stand beside the entries of the lexicon."""

from __future__ import annotations

import click
from msgspec import json as msgjson

__all__ = ["test"]


@click.command()
@click.argument("directory", required=False, metavar="[DIR]")
@click.option("--strict", is_flag=True, help="Examples changed by something else fail as well.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def test(ctx: click.Context, directory: str | None, *, strict: bool, as_json: bool) -> None:
    """Run the examples in the `tests` of every lexicon entry; exit code 1 where one fails.

    DIR is a rule directory whose `lexicon` folder is laid over the shipped lexicon. Shipped
    examples that DIR changes, and those that hold by their words but are raised by the second
    stage, are told, but fail only with --strict.
    """
    from commands.rules.layers import own_lexicon
    from commands.rules.tested import run_examples, shown

    report = run_examples(own_lexicon(directory))
    bad = report.bad(strict=strict)
    if as_json:
        click.echo(msgjson.encode(report))
    else:
        for failed in report.failures:
            kind = "error" if failed in bad else "changed"
            click.echo("\n".join(shown(failed, kind)))
        changed = len(report.failures) - len(bad)
        more = f", {changed} changed by something else" if changed else ""
        click.echo(f"{report.examples} examples, {len(bad)} failed{more}", err=True)
    if bad:
        ctx.exit(1)
