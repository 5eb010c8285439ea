"""Files that are whole at the end, or not there."""

from __future__ import annotations

import gzip
import os
import stat
from pathlib import Path

import pytest

from sinks.output import open_output
from streams.errors import ConfigError


def test_a_fault_on_the_way_leaves_the_old_file(tmp_path):
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b"old\n")
    with pytest.raises(RuntimeError), open_output(str(path)) as file:  # noqa: PT012 - on the way
        file.write(b"half of the ne")
        raise RuntimeError
    assert path.read_bytes() == b"old\n"
    assert [p.name for p in tmp_path.iterdir()] == ["alerts.jsonl"]


def test_equal_content_gives_equal_bytes_compressed_too(tmp_path):
    for name in ("a.gz", "b.gz"):
        with open_output(str(tmp_path / name)) as file:
            file.write(b"line\n" * 100)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == b"line\n" * 100


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(tmp_path):
    with (
        pytest.raises(ConfigError, match="cannot be written"),
        open_output(str(tmp_path / "no" / "such" / "folder")),
    ):
        pass


def test_a_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with open_output(str(pipe)) as stream:
            stream.write(b"through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
