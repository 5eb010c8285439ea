"""Small worlds for tests of the core: reports as they come in, and a run of intake and watch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from rules.engine import Counts, Watch
from rules.language.book import RuleBook
from rules.language.loader import load_book
from streams.acts import Act
from streams.adapters import adapter_for
from streams.alert_codec import encode_alert
from streams.announce import act_records
from streams.areas import AreaTree
from streams.intake import Intake, IntakeSettings, Matcher, Source
from streams.marks import closing_mark
from streams.observations import Finding, Span, decode_batch, encode_batch
from streams.records import Area, Text2
from streams.settings import Settings
from streams.topics import LOG

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)
FAR = START_MS + 400 * 86_400_000
"""An arrival and a clock later than any event of a test."""
FILE = Source("incidents", 0, 1)


class Robbery:
    """A matcher of one word, so that tests of the stages do not depend on the lexicon.

    `按墙上` it takes for a robbery told without the word, as the text model would.
    """

    def match_chunk(self, texts: Sequence[str]) -> list[Finding | None]:
        return [self._match(text) for text in texts]

    @staticmethod
    def _match(text: str) -> Finding | None:
        told = text.find("按墙上")
        if told >= 0:
            span = Span(told, told + 3, "~robbery", "robbery", "model")
            return Finding("critical", "robbery", "II", (span,), ("model:robbery",))
        at = text.find("抢劫")
        if at < 0:
            return None
        span = Span(at, at + 2, "抢劫", "robbery", "act")
        return Finding("critical", "robbery", "II", (span,), ("lexicon:robbery",))


def report(
    number: int, minute: float, area: str | None = "A", *, text: str = "有人吵架", **fields: object
) -> bytes:
    """One incident/1 as it comes in, `minute` minutes after the start of the test's world."""
    at = datetime.fromtimestamp(START.timestamp() + minute * 60, UTC)
    record = {
        "schema": "incident/1",
        "incident_id": f"J{number:05d}",
        "reported_at": at.isoformat(),
        "source": "phone_110",
        "category": "2001",
        "text": text,
        "area_id": area,
    } | fields
    return msgspec.json.encode(record)


def fix(
    unit: object, minute: float, lat: float = 30.005, lon: float = 100.005, **fields: Any
) -> bytes:
    """One unit_position/1 as it comes in, `minute` minutes after the start of the test's world.

    It is in the middle of station A of `small_city`.
    """
    at = datetime.fromtimestamp(START.timestamp() + minute * 60, UTC)
    record = {
        "schema": "unit_position/1",
        "unit_id": f"U{unit}",
        "unit_type": "patrol_car",
        "source": "vehicle_gps",
        "status": "patrol",
        "ts": at.isoformat(),
        "lat": lat,
        "lon": lon,
        "coord_sys": "wgs84",
    } | fields
    return msgspec.json.encode(record)


def book(tmp_path: Path, heat: str, areas: AreaTree | None = None) -> RuleBook:
    """A rule book of the shipped keyword rules and the heat rules given."""
    shipped = load_book()
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "heat.yaml").write_text(heat, encoding="utf-8")
    own = load_book(tmp_path, areas)
    return RuleBook(shipped.keyword, own.heat, own.bundle, own.parts, own.tree, own.calendar)


def small_city() -> AreaTree:
    """Two counties of one city: A, B and C lie in a row in the first, D beside C in the second.

    E lies in the first county, too, but far from the others.
    """
    rows = [("9901", "city", None), ("990101", "county", "9901"), ("990102", "county", "9901")]
    areas = [
        Area(area_id=area_id, kind=kind, parent_id=parent, name=Text2(area_id, area_id))  # type: ignore[arg-type]
        for area_id, kind, parent in rows
    ]
    for place, name in enumerate("ABCD"):
        areas.append(_station(name, "990102" if name == "D" else "990101", 100 + place * 0.01))
    return AreaTree([*areas, _station("E", "990101", 100.2)])


def _station(name: str, county: str, west: float) -> Area:
    """A square kilometre, nearly."""
    east, south, north = west + 0.01, 30.0, 30.01
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    return Area(
        area_id=name, kind="station", parent_id=county, name=Text2(name, name), geometry=shape
    )


class World:
    """One intake, one watch for each partition of the log; all batches go through their bytes."""

    def __init__(
        self,
        rules: RuleBook | None = None,
        *,
        partitions: int = 1,
        lateness_min: float = 2,
        matcher: Matcher | None = None,
        areas: AreaTree | None = None,
    ) -> None:
        self.rules = rules or load_book()
        self.areas = areas or AreaTree()
        settings = IntakeSettings(partitions=partitions, lateness_ms=round(lateness_min * 60_000))
        adapter = adapter_for("watchfloor")
        self.intake = Intake(adapter, matcher or Robbery(), self.areas, settings)
        self.watches = [Watch(self.rules, self.areas) for _ in range(partitions)]
        self.alerts: list[bytes] = []
        self.read = 0
        self._offset: dict[str, int] = {}
        self._books = {self.rules.bundle: self.rules}

    def feed(self, raws: Sequence[bytes], source: Source = FILE, *, judge: bool = True) -> None:
        """One chunk, at the next offsets of its source."""
        first = self._offset.get(source.name, 0)
        self._offset[source.name] = first + len(raws)
        self.again(raws, first, source, judge=judge)

    def again(
        self, raws: Sequence[bytes], first: int, source: Source = FILE, *, judge: bool = True
    ) -> None:
        """One chunk at given offsets (also ones that were written before)."""
        result = self.intake.ingest(
            source,
            offsets=range(first, first + len(raws)),
            arrivals=[FAR] * len(raws),
            raws=raws,
            clock=FAR,
        )
        self.read += result.read
        for partition, batch in result.batches.items():
            written = decode_batch(encode_batch(batch))
            outcome = self.watches[partition].step(written, judge=judge)
            self.alerts += [encode_alert(alert) for alert in outcome.alerts]

    def close(self, last_minute: float, sources: Iterable[Source] = (FILE,)) -> None:
        """End of input on every source."""
        for source in sources:
            self.feed([closing_mark(START_MS + round(last_minute * 60_000))], source)

    def switch(self, rules: RuleBook, minute: float) -> None:
        """Announce other rules, which hold from a minute of event time on, at this place."""
        self._books[rules.bundle] = rules
        for watch in self.watches:
            watch.schedule(START_MS + round(minute * 60_000), rules)

    def act(self, *acts: Act, judge: bool = True) -> None:
        """Announce acts to every watch, at this place of the log; through their bytes."""
        announced = [r.value for r in act_records(Settings(), acts) if r.topic == LOG]
        written = decode_batch(announced[0] or b"")
        for watch in self.watches:
            outcome = watch.step(written, judge=judge)
            self.alerts += [encode_alert(alert) for alert in outcome.alerts]

    def restart(self, rules: RuleBook | None = None) -> None:
        """Replace every watch by one that was restored from its snapshot.

        rules: what it is started with this time; the books it began with are then unknown.
        """
        fresh = [Watch(rules or self.rules, self.areas) for _ in self.watches]
        for old, new in zip(self.watches, fresh, strict=True):
            new.restore(old.snapshot(), {} if rules else self._books)
        self.watches = fresh

    @property
    def totals(self) -> Counts:
        total = Counts()
        for watch in self.watches:
            total = total.plus(watch.totals())
        return total

    def state(self) -> list[bytes]:
        return [watch.snapshot() for watch in self.watches]
