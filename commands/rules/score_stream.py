"""Alerts on a simulated stream whose truth is known: what harmless calls do, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
from msgspec import Struct
from msgspec import json as msgjson

from rules.critical.evaluation.intervals import Proportion, Range, proportion
from rules.critical.matcher import CriticalMatcher
from streams.sources.synthetic import Plan, Simulation

__all__ = ["Measured", "StreamSetting", "measure"]

_CHUNK = 512
_PROGRESS = 51_200


class StreamSetting(Struct, frozen=True):
    """How many calls a day there are, how many of them critical, and how long to look.

    shares: a file that says what harmless calls are about; None for the one that ships.
    """

    calls_a_day: int = 2_000
    critical_share: float = 0.003
    days: int = 7
    seed: int = 1
    shares: Path | None = None


class Measured(Struct, frozen=True):
    """What was counted on a simulated stream.

    false_alerts: of the harmless texts; every_day and decoys: of its two parts, the second made to
    sound critical. recall: of the critical texts, which come from few templates, so that it proves
    little. *_a_day: the share among the harmless, times the harmless calls of a day.
    """

    seed: int
    days: int
    texts: int
    alerts: int
    false_alerts: Proportion
    every_day: Proportion
    decoys: Proportion
    by_decoy: dict[str, Proportion]
    reviews: Proportion
    recall: Proportion
    false_alerts_a_day: Range
    reviews_a_day: Range


class _Call(Struct, frozen=True):
    """Of a simulated record, what is judged."""

    incident_id: str
    text: str


def measure(matcher: CriticalMatcher, setting: StreamSetting) -> Measured:
    """Judge every text of the simulated days."""
    plan = Plan(
        seed=setting.seed,
        hours=24.0 * setting.days,
        rate=float(setting.calls_a_day),
        critical_share=setting.critical_share,
    )
    simulation = Simulation(plan)
    tiers: dict[str, str] = {}
    done = 0
    for chunk in _chunks(simulation):
        for call, finding in zip(chunk, matcher.match_chunk([c.text for c in chunk]), strict=True):
            if finding is not None and finding.tier != "none":
                tiers[call.incident_id] = finding.tier
        done += len(chunk)
        if done % _PROGRESS == 0:
            click.echo(f"{done:,} simulated calls judged", err=True)
    return _count(simulation, tiers, setting, done)


def _chunks(simulation: Simulation) -> Iterator[list[_Call]]:
    decoder = msgjson.Decoder(_Call)
    calls = (decoder.decode(arrival.line) for hour in simulation.incidents() for arrival in hour)
    while chunk := list(islice(calls, _CHUNK)):
        yield chunk


def _count(
    simulation: Simulation, tiers: dict[str, str], setting: StreamSetting, texts: int
) -> Measured:
    """Compare with the truth, which is complete once the stream has been taken to its end."""
    critical = {record.incident for record in simulation.truth.criticals}
    decoys = {record.incident: record.kind for record in simulation.truth.decoys}
    alerts = {incident for incident, tier in tiers.items() if tier == "critical"}
    false = alerts - critical
    harmless = texts - len(critical)
    reviews = sum(tier == "review" for i, tier in tiers.items() if i not in critical)
    kinds = Counter(decoys.values())
    alarmed = Counter(decoys[incident] for incident in false if incident in decoys)
    of_all = proportion(len(false), harmless)
    of_reviews = proportion(reviews, harmless)
    a_day = setting.calls_a_day * (1 - setting.critical_share)
    return Measured(
        seed=setting.seed,
        days=setting.days,
        texts=texts,
        alerts=len(alerts),
        false_alerts=of_all,
        every_day=proportion(len(false) - alarmed.total(), harmless - len(decoys)),
        decoys=proportion(alarmed.total(), len(decoys)),
        by_decoy={kind: proportion(alarmed[kind], count) for kind, count in sorted(kinds.items())},
        reviews=of_reviews,
        recall=proportion(len(alerts & critical), len(critical)),
        false_alerts_a_day=_a_day(of_all, a_day),
        reviews_a_day=_a_day(of_reviews, a_day),
    )


def _a_day(share: Proportion, calls: float) -> Range:
    return Range((share.value or 0.0) * calls, share.low * calls, share.high * calls)
