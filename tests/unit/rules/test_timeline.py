"""Other rules from a moment on: what state goes on, what ends and why, what was said in between."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rules.language.book import RuleBook
from rules.language.loader import load_book
from rules.timeline import Timeline
from streams.records import Alert
from tests.core_cases import START_MS, World, book, report

RULE = """  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 10m, every: 1m}
    floor: 2
    levels:
      III: {fire: {count: 3}, clear: {count: 2}}
      I: {fire: {count: 6}, clear: {count: 4}}
    keep_firing: 3m
"""
HEAD = "format: 1\nkind: heat\nrules:\n"
OTHER = """  - id: other
    title: {zh: 另一, en: Other}
    levels: {III: {fire: {count: 900}, clear: {count: 800}}}
"""


@pytest.fixture(name="books")
def _books(tmp_path: Path) -> Books:
    return Books(tmp_path)


class Books:
    """Rule books by the text of their rules."""

    def __init__(self, tmp_path: Path) -> None:
        self._path = tmp_path
        self._made = 0

    def of(self, *changes: tuple[str, str], rules: str = RULE) -> RuleBook:
        for old, new in changes:
            assert old in rules
            rules = rules.replace(old, new)
        self._made += 1
        return book(self._path / f"book{self._made}", HEAD + rules)


def run(
    before: RuleBook, after: RuleBook, at: float, *minutes: float, said: float = 0
) -> list[tuple[int, str, str, str | None]]:
    """(minute, status, level, why it ended) of all alerts. said: the minute of the announcement."""
    return steps(alerts_of(before, after, at, *minutes, said=said))


def alerts_of(
    before: RuleBook, after: RuleBook, at: float, *minutes: float, said: float = 0
) -> list[Alert]:
    world = World(before)
    world.feed([report(n, m) for n, m in enumerate(minutes) if m < said])
    world.switch(after, at)
    world.feed([report(n, m) for n, m in enumerate(minutes) if m >= said])
    world.close(240)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


def steps(alerts: list[Alert]) -> list[tuple[int, str, str, str | None]]:
    return [(_minute(a), a.status, a.level, a.close_reason) for a in alerts]


def _minute(alert: Alert) -> int:
    return round((alert.times.updated.timestamp() * 1000 - START_MS) / 60_000)


def test_a_timeline_knows_what_holds_where() -> None:
    line = Timeline("a", kept=3)
    assert (line.at(-5), line.at(10), line.next_after(0)) == ("a", "a", None)
    line.switch(10, "b")
    line.switch(20, "c")
    assert [line.at(t) for t in (9, 10, 19, 20)] == ["a", "b", "b", "c"]
    assert (line.next_after(0), line.next_after(10), line.next_after(20)) == (10, 20, None)
    line.switch(20, "d")
    assert line.hashes() == ["a", "b", "d"]
    line.switch(5, "a")
    assert line.hashes() == ["a"], "what was said of later positions is void"
    for position in (10, 20, 30, 40):
        line.switch(position, f"at{position}")
    assert line.hashes() == ["at20", "at30", "at40"]
    other = Timeline("", kept=3)
    other.restore(line.snapshot())
    assert (other.at(0), other.at(35)) == ("at20", "at30")


def test_what_is_in_force_is_never_forgotten() -> None:
    line = Timeline("a", kept=3, in_force=True)
    for position in (10, 20, 30, 40):
        line.switch(position, f"at{position}")
    assert line.hashes() == ["a", "at30", "at40"]
    assert line.due(29) is None
    assert line.due(30) == "at30"


def test_what_is_due_takes_over_once() -> None:
    line = Timeline("a", kept=9)
    line.switch(10, "b")
    assert (line.due(9), line.due(12), line.due(13)) == (None, "b", None)
    assert line.hashes() == ["b"]


def test_new_limits_hold_from_the_tick_that_ends_after_the_moment(books: Books) -> None:
    lower = books.of(
        ("III: {fire: {count: 3}", "III: {fire: {count: 2}"),
        ("clear: {count: 2}", "clear: {count: 1}"),
    )
    # Two reports in the window that ends at 20: under the old rules nothing, at 21 under the new.
    assert run(books.of(), lower, 20, 15.5, 15.5)[0] == (21, "firing", "III", None)
    assert run(books.of(), lower, 19.99, 15.5, 15.5)[0] == (20, "firing", "III", None)


def test_an_equal_book_changes_nothing_but_names(books: Books) -> None:
    plain = alerts_of(books.of(), books.of(), 5, 1, 1, 1, 3, 3, 3, 6, 9)
    same = alerts_of(books.of(), books.of(rules=RULE + OTHER), 5, 1, 1, 1, 3, 3, 3, 6, 9)
    assert steps(plain) == steps(same)
    assert [a.id for a in plain] == [a.id for a in same]
    assert [a.revision for a in plain] == [a.revision for a in same]
    assert plain[0].rule == same[0].rule
    assert plain[-1].rule.hash == same[-1].rule.hash
    assert plain[-1].rule.bundle != same[-1].rule.bundle


def test_what_no_longer_breaches_ends_at_once_and_says_why(books: Books) -> None:
    higher = books.of(
        (
            "III: {fire: {count: 3}, clear: {count: 2}}",
            "III: {fire: {count: 5}, clear: {count: 4}}",
        ),
        ("count: 4}}\n    keep", "count: 5}}\n    keep"),
    )
    assert run(books.of(), higher, 5, 1, 1, 1) == [
        (2, "firing", "III", None),
        (6, "resolved", "III", "rule_changed"),
    ]
    # What the new limits hold goes on, and ends as it would under them.
    assert run(books.of(), higher, 5, 1, 1, 1, 1) == [
        (2, "firing", "III", None),
        (14, "resolved", "III", "cleared"),
    ]


def test_a_level_that_is_gone_gives_way_to_the_next(books: Books) -> None:
    without = books.of(("      I: {fire: {count: 6}, clear: {count: 4}}\n", ""))
    assert run(books.of(), without, 5, *[1] * 6) == [
        (2, "firing", "I", None),
        (6, "firing", "III", None),
        (14, "resolved", "III", "cleared"),
    ]
    only = books.of(("      III: {fire: {count: 3}, clear: {count: 2}}\n", ""))
    alerts = alerts_of(books.of(), only, 5, *[1] * 3)
    assert steps(alerts)[-1] == (6, "resolved", "III", "rule_changed")
    assert alerts[-1].evidence.threshold is None


def test_a_longer_wait_sends_nothing_back_to_pending(books: Books) -> None:
    longer = books.of(("keep_firing: 3m", "keep_firing: 3m\n    for: 8m"))
    assert run(books.of(), longer, 5, 1, 1, 1)[0] == (2, "firing", "III", None)
    assert run(books.of(), longer, 5, 1, 1, 1)[1] == (14, "resolved", "III", "cleared")
    # What was pending waits as long as is asked now, from when it began.
    waiting = books.of(("keep_firing: 3m", "keep_firing: 3m\n    for: 6m"))
    assert run(waiting, longer, 5, 1, 1, 1)[0] == (10, "firing", "III", None)
    assert run(longer, waiting, 5, 1, 1, 1)[0] == (8, "firing", "III", None)


def test_a_rule_that_is_no_more_closes_its_alerts(books: Books) -> None:
    for gone in (
        books.of(rules=OTHER),
        books.of(("floor: 2", "floor: 2\n    state: off"), rules=RULE + OTHER),
    ):
        alerts = alerts_of(books.of(), gone, 5, 1, 1, 1, 7, 7)
        assert steps(alerts) == [(2, "firing", "III", None), (6, "resolved", "III", "rule_removed")]
        assert alerts[-1].rule.bundle == alerts[0].rule.bundle, "the last words are of the old book"
        assert alerts[-1].message.en == "Burst over in A: 3 in 10 min"


def test_another_window_ends_what_does_not_fire_in_it(books: Books) -> None:
    short = books.of(("size: 10m", "size: 3m"))
    assert run(books.of(), short, 5, 1, 1, 1) == [
        (2, "firing", "III", None),
        (6, "resolved", "III", "rule_changed"),
    ]


def test_another_window_that_fires_too_goes_on_as_the_same_alert(books: Books) -> None:
    long = books.of(("size: 10m", "size: 30m"))
    for said in (0, 4):
        alerts = alerts_of(books.of(), long, 5, 1, 1, 1, 10, 10, 10, said=said)
        assert steps(alerts) == [
            (2, "firing", "III", None),
            (11, "firing", "I", None),
            (34, "firing", "III", None),
            (43, "resolved", "III", "cleared"),
        ]
        assert len({a.id for a in alerts}) == 1
        assert [a.revision for a in alerts] == [1, 2, 3, 4]


def test_what_another_rule_counts_begins_when_it_is_announced(books: Books) -> None:
    quarrels = books.of(("    floor: 2", '    floor: 2\n    count: {category: ["2001"]}'))
    thefts = books.of(("    floor: 2", '    floor: 2\n    count: {category: ["30"]}'))
    # Announced at minute 0, it has counted since; announced at minute 8, only what came later.
    assert run(thefts, quarrels, 10, 9.1, 9.2, 9.3)[0] == (11, "firing", "III", None)
    assert run(thefts, quarrels, 10, 5.1, 5.2, 9.3, said=8) == []


def test_a_learned_normal_goes_on_where_its_parameters_are_the_same(books: Books) -> None:
    learned = """  - id: normal
    title: {zh: 常态, en: Normal}
    window: {size: 60m, every: 1m}
    floor: 2
    baseline: {model: rolling-mean, hours: 4, warm_up: 2}
    levels: {III: {fire: {ratio: 3}, clear: {ratio: 1.5}}}
"""
    before = books.of(rules=learned)
    hourly = [30 + 60 * hour for hour in range(6)]
    surge = [370, 371, 372, 373, 374, 375]

    def fired(after: RuleBook) -> list[bool]:
        alerts = _long(before, after, 350, [*hourly, *surge])
        return [a.evidence.baseline is not None and a.evidence.baseline.warming for a in alerts]

    assert fired(books.of(("ratio: 3}", "ratio: 2.9}"), rules=learned)) == [False, False]
    assert fired(books.of(("hours: 4", "hours: 5"), rules=learned)) == [], "it has to learn first"


def _long(before: RuleBook, after: RuleBook, at: float, minutes: list[float]) -> list[Alert]:
    world = World(before)
    world.feed([report(n, m) for n, m in enumerate(minutes) if m < at])
    world.switch(after, at)
    world.feed([report(100 + n, m) for n, m in enumerate(minutes) if m >= at])
    world.close(600)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


def test_to_shadow_and_back_the_alerts_of_either_side_end(books: Books) -> None:
    shadow = books.of(("    floor: 2", "    floor: 2\n    state: shadow"))
    for before, after, states in (
        (books.of(), shadow, ["live", "live", "shadow", "shadow"]),
        (shadow, books.of(), ["shadow", "shadow", "live", "live"]),
    ):
        alerts = alerts_of(before, after, 5, 1, 1, 1)
        assert [a.state for a in alerts] == states
        assert [a.close_reason for a in alerts] == [None, "rule_changed", None, "cleared"]
        assert len({a.id for a in alerts}) == 2


def test_a_new_shape_that_another_book_only_tried_in_shadow_goes_live(books: Books) -> None:
    short = ("size: 10m", "size: 8m")
    world = World(books.of())
    world.switch(books.of(short, ("    floor: 2", "    floor: 2\n    state: shadow")), 5)
    world.switch(books.of(short), 5)
    world.feed([report(n, 1) for n in range(3)])
    world.close(60)
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    assert steps(alerts) == [(2, "firing", "III", None), (12, "resolved", "III", "cleared")]
    assert {a.state for a in alerts} == {"live"}


def test_a_start_with_other_rules_than_the_state_knows_is_a_switch_too(books: Books) -> None:
    higher = books.of(
        (
            "III: {fire: {count: 3}, clear: {count: 2}}",
            "III: {fire: {count: 5}, clear: {count: 4}}",
        ),
        ("count: 4}}\n    keep", "count: 5}}\n    keep"),
    )
    for after, ends in (
        (books.of(rules=RULE + OTHER), (14, "resolved", "III", "cleared")),
        (higher, (6, "resolved", "III", "rule_changed")),
        (books.of(("size: 10m", "size: 5m")), (6, "resolved", "III", "rule_changed")),
    ):
        world = World(books.of(), lateness_min=0)
        world.feed([report(n, 1) for n in range(3)])
        world.feed([report(9, 5.01, "B")])
        world.restart(after)
        world.close(60)
        alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
        assert steps(alerts) == [(2, "firing", "III", None), ends]


def test_what_is_announced_later_takes_the_place_of_what_was_to_come(books: Books) -> None:
    world = World(books.of())
    gone = books.of(rules=OTHER)
    world.switch(gone, 5)
    world.switch(books.of(), 3)
    world.feed([report(n, 1) for n in range(3)])
    world.close(60)
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    assert steps(alerts)[-1] == (14, "resolved", "III", "cleared")


def test_there_and_back_again_nothing_is_lost(books: Books) -> None:
    world = World(books.of())
    world.switch(books.of(("size: 10m", "size: 40m")), 5)
    world.switch(books.of(), 8)
    world.feed([report(n, 1) for n in range(3)])
    world.close(60)
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    assert steps(alerts) == [(2, "firing", "III", None), (14, "resolved", "III", "cleared")]


def test_an_announcement_for_what_was_judged_holds_from_now_on(books: Books) -> None:
    world = World(books.of())
    world.feed([report(n, 1) for n in range(3)])
    world.feed([report(9, 20)])
    before = list(world.alerts)
    world.switch(books.of(rules=OTHER), 3)
    world.close(60)
    assert world.alerts[: len(before)] == before
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    assert steps(alerts)[-1] == (14, "resolved", "III", "cleared")


def test_a_report_is_judged_by_the_book_of_its_time(tmp_path: Path) -> None:
    before, after = _keyword(tmp_path / "a", "II"), _keyword(tmp_path / "b", "I")
    world = World(before, lateness_min=10)
    world.switch(after, 5)
    world.feed([report(n, m, text="抢劫") for n, m in enumerate((4.9, 5, 4.8, 5.1))])
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    assert [a.level for a in alerts] == ["II", "I", "II", "I"]
    assert [a.rule.bundle == before.bundle for a in alerts] == [True, False, True, False]


def test_a_keyword_rule_that_is_no_more_closes_its_alerts(tmp_path: Path) -> None:
    before = _keyword(tmp_path / "a", "II")
    after = book(tmp_path / "b", HEAD + OTHER)
    after = RuleBook([], after.heat, after.bundle, after.parts, after.tree, after.calendar)
    world = World(before)
    world.feed([report(1, 1, text="抢劫")])
    world.switch(after, 5)
    world.feed([report(2, 6, text="抢劫")])
    world.close(60)
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    assert steps(alerts) == [(1, "firing", "II", None), (5, "resolved", "II", "rule_removed")]


def test_a_late_report_of_a_rule_that_is_gone_is_told_and_ends(tmp_path: Path) -> None:
    before, after = _keyword(tmp_path / "a", "II"), book(tmp_path / "b", HEAD + OTHER)
    after = RuleBook([], after.heat, after.bundle, after.parts, after.tree, after.calendar)
    world = World(before)
    world.switch(after, 5)
    world.feed([report(1, 30)])
    world.feed([report(2, 4, text="抢劫"), report(3, 6, text="抢劫")])
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    assert steps(alerts) == [(4, "firing", "II", None), (5, "resolved", "II", "rule_removed")]


def _keyword(path: Path, level: str) -> RuleBook:
    path.mkdir()
    (path / "words.yaml").write_text(
        "format: 1\nkind: keyword\nrules:\n  - id: kw\n    title: {zh: 抢, en: Robbery}\n"
        f"    level: {level}\n    match: {{category: [robbery]}}\n",
        encoding="utf-8",
    )
    return load_book(path)


NORMAL = RULE.replace("    levels:", "    baseline: {model: e-detector}\n    levels:", 1)
CALENDAR = "format: 1\nkind: calendar\nholidays: [{from: %s}]\n"


def cells(world: World) -> list[int]:
    """The hours of the week that were filed last, -1 for those of days like no other."""
    state = msgspec.msgpack.decode(zlib.decompress(world.state()[0]))
    (channel,) = next(part["channels"] for part in _parts(state))
    filed: list[int] = channel[3]["detector"]["cells"]
    return filed


def _parts(state: object) -> list[dict[str, Any]]:
    inner = state.values() if isinstance(state, dict) else state if isinstance(state, list) else []
    mine = [state] if isinstance(state, dict) and "channels" in state else []
    return mine + [found for value in inner for found in _parts(value)]


def test_a_holiday_that_the_calendar_gains_reaches_baselines_and_costs_no_state(
    tmp_path: Path,
) -> None:
    def with_holiday(name: str, day: str) -> RuleBook:
        (tmp_path / name).mkdir()
        (tmp_path / name / "calendar.yaml").write_text(CALENDAR % day, encoding="utf-8")
        return book(tmp_path / name, HEAD + NORMAL)

    before, after = with_holiday("a", "2026-10-01"), with_holiday("b", "2026-03-02")
    assert before.heat[0].shape == after.heat[0].shape
    world = World(before)
    world.feed([report(n, n * 20) for n in range(12)])
    world.switch(after, 240)
    world.restart()
    world.feed([report(n, n * 20) for n in range(12, 24)])
    world.restart()
    world.close(480)
    filed = cells(world)[:7]
    assert filed == [8, 9, 10, -1, -1, -1, -1]  # from 8:00 UTC on; an hour is filed at its end
