"""Silences over heat alerts: what is held back, lowered, or told as an exercise, and how long."""

from __future__ import annotations

from pathlib import Path

import msgspec

from streams.records import Alert
from tests.core_cases import START_MS, World, book, report

RULES = """format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 10m, every: 1m}
    floor: 2
    levels:
      III: {fire: {count: 3}, clear: {count: 2}}
      I: {fire: {count: 6}, clear: {count: 4}}
    keep_firing: 3m
suppress:
  - id: quiet
    by: duty
    because: a test
"""
UNTIL = "2026-03-02T08:15:00Z"
"""Minute 15 of the test's world."""


def run(tmp_path: Path, how: str, *minutes: float, area: str = "A") -> list[Alert]:
    """how: the rest of the suppression."""
    world = World(book(tmp_path, RULES + "".join(f"    {line}\n" for line in how.split("; "))))
    for number, minute in enumerate(minutes):
        world.feed([report(number, minute, area)])
    world.close(120)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


def steps(alerts: list[Alert]) -> list[tuple[int, str, str, str]]:
    return [
        (
            round((a.times.updated.timestamp() * 1000 - START_MS) / 60_000),
            a.status,
            a.level,
            a.state,
        )
        for a in alerts
    ]


HOLD = f"do: hold; when: {{area: A}}; to: {UNTIL}"


def test_a_held_alert_that_still_fires_is_told_when_the_hold_ends(tmp_path: Path) -> None:
    alerts = run(tmp_path, HOLD, 8.1, 8.2, 8.3)
    assert steps(alerts) == [(15, "firing", "III", "live"), (21, "resolved", "III", "live")]
    assert [a.revision for a in alerts] == [1, 2]
    assert alerts[0].previous_level is None
    assert (alerts[0].times.fired or alerts[0].times.updated).minute == 9, "when it fired, it says"


def test_an_alert_that_is_over_before_the_hold_is_never_told(tmp_path: Path) -> None:
    assert run(tmp_path, HOLD, 0.1, 0.2, 0.3) == []
    assert len(run(tmp_path, HOLD, 0.1, 0.2, 0.3, area="B")) == 2


def test_the_end_of_what_was_told_is_told_in_a_hold_too(tmp_path: Path) -> None:
    hold = f"do: hold; when: {{rule: burst}}; from: {UNTIL}; to: 2026-03-02T10:00:00Z"
    alerts = run(tmp_path, hold, 10.1, 10.2, 10.3, 16.1, 16.2, 16.3)
    # The sixth report makes it level I, which is kept back; its end is not.
    assert steps(alerts) == [(11, "firing", "III", "live"), (29, "resolved", "III", "live")]
    assert alerts[-1].suppressed_by == ["quiet"]


def test_a_cap_lowers_the_level_and_names_itself(tmp_path: Path) -> None:
    cap = f"do: cap; cap: III; when: {{area: A}}; to: {UNTIL}"
    alerts = run(tmp_path, cap, *[8 + n / 10 for n in range(7)])
    assert steps(alerts) == [
        (9, "firing", "III", "live"),
        (15, "firing", "I", "live"),
        (21, "resolved", "I", "live"),
    ]
    assert alerts[0].suppressed_by == ["quiet"]
    assert alerts[1].suppressed_by == []
    assert alerts[0].message.en.startswith("Burst (level III)")
    assert alerts[0].evidence.threshold is not None
    assert alerts[0].evidence.threshold.count == 6, "what was crossed is told as it is"


def test_a_cap_that_begins_says_nothing_by_itself(tmp_path: Path) -> None:
    cap = f"do: cap; cap: III; when: {{area: A}}; from: {UNTIL}; to: 2026-03-02T10:00:00Z"
    alerts = run(tmp_path, cap, *[12 + n / 10 for n in range(7)])
    assert [(m, s, level) for m, s, level, _ in steps(alerts)] == [
        (13, "firing", "I"),
        (25, "resolved", "I"),
    ]


def test_an_exercise_is_told_as_one_and_what_is_left_of_it_as_real(tmp_path: Path) -> None:
    exercise = f"do: exercise; when: {{area: A}}; to: {UNTIL}"
    alerts = run(tmp_path, exercise, 0.1, 0.2, 0.3)
    assert steps(alerts) == [(1, "firing", "III", "test"), (13, "resolved", "III", "test")]
    assert alerts[0].suppressed_by == ["quiet"]
    alerts = run(tmp_path, exercise, 8.1, 8.2, 8.3)
    assert [(m, state) for m, _, _, state in steps(alerts)] == [
        (9, "test"),
        (15, "live"),
        (21, "live"),
    ]


def test_a_real_alert_stays_real_in_an_exercise(tmp_path: Path) -> None:
    exercise = f"do: exercise; when: {{area: A}}; from: {UNTIL}; to: 2026-03-02T10:00:00Z"
    alerts = run(tmp_path, exercise, 10.1, 10.2, 10.3, 16.1, 16.2, 16.3)
    assert {a.state for a in alerts} == {"live"}
    assert [a.level for a in alerts] == ["III", "I", "III", "III"]


def test_a_silence_over_other_rules_categories_or_words_leaves_it_alone(tmp_path: Path) -> None:
    for when in ("{area: B}", '{category: "2001"}', "{text: [演练]}", "{source: phone_110}"):
        how = f"do: hold; when: {when}; review: 2027-01-01"
        assert len(run(tmp_path / when[1:4], how, 1, 1, 1)) == 2, when


def test_shadow_is_told_apart(tmp_path: Path) -> None:
    rules = RULES.replace("    floor: 2", "    floor: 2\n    state: shadow").split("suppress:")[0]
    world = World(book(tmp_path, rules))
    world.feed([report(n, 1) for n in range(3)])
    world.close(60)
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    assert [(a.status, a.state) for a in alerts] == [("firing", "shadow"), ("resolved", "shadow")]
