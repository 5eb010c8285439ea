"""Whatever stands in a rule file, the loader says what is wrong and where, and never raises."""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.language import report
from rules.language.faults import catalogue
from rules.language.loader import read_rules
from streams.yaml_nodes import lines_of, parse_yaml

GOOD = Path(__file__).parents[1] / "rulefiles" / "good" / "full"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(GOOD.glob("*.yaml"))}
WORDS = [
    *("", "x", "-1", "1e9", "null", "[]", "{}", "I", "30m", "2026-02-30", "{a: b}", "*a", "&a"),
    *("!t", "'", '"', ":", "- ", "\t", "\n", "#", "甲", "{{", "9" * 40, "nan", "22:00-06:00"),
]


def check(folder: Path, files: dict[str, bytes]) -> None:
    """Read, and look at every fault as each format shows it."""
    for old in folder.glob("*.yaml"):
        old.unlink()
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    reading = read_rules(folder, shown="", now_ms=1_795_305_600_000)
    codes = catalogue()
    for fault in reading.faults:
        assert fault.code in codes
        lines = lines_of(reading.texts[fault.place.file])
        assert 1 <= fault.place.line <= len(lines), fault
        assert 1 <= fault.place.column <= len(lines[fault.place.line - 1]) + 1, fault
    assert list(report.as_text(reading.faults, reading.texts)) or not reading.faults
    assert len(report.as_json(reading.faults)["faults"]) == len(reading.faults)
    assert report.as_sarif(reading.faults, "0")["version"] == "2.1.0"
    assert len(list(report.as_github(reading.faults))) == len(reading.faults)


@given(st.one_of(st.text(), st.text(alphabet="ab:-[]{}&*!|>'\"\n\t #,?%@1"), st.binary()))
@example("[" * 50_000)
@example("{" * 5_000)
@example("a: &a [*a, *a]")
@example("? [a]\n: b\n? {c: d}\n: e")
@example("\ufeffformat: 1\n")
@example("a: |\n\u2028b: [")
@settings(max_examples=200)
def test_any_text_is_read(tmp_path_factory, text) -> None:
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    check(tmp_path_factory.getbasetemp(), {"any.yaml": raw})


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, bytes]:
    """Good files of which one has a few places replaced, removed or put twice."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    text = TEXTS[name]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, max(0, len(text) - 1)))
        length = draw(st.integers(0, 30))
        put = draw(
            st.one_of(
                st.sampled_from(WORDS),
                st.text(max_size=4),
                st.just(text[start : start + length] * 2),
            )
        )
        text = text[:start] + put + text[start + length :]
    files = {other: content.encode() for other, content in TEXTS.items()}
    files[name] = text.encode("utf-8", "surrogatepass")
    return files


@given(mutated())
@settings(max_examples=300)
def test_any_mutation_of_good_files_is_read(tmp_path_factory, files) -> None:
    check(tmp_path_factory.getbasetemp(), files)


@st.composite
def replaced(draw: st.DrawFn) -> dict[str, bytes]:
    """Good files of which one value, wherever it stands, is another value."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    document = parse_yaml(TEXTS[name].encode(), name)
    place = document.places[draw(st.sampled_from(sorted(document.places, key=str)))]
    lines = TEXTS[name].split("\n")
    line = lines[place.line - 1]
    end = len(line)
    for stop in (",", "}", "]", " #"):
        at = line.find(stop, place.column)
        end = at if 0 <= at < end else end
    lines[place.line - 1] = line[: place.column - 1] + draw(st.sampled_from(WORDS)) + line[end:]
    files = {other: content.encode() for other, content in TEXTS.items()}
    files[name] = "\n".join(lines).encode()
    return files


@given(replaced())
@settings(max_examples=300)
def test_any_other_value_is_read(tmp_path_factory, files) -> None:
    check(tmp_path_factory.getbasetemp(), files)
