"""`watchfloor alerts ack`, `assign`, `close`, `mark`, `mechanism`, `move`, `opinion`: decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, get_args

import click

from commands.alerts.options import BECAUSE, BY, JSON, LANG, WAIT, WHY, Lang
from streams.acts import Disposition

__all__ = ["ack", "assign", "close", "mark", "mechanism", "move", "opinion"]


_Verb = TypeVar("_Verb", bound=Callable[..., None])


def _shared(*others: Callable[[Any], Any]) -> Callable[[_Verb], _Verb]:
    """The options that every act has, and the way its reason is asked for."""

    def add(function: _Verb) -> _Verb:
        for option in reversed((BY, *others, WAIT, JSON, LANG)):
            function = option(function)
        return function

    return add


@click.command()
@click.argument("alerts", nargs=-1, required=True, metavar="ALERT...")
@_shared(BECAUSE)
def ack(alerts: tuple[str, ...], **how: Any) -> None:
    """Say that you have it: nobody else is reminded. The first acknowledgement stands.

    \b
    Example:
      watchfloor alerts ack 3EP7 8KQ2 --by duty-officer
    """
    _do(alerts, "ack", **how)


@click.command()
@click.argument("alert")
@click.option("--to", metavar="WHO", help="A unit or a role; without it nobody has it any more.")
@_shared(BECAUSE)
def assign(alert: str, **how: Any) -> None:
    """Say which unit or role has an alert."""
    _do([alert], "assign", **how)


@click.command()
@click.argument("alerts", nargs=-1, required=True, metavar="ALERT...")
@_shared(WHY)
def close(alerts: tuple[str, ...], **how: Any) -> None:
    """Say that it is over. It comes again only once it has cleared, or when it grows graver."""
    _do(alerts, "close", **how)


@click.command()
@click.argument("alert")
@click.argument("disposition", type=click.Choice(get_args(Disposition)))
@_shared(BECAUSE)
def mark(alert: str, **how: Any) -> None:
    """Say what an alert turned out to be, open or over; `rules tune` learns from it.

    \b
    Example:
      watchfloor alerts mark 3EP7 false_alarm --because "fireworks" --by reviewer
    """
    _do([alert], "mark", **how)


@click.command()
@click.argument("alert")
@click.argument("to", type=click.Choice(["start", "decline"]), metavar="start|decline")
@_shared(WHY)
def mechanism(alert: str, **how: Any) -> None:
    """Start the joint mechanism that an alert proposes, or decline it. Nothing starts by itself.

    \b
    Example:
      watchfloor alerts mechanism 3EP7 start --by city-chief --because "armed, two scenes"
    """
    _do([alert], "mechanism", **how)


@click.command()
@click.argument("alert")
@click.argument("unit")
@click.argument("to", type=click.Choice(["accept", "decline"]), metavar="accept|decline")
@_shared(BECAUSE)
def move(alert: str, **how: Any) -> None:
    """Answer a suggested move of a unit. A unit that was declined is not suggested for a while."""
    _do([alert], "move", **how)


@click.command()
@click.argument("alert")
@click.option("--count", type=click.IntRange(min=0), required=True, help="Posts about the topic.")
@click.option("--times", type=click.FloatRange(min=0), required=True, help="Times the usual.")
@_shared(BECAUSE)
def opinion(alert: str, **how: Any) -> None:
    """Attach public attention, counted by another system. Counts alone: no account, no text."""
    _do([alert], "opinion", **how)


def _do(
    prefixes: tuple[str, ...] | list[str],
    kind: Any,
    *,
    lang: Lang,
    as_json: bool,
    wait: float,
    **fields: Any,
) -> None:
    from commands.alerts.doing import Asked, do

    asked = Asked(kind=kind, prefixes=tuple(prefixes), **fields)
    click.get_current_context().exit(do(asked, wait=wait, as_json=as_json, lang=lang))
