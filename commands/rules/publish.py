"""`watchfloor rules publish`: checked rules to all workers, at one moment of event time."""

from __future__ import annotations

import getpass
import os
import time

import click

__all__ = ["publish"]

WAIT = 30.0


@click.command()
@click.argument("directory", required=False, metavar="[DIR]")
@click.option("--by", metavar="NAME", help="Who publishes; else the name of this login.")
@click.option("--because", metavar="TEXT", default="", help="Why, for those who read it later.")
@click.option("--at", metavar="INSTANT", help="Event time from which the rules hold; else now.")
@click.option("--in", "after", metavar="TIME", help="The same from now on: 10s, 30m, 2h.")
@click.option("--skip-tests", is_flag=True, help="Publish without running the tests.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=WAIT,
    show_default=True,
    help="Seconds to wait until every partition says that it was told; 0 does not wait.",
)
@click.pass_context
def publish(
    ctx: click.Context,
    directory: str | None,
    by: str | None,
    because: str,
    at: str | None,
    after: str | None,
    *,
    skip_tests: bool,
    wait: float,
) -> None:
    """Check and test the rules of DIR, and let every worker judge by them.

    Rules with errors, or with a test that fails, are not published (exit code 2). They hold for
    events from --at or --in on, else from now on, at the same place of the log for every worker.
    Exit code 1 where a partition did not take them, or did not say so in time; running it again
    tells those that do not know yet. Words of a `lexicon` folder are no part of it: workers read
    their own.

    \b
    Examples:
      watchfloor rules publish my-rules --because "quieter nights in the old town"
      watchfloor rules publish my-rules --at 2027-03-01T08:00+08:00
    """
    from commands.rules.directory import asked
    from commands.rules.publishing import publish_bundle
    from commands.rules.switched import effective, tell
    from rules.language import report
    from rules.language.bundle import bundle_of
    from rules.language.checks.subject import calendar_of
    from rules.language.checks.whole import judged_in_parts
    from rules.language.loader import SHIPPED
    from streams.settings import load_settings

    settings = load_settings(os.environ)
    now_ms = round(time.time() * 1000)
    book = asked(directory)
    reading = book.read(now_ms)
    effective_ms = effective(at, after, now_ms, calendar_of(reading.book.parts))
    for line in report.as_text(reading.errors, reading.texts):
        click.echo(line)
    if reading.errors:
        click.echo(f"not published: {report.counted(reading.faults)}", err=True)
        ctx.exit(2)
    in_parts = list(judged_in_parts(reading.book.parts, settings.partitions))
    if in_parts:
        for line in report.as_text(in_parts, reading.texts):
            click.echo(line)
        click.echo("not published: no worker could run it", err=True)
        ctx.exit(2)
    if not skip_tests and not _tests_hold(directory):
        click.echo("not published: a test fails", err=True)
        ctx.exit(2)
    bundle = bundle_of(
        reading,
        by=by or getpass.getuser(),
        because=because,
        at_ms=now_ms,
        name=None if book.directory == SHIPPED else book.directory.absolute().name,
    )
    switch = publish_bundle(settings, bundle, effective_ms=effective_ms)
    ctx.exit(tell(settings, switch, wait))


def _tests_hold(directory: str | None) -> bool:
    """Run the tests beside the rules; tells those that fail."""
    from commands.rules.tested_book import TestedBook, asked_book
    from commands.rules.tested_text import report_lines

    tested = TestedBook.run(asked_book(directory))
    for line in report_lines(tested.report):
        click.echo(line)
    click.echo(tested.counted(), err=True)
    return not tested.report.failed
