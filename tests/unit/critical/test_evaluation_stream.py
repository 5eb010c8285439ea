"""Alerts a day by reweighting: the mix decides, few lines mean wide ranges, a seed one result."""

from __future__ import annotations

import pytest

from rules.critical.evaluation.labels import Label
from rules.critical.evaluation.reweighted import reweighted
from rules.critical.evaluation.shares import OTHER, Shares, load_shares
from rules.critical.evaluation.tally import Cell
from streams.errors import RuleError

SHARES = Shares(
    schema="shares/1",
    source="a test",
    everyday={"traffic": 800, "noise": 100},
    alarming={"film": 100},
)


def harmless(lines, false=0):
    return Cell(lines=lines, false=false)


def estimate(strata, *, calls=1_000, critical_share=0.01, seed=1, shares=SHARES):
    return reweighted(strata, shares, calls=calls, critical_share=critical_share, seed=seed)


def strata(size=1_000):
    return {
        "traffic": harmless(size),
        "noise": harmless(size),
        "film": harmless(size, false=size // 2),
        OTHER: Cell(lines=size, critical=size, found=size * 9 // 10, review_critical=size // 20),
    }


def test_false_alerts_are_weighted_by_the_mix():
    result = estimate(strata())
    assert result.false_alerts.value == pytest.approx(990 * 0.1 * 0.5)
    assert result.alerts.value == pytest.approx(10 * 0.9 + 990 * 0.05)
    assert result.missed.value == pytest.approx(1.0)
    assert result.reviews.value == pytest.approx(0.5)
    assert result.precision.value == pytest.approx(9 / (9 + 49.5))
    assert result.covered == 1.0
    assert [(kind.name, kind.false, kind.lines) for kind in result.kinds] == [("film", 500, 1_000)]
    assert result.kinds[0].false_alerts == pytest.approx(result.false_alerts.value)


def test_every_range_holds_its_value():
    for cells in (strata(), strata(20), {"traffic": harmless(3)}, {}):
        result = estimate(cells)
        for name in ("alerts", "false_alerts", "missed", "reviews", "precision"):
            found = getattr(result, name)
            assert found.low <= found.value <= found.high, name


def test_the_same_seed_gives_the_same_figures_and_another_nearly():
    assert estimate(strata()) == estimate(strata())
    other = estimate(strata(), seed=2).false_alerts
    assert other.value == estimate(strata()).false_alerts.value
    assert other.high == pytest.approx(estimate(strata()).false_alerts.high, rel=0.1)


def test_no_false_alert_on_few_lines_proves_little():
    few, many = ({kind: harmless(n) for kind in ("traffic", "noise", "film")} for n in (5, 5_000))
    assert estimate(few).false_alerts.value == estimate(many).false_alerts.value == 0
    assert estimate(few).false_alerts.high > 10 * estimate(many).false_alerts.high


def test_kinds_without_lines_borrow_from_their_group_and_are_named():
    result = estimate({"traffic": harmless(100, false=10), "film": harmless(100)})
    assert result.false_alerts.value == pytest.approx(990 * 0.9 * 0.1)
    assert result.without_lines == ["noise", OTHER]
    assert result.covered == pytest.approx(0.9)


def test_rarer_critical_calls_mean_less_precision():
    shares = (0.001, 0.01, 0.1)
    values = [estimate(strata(), critical_share=share).precision.value for share in shares]
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("kinds", "stratum"),
    [
        (("film",), "film"),
        (("emoji", "film"), "film"),
        (("asr-noise",), "noise"),
        (("dialect-ne-film",), "film"),
        (("emoji",), OTHER),
    ],
)
def test_a_line_belongs_to_the_first_kind_that_has_a_share(kinds, stratum):
    label = Label("a", "", False, "none", "IV", "zh", kinds, "unsaid")
    assert SHARES.stratum(label) == (stratum,)


def test_the_shipped_shares_load_and_say_where_they_come_from():
    shares = load_shares()
    assert "assumption" in shares.source
    parts = [part for group in shares.groups() for part in group.values()]
    assert sum(parts) == pytest.approx(1)
    assert sum(shares.groups()[1].values()) < 0.1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema: shares/2\n", "shares/2"),
        (
            "schema: shares/1\nsource: x\neveryday: {a: -1}\nalarming: {}\n",
            ":3:15: error: expected",
        ),
        ("schema: shares/1\nsource: x\neveryday: {a: 1}\nalarming: {a: 1}\n", "both groups"),
        ("schema: shares/1\nsource: x\neveryday: {}\nalarming: {}\n", "no kind has a share"),
        ("a: [\n", "not valid YAML"),
    ],
)
def test_faults_of_a_share_file_are_named_with_their_place(tmp_path, text, said):
    file = tmp_path / "shares.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as fault:
        load_shares(file)
    assert said in str(fault.value)
    assert str(file) in str(fault.value)


def test_a_share_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RuleError, match="cannot be read"):
        load_shares(tmp_path / "none.yaml")
