"""The rule books that come with the engine: no fault, every part tested, every test holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.rules import command

_ROOT = Path(__file__).parents[2]
_BOOKS = [_ROOT / "rules" / "library", _ROOT / "examples" / "rulebook"]


@pytest.mark.parametrize("book", _BOOKS, ids=lambda path: path.name)
def test_a_book_that_ships_has_no_fault_and_its_layout(book):
    checked = CliRunner().invoke(command, ["check", str(book), "--format", "json"])
    assert checked.exit_code == 0, checked.output
    formatted = CliRunner().invoke(command, ["fmt", "--check", str(book)])
    assert formatted.exit_code == 0, formatted.output


@pytest.mark.parametrize("book", _BOOKS, ids=lambda path: path.name)
def test_every_part_of_a_book_that_ships_is_tested(book):
    run = CliRunner().invoke(
        command, ["test", str(book), "--coverage", "--at-least", "100", "--json"]
    )
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout)["coverage"]["percent"] == 100.0
