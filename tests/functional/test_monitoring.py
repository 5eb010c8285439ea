"""Alert rules and dashboards: they parse, name series that exist, fire when they have to."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import promql_parser
import pytest
import yaml

from deploy.grafana.generate import BOARDS, rendered
from sinks.metrics import Metrics

CATALOGUE = Metrics().catalogue
FOREIGN = {
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "up",
}
"""What Prometheus and its client serve by themselves."""
OF_PROMETHEUS = {"instance", "job", "le"}
"""Labels that a scrape or a histogram adds."""
PANEL_KINDS = {"row", "stat", "timeseries", "bargauge", "state-timeline"}


@pytest.fixture(scope="module")
def prometheus(root):
    return root / "deploy" / "prometheus"


@pytest.fixture(scope="module")
def rules(prometheus):
    return [
        rule
        for name in ("recording.yml", "alerts.yml")
        for group in yaml.safe_load((prometheus / name).read_text())["groups"]
        for rule in group["rules"]
    ]


@pytest.fixture(scope="module")
def tests(prometheus):
    return yaml.safe_load((prometheus / "alerts.test.yml").read_text())["tests"]


def selectors(expr):
    """Every series that a query asks for, with the labels that it names."""
    found = []

    def visit(node):
        if isinstance(node, promql_parser.VectorSelector):
            found.append((node.name, {m.name: m.value for m in node.matchers.matchers}))
        return True

    parsed = promql_parser.parse(expr.replace("$__rate_interval", "1m"))
    promql_parser.walk(parsed, pre_visit=visit)
    assert found or "vector(" in expr
    return found


def base(name):
    for ending in ("_bucket", "_sum", "_count"):
        if name.removesuffix(ending) in CATALOGUE:
            return name.removesuffix(ending)
    return name


def check(expr, recorded=frozenset()):
    """That every series and every label of a query exists, and every value that it looks for."""
    for name, labels in selectors(expr):
        if name in recorded or name in FOREIGN:
            continue
        series = CATALOGUE[base(name)]
        known = {label.name: label for label in series.labels}
        assert labels.keys() <= known.keys() | OF_PROMETHEUS, (name, labels)
        for label, value in labels.items():
            if label in known and known[label].closed:
                assert set(value.split("|")) <= known[label].values, (name, label, value)


def test_alert_rules_ask_for_series_and_labels_that_exist(rules):
    recorded = {rule["record"] for rule in rules if "record" in rule}
    for rule in rules:
        check(rule["expr"], recorded)


def test_every_alert_says_how_bad_it_is_in_both_languages(rules):
    alerts = [rule for rule in rules if "alert" in rule]
    assert len({rule["alert"] for rule in alerts}) == len(alerts)
    for rule in alerts:
        assert rule["labels"]["severity"] in {"critical", "warning", "none"}
        assert rule["annotations"].keys() == {"summary", "summary_zh"}
        assert re.search(r"[\u4e00-\u9fff]", rule["annotations"]["summary_zh"])


def test_every_alert_has_its_paragraph_in_the_how_to(root, rules):
    page = (root / "docs" / "how-to" / "monitor-watchfloor.md").read_text()
    told = set(re.findall(r"^### (\w+)", page, re.MULTILINE))
    assert told == {rule["alert"] for rule in rules if "alert" in rule}


def test_every_alert_is_seen_to_fire_and_not_to_fire(rules, tests):
    fires: set[str] = set()
    rests: set[str] = set()
    for case in (case for test in tests for case in test["alert_rule_test"]):
        (fires if case.get("exp_alerts") else rests).add(case["alertname"])
    alerts = {rule["alert"] for rule in rules if "alert" in rule}
    assert fires == alerts
    assert rests == alerts - {"Watchdog"}


def test_series_of_rule_tests_exist(tests):
    for test in tests:
        for series in test.get("input_series", ()):
            check(series["series"])


@pytest.mark.prometheus
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "recording.yml", "alerts.yml"),
        ("test", "rules", "alerts.test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_agrees(prometheus, arguments):
    if shutil.which("promtool") is None:
        pytest.skip("promtool, which comes with prometheus, is not installed here")
    told = subprocess.run(
        ["promtool", *arguments], cwd=prometheus, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("alertname=Watchdog severity=none", "dead-mans-switch"),
        ("alertname=WatchfloorAbsent severity=critical", "engineer-on-duty"),
        ("alertname=WatchfloorFaults severity=warning", "engineers"),
    ],
)
def test_the_heartbeat_goes_its_own_way(prometheus, labels, receiver):
    if shutil.which("amtool") is None:
        pytest.skip("amtool, which comes with prometheus-alertmanager, is not installed here")
    config = "--config.file=alertmanager.yml"
    told = subprocess.run(
        ["amtool", "config", "routes", "test", config, *labels.split()],
        cwd=prometheus,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.split() == [receiver], told.stderr


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_dashboards_ask_for_series_and_labels_that_exist(board):
    for query in board.queries:
        check(query.expr)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_dashboard_is_whole_and_names_no_installation(board):
    made = json.loads(rendered(board))
    panels = made["panels"]
    assert made["uid"] == board.uid
    assert "id" not in made or made["id"] is None
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {panel["type"] for panel in panels} <= PANEL_KINDS
    (variable,) = made["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    for panel in panels:
        assert re.search(r"[\u4e00-\u9fff].* · [A-Z]", panel["title"])
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        for target in panel.get("targets", ()):
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
            assert target["legendFormat"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)


def test_every_series_is_on_a_dashboard():
    shown = {
        base(name)
        for board in BOARDS
        for query in board.queries
        for name, _ in selectors(query.expr)
    }
    assert CATALOGUE.keys() - shown == set()


def test_every_series_and_label_is_on_the_reference_page(root):
    page = (root / "docs" / "reference" / "metrics.md").read_text()
    for name, series in CATALOGUE.items():
        assert f"| `{name}` | {series.kind} |" in page
        assert all(f"| `{label.name}` | {label.meaning} |" in page for label in series.labels)


def test_the_dashboards_that_lie_there_are_those_of_the_code(root):
    checked = subprocess.run(
        [sys.executable, "-m", "deploy.grafana.generate", "--check"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_provisioning_names_what_there_is(root):
    folder = root / "deploy" / "grafana" / "provisioning"
    sources = yaml.safe_load((folder / "datasources" / "watchfloor.yml").read_text())
    boards = yaml.safe_load((folder / "dashboards" / "watchfloor.yml").read_text())
    scrape = yaml.safe_load((root / "deploy" / "prometheus" / "prometheus.yml").read_text())
    (source,) = sources["datasources"]
    assert source["type"] == "prometheus"
    assert source["jsonData"]["timeInterval"] == scrape["global"]["scrape_interval"]
    assert boards["providers"][0]["type"] == "file"
    jobs = {job["job_name"] for job in scrape["scrape_configs"]}
    assert jobs == {"watchfloor"}
