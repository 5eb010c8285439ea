"""`watchfloor rules`: look at the rule book, try it, and put it to work."""

from __future__ import annotations

import click

from commands.rules.backtest import backtest
from commands.rules.check import check
from commands.rules.doc import doc
from commands.rules.effective import effective
from commands.rules.explaining import explain
from commands.rules.fmt import fmt
from commands.rules.learn import learn
from commands.rules.lint import lint
from commands.rules.match import match
from commands.rules.plan import plan
from commands.rules.publish import publish
from commands.rules.rollback import rollback
from commands.rules.routes import routes
from commands.rules.schema import schema
from commands.rules.score import score
from commands.rules.shadow import promote, shadow
from commands.rules.status import status
from commands.rules.test import test
from commands.rules.tune import tune
from commands.rules.why import why

__all__ = ["command"]


@click.group(name="rules")
def command() -> None:
    """Check, try and explain the rules; only publish, status and rollback need a broker."""


command.add_command(match)
command.add_command(score)
command.add_command(lint)
command.add_command(learn)
command.add_command(test)
command.add_command(fmt)
command.add_command(routes)
command.add_command(doc)
command.add_command(check)
command.add_command(explain)
command.add_command(effective)
command.add_command(schema)
command.add_command(publish)
command.add_command(status)
command.add_command(rollback)
command.add_command(backtest)
command.add_command(plan)
command.add_command(tune)
command.add_command(why)
command.add_command(shadow)
command.add_command(promote)
