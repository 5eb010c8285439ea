"""`watchfloor rules learn`: marks of duty officers learnt into the review tier, or taken back."""

from __future__ import annotations

import click

__all__ = ["learn"]


class _StepNumber(click.ParamType):
    name = "step"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "all":
            return 1
        if not value.isdecimal() or int(value) < 1:
            self.fail(f"`{value}` is no step; give a number from --history, or `all`", param, ctx)
        return int(value)


@click.command()
@click.argument("marks", required=False)
@click.option("--broker", is_flag=True, help="Marks made with `alerts mark`, instead of a file.")
@click.option("--rules", metavar="DIR", help="The rule directory whose weights learn.")
@click.option("--dry", is_flag=True, help="Show what would be learnt or reverted; write nothing.")
@click.option("--history", metavar="DIR", help="Show every step that this rule directory learnt.")
@click.option(
    "--revert",
    type=_StepNumber(),
    metavar="STEP|all",
    help="Take out this step and all after it, with --rules.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def learn(
    ctx: click.Context,
    marks: str | None,
    *,
    broker: bool,
    rules: str | None,
    dry: bool,
    history: str | None,
    revert: int | None,
    as_json: bool,
) -> None:
    """Learn from MARKS ('-' for stdin): dispositions of duty officers, one JSON object a line.

    Weights and threshold of the review tier move a little, into `lexicon/learned.json` of the rule
    directory; what is critical stays critical. A mark that comes again counts once. The layer is
    used only where a file of that folder says `learning: {use: true}`. Exit codes: 1 where
    somebody should look (officers contradict each other, the share of false marks changed, marks
    of another lexicon), 2 where a line is wrong; nothing is learnt then.

    \b
    Example:
      watchfloor rules learn marks.jsonl --rules DIR --dry
    """
    from commands.rules.learned_text import lines, to_json
    from commands.rules.learning import learn_from, learned_so_far, take_back

    if sum(wish is not None for wish in (marks, history, revert, broker or None)) != 1:
        raise click.UsageError(
            "give a file of marks, --broker, --history DIR, or --revert STEP|all"
        )
    if history is not None:
        if rules or dry:
            raise click.UsageError("--history DIR only shows; leave out --rules and --dry")
        report = learned_so_far(history)
    elif rules is None:
        raise click.UsageError("name the rule directory that learns: --rules DIR")
    elif revert is not None:
        report = take_back(rules, revert, dry=dry)
    else:
        report = learn_from(marks, rules, dry=dry)
    if as_json:
        click.echo(to_json(report))
    else:
        for line in lines(report):
            click.echo(line)
    if report.findings:
        ctx.exit(1)
