"""Rules in shadow: how they do beside live ones, and the one value that a promotion changes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from rules.language.loader import read_rules
from rules.trials.promotion import with_state
from rules.trials.shadow import Known, Trial
from streams.alert_codec import decode_alert
from streams.errors import RuleError
from tests.core_cases import START_MS, World, book, report

DAY = 86_400_000
RULE = """\
  - id: heat-a
    title: {zh: 热, en: Heat}
    window: {size: 10m}
    baseline: {model: fixed}
    keep_firing: 5m
    floor: 2
    levels: {III: {fire: {count: 3}, clear: {count: 2}}}
"""


def alerts(tmp_path):
    trial = RULE.replace("heat-a", "heat-b").replace("floor: 2", "floor: 2\n    state: shadow")
    text = "format: 1\nkind: heat\nrules:\n" + RULE + trial.replace("count: 3", "count: 2.5")
    world = World(book(tmp_path, text))
    world.feed([report(n, n * 0.5, "A") for n in range(7)])
    world.close(100)
    found = [decode_alert(raw) for raw in world.alerts]
    return [a for a in found if a.kind == "heat"]


def report_of(trial, **more):
    options = {"begin": START_MS, "end": START_MS + 10 * DAY, "least_days": 7} | more
    return trial.report({"heat-b": Known("heat", 1.0)}, **options)


def test_a_rule_that_keeps_to_its_budget_for_long_enough_may_be_promoted(tmp_path):
    trial = Trial()
    trial.add(alerts(tmp_path))
    (row,) = report_of(trial)
    assert (row.rule, row.alerts, row.days, row.a_day) == ("heat-b", 1, 10, 0.1)
    assert row.ready
    assert (row.told.hit, row.told.of) == (1, 1)
    assert any("adds little" in text for text in row.because)


def test_too_few_days_or_too_many_alerts_speak_against_it(tmp_path):
    trial = Trial()
    trial.add(alerts(tmp_path))
    assert not report_of(trial, least_days=11)[0].ready
    (row,) = report_of(trial, most_a_day=0.05)
    assert not row.ready
    assert "0.1 alerts a day are more than 0.05" in row.because


def test_a_rule_that_was_changed_begins_anew(tmp_path):
    found = alerts(tmp_path)
    shadow = [a for a in found if a.state == "shadow"]
    trial = Trial()
    trial.add([replace(a, rule=replace(a.rule, hash="sha256:before")) for a in shadow[:1]])
    trial.add([replace(a, id="X") for a in shadow[1:]])
    (row,) = report_of(trial)
    assert row.days < 10
    assert any("changed meanwhile" in text for text in row.because)


def test_a_silent_rule_is_there_and_not_ready():
    (row,) = report_of(Trial())
    assert (row.alerts, row.ready) == (0, False)


FILES = {
    "own state": "rules:\n" + RULE.replace("floor: 2", "state: 'shadow' # on trial\n    floor: 2"),
    "of defaults": "defaults: {state: shadow}\nrules:\n" + RULE,
    "flow": "rules:\n  - {id: heat-a, state: shadow, title: {zh: 热, en: Heat}, "
    "levels: {III: {fire: {count: 3}, clear: {count: 2}}}}\n",
    "flow, of defaults": "defaults: {state: shadow} # all\nrules:\n  - {title: {zh: 热, en: Heat}, "
    'id: "heat-a", levels: {III: {fire: {count: 3}, clear: {count: 2}}}}',
    "id last, no line break": "rules:\n  - state: shadow\n    title: {zh: 热, en: Heat}\n"
    "    levels: {III: {fire: {count: 3}, clear: {count: 2}}}\n    id: heat-a",
    "id last, of defaults": "defaults: {state: shadow}\nrules:\n  - title: {zh: 热, en: Heat}\n"
    "    levels: {III: {fire: {count: 3}, clear: {count: 2}}}\n    id: heat-a",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
def test_a_promotion_changes_one_value_and_no_other_byte(tmp_path, name, breaks):
    text = ("# 热\nformat: 1\nkind: heat\n" + FILES[name]).replace("\n", breaks)
    file = tmp_path / "heat.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    (entry,) = read_rules(tmp_path).book.parts.rules
    assert entry.rule.state == "shadow"
    made = with_state(file.read_bytes(), entry, "live")
    file.write_bytes(made)
    (after,) = read_rules(tmp_path).book.parts.rules
    assert after.rule.state == "live"
    assert made.startswith(b"\xef\xbb\xbf# \xe7\x83\xad")
    before, now = text.splitlines(), made.decode("utf-8-sig").splitlines()
    assert sum(line not in before for line in now) == 1
    assert sum(line not in now for line in before) <= 1
    assert made.count(b"\r") == (made.count(b"\n") if breaks == "\r\n" else 0)


def test_what_cannot_be_changed_alone_is_left_to_a_person(tmp_path):
    rule = RULE.replace("floor: 2", "state: &s shadow\n    floor: 2")
    other = rule.replace("-a", "-b").replace("&s shadow", "*s")
    text = f"format: 1\nkind: heat\nrules:\n{rule}{other}"
    (tmp_path / "heat.yaml").write_text(text, encoding="utf-8")
    entry, _ = read_rules(tmp_path).book.parts.rules
    with pytest.raises(RuleError, match="by hand"):
        with_state((tmp_path / "heat.yaml").read_bytes(), entry, "live")
