"""The ack book: commits are exact and in order, holes are respected, old eras mean nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.live.acks import AckBook


def test_a_chunk_is_committable_only_after_every_chunk_before_it():
    book = AckBook()
    for last in (9, 19, 29):
        book.delivered("p", last)
    book.acked("p", 29, book.era)
    book.acked("p", 19, book.era)
    assert book.committable("p") is None
    assert book.outstanding("p") == 1
    book.acked("p", 9, book.era)
    assert book.committable("p") == 30
    assert book.committable("p") is None


def test_gaps_between_chunks_need_no_acks():
    book = AckBook()
    book.delivered("p", 4)
    book.delivered("p", 1004)
    assert book.acked("p", 4, book.era)
    assert book.committable("p") == 5
    assert book.acked("p", 1004, book.era)
    assert book.committable("p") == 1005


def test_late_acks_of_an_earlier_era_are_void_even_for_the_same_offset():
    book = AckBook()
    book.delivered("p", 9)
    era = book.era
    book.turn()
    assert not book.acked("p", 9, era)
    book.delivered("p", 9)
    assert not book.acked("p", 9, era)
    assert book.committable("p") is None
    assert book.outstanding("p") == 1


def test_acks_of_unknown_and_repeated_chunks_change_nothing():
    book = AckBook()
    book.delivered("p", 9)
    assert not book.acked("p", 8, book.era)
    assert not book.acked("q", 9, book.era)
    assert book.acked("p", 9, book.era)
    assert not book.acked("p", 9, book.era)
    assert book.partitions() == ["p"]


@given(order=st.permutations(range(8)), commits=st.lists(st.booleans(), min_size=8, max_size=8))
def test_commits_never_pass_a_hole_and_end_at_the_end(order, commits):
    book = AckBook()
    for n in range(8):
        book.delivered("p", n * 10)
    acked: set[int] = set()
    committed = 0
    for n, commit in zip(order, commits, strict=True):
        book.acked("p", n * 10, book.era)
        acked.add(n)
        if commit:
            committed = book.committable("p") or committed
            whole = next((k for k in range(8) if k not in acked), 8)
            assert committed == (0 if whole == 0 else (whole - 1) * 10 + 1)
    assert (book.committable("p") or committed) == 71
