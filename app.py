"""The `watchfloor` command and the Faust app: composition, nothing else."""

from __future__ import annotations

import importlib
import sys

import click

from streams.errors import WatchfloorError

_VERBS = {
    "demo": "An invented city on a broker of its own, alerts on the screen.",
    "worker": "One live worker on Kafka: intake, watch and dispatch.",
    "replay": "Incidents and positions from files through the engine, no broker.",
    "evaluate": "How well detectors see surges in a city's own calls.",
    "report": "Asked and measured: how many false alarms rules may give, and gave.",
    "simulate": "Write a seeded, invented city whose truth is known.",
    "alerts": "Look at alerts and decide about them: who has it, what it was.",
    "silence": "Keep alerts from people for a time, with a reason.",
    "rules": "Work with the rules and the words of critical reports.",
    "coverage": "How many units areas need, and what is missing to tell.",
    "channels": "Where alerts go, and whether their receivers take them.",
    "topics": "Make the topics that are needed, or show how they are.",
    "feed": "Send files to Kafka, at once, at a rate, or as they came.",
    "deadletters": "Look at refused records, and send them again.",
    "doctor": "What is wrong with this installation, in sentences.",
    "bench": "The figures of the documentation, measured here.",
}
"""The verbs, in the order in which a newcomer meets them; each is the module of its name."""


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
        command: click.Command = importlib.import_module(f"commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(_VERBS.items()))


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
