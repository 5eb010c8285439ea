"""Two runs compared: exactly what differs is named; hashes and line numbers do not count."""

from __future__ import annotations

import msgspec

from rules.trials.difference import Run, changes_of
from streams.alert_codec import decode_alert, encode_alert
from tests.core_cases import World, book, report

HEAT = """\
format: 1
kind: heat
rules:
  - id: heat-a
    title: {zh: 热, en: Heat}
    window: {size: 10m}
    baseline: {model: fixed}
    keep_firing: 5m
    floor: 2
    levels:
      III: {fire: {count: 3}, clear: {count: 2}}
      II: {fire: {count: 6}, clear: {count: 4}}
"""


def alerts(tmp_path, text):
    world = World(book(tmp_path / str(abs(hash(text))), text))
    raws = [report(n, n * 0.5, "A") for n in range(7)]
    raws += [report(100 + n, 30 + n, "B") for n in range(4)]
    raws += [report(200 + n, 60 + n, "C", text="有人抢劫") for n in range(2)]
    world.feed(sorted(raws, key=lambda raw: msgspec.json.decode(raw)["reported_at"]))
    world.close(100)
    return [decode_alert(raw) for raw in world.alerts]


def compared(tmp_path, text, other=HEAT):
    old, new = Run(), Run()
    old.add(alerts(tmp_path, other))
    new.add(alerts(tmp_path, text))
    return changes_of(old, new)


def by_brute_force(tmp_path, text):
    """Ids whose revisions are not the same in both, without hashes and places."""

    def said(text):
        found: dict[str, list[object]] = {}
        for alert in alerts(tmp_path, text):
            plain = msgspec.json.decode(encode_alert(alert))
            plain["rule"] = plain["rule"]["id"]
            for limit in ("threshold", "clear_at"):
                if plain["evidence"].get(limit):
                    plain["evidence"][limit].pop("from", None)
            found.setdefault(alert.id, []).append(plain)
        return found

    old, new = said(HEAT), said(text)
    return {id_ for id_ in old.keys() | new.keys() if old.get(id_) != new.get(id_)}


def named(changes):
    return {side.id for c in changes.changes for side in (c.old, c.new) if side is not None}


def test_an_edit_of_comments_and_lines_differs_in_nothing(tmp_path):
    moved = HEAT.replace("rules:", "# more words\nowner: somebody\nrules:")
    changes = compared(tmp_path, moved)
    assert changes.changes == []
    assert changes.same == 4


def test_a_rule_that_goes_loses_its_alerts_alone(tmp_path):
    changes = compared(tmp_path, HEAT.replace("heat-a", "heat-b"))
    assert changes.counts() == {"lost": 2, "gained": 2}
    assert changes.by_rule() == {"heat-a": {"lost": 2}, "heat-b": {"gained": 2}}
    assert changes.by_area() == {"A": {"lost": 1, "gained": 1}, "B": {"lost": 1, "gained": 1}}
    assert changes.same == 2


def test_a_graver_threshold_moves_the_level(tmp_path):
    text = HEAT.replace("II: {fire: {count: 6}", "II: {fire: {count: 9}")
    (change,) = compared(tmp_path, text).changes
    assert (change.what, change.area) == ("level", "A")
    assert change.old is not None
    assert change.new is not None
    assert (change.old.level, change.new.level) == ("II", "III")
    assert change.old.id == change.new.id


def test_an_earlier_breach_is_one_alert_that_moved_in_time(tmp_path):
    text = HEAT.replace("count: 3}, clear: {count: 2}", "count: 2}, clear: {count: 1}")
    moved = [c for c in compared(tmp_path, text).changes if c.what != "gained"]
    assert [(c.what, c.area) for c in moved] == [("time", "A"), ("time", "B")]
    for change in moved:
        assert change.old is not None
        assert change.new is not None
        assert change.new.fired < change.old.fired


def test_another_text_is_named_as_such(tmp_path):
    changes = compared(tmp_path, HEAT.replace("en: Heat", "en: Hot"))
    assert changes.counts() == {"content": 2}
    assert {tuple(change.fields) for change in changes.changes} == {("message",)}


def test_what_is_named_is_what_differs_and_nothing_else(tmp_path):
    edits = [
        ("floor: 2", "floor: 4"),
        ("keep_firing: 5m", "keep_firing: 7m"),
        ("count: 6", "count: 5"),
        ("count: 3}", "count: 4}"),
        ("    floor: 2", "    for: 2m\n    floor: 2"),
        ("    floor: 2", "    state: off\n    floor: 2"),
        ("    floor: 2", "    count: {category: [30]}\n    floor: 2"),
        (
            "    floor: 2",
            "    overrides: [{when: {area: A}, set: {floor: 5}, because: x}]\n    floor: 2",
        ),
    ]
    for old, new in edits:
        text = HEAT.replace(old, new)
        assert text != HEAT
        assert named(compared(tmp_path, text)) == by_brute_force(tmp_path, text), new
