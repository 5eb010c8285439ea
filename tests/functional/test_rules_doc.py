"""`watchfloor rules doc` from the command line: both languages, nothing left out, no surprise."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from app import cli
from streams.errors import ConfigError, RuleError

HEAT = """format: 1
kind: heat
defaults: {route: command, lateness: {allow: 3m}}
routes:
  command:
    - {level: [I], to: [kafka:alerts.critical], ack_within: 60s, otherwise: [chief]}
    - {when: {time: night}, to: [chief], group: {by: [area.county], wait: 30s}, repeat: 1h}
    - {to: [kafka:alerts.normal]}
rules:
  - id: heat-street
    title: {zh: 街面警情热点, en: Street crime heat}
    count: {category: ["1002", "20"]}
    baseline: {model: rolling-mean, hours: 168, warm_up: 24}
    levels:
      III: {fire: {count: 8}, clear: {count: 4}}
      II: {fire: {count: 9, ratio: 8}, clear: {ratio: 4}}
    for: 2m
    message: {zh: "{{ area.name }}｜{{ observed }}起", en: "{{ area.name }} | {{ observed }}"}
    overrides:
      - when: {area: "320105", time: night, day: [fri, sat]}
        set: {levels.III.fire.count: 7, levels.II: null, for: 5m}
        because: bar | street
        until: 2027-03-01
suppress:
  - id: marathon
    when: {area: "320105", text: 马拉松}
    to: 2026-12-06
    do: cap
    cap: III
    by: desk
    because: a run
tests:
  - name: nothing happens
    rule: heat-street
    start: 2026-11-20T20:00+08:00
    expect: [{total: 0}]
"""
OTHERS = {
    "cover": """format: 1
kind: coverage
rules:
  - id: cover-patrol
    title: {zh: 警力冰点, en: Patrol cold spot}
    supply: {units: [patrol_car], reach: 8m}
    levels:
      III: {fire: {free_below: 2}, clear: {free_at_least: 3}}
      II: {fire: {free_below: 1, with: heat-street}, clear: {free_at_least: 2}}
""",
    "late": """format: 1
kind: process
rules:
  - id: late-arrival
    title: {zh: 到场超时, en: Late arrival}
    limit: {from: dispatched, to: arrived, within: 10m}
    levels: {III: {fire: {share: 0.2}, clear: {share: 0.1}}}
""",
    "words": """format: 1
kind: keyword
rules:
  - id: kw-robbery
    title: {zh: 抢劫警情, en: Robbery reported}
    match: {category: [robbery], any: {zh: [抢包]}, unless: {zh: [演练]}}
    level: II
    confirm: {reports: 2, within: 5m}
    same_event: {by: [category], within: 10m, radius: 300m}
""",
    "calendar": """format: 1
kind: calendar
bands: {night: "22:00-06:00"}
days: {market: [sat, 2026-12-01..2026-12-03]}
holidays: [{from: 2026-10-01, to: 2026-10-07, name: {zh: 某节, en: Some feast}}]
make_up: [2026-10-10]
""",
    "channels": """format: 1
kind: channels
channels:
  - {id: city, sink: webhook, url: "https://127.0.0.1:9"}
  - {id: alerts.critical, sink: kafka, topic: alerts.critical}
  - {id: alerts.normal, sink: kafka, topic: alerts.normal}
contacts:
  - {id: chief, title: {zh: 市局指挥长, en: City chief}, to: ["webhook:city"]}
""",
    "areas": """format: 1
kind: areas
areas: [{id: "320105", name: {zh: 中山路派出所, en: Zhongshan Road}}]
""",
}
TOLD = {
    "zh": [
        "### 抢劫警情 `kw-robbery`",
        "- 词库判定为：抢劫抢夺",
        "- 含以下词语则待人工复核：演练",
        "- 至少二级（II），分级更高则从高",
        "- `same_event.radius`: 300m",
        "- 统计1002 抢劫、20 治安，不计巡逻发现",
        "- `lateness.allow`: 3分钟",
        "| 二级（II） | 9起及以上，且8倍常态及以上 | 低于4倍常态 |",
        "中山路派出所（320105），周五、周六，night（22:00-06:00）",
        "三级（III）触发起数：7；取消二级（II）；须持续：5分钟 | bar \\| street | 2027-03-01 |",
        "消息，例如：示例派出所｜8起",
        "- 本版本只检查，不运行",
        "| 二级（II） | 空闲少于1，且heat-street已告警 | 空闲至少2 |",
        "- 派警到到场限时10分钟",
        "| 三级（III） | 超时占20% | 超时占10% |",
        "| 一级（I） | 始终 | kafka:alerts.critical | 每60秒：chief |",
        "| chief | 市局指挥长 | webhook:city |",
        "| marathon | 中山路派出所（320105），含“马拉松” | 最高三级（III） |",
        "- 某节: 2026-10-01 - 2026-10-07",
        "- 调休上班：2026-10-10",
    ],
    "en": [
        "### Robbery reported `kw-robbery`",
        "- 2 reports within 5 min confirm it; before that it is for review",
        "- lifeline: nothing holds it back",
        "- alerts after 2 min, goes down or ends after 10 min of calm",
        "| level II | 9 or more, and 8 times the normal or more | below 4 times the normal |",
        "Zhongshan Road (320105); Friday, Saturday; night (22:00-06:00)",
        "- from dispatch to arrival within 10 min",
        "together by area.county, gathered 30 s; again every 1 h",
        "heat.yaml:10:5; 1 test(s).",
        "- Some feast: 2026-10-01 - 2026-10-07",
    ],
}


def _run(*args):
    return CliRunner().invoke(cli, ["rules", "doc", *map(str, args)])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "heat.yaml").write_text(HEAT, encoding="utf-8")
    for name, text in OTHERS.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_book_in_words(book, language):
    result = _run(book, "--lang", language)
    assert result.exit_code == 0, result.exception
    assert [line for line in TOLD[language] if line not in result.stdout] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_shipped_book_is_always_the_same_and_knows_no_holiday(language):
    first, second = _run("--lang", language), _run("--lang", language)
    assert first.stdout == second.stdout
    assert "kw-robbery" in first.stdout
    assert ("没有任何节假日" if language == "zh" else "no public holiday") in first.stdout
    assert "\n\n\n" not in first.stdout


def test_a_book_with_faults_is_not_told():
    with CliRunner().isolated_filesystem():
        Path("heat.yaml").write_text(HEAT.replace("count: 8", "cuont: 8"), encoding="utf-8")
        assert isinstance(_run(".").exception, RuleError)
    assert isinstance(_run("absent").exception, ConfigError)
