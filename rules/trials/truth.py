"""Alerts against what is known to have happened: hits, how soon, and false alarms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median

import msgspec
from msgspec import Struct

from rules.trials.ledger import Episode
from streams.errors import SourceError
from streams.records import Level

__all__ = ["Burst", "Critical", "Known", "Scored", "Share", "Spread", "read_truth", "score"]

_GRACE_MS = 30 * 60_000
"""An area that was hot stays so in a sliding window for a while: no false alarm, and no lead."""


class Burst(Struct, tag="burst", tag_field="truth", frozen=True):
    """An area with more incidents than its normal between two moments."""

    id: str
    area: str
    start: datetime
    end: datetime


class Critical(Struct, tag="critical", tag_field="truth", frozen=True):
    """A report that must be told at once."""

    incident: str
    at: datetime
    area: str
    category: str
    level: Level | None = None


class Known(Struct, frozen=True):
    """True events, and how many lines told of something that no rule here is about."""

    bursts: list[Burst]
    criticals: list[Critical]
    others: int = 0

    def within(self, first_ms: int, last_ms: int) -> Known:
        """Those that began in a span."""
        return Known(
            [b for b in self.bursts if first_ms <= _ms(b.start) < last_ms],
            [c for c in self.criticals if first_ms <= _ms(c.at) < last_ms],
            self.others,
        )


class Share(Struct, frozen=True):
    """So many of so many."""

    hit: int
    of: int

    @property
    def percent(self) -> float | None:
        """None where there is nothing to divide by."""
        return round(100 * self.hit / self.of, 1) if self.of else None


class Spread(Struct, frozen=True):
    """Least, middle and greatest of some times (s)."""

    least: float
    median: float
    most: float


class Scored(Struct, frozen=True, kw_only=True):
    """What alerts made of the truth.

    review: true critical reports that were only told for review. delay: from the beginning of a
    true event to the alert (s). lead: from the alert to the end of a burst (s). false_*: alerts
    that were told as sure and belong to nothing that is known; missed: ids of true events.
    """

    criticals: Share
    review: int
    right_category: Share
    right_level: Share
    bursts: Share
    delay: dict[str, Spread]
    lead: Spread | None
    false_keyword: Share
    false_heat: Share
    missed: list[str]
    others: int

    @property
    def false_alarms(self) -> Share:
        """Both kinds together."""
        one, other = self.false_keyword, self.false_heat
        return Share(one.hit + other.hit, one.of + other.of)


class _Tag(Struct):
    truth: str


def read_truth(lines: Iterable[bytes], name: str) -> Known:
    """True events from JSON lines told apart by `truth`, as the simulator writes them.

    Kinds that are not known here are counted. Raises SourceError for a line that is no such object.
    """
    bursts: list[Burst] = []
    criticals: list[Critical] = []
    others = 0
    decoder: msgspec.json.Decoder[Burst | Critical] = msgspec.json.Decoder(Burst | Critical)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            kind = msgspec.json.decode(line, type=_Tag).truth
            if kind not in {"burst", "critical"}:
                others += kind == "shortage"
                continue
            event = decoder.decode(line)
        except msgspec.DecodeError as error:
            raise SourceError(f"{name}:{number}: no line of a truth file: {error}") from error
        if isinstance(event, Burst):
            bursts.append(event)
        else:
            criticals.append(event)
    return Known(bursts, criticals, others)


def score(known: Known, episodes: Sequence[Episode]) -> Scored:
    """What alerts (live ones) made of what is known."""
    keyword = [e for e in episodes if e.kind == "keyword"]
    heat = [e for e in episodes if e.kind == "heat"]
    by_incident: dict[str, list[Episode]] = defaultdict(list)
    for episode in keyword:
        for incident in episode.incidents:
            by_incident[incident].append(episode)
    sure: list[tuple[Critical, Episode]] = []
    missed: list[str] = []
    review = 0
    for critical in known.criticals:
        found = by_incident.get(critical.incident, [])
        firm = [episode for episode in found if not episode.review]
        if firm:
            sure.append((critical, min(firm, key=lambda e: e.fired)))
        else:
            review += bool(found)
            missed.append(critical.incident)
    delays: dict[str, list[float]] = {"critical": [(e.fired - _ms(c.at)) / 1000 for c, e in sure]}
    hits, leads, late = _bursts(known.bursts, heat)
    delays["burst"] = late
    missed += [burst.id for burst in known.bursts if burst.id not in hits]
    true_incidents = {critical.incident for critical in known.criticals}
    firm_alerts = [e for e in keyword if not e.review]
    graded = [(c, e) for c, e in sure if c.level is not None]
    return Scored(
        criticals=Share(len(sure), len(known.criticals)),
        review=review,
        right_category=Share(sum(c.category == e.category for c, e in sure), len(sure)),
        right_level=Share(sum(c.level == e.level for c, e in graded), len(graded)),
        bursts=Share(len(hits), len(known.bursts)),
        delay={kind: spread for kind, times in delays.items() if (spread := _spread(times))},
        lead=_spread(leads),
        false_keyword=Share(
            sum(e.incidents.isdisjoint(true_incidents) for e in firm_alerts), len(firm_alerts)
        ),
        false_heat=Share(sum(not _explained(e, known.bursts) for e in heat), len(heat)),
        missed=missed,
        others=known.others,
    )


def _bursts(
    bursts: Sequence[Burst], heat: Sequence[Episode]
) -> tuple[set[str], list[float], list[float]]:
    """Ids of bursts that were told, time left until their end (s), and time since they began."""
    hits: set[str] = set()
    leads: list[float] = []
    late: list[float] = []
    for burst in bursts:
        start, end = _ms(burst.start), _ms(burst.end)
        told = [
            moment
            for episode in heat
            if burst.area in (episode.area, *episode.path)
            for moment in episode.told
            if start <= moment <= end + _GRACE_MS
        ]
        if told:
            hits.add(burst.id)
            leads.append((end - min(told)) / 1000)
            late.append((min(told) - start) / 1000)
    return hits, leads, late


def _explained(episode: Episode, bursts: Sequence[Burst]) -> bool:
    return any(
        burst.area in (episode.area, *episode.path)
        and episode.overlaps(_ms(burst.start), _ms(burst.end) + _GRACE_MS)
        for burst in bursts
    )


def _spread(times: Sequence[float]) -> Spread | None:
    return Spread(min(times), median(times), max(times)) if times else None


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
