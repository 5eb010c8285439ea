"""Which rules run where: findings of `rules status`; the moment and bundle that are asked."""

from __future__ import annotations

import click
import pytest

from commands.rules.running import TWO_HASHES_MS, lines, state_of
from commands.rules.switched import earlier, effective
from rules.language.calendar import Calendar
from streams.control import (
    CURRENT,
    Bundle,
    ControlView,
    Current,
    Held,
    Running,
    bundle_key,
    encode_bundle,
    encode_current,
    encode_running,
    running_key,
)
from streams.errors import ConfigError

NOW = 10_000_000


def _view(*held: tuple[str, int, str], current: str | None = "sha256:b") -> ControlView:
    """One worker with a partition for each (hash, since_ms, refused)."""
    view = ControlView()
    for number, hash_ in enumerate(("sha256:a", "sha256:ab", "sha256:b")):
        bundle = Bundle(hash=hash_, files={}, by="anna", because="", at_ms=0)
        view.add(number, bundle_key(hash_), encode_bundle(bundle))
    if current is not None:
        record = Current(
            hash=current,
            previous="sha256:a",
            effective_ms=0,
            by="anna",
            because="quieter",
            at_ms=NOW - 2 * TWO_HASHES_MS,
        )
        view.add(3, CURRENT, encode_current(record))
    partitions = {
        number: Held(hash=hash_, number=3, effective_ms=0, since_ms=since, refused=refused)
        for number, (hash_, since, refused) in enumerate(held)
    }
    if partitions:
        running = Running(worker="w", at_ms=0, partitions=partitions)
        view.add(4, running_key("w"), encode_running(running))
    return view


def test_one_bundle_everywhere_is_no_finding():
    state = state_of(_view(("sha256:b", NOW, ""), ("sha256:b", NOW, "")), 2, NOW)
    assert state.findings == []
    text = "\n".join(lines(state))
    assert "by anna: quieter" in text
    assert "before it: sha256:a" in text
    assert "partition 1: sha256:b since 1970-01-01 02:46:40Z, w" in text


@pytest.mark.parametrize("late", [-1, 1])
def test_two_bundles_are_a_finding_after_two_minutes(late):
    since = NOW - TWO_HASHES_MS - late
    state = state_of(_view(("sha256:a", 0, ""), ("sha256:b", since, "")), 2, NOW)
    assert bool(state.findings) == (late > 0)


def test_two_own_rule_books_are_a_finding_too():
    view = _view(("sha256:a", 0, ""), ("sha256:b", 0, ""), current=None)
    (finding,) = state_of(view, 2, NOW).findings
    assert finding.startswith("2 bundles for more than two minutes (sha256:a, sha256:b)")


def test_a_refusal_and_a_partition_without_a_worker_are_findings():
    found = state_of(_view(("sha256:a", NOW, "heat.yaml:1:1: error")), 3, NOW).findings
    assert found == [
        "no worker runs partition 1, 2",
        "w refused the bundle on 0: heat.yaml:1:1: error",
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [(None, "sha256:a"), ("a", "sha256:a"), ("b", "sha256:b"), ("sha256:ab", "sha256:ab")],
)
def test_the_bundle_before_or_the_one_that_is_named(asked, found):
    assert earlier(_view(), asked).hash == found


@pytest.mark.parametrize(
    ("asked", "said"), [("", "is the beginning of several"), ("c", "is not on the broker")]
)
def test_a_bundle_that_cannot_be_meant_is_told(asked, said):
    with pytest.raises(ConfigError, match=said):
        earlier(_view(), asked)


def test_without_an_earlier_one_there_is_no_way_back():
    with pytest.raises(ConfigError, match="nothing was published before"):
        earlier(_view(current=None), None)


def test_the_moment_of_a_switch():
    assert effective(None, None, NOW, Calendar()) == NOW
    assert effective(None, "10s", NOW, Calendar()) == NOW + 10_000
    assert effective("2027-03-01T08:00Z", None, NOW, Calendar()) == 1_803_888_000_000
    with pytest.raises(click.UsageError):
        effective("2027-03-01", "10s", NOW, Calendar())
    with pytest.raises(click.BadParameter):
        effective(None, "soon", NOW, Calendar())
    with pytest.raises(ConfigError):
        effective("soon", None, NOW, Calendar())
