"""`watchfloor rules schema`: JSON Schemas of rule files, for editors and other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from msgspec import json as msgjson

__all__ = ["schema"]


@click.command()
@click.argument("kind", required=False, metavar="[KIND]")
@click.option("--out", metavar="DIR", help="Write KIND.json there; without KIND all kinds.")
def schema(kind: str | None, out: str | None) -> None:
    """Print the JSON Schema of files of KIND (keyword, heat, areas, calendar ...).

    Editors that have a YAML language server complete and check a rule file whose first line is
    `# yaml-language-server: $schema=schemas/heat.json` (a path from the file).

    \b
    Example:
      watchfloor rules schema --out my-rules/schemas
    """
    from rules.language.json_schema import NAMES, json_schema
    from streams.errors import ConfigError

    if kind is not None and kind not in NAMES:
        raise click.UsageError(f"there is no kind {kind} (kinds: {', '.join(NAMES)})")
    if kind is None and out is None:
        raise click.UsageError(f"name a kind ({', '.join(NAMES)}), or a directory with --out")
    kinds = NAMES if kind is None else (kind,)
    if out is None:
        click.echo(_text(json_schema(kinds[0])), nl=False)
        return
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
        for name in kinds:
            target = Path(out) / f"{name}.json"
            target.write_text(_text(json_schema(name)), encoding="utf-8")
            click.echo(target.as_posix())
    except OSError as error:
        raise ConfigError(f"{out}: {error.strerror or error}; name a directory to write") from error


def _text(made: dict[str, Any]) -> str:
    return msgjson.format(msgjson.encode(made)).decode() + "\n"
