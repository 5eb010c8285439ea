"""What a silence would have hidden: its conditions over alerts that were published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from commands.alert_lines import alerts_of, alerts_on
from commands.alerts.options import Lang
from rules.language.book import RuleBook
from rules.register.facts import Facts
from rules.register.held import milliseconds
from rules.register.silences import Silences
from streams.acts import Act, Silence
from streams.records import Alert
from streams.topics import ALERTS_LOG

__all__ = ["Hidden", "hidden", "lines"]

_WEEK_MS = 7 * 24 * 3600 * 1000
_SHOWN = 10


class Hidden(Struct, frozen=True, kw_only=True):
    """Alerts that people would not have been told of, each once.

    alerts: how many, of `seen`; grave: of them those of level I or of a lifeline rule. lifelines:
    that met the conditions and would have been told all the same. ids: the gravest first.
    """

    seen: int
    alerts: int
    grave: int
    lifelines: int
    by_rule: dict[str, int]
    by_level: dict[str, int]
    ids: list[str]


def hidden(silence: Silence, book: RuleBook, files: Sequence[str], now_ms: int) -> Hidden:
    """What it would have hidden, had it stood all the time: of files, or of the last week."""
    always = replace(silence, from_ms=0, to_ms=1 << 62)
    bold = replace(always, lifeline=True)
    facts, seen = Facts(book), set[str]()
    found: dict[str, Alert] = {}
    spared = set[str]()
    alerts = alerts_of(files) if files else alerts_on([ALERTS_LOG], now_ms - _WEEK_MS)
    for alert in alerts:
        if alert.state != "live":
            continue
        seen.add(alert.id)
        if _stands(always, alert, facts):
            known = found.get(alert.id)
            found[alert.id] = alert if known is None or alert.level < known.level else known
        elif _stands(bold, alert, facts):
            spared.add(alert.id)
    gravest = sorted(found.values(), key=lambda alert: (len(alert.level), alert.level, alert.id))
    return Hidden(
        seen=len(seen),
        alerts=len(found),
        grave=sum(alert.level == "I" or facts.lifeline(alert) for alert in gravest),
        lifelines=len(spared),
        by_rule=dict(Counter(alert.rule.id for alert in gravest).most_common()),
        by_level=dict(sorted(Counter(str(alert.level) for alert in gravest).items())),
        ids=[alert.id for alert in gravest],
    )


def lines(found: Hidden, lang: Lang) -> Iterator[str]:
    """The same for people."""
    if lang == "zh":
        yield f"过去一周 {found.seen} 条预警中将静默 {found.alerts} 条"
        yield f"  其中一级或生命线规则 {found.grave} 条；生命线规则仍会通知 {found.lifelines} 条"
    else:
        yield f"of {found.seen} alerts it would have silenced {found.alerts}"
        told = f"lifelines told all the same: {found.lifelines}"
        yield f"  of level I or of lifeline rules: {found.grave}; {told}"
    for name, counts in (("level", found.by_level), ("rule", found.by_rule)):
        for value, count in counts.items():
            yield f"  {name} {value}: {count}"
    more = " ..." if len(found.ids) > _SHOWN else ""
    if found.ids:
        yield f"  {', '.join(found.ids[:_SHOWN])}{more}"


def _stands(silence: Silence, alert: Alert, facts: Facts) -> bool:
    silences = Silences()
    silences.begin(Act(kind="silence", id="dry", by="dry", at_ms=0, silence=silence))
    return bool(silences.over(alert, facts, milliseconds(alert.times.updated)))
