"""A partition without state, whose log has lost its beginning, begins with what is silenced."""

from __future__ import annotations

from rules.engine import Watch
from rules.language.loader import load_book
from streams.acts import Act, Silence, SilenceWhen
from streams.areas import AreaTree
from streams.control import Bundle, ControlView
from streams.live.desk import Desk
from streams.live.shelf import RuleSource, Shelf
from streams.observations import Batch, Finding, encode_batch

SILENCE = Act(
    kind="silence",
    id="s1",
    by="duty-officer",
    because="works",
    at_ms=5,
    silence=Silence(
        id="works", when=SilenceWhen(area=["a"]), from_ms=0, to_ms=1 << 50, lifeline=True
    ),
)
REPORT = Batch(
    source="incidents/0",
    sources=1,
    first=0,
    last=0,
    watermark=None,
    clock=0,
    areas=["a"],
    commands=["c"],
    categories=["99"],
    ids=["inc-1"],
    offset=bytes(8),
    time=bytes(8),
    flags=bytes(1),
    area=bytes(4),
    category=bytes(4),
    findings={0: Finding("critical", "robbery", "II")},
)


def _desk(*standing: Act) -> Desk:
    book = load_book()
    own = Bundle(hash=book.bundle, files={}, by="worker", because="", at_ms=0)
    shelf = Shelf(RuleSource(book, own, lambda _: book), ControlView())
    return Desk(0, lambda held: Watch(held, AreaTree()), shelf, 90, None, standing=standing)


def test_what_is_told_first_is_silenced_already() -> None:
    for standing, wanted in ((), []), ((SILENCE,), ["silence/works"]):
        outcome, letter = _desk(*standing).apply(90, encode_batch(REPORT), REPORT, judge=True)
        assert letter is None
        assert [alert.suppressed_by for alert in outcome.alerts] == [wanted]
