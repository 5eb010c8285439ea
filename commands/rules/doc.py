"""`watchfloor rules doc`: the rule book as Markdown that a duty officer can read."""

from __future__ import annotations

from typing import Literal

import click

__all__ = ["doc"]


@click.command()
@click.argument("directory", required=False, metavar="[DIR]")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language."
)
def doc(directory: str | None, *, lang: Literal["zh", "en"]) -> None:
    """Print the rule book of DIR as Markdown: every rule, who is told, exceptions, the calendar.

    Without DIR the shipped rules. The same book gives the same text, so that it can be kept under
    version control and compared.
    """
    from commands.rules.books import book_in
    from rules.language.book_text import book_text

    click.echo(book_text(book_in(directory), lang), nl=False)
