"""`watchfloor rules test`: the tests beside the rules, and the examples beside the words."""

from __future__ import annotations

import click
from msgspec import json as msgjson

__all__ = ["test"]


@click.command()
@click.argument("directory", required=False, metavar="[DIR]")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only tests of this rule.")
@click.option("--areas", metavar="FILE", help="Area file (GeoJSON) whose areas the rules name.")
@click.option("--coverage", is_flag=True, help="Tell what no test exercises.")
@click.option(
    "--at-least",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Exit code 1 where less of the rule book is exercised; implies --coverage.",
)
@click.option("--junit", type=click.Path(), metavar="FILE", help="JUnit XML, for a pipeline.")
@click.option("--strict", is_flag=True, help="Examples changed by something else fail as well.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def test(
    ctx: click.Context,
    directory: str | None,
    rules: tuple[str, ...],
    areas: str | None,
    at_least: float | None,
    junit: str | None,
    *,
    coverage: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Run the tests of DIR on a virtual clock through the real engine; exit code 1 for a failure.

    DIR is a rule directory: the `tests` of its rule files are run through intake and watch, and so
    are the examples of the lexicon, with the directory's own `lexicon` folder over the shipped one.
    Without DIR, the one of WATCHFLOOR_RULES, else what is shipped.

    Shipped examples that DIR changes, and those that hold by their words but are raised by the
    second stage, are told, but fail only with --strict. A test that asks for what this version does
    not run is told as not run.

    \b
    Example:
      watchfloor rules test my-rules --coverage --at-least 80 --junit tests.xml
    """
    from commands.rules.tested import Report, run_examples, shown
    from commands.rules.tested_book import AllTested, TestedBook, asked_book
    from commands.rules.tested_junit import junit_xml
    from commands.rules.tested_text import coverage_lines, report_lines
    from sinks.output import open_output

    coverage = coverage or at_least is not None
    book = asked_book(directory, areas, rules)
    examples = Report(0, []) if rules else run_examples(book.layers)
    bad = examples.bad(strict=strict)
    tested = TestedBook.run(book, rules)
    if junit is not None:
        with open_output(junit) as file:
            file.write(junit_xml(tested.report, examples, bad))
    if as_json:
        report = AllTested(
            examples=examples.examples,
            failures=examples.failures,
            tests=tested.report.cases,
            coverage=tested.coverage if coverage else None,
        )
        click.echo(msgjson.encode(report))
    else:
        for failed in examples.failures:
            kind = "error" if failed in bad else "changed"
            click.echo("\n".join(shown(failed, kind)))
        for text in report_lines(tested.report):
            click.echo(text)
        if coverage:
            for text in coverage_lines(tested.coverage):
                click.echo(text)
        changed = len(examples.failures) - len(bad)
        more = f", {changed} changed by something else" if changed else ""
        if not rules:
            click.echo(f"{examples.examples} examples, {len(bad)} failed{more}", err=True)
        click.echo(tested.counted(), err=True)
    short = at_least is not None and tested.coverage.percent < at_least
    if bad or tested.report.failed or short:
        ctx.exit(1)
