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
    """Loads a verb's module when it is called: help stays fast, Faust stays out of `replay`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_VERBS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        command: click.Command = importlib.import_module(_VERBS[cmd_name]).command
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="watchfloor")
def cli() -> None:
    """Watchfloor: streaming alerts for emergency command centres."""


def main() -> None:
    """Entry point of the console script. Exit codes: 0, 1 findings, 2 bad input, 3 wrong usage."""
    try:
        sys.exit(cli(standalone_mode=False) or 0)
    except WatchfloorError as error:
        click.echo(f"watchfloor: {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(3)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python must not complain while it exits.
        sys.stdout = None
        sys.exit(0)


if __name__ == "__main__":
    main()
