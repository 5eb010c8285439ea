"""`watchfloor rules explain`: what a code of `rules check` means, and what to do about it."""

from __future__ import annotations

import click
from msgspec import json as msgjson

__all__ = ["explain"]


@click.command()
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def explain(code: str | None, *, as_json: bool) -> None:
    """Say what CODE means, why it is told, and what to do; without CODE list all codes.

    \b
    Example:
      watchfloor rules explain E103
    """
    from rules.language.faults import catalogue

    entries = catalogue()
    if code is None:
        if as_json:
            click.echo(msgjson.encode(entries))
            return
        for name, entry in entries.items():
            click.echo(f"{name}  {entry.title}")
        return
    if code.upper() not in entries:
        raise click.UsageError(f"there is no code {code} (all: watchfloor rules explain)")
    entry = entries[code.upper()]
    if as_json:
        click.echo(msgjson.encode({"code": code.upper(), **_plain(entry)}))
        return
    click.echo(f"{code.upper()}: {entry.title}\n\n{entry.cause}\n{entry.remedy}\n\nExample:")
    for line in entry.example.splitlines():
        click.echo(f"    {line}")


def _plain(entry: object) -> dict[str, str]:
    from msgspec import structs

    plain: dict[str, str] = structs.asdict(entry)  # type: ignore[arg-type]
    return plain
