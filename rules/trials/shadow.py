"""Rules in shadow: how much they would tell, how much of it is told already, may they go live?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from rules.language.schema.names import LEVELS, Level
from rules.language.zone import DAY_MS
from rules.trials.ledger import Episode, Ledger, millis
from rules.trials.truth import Share
from streams.records import Alert

__all__ = ["Known", "ShadowRow", "Trial"]

_MOSTLY = 90
"""Per cent of a rule's alerts that live rules tell too, from which on it adds little."""


class Known(Struct, frozen=True):
    """A rule in shadow as the rule book has it. budget: alerts a day that it expects."""

    kind: str
    budget: float | None = None
    hash: str | None = None


class ShadowRow(Struct, frozen=True, kw_only=True):
    """One rule in shadow.

    days: since it is in shadow as it is now. told: how many of its alerts a live rule told too, in
    the same area at the same time, or of the same incident. ready: whether it may be promoted;
    because: what speaks for it or against.
    """

    rule: str
    kind: str
    alerts: int
    a_day: float
    days: float
    levels: dict[Level, int]
    review: int
    areas: int
    told: Share
    ready: bool
    because: list[str]


class Trial:
    """Takes in alerts of rules in shadow and of live ones, in any order of the two."""

    def __init__(self) -> None:
        self._shadow = Ledger()
        self._live = Ledger()
        self._versions: dict[str, dict[str, int]] = defaultdict(dict)
        self.first: int | None = None
        self.last: int | None = None

    def add(self, alerts: Iterable[Alert]) -> None:
        """Revisions, those of an alert in their order."""
        for alert in alerts:
            time_ms = millis(alert)
            self.first = time_ms if self.first is None else min(self.first, time_ms)
            self.last = time_ms if self.last is None else max(self.last, time_ms)
            if alert.state == "shadow":
                self._shadow.add([alert])
                begun = self._versions[alert.rule.id]
                begun[alert.rule.hash] = min(time_ms, begun.get(alert.rule.hash, time_ms))
            elif alert.state == "live":
                self._live.add([alert])

    def report(
        self,
        rules: Mapping[str, Known],
        *,
        begin: int,
        end: int,
        least_days: float,
        most_a_day: float | None = None,
    ) -> list[ShadowRow]:
        """One row a rule, by its name.

        rules: those in shadow by the rule book, that they may be silent is seen so. begin, end: the
        span (ms) that the alerts are of. least_days, most_a_day: what a rule has to keep to.
        """
        mine: dict[str, list[Episode]] = {rule: [] for rule in rules}
        for episode in self._shadow.episodes():
            mine.setdefault(episode.rule, []).append(episode)
        live = _by_subject(self._live.episodes())
        return [
            self._row(rule, found, rules.get(rule), live, (begin, end), least_days, most_a_day)
            for rule, found in sorted(mine.items())
        ]

    def _row(
        self,
        rule: str,
        found: Sequence[Episode],
        known: Known | None,
        live: Mapping[str, Sequence[Episode]],
        span: tuple[int, int],
        least_days: float,
        most_a_day: float | None,
    ) -> ShadowRow:
        begin, end = span
        versions = self._versions.get(rule, {})
        changed = None
        if len(versions) > 1 or (known and known.hash and versions and known.hash not in versions):
            newest = max(versions, key=lambda hash_: versions[hash_])
            wanted = known.hash if known is not None and known.hash is not None else newest
            changed = versions.get(wanted, end)
        begin = max(begin, changed or begin)
        days = max(0.0, (end - begin) / DAY_MS)
        inside = [e for e in found if begin <= e.fired <= end]
        told = Share(sum(_told_too(e, live) for e in inside), len(inside))
        a_day = round(len(inside) / days, 2) if days else float(len(inside))
        kind = known.kind if known is not None else found[0].kind
        budget = most_a_day if most_a_day is not None else known.budget if known else None
        against = list(_against(a_day, days, told, budget, least_days))
        if changed is not None:
            against.append("it was changed meanwhile; only what came since then counts")
        ready = days >= least_days and bool(inside) and (budget is None or a_day <= budget)
        counts = Counter(e.level for e in inside)
        return ShadowRow(
            rule=rule,
            kind=kind,
            alerts=len(inside),
            a_day=a_day,
            days=round(days, 2),
            levels={level: counts[level] for level in LEVELS},
            review=sum(e.review for e in inside),
            areas=len({e.area for e in inside}),
            told=told,
            ready=ready,
            because=against,
        )


def _against(
    a_day: float, days: float, told: Share, budget: float | None, least_days: float
) -> Iterable[str]:
    """What speaks for a promotion, or against it."""
    if days < least_days:
        yield f"{days:.1f} days are too few, {least_days:g} are wanted"
    if not told.of:
        yield "it raised no alert: nothing is known of it"
        return
    if budget is not None and a_day > budget:
        yield f"{a_day:g} alerts a day are more than {budget:g}"
    elif budget is not None:
        yield f"{a_day:g} alerts a day are within {budget:g}"
    else:
        yield "nothing says how many alerts a day are borne (budget of the rule, or --most)"
    if told.percent is not None and told.percent >= _MOSTLY:
        yield f"live rules tell {told.percent:g} % of its alerts already: it adds little"


def _by_subject(live: Iterable[Episode]) -> dict[str, list[Episode]]:
    """Live alerts by area, and by incident."""
    found: dict[str, list[Episode]] = defaultdict(list)
    for episode in live:
        found[f"area/{episode.area}"].append(episode)
        for incident in episode.incidents:
            found[f"incident/{incident}"].append(episode)
    return found


def _told_too(episode: Episode, live: Mapping[str, Sequence[Episode]]) -> bool:
    """Whether a live rule of the same kind spoke of the same thing."""
    if episode.kind == "keyword":
        return any(
            other.kind == "keyword"
            for incident in episode.incidents
            for other in live.get(f"incident/{incident}", ())
        )
    last = episode.ended if episode.ended is not None else max(episode.told, default=episode.fired)
    return any(
        other.kind == episode.kind and other.overlaps(episode.fired, last)
        for other in live.get(f"area/{episode.area}", ())
    )
