"""Runs a backtest: the history through the rule book, alerts into a table, truth against them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from commands.core import Core
from commands.rules.backtest_history import Ran, core_of, lines_of, open_history
from commands.rules.directory import moment
from rules.language.book import RuleBook
from rules.language.calendar import Calendar
from rules.language.checks.subject import calendar_of
from rules.language.checks.unused import NOT_RUN
from rules.language.leaves import close
from rules.language.zone import DAY_MS
from rules.trials.expected import expected_a_day
from rules.trials.ledger import Episode, Ledger
from rules.trials.moves_followed import Followed, MovesFollowed
from rules.trials.tally import Tally, tally
from rules.trials.truth import Known, Scored, read_truth, score
from streams.errors import ConfigError

__all__ = ["Asked", "BacktestReport", "known_rules", "run_backtest", "span_of"]


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    files: Sequence[str]
    directory: str | None
    areas: str | None
    format: str
    first: str | None
    last: str | None
    rules: Sequence[str]
    truth: str | None
    shadow: bool
    progress: bool


class BacktestReport(Struct, frozen=True, kw_only=True):
    """All of it. first, last: the span that was counted, on the rule book's clock.

    followed: of each coverage rule, what was missing without and with the moves it suggests, over
    the whole history.
    """

    bundle: str
    first: datetime | None
    last: datetime | None
    history: Ran
    tally: Tally
    truth: Scored | None
    followed: list[Followed]


def run_backtest(asked: Asked) -> BacktestReport:
    """Raises ConfigError, RuleError and SourceError for what cannot be run."""
    core = core_of(asked.directory, asked.areas)
    calendar = calendar_of(core.book.parts)
    known_rules(core.book, asked.rules)
    first = None if asked.first is None else moment(asked.first, calendar)
    last = None if asked.last is None else moment(asked.last, calendar)
    if first is not None and last is not None and last <= first:
        raise ConfigError(f"--to {asked.last} is not after --from {asked.first}")
    known = None if asked.truth is None else read_truth(lines_of(asked.truth), asked.truth)
    history = open_history(asked.files, asked.format, progress=asked.progress, verb="backtest")
    ledger = Ledger()
    moves = MovesFollowed()
    ran = history.run(core, ledger.add, sight=moves, until_ms=last)
    begin, end = span_of(ran, first, last)
    episodes = [e for e in ledger.episodes() if _counted(e, asked, begin, end)]
    return BacktestReport(
        bundle=core.book.bundle,
        first=None if ran.first_ms is None else calendar.shown(begin),
        last=None if ran.first_ms is None else calendar.shown(end),
        history=ran,
        tally=_table(core, asked, episodes, (end - begin) / DAY_MS, calendar),
        truth=None if known is None else _scored(known, episodes, begin, end),
        followed=[f for f in moves.results() if not asked.rules or f.rule in asked.rules],
    )


def span_of(ran: Ran, first: int | None, last: int | None) -> tuple[int, int]:
    """The span (ms) that is counted: what was asked for, as far as the history goes."""
    begin = ran.first_ms or 0
    end = ran.last_ms or 0
    return (
        begin if first is None else max(first, begin),
        end if last is None else min(last, end),
    )


def known_rules(book: RuleBook, rules: Sequence[str]) -> None:
    """Raises ConfigError for the id of a rule that the book does not have."""
    ids = [entry.rule.id for entry in book.parts.rules]
    for rule in rules:
        if rule not in ids:
            meant = close(rule, ids)
            hint = f"; did you mean {meant}?" if meant else f" (rules: {', '.join(ids)})"
            raise ConfigError(f"no rule {rule} here{hint}")


def _counted(episode: Episode, asked: Asked, begin: int, end: int) -> bool:
    if asked.rules and episode.rule not in asked.rules:
        return False
    if episode.state == "shadow" and not (asked.shadow or asked.rules):
        return False
    # The last minute's tick ends after the last event.
    return begin <= episode.fired <= end + DAY_MS // 1440


def _table(
    core: Core, asked: Asked, episodes: Sequence[Episode], days: float, calendar: Calendar
) -> Tally:
    rules = [
        (entry.rule.id, entry.kind, expected_a_day(entry.rule))
        for entry in core.book.parts.rules
        if entry.kind not in NOT_RUN
        and (entry.rule.id in asked.rules if asked.rules else entry.rule.state == "live")
    ]
    return tally(episodes, days=days, calendar=calendar, rules=rules)


def _scored(known: Known, episodes: Sequence[Episode], begin: int, end: int) -> Scored:
    return score(known.within(begin, end + 1), episodes)
