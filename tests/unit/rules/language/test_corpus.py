"""Broken rule files, each with the faults that it must give, and good ones that give none."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from rules.language.faults import catalogue
from rules.language.loader import read_rules

FILES = Path(__file__).parents[3] / "rulefiles"
WITHOUT_RIVER = "E227"
"""Told where river is not installed; for the corpus it is."""
NOW_MS = 1_795_305_600_000  # 2026-11-22T00:00Z
BROKEN = sorted(path for path in (FILES / "broken").iterdir())
GOOD = sorted(path for path in (FILES / "good").iterdir())
_EXPECT = re.compile(r"^# expect: (\d+):(\d+) ([EW]\d{3})$", re.MULTILINE)


def files_of(case: Path) -> list[Path]:
    return sorted(case.glob("*.yaml")) if case.is_dir() else [case]


def expected(case: Path) -> list[tuple[str, int, int, str]]:
    return sorted(
        (file.name, int(line), int(column), code)
        for file in files_of(case)
        for line, column, code in _EXPECT.findall(
            file.read_text(encoding="utf-8", errors="replace")
        )
    )


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.stem)
def test_a_broken_file_gives_exactly_its_faults(case: Path, tmp_path: Path) -> None:
    for file in files_of(case):
        shutil.copy(file, tmp_path)
    found = read_rules(tmp_path, shown="", now_ms=NOW_MS, partitions=4, lateness_ms=300_000).faults
    assert expected(case)
    assert sorted((*fault.place, fault.code) for fault in found) == expected(case), [
        str(fault) for fault in found
    ]


def test_the_corpus_is_large_and_has_every_code() -> None:
    codes = {code for case in BROKEN for *_, code in expected(case)}
    assert len(BROKEN) >= 70
    assert codes | {WITHOUT_RIVER} == set(catalogue())


def test_a_baseline_without_its_library_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(FILES / "broken" / "slow-baseline" / "a.yaml", tmp_path)
    monkeypatch.setitem(sys.modules, "river", None)
    found = read_rules(tmp_path, shown="", now_ms=NOW_MS, partitions=4, lateness_ms=300_000).errors
    assert [(*fault.place, fault.code) for fault in found] == [
        ("a.yaml", 7, 15, WITHOUT_RIVER),
        ("a.yaml", 12, 15, WITHOUT_RIVER),
    ]


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.stem)
def test_a_good_book_has_no_errors(case: Path) -> None:
    reading = read_rules(case, now_ms=NOW_MS)
    assert [str(fault) for fault in reading.errors] == []
    assert {fault.code for fault in reading.faults} <= {"W601", "W602"}
