"""Which incidents were counted: revisions, duplicates and a memory of fixed size."""

from __future__ import annotations

from rules.seen import SeenIncidents
from streams.observations import Change


def admit(seen: SeenIncidents, *rows: str) -> list[str]:
    """Rows such as `a` or `a/2` (revision 2); what became of each."""
    changes = {
        at: Change(int(row.split("/")[1]), "updated") for at, row in enumerate(rows) if "/" in row
    }
    duplicate, update = seen.admit([row.split("/")[0] for row in rows], changes)
    return ["dup" if d else "upd" if u else "new" for d, u in zip(duplicate, update, strict=True)]


def test_duplicates_in_one_chunk_and_across_chunks() -> None:
    seen = SeenIncidents()
    assert admit(seen, "a", "b", "a") == ["new", "new", "dup"]
    assert admit(seen, "b", "c") == ["dup", "new"]


def test_only_a_larger_revision_is_an_update() -> None:
    seen = SeenIncidents()
    assert admit(seen, "a", "a/2", "a/1", "a/2", "a/3") == ["new", "upd", "dup", "dup", "upd"]


def test_a_revision_that_comes_first_counts_as_new() -> None:
    seen = SeenIncidents()
    assert admit(seen, "a/4", "a", "a/5") == ["new", "dup", "upd"]


def test_exactly_so_many_ids_are_remembered_however_the_chunks_are_cut() -> None:
    def run(size: int) -> list[str]:
        seen = SeenIncidents(capacity=10)
        rows = [f"i{n}" for n in range(60)] + ["i50", "i49", "i59", "i20"]
        return [w for at in range(0, len(rows), size) for w in admit(seen, *rows[at : at + size])]

    outcomes = [run(size) for size in (1, 3, 7, 64)]
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert outcomes[0][60:] == ["dup", "new", "dup", "new"]


def test_snapshot_round_trip_remembers_the_same() -> None:
    seen = SeenIncidents(capacity=10)
    admit(seen, *[f"i{n}" for n in range(33)], "i30/7")
    other = SeenIncidents(capacity=10)
    other.restore(seen.snapshot())
    assert other.snapshot() == seen.snapshot()
    rows = ["i22", "i23", "i32", "i30/7", "i30/8", "x"]
    assert admit(other, *rows) == admit(seen, *rows)
