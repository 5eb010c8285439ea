"""The broker of the live tests, for the sinks that write to one."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from tests.live.conftest import broker, new_broker
from tests.live.harness import Bench

__all__ = ["broker", "new_broker"]


@pytest.fixture
def new_bench(request: pytest.FixtureRequest) -> Callable[[], Bench]:
    """Makes topics on the session's broker, which is started when the first test asks."""

    def make() -> Bench:
        bench = Bench(request.getfixturevalue("broker"), f"c{secrets.token_hex(4)}.")
        bench.apply_topics()
        return bench

    return make
