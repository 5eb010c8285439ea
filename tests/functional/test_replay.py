"""`watchfloor replay` as a user calls it: files in, alerts out, every record accounted for."""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app import main
from streams.records import Alert
from tests.core_cases import report

SUMMARY = re.compile(
    r"read=(\d+) accepted=(\d+) duplicate=(\d+) late=(\d+) rejected=(\d+) alerts=(\d+)"
)


Run = Callable[..., tuple[list[bytes], dict[str, int], str]]


@pytest.fixture
def replay(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in this process: alert lines, the last line of stderr as numbers, stderr."""

    def run(
        *arguments: object, stdin: bytes = b"", code: int = 0
    ) -> tuple[list[bytes], dict[str, int], str]:
        monkeypatch.setattr(sys, "argv", ["watchfloor", "replay", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as end:
            main()
        out, raw = capfdbinary.readouterr()
        errors = raw.decode()
        assert end.value.code == code, errors
        match = SUMMARY.fullmatch(errors.strip().splitlines()[-1])
        names = ("read", "accepted", "duplicate", "late", "rejected", "alerts")
        counts = dict(zip(names, map(int, match.groups()), strict=True)) if match else {}
        return out.splitlines(), counts, errors

    return run


def balanced(counts: dict[str, int]) -> bool:
    parts = counts["accepted"] + counts["duplicate"] + counts["late"] + counts["rejected"]
    return counts["read"] == parts


def hour(first: int, start: float, area: str) -> list[bytes]:
    return [report(first + n, start + n, area) for n in range(60)]


def test_every_record_of_a_bad_file_is_accounted_for(replay: Run, tmp_path: Path) -> None:
    letters = tmp_path / "dead.jsonl"
    lines = [
        *hour(0, 0, "A"),
        report(3, 3, "A"),
        b"{broken",
        b"",
        b'{"schema":"incident/1"}',
        report(900, 58, "A", incident_id="no spaces, please"),
        b"x" * (2 << 20),
        report(901, -30, "A"),
        report(902, 59, "A", text="楼上有人持刀砍人"),
    ]
    file = tmp_path / "in.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    out, counts, errors = replay(file, "--dead-letters", letters)
    assert counts == {
        "read": 68, "accepted": 61, "duplicate": 1, "late": 1, "rejected": 5, "alerts": len(out),
    }  # fmt: skip
    assert "replay:" in errors, "progress is shown"
    reasons = [msgspec.json.decode(line)["reason"] for line in letters.read_bytes().splitlines()]
    assert len(reasons) == 5
    alerts = [msgspec.json.decode(line, type=Alert) for line in out]
    assert {a.kind for a in alerts} == {"heat", "keyword"}


def test_standard_input_and_output_and_gzip_give_the_same(replay: Run, tmp_path: Path) -> None:
    data = b"\n".join(hour(0, 0, "A"))
    packed = tmp_path / "in.jsonl.gz"
    packed.write_bytes(gzip.compress(data))
    target = tmp_path / "out.jsonl"
    piped, counts, _ = replay("-", stdin=data)
    assert counts["accepted"] == 60
    assert replay(packed, "--out", target)[1] == counts
    assert target.read_bytes().splitlines() == piped
    assert piped


def test_alerts_in_shadow_are_told_only_where_they_are_asked_for(
    replay: Run, tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "kw.yaml").write_text(
        "format: 1\nkind: keyword\nrules:\n"
        "  - {id: kw-gas, title: {zh: 燃气, en: Gas}, match: {any: {zh: [煤气味]}}}\n"
        "  - {id: kw-trial, title: {zh: 试, en: Trial}, match: {any: {zh: [煤气味, 停水]}},\n"
        "     state: shadow}\n",
        encoding="utf-8",
    )
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(
        b"\n".join([report(1, 5, text="楼道里有煤气味"), report(2, 6, text="又停水了")])
    )
    trial = tmp_path / "trial.jsonl"
    lines, counts, _ = replay(feed, "--rules", rules, "--shadow", trial)
    told = [msgspec.json.decode(line, type=Alert) for line in lines]
    assert [(a.rule.id, a.state) for a in told] == [("kw-gas", "live")]
    assert counts["alerts"] == 1
    tried = [msgspec.json.decode(line, type=Alert) for line in trial.read_bytes().splitlines()]
    assert [(a.rule.id, a.state, a.incidents.ids) for a in tried] == [
        ("kw-trial", "shadow", ["J00001"]),
        ("kw-trial", "shadow", ["J00002"]),
    ]


def test_files_may_be_named_in_any_order(replay: Run, tmp_path: Path) -> None:
    files = []
    for number, (start, area) in enumerate([(0, "A"), (30, "B"), (300, "A")]):
        files.append(tmp_path / f"{number}.jsonl")
        files[-1].write_bytes(b"\n".join(hour(number * 100, start, area)))
    straight, counts, _ = replay(*files)
    assert counts["accepted"] == 180
    turned, _, _ = replay(*files[::-1])
    assert sorted(turned) == sorted(straight)
    assert straight


def test_a_file_of_unit_positions_does_not_hold_up_the_incidents(
    replay: Run, tmp_path: Path
) -> None:
    fix = {
        "schema": "unit_position/1",
        "unit_id": "U1",
        "unit_type": "patrol_car",
        "source": "pda",
        "status": "patrol",
        "ts": "2026-03-02T08:00:00Z",
        "lat": 26.6,
        "lon": 106.6,
        "coord_sys": "wgs84",
    }
    positions, incidents = tmp_path / "positions.jsonl", tmp_path / "incidents.jsonl"
    positions.write_bytes(b"\n".join([msgspec.json.encode(fix)] * 7))
    incidents.write_bytes(b"\n".join(hour(0, 0, "A")))
    alone, _, _ = replay(incidents)
    both, counts, _ = replay(incidents, positions)
    assert both == alone
    assert counts["read"] == counts["accepted"] == 67


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["missing.jsonl"], 2, "missing.jsonl"),
        (["pyproject.toml", "--format", "nonsense"], 2, "montgomery911"),
        (["pyproject.toml", "--rules", "tests"], 2, "no rule files"),
        (["pyproject.toml", "--areas", "missing.geojson"], 2, "missing.geojson"),
        ([], 3, "Missing argument"),
        (["pyproject.toml", "--nonsense"], 3, "No such option"),
    ],
)
def test_wrong_calls_end_in_a_sentence(
    replay: Run, arguments: list[str], code: int, says: str
) -> None:
    _, _, errors = replay(*arguments, code=code)
    assert says in errors
    assert "Traceback" not in errors


@pytest.mark.shared
def test_a_real_citys_calls(replay: Run, shared: Path, tmp_path: Path) -> None:
    file = shared / "montgomery_pa" / "incidents.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        rows = sum(1 for _ in csv.reader(text)) - 1
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    _, counts, errors = replay(file, "--format", "montgomery911", "--out", first)
    assert counts["read"] == rows == 99_492
    assert balanced(counts)
    assert counts["rejected"] == 0
    assert "records" in errors
    assert replay(file, "--format", "montgomery911", "--out", second)[1] == counts
    assert first.read_bytes() == second.read_bytes()
    assert counts["alerts"] == len(first.read_bytes().splitlines()) > 0
