"""Asked versus measured from alerts alone: what counts, over which time, with which interval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from detectors.rate_interval import poisson_interval
from rules.language.message_samples import samples
from rules.trials.budgets import Budgets
from streams.records import Alert, AlertBudget, AlertTimes

START = datetime(2026, 3, 2, tzinfo=UTC)
SAMPLE = next(alert for _, alert in samples("heat"))


def alert(
    number: int,
    area: str,
    day: float,
    alerts: int | None,
    *,
    among: str = "A",
    areas: int = 4,
    **other: object,
) -> Alert:
    """An alert of an area on a day; `alerts` of the area so far, none without a budget."""
    at = START + timedelta(days=day)
    weeks = day / 7
    budget = alerts and AlertBudget(
        asked=0.5, rests_on=9.0, learning=day < 7, alerts=alerts, weeks=weeks,
        area_weeks=areas * weeks, areas=areas, among=among,
    )  # fmt: skip
    return msgspec.structs.replace(
        SAMPLE,
        id=f"{among}{number}",
        area=msgspec.structs.replace(SAMPLE.area, id=area),
        times=AlertTimes(breached=at, updated=at),
        evidence=msgspec.structs.replace(SAMPLE.evidence, budget=budget or None),
        **other,
    )


def only(alerts: list[Alert], **asked: object):
    budgets = Budgets()
    budgets.add(alerts)
    (row,) = budgets.rows(**asked)  # type: ignore[arg-type]
    return row


FIVE = [alert(1, "A", 1, 1), alert(2, "A", 2, 2), alert(3, "B", 9, 1), alert(4, "A", 20, 3),
        alert(5, "C", 28, 1)]  # fmt: skip


def test_with_every_alert_there_the_time_is_that_since_the_beginning() -> None:
    row = only(FIVE)
    low, high = poisson_interval(5)
    assert (row.asked, row.alerts, row.areas, row.area_weeks) == (0.5, 5, 4, 16.0)
    assert row.rate.measured == pytest.approx(5 / 16, rel=1e-3)
    assert (row.rate.low, row.rate.high) == pytest.approx((low / 16, high / 16), rel=1e-3)
    assert row.share.measured == pytest.approx(2 * 5 / 16, rel=1e-3)
    assert not row.above
    assert row.learning == 2
    assert row.p90 == pytest.approx(3 / 4, abs=0.2)
    assert row.p10 < row.p90
    assert [(a.area, a.alerts) for a in row.worst] == [("A", 3), ("B", 1), ("C", 1)]
    # 28 days of which two are 5 %.
    assert row.worst_days == pytest.approx(2 / 5)


def test_where_alerts_are_missing_it_is_that_since_the_first() -> None:
    row = only(FIVE[1:])
    assert row.alerts == 3
    assert row.area_weeks == pytest.approx(4 * 26 / 7, abs=0.1)


def test_a_span_that_is_asked_for_begins_with_its_first_alert() -> None:
    row = only(FIVE, since_ms=round((START + timedelta(days=5)).timestamp() * 1000))
    assert row.alerts == 2
    assert row.area_weeks == pytest.approx(4 * 19 / 7, abs=0.1)
    assert only(FIVE, until_ms=round((START + timedelta(days=5)).timestamp() * 1000)).alerts == 2


def test_partitions_are_added_up() -> None:
    row = only([*FIVE, alert(1, "X", 14, 1, among="X", areas=10)])
    assert (row.alerts, row.areas) == (6, 14)
    assert row.area_weeks == pytest.approx(16 + 20)


def test_weeks_may_be_told_and_have_to_be_without_a_budget() -> None:
    plain = [alert(n, "A", n, None) for n in range(1, 5)]
    assert only(plain).rate is None
    row = only(plain, weeks=2.0, areas=3)
    assert (row.asked, row.share, row.area_weeks) == (None, None, 6.0)
    assert row.rate.measured == pytest.approx(4 / 6, rel=1e-3)


def test_more_than_asked_is_said_only_beyond_chance() -> None:
    many = [alert(n, "A", n / 2, n) for n in range(1, 21)]
    assert only(many[:4]).share.measured > 1
    assert not only(many[:2]).above
    assert only(many).above
    assert only(many).worst[0].above


def test_an_alert_counts_once_with_its_gravest_level_and_exercises_do_not() -> None:
    graver = msgspec.structs.replace(FIVE[4], revision=2, level="I")
    over = msgspec.structs.replace(FIVE[4], revision=3, status="resolved")
    drill = alert(9, "D", 30, 1, state="test")
    row = only([*FIVE, graver, over, drill])
    assert row.alerts == 5
    assert row.levels == {"I": 1, "II": 4}
