"""Rule directories of the live tests: one book in many versions, and a log replayed by them."""

from __future__ import annotations

from pathlib import Path

from rules.engine import Watch
from rules.language.bundle import book_in_bundle
from streams.alert_codec import encode_alert
from streams.areas import AreaTree
from streams.control import ControlView
from streams.observations import decode_batch
from tests.live.harness import Bench

__all__ = ["control_view", "replayed", "write_rules"]

HEAT = """\
format: 1
kind: heat
rules:
  - id: heat-quarter
    title: {{zh: "警情激增 {version}", en: "Burst {version}"}}
    window: {{size: 15m, every: 1m}}
    baseline: {{model: fixed}}
    keep_firing: 2m
    levels:
      III: {{fire: {{count: {third}}}, clear: {{count: {clear}}}}}
      II: {{fire: {{count: {second}}}, clear: {{count: {third}}}}}
"""
KEYWORD = """\
format: 1
kind: keyword
rules:
  - id: critical
    title: {{zh: "关键词警情 {version}", en: "Critical {version}"}}
    match: {{category: [homicide, robbery]}}
"""


def write_rules(directory: Path, version: int, count: int) -> Path:
    """One version of the book: `count` is the limit of level III."""
    directory.mkdir(parents=True, exist_ok=True)
    clear, second = max(1, count * 3 // 4), count * 5 // 4
    heat = HEAT.format(version=version, third=count, clear=clear, second=second)
    (directory / "heat.yaml").write_text(heat, encoding="utf-8")
    keyword = KEYWORD.format(version=version)
    (directory / "keyword.yaml").write_text(keyword, encoding="utf-8")
    return directory


def control_view(bench: Bench) -> ControlView:
    """What lies on `control` now."""
    view = ControlView()
    for message in bench.consume("control"):
        view.add(message.offset, message.key, message.value)
    return view


def replayed(bench: Bench, base: str) -> dict[tuple[str, int], bytes]:
    """The alerts of the whole log, by the pure watch and the bundles of `control` alone.

    base: hash of the rules that the workers were started with.
    """
    view = control_view(bench)
    books = {}
    for hash_ in view.bundles:
        bundle = view.bundle(hash_)
        assert bundle is not None
        books[hash_] = book_in_bundle(bundle)
    watches: dict[int, Watch] = {}
    numbers: dict[int, int] = {}
    alerts: dict[tuple[str, int], bytes] = {}
    for message in bench.consume("observations"):
        watch = watches.setdefault(message.partition, Watch(books[base], AreaTree()))
        batch = decode_batch(message.value or b"")
        if batch.stream == "rules" and batch.last > numbers.get(message.partition, -1):
            numbers[message.partition] = batch.last
            watch.schedule(batch.effective_ms, books[batch.bundle])
        for alert in watch.step(batch).alerts:
            alerts[alert.id, alert.revision] = encode_alert(alert)
    return alerts
