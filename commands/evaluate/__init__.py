"""`watchfloor evaluate`: how well detectors see surges in a city's own calls, at what price."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from detectors.evaluation.surges import Kind

__all__ = ["command"]

_HOUR = 60
_RATES = (1.0, 0.1, 0.01)


def _minutes(_ctx: click.Context, _param: click.Parameter, value: str) -> int | None:
    """`30m` or `2h` as minutes; `none` for no such time."""
    if value == "none":
        return None
    match = re.fullmatch(r"([0-9]{1,4})([mh])", value)
    if match is None or int(match[1]) == 0:
        raise click.BadParameter("give minutes or hours, such as 30m or 2h")
    return int(match[1]) * (_HOUR if match[2] == "h" else 1)


def _zone(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise click.BadParameter("give an IANA name, such as Asia/Shanghai or UTC") from None
    return value


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "--format",
    "format_",
    default="auto",
    show_default=True,
    metavar="NAME|FILE",
    help="Format of the files, as for replay; auto looks at their first line.",
)
@click.option("--areas", metavar="FILE", help="GeoJSON of areas, for calls that name none.")
@click.option(
    "--time-zone",
    default="UTC",
    show_default=True,
    callback=_zone,
    help="Zone of times without offset, and of the week.",
)
@click.option(
    "--train-share",
    type=click.FloatRange(0.1, 0.9),
    default=0.65,
    show_default=True,
    help="Share of the observed time to train on; the rest is held out.",
)
@click.option(
    "--link",
    default="30m",
    show_default=True,
    callback=_minutes,
    help="Repeats at one place within this time are one incident; none: every call counts.",
)
@click.option(
    "--link-type",
    default="2m",
    show_default=True,
    callback=_minutes,
    help="Calls of one type in one area within this time are one incident too; or none.",
)
@click.option(
    "--without", multiple=True, metavar="CATEGORY", help="Leave out types that begin so; repeat."
)
@click.option("--window", default="60m", show_default=True, callback=_minutes, help="Window.")
@click.option(
    "--every", default="5m", show_default=True, callback=_minutes, help="How often it is judged."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="First seed."
)
@click.option(
    "--seeds",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    help="How many sets of surges.",
)
@click.option(
    "--surge",
    "surges",
    multiple=True,
    metavar="KIND",
    help="Kind of surge: +5/1h or x3/2h; repeat (default: six kinds).",
)
@click.option("--detector", "detectors", multiple=True, metavar="NAME", help="Only these; repeat.")
@click.option("--rules", metavar="DIR", help="Evaluate the baselines of these heat rules too.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Areas that slow detectors are measured on.",
)
@click.option("--null", is_flag=True, help="Simulated counts instead, with the model right.")
@click.option(
    "--null-areas", type=click.IntRange(min=1), default=1000, show_default=True, help="With --null."
)
@click.option(
    "--null-weeks", type=click.IntRange(min=9), default=70, show_default=True, help="With --null."
)
@click.option("--html", metavar="FILE", help="Write a page with plots, complete in itself.")
@click.option("--png", metavar="FILE", help="Write the plots as an image.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--goals", "strict", is_flag=True, help="Exit code 1 where a goal is not met.")
@click.option("--progress/--no-progress", default=True, help="Progress on stderr.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    files: tuple[str, ...],
    format_: str,
    areas: str | None,
    time_zone: str,
    train_share: float,
    link: int | None,
    link_type: int | None,
    without: tuple[str, ...],
    window: int | None,
    every: int | None,
    seed: int,
    seeds: int,
    surges: tuple[str, ...],
    detectors: tuple[str, ...],
    rules: str | None,
    sample: int,
    null: bool,
    null_areas: int,
    null_weeks: int,
    html: str | None,
    png: str | None,
    as_json: bool,
    strict: bool,
    progress: bool,
) -> None:
    """Replay a city's calls with surges put into the last part of them; see what is detected.

    FILE is any file that replay takes, or a CSV (plain or .gz) with the columns ts and area, and
    lat, lon, category and id where they are known. Every registered detector is measured side by
    side, at the same number of episodes per area and week. With --null no file is needed.

    \b
    Examples:
      watchfloor evaluate calls.csv.gz --time-zone America/New_York
      watchfloor evaluate calls.csv.gz --html report.html --json > report.json
      watchfloor evaluate --null --null-areas 500
    """
    from msgspec import json as msgjson

    from commands.evaluate.page import write_html
    from commands.evaluate.plots import need_plots, write_png
    from commands.evaluate.reading import Wanted
    from commands.evaluate.report import Options
    from commands.evaluate.run import Asked, evaluate
    from commands.evaluate.text import lines

    if not files and not null:
        raise click.UsageError("name a file of calls, or --null for simulated ones")
    if window is None or every is None or _HOUR % every or window % every:
        raise click.UsageError(
            "--every must divide an hour, and --window be a multiple of it, such as 60m and 5m"
        )
    kinds = _kinds(surges)
    for option, path in (("--html", html), ("--png", png)):
        if path is not None:
            need_plots(option, path)
    options = Options(
        window=window,
        every=every,
        link=link,
        link_type=link_type,
        train_share=train_share,
        time_zone=time_zone,
        without=list(without),
        kinds=[kind.name for kind in kinds],
        seeds=list(range(seed, seed + seeds)),
        rates=list(_RATES),
    )
    wanted = Wanted(files=files, format=format_, areas=areas, time_zone=time_zone, without=without)
    asked = Asked(
        wanted=wanted,
        options=options,
        kinds=kinds,
        detectors=detectors,
        rules=rules,
        sample=sample,
        null=null,
        null_areas=null_areas,
        null_weeks=null_weeks,
    )
    meter = _Meter(enabled=progress)
    report = evaluate(asked, meter.show)
    meter.end()
    if html is not None:
        write_html(report, html)
    if png is not None:
        write_png(report, png)
    if as_json:
        click.echo(msgjson.encode(report))
    else:
        for line in lines(report):
            click.echo(line)
    if strict and any(not goal.met for goal in report.goals):
        ctx.exit(1)


def _kinds(texts: tuple[str, ...]) -> list[Kind]:
    """The kinds of surge that were named, or the six that detectors were chosen by."""
    from detectors.evaluation.surges import KINDS, kind_of

    found = []
    for text in dict.fromkeys(texts or KINDS):
        kind = kind_of(text)
        if kind is None:
            raise click.UsageError(
                f"--surge {text}: write +5/1h for five calls more in an hour, x3/2h for three "
                "times the usual over two hours"
            )
        found.append(kind)
    return found


class _Meter:
    """Progress on stderr, at most once a second, written over on a terminal."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._terminal = sys.stderr.isatty()
        self._shown = time.monotonic()

    def show(self, what: str, share: float) -> None:
        """What is being done, and how much of all of it is done."""
        now = time.monotonic()
        if self._enabled and now - self._shown >= 1:
            self._shown = now
            text = f"evaluate: {what}, {share:.0%}"
            line = f"\r{text}\x1b[K" if self._terminal else text
            click.echo(line, err=True, nl=not self._terminal)

    def end(self) -> None:
        """Leave the line."""
        if self._enabled and self._terminal:
            click.echo(err=True)
