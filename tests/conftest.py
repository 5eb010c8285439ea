"""What every test may use: where the shared data lies, and which parts must not be skipped.

WATCHFLOOR_REQUIRE names the parts that have to run (`live`, `shared`, separated by commas): a skip
of one of them is a failure then, and so is a run in which none of them was executed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import hypothesis
import msgspec
import pytest

from streams.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
REQUIRED = [name for name in os.environ.get("WATCHFLOOR_REQUIRE", "").split(",") if name]
_executed: Counter[str] = Counter()

# How long an example takes depends on what else the machine does: no test judges it.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data beside the checkout; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data set does not lie beside this checkout")
    return folder


@pytest.fixture(autouse=True)
def _settings_of_the_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test."""
    for field in msgspec.structs.fields(Settings):
        monkeypatch.delenv(PREFIX + field.name.upper(), raising=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a required part into a failure, and count what was executed of it."""
    report = yield
    for part in REQUIRED:
        if not _belongs(item, report, part):
            continue
        if report.skipped and not hasattr(report, "wasxfail"):
            report.outcome = "failed"
            report.longrepr = (
                f"required by WATCHFLOOR_REQUIRE={part}, but skipped: {_reason(report)}"
            )
        elif report.when == "call":
            _executed[part] += 1
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run that was told to execute a part and executed none of it."""
    absent = [part for part in REQUIRED if not _executed[part]]
    if absent and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\nWATCHFLOOR_REQUIRE: no test of {', '.join(absent)} was executed")  # noqa: T201


def _belongs(item: pytest.Item, report: pytest.TestReport, part: str) -> bool:
    marked = item.get_closest_marker(part) is not None
    asked = part == "shared" and "shared" in getattr(item, "fixturenames", ())
    return marked or asked or (report.skipped and part in _reason(report))


def _reason(report: pytest.TestReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
