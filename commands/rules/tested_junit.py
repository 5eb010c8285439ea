"""JUnit XML of the tests of rules and the examples of words, as pipelines read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from commands.rules.tested import Failed, Report, shown
from commands.rules.tested_text import case_lines
from rules.trials.report import CaseResult, TrialReport

__all__ = ["junit_xml"]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(report: TrialReport, examples: Report, bad: Sequence[Failed]) -> bytes:
    """One suite a rule file, and one of the lexicon, in which only failures have names."""
    root = ET.Element("testsuites", name="watchfloor rules test")
    by_file: dict[str, list[CaseResult]] = {}
    for case in report.cases:
        by_file.setdefault(case.file, []).append(case)
    for file, cases in by_file.items():
        failed = sum(case.status == "failed" for case in cases)
        skipped = sum(case.status == "not_run" for case in cases)
        suite = _suite(root, file, len(cases), failed, skipped)
        for case in cases:
            _case(suite, case)
    if examples.examples:
        suite = _suite(root, "lexicon", examples.examples, len(bad), 0)
        good = {"classname": "lexicon", "name": f"{examples.examples - len(bad)} examples"}
        ET.SubElement(suite, "testcase", good)
        for item in bad:
            name = {"classname": _clean(item.entry), "name": _clean(item.text), "file": item.file}
            made = ET.SubElement(suite, "testcase", name, line=str(item.line))
            told = f"expected {item.expected}; got {item.got}"
            failure = ET.SubElement(made, "failure", message=_clean(told))
            failure.text = _clean("\n".join(shown(item, "error")))
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _suite(root: ET.Element, name: str, tests: int, failed: int, skipped: int) -> ET.Element:
    counts = {"tests": str(tests), "failures": str(failed), "skipped": str(skipped), "errors": "0"}
    return ET.SubElement(root, "testsuite", {"name": name, **counts})


def _case(suite: ET.Element, case: CaseResult) -> None:
    place = {"file": case.file, "line": str(case.line)}
    made = ET.SubElement(
        suite, "testcase", {"classname": case.rule, "name": _clean(case.name), **place}
    )
    if case.status == "not_run":
        ET.SubElement(made, "skipped", message=_clean(case.why))
    if case.failures:
        first = case.failures[0]
        told = f"expected {first.expected}; got {first.got}"
        failure = ET.SubElement(made, "failure", message=_clean(told))
        failure.text = _clean("\n".join(case_lines(case)))


def _clean(text: str) -> str:
    """Without the characters that XML has no way to say."""
    return _NOT_XML.sub("\ufffd", text)
