"""What `control` holds of rules: bundles, the one that holds, and who runs what."""

from __future__ import annotations

import random

import msgspec
import pytest

from streams.control import (
    CURRENT,
    LARGEST_BUNDLE,
    Bundle,
    ControlView,
    Current,
    Held,
    Running,
    announcement,
    bundle_key,
    decode_bundle,
    encode_bundle,
    encode_current,
    encode_running,
    running_key,
)
from streams.errors import ConfigError
from streams.observations import decode_batch


def _bundle(hash_: str = "sha256:a", text: str = "format: 1\n") -> Bundle:
    return Bundle(hash=hash_, files={"r/heat.yaml": text}, by="anna", because="why", at_ms=5)


def _current(hash_: str, previous: str | None = None) -> Current:
    return Current(hash=hash_, previous=previous, effective_ms=70, by="anna", because="", at_ms=60)


def _running(worker: str, *partitions: int) -> bytes:
    held = Held(hash=worker, number=1, effective_ms=0, since_ms=5)
    return encode_running(
        Running(
            worker=worker,
            at_ms=5,
            partitions=dict.fromkeys(partitions, held),
        )
    )


def test_a_bundle_comes_back_as_it_was():
    assert decode_bundle(encode_bundle(_bundle())) == _bundle()


def test_a_bundle_that_no_record_holds_is_refused_before_it_is_sent():
    noise = random.Random(1).randbytes(2 * LARGEST_BUNDLE).hex()
    with pytest.raises(ConfigError, match="bytes packed"):
        encode_bundle(_bundle(text=noise))


@pytest.mark.parametrize("value", [b"", b"x", encode_bundle(_bundle())[:-9]])
def test_foreign_bytes_are_no_bundle(value):
    with pytest.raises(msgspec.DecodeError):
        decode_bundle(value)


def test_an_announcement_is_a_batch_without_rows():
    batch = decode_batch(announcement(_current("sha256:b"), 12))
    assert (batch.stream, batch.bundle, batch.effective_ms) == ("rules", "sha256:b", 70)
    assert (batch.first, batch.last, batch.offset) == (12, 12, b"")


def test_the_newest_current_holds_and_its_offset_numbers_it():
    view = ControlView()
    view.add(0, bundle_key("sha256:a"), encode_bundle(_bundle()))
    view.add(1, CURRENT, encode_current(_current("sha256:a")))
    view.add(7, CURRENT, encode_current(_current("sha256:b", "sha256:a")))
    assert view.current == _current("sha256:b", "sha256:a")
    assert view.number == 7
    assert view.bundle("sha256:a") == _bundle()
    assert view.bundle("sha256:b") is None


def test_what_is_of_others_is_passed_over_and_what_is_broken_is_counted():
    view = ControlView()
    view.add(0, b"notes/7", b"anything")
    view.add(0, b"silence/7", b"anything")
    view.add(1, CURRENT, b"{}")
    view.add(2, running_key("w"), b"\xff")
    view.add(3, None, None)
    view.add(4, b"\xff", b"")
    assert (view.current, view.running, view.foreign) == (None, {}, 4)


def test_who_said_last_has_a_partition_and_the_killed_are_gone():
    view = ControlView()
    view.add(0, running_key("killed"), _running("killed", 0, 1, 2))
    view.add(1, running_key("left"), _running("left", 0, 1))
    view.add(2, running_key("right"), _running("right", 2))
    assert {p: worker for p, (worker, _) in view.held().items()} == {
        0: "left",
        1: "left",
        2: "right",
    }
    assert list(view.gone()) == ["killed"]
    view.add(3, running_key("left"), None)
    assert {p: worker for p, (worker, _) in view.held().items()} == {
        0: "killed",
        1: "killed",
        2: "right",
    }


def test_what_a_worker_runs_comes_back_by_partition():
    (running,) = [msgspec.json.decode(_running("w", 0, 11), type=Running)]
    assert sorted(running.partitions) == [0, 11]
