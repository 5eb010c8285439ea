"""`watchfloor alerts` and `silence` over alerts in files: what is open, what would be hidden."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from app import cli
from commands.alerts.doing import Asked, idle
from commands.alerts.options import role
from commands.alerts.text import act_line
from streams.acts import Act
from streams.alert_codec import decode_alert
from streams.decisions import Ack
from streams.errors import BrokerError, ConfigError
from streams.settings import Settings
from tests.core_cases import World, book, report

HEAT = """\
format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 10m, every: 1m}
    levels: {III: {fire: {count: 3}, clear: {count: 1}}}
"""
KEYWORD = """\
format: 1
kind: keyword
rules:
  - {id: kw-robbery, title: {zh: 抢劫, en: Robbery}, match: {category: [robbery]}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("alerts")


@pytest.fixture(scope="module")
def alerts(folder: Path) -> Path:
    """A burst in A that is over, one in B that goes on, and a robbery in A (a lifeline)."""
    (folder / "rules").mkdir()
    (folder / "rules" / "keyword.yaml").write_text(KEYWORD, encoding="utf-8")
    world = World(book(folder / "rules", HEAT))
    world.feed([report(n, n * 0.1, "A") for n in range(4)])
    world.feed([report(10, 20, "A", text="门口抢劫")])
    world.feed([report(20 + n, 50 + n * 0.1, "B") for n in range(4)])
    world.close(55)
    file = folder / "alerts.jsonl"
    file.write_bytes(b"\n".join(world.alerts))
    return file


def run(*args: object, **environ: str) -> Result:
    clean = {"WATCHFLOOR_BROKER": "", "WATCHFLOOR_OPERATOR": "", **environ}
    return CliRunner().invoke(cli, list(map(str, args)), env=clean)


def ids(result: Result) -> list[str]:
    return [json.loads(line)["id"] for line in result.stdout.splitlines()]


def test_open_alerts_are_listed_the_gravest_first(alerts: Path) -> None:
    shown = run("alerts", "list", alerts, "--lang", "en")
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["II", "III"]
    assert "Burst" in lines[1]
    assert "2 of 3 alerts" in shown.stderr
    assert len(ids(run("alerts", "list", alerts, "--all", "--json"))) == 3
    assert len(ids(run("alerts", "list", alerts, "--area", "A", "--json"))) == 1
    assert ids(run("alerts", "list", alerts, "--level", "I", "--json")) == []


def test_the_first_letters_of_an_id_will_do(alerts: Path) -> None:
    (id_, *_) = ids(run("alerts", "list", alerts, "--json"))
    shown = run("alerts", "show", id_[:6].lower(), alerts)
    assert shown.exit_code == 0
    assert id_ in shown.stdout
    assert "抢劫" in shown.stdout
    with pytest.raises(ConfigError, match="no alert begins with 'zzz'"):
        CliRunner().invoke(cli, ["alerts", "show", "zzz", str(alerts)], catch_exceptions=False)


def dry(alerts: Path, folder: Path, *conditions: str) -> tuple[int, dict[str, Any]]:
    said = run(
        "silence", "add", alerts, "--dry", "--json", "--for", "2h", "--because", "fair",
        "--rules", folder / "rules", *conditions,
    )  # fmt: skip
    return said.exit_code, json.loads(said.stdout)


def test_dry_tells_what_a_silence_would_have_hidden(alerts: Path, folder: Path) -> None:
    code, found = dry(alerts, folder, "--area", "B")
    assert (code, found["seen"], found["alerts"], found["grave"]) == (0, 3, 1, 0)
    code, found = dry(alerts, folder, "--area", "A")
    assert (code, found["by_rule"], found["lifelines"]) == (0, {"burst": 1}, 1)
    code, found = dry(alerts, folder, "--area", "A", "--lifeline")
    assert (code, found["alerts"], found["grave"], found["lifelines"]) == (1, 2, 1, 0)
    code, found = dry(alerts, folder, "--area", "A", "--level", "II")
    assert (code, found["alerts"]) == (0, 0)


def test_dry_for_people_names_counts_and_ids(alerts: Path, folder: Path) -> None:
    said = run(
        "silence", "add", alerts, "--dry", "--for", "2h", "--because", "fair",
        "--rule", "burst", "--rules", folder / "rules", "--lang", "en",
    )  # fmt: skip
    assert said.stdout.startswith("of 3 alerts it would have silenced 2")
    assert "rule burst: 2" in said.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--area", "A"], "say how long"),
        (["--for", "2h"], "name what is silenced"),
        (["--area", "A", "--for", "60d"], "31 days"),
        (["--area", "A", "--for", "soon"], "30m, 2h or 7d"),
        (["--rule", "brust", "--for", "2h"], "no rule 'brust'"),
        (["--time", "noon", "--for", "2h"], "noon"),
        (["--level", "V", "--for", "2h"], "no silence"),
        (["--area", "A", "--for", "2h", "--id", "Big One"], "no silence"),
        (["--area", "A", "--for", "2h"], "in which role"),
    ],
)
def test_a_silence_that_cannot_be_is_refused_with_a_sentence(
    arguments: list[str], why: str
) -> None:
    refused = run("silence", "add", "--because", "fair", *arguments)
    assert isinstance(refused.exception, SystemExit)
    assert refused.exit_code == 2  # click's own; the program maps it to 3
    assert why in refused.stderr


@pytest.mark.parametrize("name", ["", "  ", "-", "none", "13812345678", "42", "a", "x" * 80])
def test_what_looks_like_nobody_or_a_person_does_not_act(name: str) -> None:
    with pytest.raises(click.UsageError):
        role(name, Settings())


@pytest.mark.parametrize("name", ["duty-officer", "值班长", "reviewer.2"])
def test_a_role_acts(name: str) -> None:
    assert role(name, Settings()) == name
    assert role(None, Settings(operator=name)) == name


def test_acts_need_a_broker_and_closing_needs_a_reason() -> None:
    refused = run("alerts", "ack", "ABC", "--by", "duty-officer")
    assert isinstance(refused.exception, BrokerError)
    unsaid = run("alerts", "close", "ABC", "--by", "duty-officer")
    assert "--because" in unsaid.stderr


@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        ("ack", {}, "duty-officer has it since"),
        ("close", {}, "it is resolved already"),
        ("mechanism", {"to": "start"}, "proposes no joint mechanism"),
        ("move", {"unit": "U9", "to": "accept"}, "suggests no move of U9 (now: none)"),
        ("mark", {"disposition": "drill"}, ""),
    ],
)
def test_where_there_is_nothing_to_do_it_says_why(
    alerts: Path, kind: Any, fields: dict[str, Any], why: str
) -> None:
    first = decode_alert(alerts.read_bytes().splitlines()[0])
    taken = msgspec.structs.replace(first, status="resolved", ack=Ack(by="duty-officer"))
    asked = Asked(kind=kind, prefixes=(), by=None, because="", **fields)
    said = idle(asked, taken)
    assert why in said
    assert bool(said) is bool(why)


@pytest.mark.parametrize(
    ("lang", "wanted"), [("zh", "值班长: 烟花 第2级"), ("en", "rung 2 值班长: 烟花")]
)
def test_acts_are_told_in_both_languages(lang: Any, wanted: str) -> None:
    act = Act(
        kind="escalate",
        id="1",
        alert="ABCDEF",
        by="值班长",
        because="烟花",
        at_ms=0,
        rung=2,
    )
    line = act_line(act, lang)
    assert line.startswith("1970-01-01T00:00:00+00:00  ABCDEF")
    assert all(word in line for word in wanted.split())
