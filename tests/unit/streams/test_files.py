"""Files as sources: lines and rows with their numbers, and every way in which a file is broken."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from streams.adapters import Decoded, Refusal, adapter_for
from streams.errors import SourceError
from streams.sources.files import FileChunk, read_files


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def raws(chunks: list[FileChunk]) -> list[object]:
    return [raw for chunk in chunks for raw in chunk.raws]


def offsets(chunks: list[FileChunk]) -> list[int]:
    return [offset for chunk in chunks for offset in chunk.offsets]


def test_lines_in_chunks_with_numbers_and_progress(tmp_path: Path) -> None:
    content = b"".join(b'{"n":%d}\n' % n for n in range(12))
    chunks = list(read_files([write(tmp_path, "a.jsonl", content)], chunk=5))
    assert [len(chunk.raws) for chunk in chunks] == [5, 5, 2]
    assert offsets(chunks) == list(range(1, 13))
    assert raws(chunks)[11] == b'{"n":11}'
    assert chunks[-1].bytes_read == chunks[-1].total_bytes == len(content)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a", "unnamed.gz"])
def test_gzip_is_told_by_its_content(tmp_path: Path, name: str) -> None:
    content = b'{"n":1}\n{"n":2}'
    packed = gzip.compress(content) if name.endswith(".gz") else content
    chunks = list(read_files([write(tmp_path, name, packed)]))
    assert raws(chunks) == [b'{"n":1}', b'{"n":2}']


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"n":1}\r\n{"n":2}\r\n')
    assert raws(list(read_files([path]))) == [b'{"n":1}', b'{"n":2}']


def test_a_blank_line_is_a_record_with_its_number(tmp_path: Path) -> None:
    chunks = list(read_files([write(tmp_path, "a.jsonl", b'{"n":1}\n\n{"n":3}\n')]))
    assert raws(chunks)[1] == b""
    assert offsets(chunks) == [1, 2, 3]


def test_an_empty_file_has_no_chunk(tmp_path: Path) -> None:
    assert list(read_files([write(tmp_path, "a.jsonl", b""), write(tmp_path, "b.csv", b"")])) == []


def test_an_endless_line_costs_one_record(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", b'{"x":"' + b"y" * (10 << 20) + b'"}\n{"n":2}\n')
    chunks = list(read_files([path]))
    assert offsets(chunks) == [1, 2]
    assert raws(chunks)[1] == b'{"n":2}'
    first, _ = adapter_for("watchfloor").decode(raws(chunks))  # type: ignore[arg-type]
    assert isinstance(first, Refusal)
    assert first.reason == "too_large"


def test_rows_by_column(tmp_path: Path) -> None:
    content = '\ufeffa,b\r\n1,"x, y"\r\n\r\n"two\nlines",张\r\n3\r\n4,5,6\r\n'.encode()
    chunks = list(read_files([write(tmp_path, "a.csv", content)]))
    assert raws(chunks) == [{"a": "1", "b": "x, y"}, {"a": "two\nlines", "b": "张"}, {"a": "3"}, {}]
    assert offsets(chunks) == [1, 2, 3, 4]


def test_rows_survive_nuls_and_foreign_bytes(tmp_path: Path) -> None:
    chunks = list(read_files([write(tmp_path, "a.csv", b"a,b\n\x00,\xff\n")]))
    assert raws(chunks) == [{"a": "\x00", "b": "\ufffd"}]


def test_a_quotation_that_never_ends_costs_rows_not_the_run(tmp_path: Path) -> None:
    content = b'a,b\n1,2\n"' + b"x" * 300_000 + b"\n5,6\n"
    found = raws(list(read_files([write(tmp_path, "a.csv", content)])))
    assert found[0] == {"a": "1", "b": "2"}
    assert {} in found


def test_a_header_without_needed_columns_names_them(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b"ts,area\n1,2\n")
    with pytest.raises(SourceError, match="'arrival_ts', 'category'"):
        list(read_files([path], adapter_for("montgomery911")))


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        list(read_files([tmp_path / "none.jsonl"]))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="directory"):
        list(read_files([tmp_path]))


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_broken_gzip_gives_what_stands_before_and_then_says_so(tmp_path: Path, damage: str) -> None:
    packed = bytearray(gzip.compress(b"".join(b'{"n":%d}\n' % n for n in range(50_000))))
    if damage == "cut":
        del packed[-2000:]
    else:
        packed[len(packed) // 2] ^= 0xFF
        packed[len(packed) // 2 + 1] ^= 0xFF
    chunks: list[FileChunk] = []
    with pytest.raises(SourceError, match=r"broken after record \d+"):
        chunks.extend(read_files([write(tmp_path, "a.jsonl.gz", bytes(packed))], chunk=100))
    for chunk in read_partly(tmp_path / "a.jsonl.gz"):
        assert chunk.raws


def read_partly(path: Path) -> list[FileChunk]:
    chunks = []
    stream = read_files([path], chunk=100)
    try:
        for chunk in stream:
            chunks.append(chunk)  # noqa: PERF402  what came before the error is wanted
    except SourceError:
        assert chunks
    return chunks


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        buffer = io.BytesIO(b'{"n":1}\n')

    monkeypatch.setattr("sys.stdin", Terminal)
    (chunk,) = read_files(["-"])
    assert chunk.raws == [b'{"n":1}']
    assert chunk.total_bytes is None


def test_the_montgomery_file_is_read_whole(shared: Path) -> None:
    adapter = adapter_for("montgomery911")
    seen, ids, areas = 0, set(), set()
    for chunk in read_files([shared / "montgomery_pa" / "incidents.csv.gz"], adapter):
        for item in adapter.decode(chunk.raws):
            assert not isinstance(item, Refusal)
            record = item.record if isinstance(item, Decoded) else item
            seen += 1
            ids.add(record.incident_id)
            areas.add(getattr(record, "area_id", None))
    assert seen == len(ids) == 99_492
    assert len(areas - {None}) == 68
