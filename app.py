"""The `watchfloor` command and the Faust app: composition, nothing else."""

from __future__ import annotations

import importlib
import sys

import click

from streams.errors import WatchfloorError

_VERBS = {
    "simulate": "commands.simulate",
    "replay": "commands.replay",
    "rules": "commands.rules",
    "worker": "commands.worker",
    "topics": "commands.topics",
    "feed": "commands.feed",
    "doctor": "commands.doctor",
    "deadletters": "commands.deadletters",
    "demo": "commands.demo",
    "bench": "commands.bench",
}


class _Verbs(click.Group):
    """Loads a verb's module when it is called: `--help` stays fast and Faust stays out of `replay`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        command = importlib.import_module(_VERBS[cmd_name]).command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="watchfloor")
def cli() -> None:
    """Watchfloor: streaming alerts for emergency command centres."""


def main() -> None:
    """Entry point of the console script: an expected fault is one sentence and exit code 2."""
    try:
        cli(standalone_mode=True)
    except WatchfloorError as error:
        click.echo(f"watchfloor: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
