"""One alert as the register holds it: the newest record of its rule, and what was decided."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rules.alerts import instant
from streams.decisions import Ack, Mechanism, MoveAnswer, Opinion
from streams.records import Alert, Level, Suggest

__all__ = ["Closed", "Held", "milliseconds"]

_decoder = msgspec.msgpack.Decoder(Alert)
_encoder = msgspec.msgpack.Encoder()


class Closed(Struct, array_like=True, frozen=True):
    """A person said that it is over: when (ms), and at which level it stood."""

    at_ms: int
    level: Level


class Held(Struct, array_like=True):
    """What must be known of an alert to tell its next revision.

    record: what its rule said last, packed. over: the rule has ended it. revision: the last one
    told; lead: how many of them were the register's own. looked_ms: event time up to which
    silences were looked at; stamp_ms: the latest act that was told, since a record never seems
    older than the one before. peak: the highest score told; confirmed: it was found to be true.
    """

    id: str
    kind: str
    record: bytes
    looked_ms: int
    over: bool = False
    revision: int = 0
    lead: int = 0
    stamp_ms: int = 0
    ack: Ack = Ack()
    assignee: str | None = None
    mechanism: Mechanism | None = None
    disposition: str | None = None
    opinion: Opinion | None = None
    answers: dict[str, MoveAnswer] = {}
    silences: tuple[str, ...] = ()
    closed: Closed | None = None
    peak: float | None = None
    confirmed: bool = False

    @property
    def alert(self) -> Alert:
        """The newest record of its rule."""
        return _decoder.decode(self.record)

    def take(self, alert: Alert) -> None:
        """Hold what its rule says now; its revision follows on what was told."""
        self.record = _encoder.encode(alert)
        self.over = alert.status in ("resolved", "withdrawn")
        self.answers = {
            move.unit: self.answers[move.unit]
            for move in alert.suggest.moves
            if move.unit in self.answers
        }
        score = alert.evidence.score
        if score is not None:
            self.peak = score if self.peak is None else max(self.peak, score)

    def begin_anew(self) -> None:
        """It had ended and is told again: what was decided about the earlier life is over."""
        self.ack, self.assignee, self.mechanism = Ack(), None, None
        self.disposition, self.opinion, self.closed = None, None, None
        self.peak, self.confirmed = None, False

    def follow(self, alert: Alert) -> Alert:
        """What its rule says, as the next revision."""
        self.lead = max(self.lead, self.revision + 1 - alert.revision)
        self.revision = alert.revision + self.lead
        if self.stamp_ms and instant(self.stamp_ms) >= alert.times.updated:
            self.stamp_ms += 1  # what was decided carries the time of its own revision, no other's
        return self._shown(alert)

    def revise(self, at_ms: int) -> Alert:
        """A revision of its own, for what was decided at a moment."""
        self.revision += 1
        self.lead += 1
        self.stamp_ms = max(self.stamp_ms, at_ms)
        return self._shown(self.alert)

    def _shown(self, alert: Alert) -> Alert:
        """The record with what was decided; the same object where nothing was."""
        shown = replace(alert, revision=self.revision) if self.lead else alert
        stamp = instant(self.stamp_ms)
        if self.stamp_ms and stamp > alert.times.updated:
            shown = replace(shown, times=replace(shown.times, updated=stamp))
        if self.decided:
            shown = replace(
                shown,
                ack=self.ack,
                assignee=self.assignee,
                mechanism=self.mechanism,
                opinion=self.opinion,
                disposition=self.disposition,
                suppressed_by=[*alert.suppressed_by, *self.silences],
                suggest=self._answered(alert.suggest),
            )
        return shown if self.closed is None else _ended(shown, self.closed)

    @property
    def decided(self) -> bool:
        """Whether anything was decided about it that its record shows."""
        return bool(
            self.ack != _NO_ACK
            or self.assignee
            or self.mechanism
            or self.opinion
            or self.disposition
            or self.silences
            or self.answers
        )

    def _answered(self, suggest: Suggest) -> Suggest:
        if not self.answers:
            return suggest
        moves = [replace(move, answer=self.answers.get(move.unit)) for move in suggest.moves]
        return replace(suggest, moves=moves)


_NO_ACK = Ack()


def milliseconds(moment: datetime) -> int:
    """A moment as ms since the epoch."""
    return round(moment.timestamp() * 1000)


def _ended(alert: Alert, closed: Closed) -> Alert:
    """As its rule sees it, it may go on; as told, it is over since a person said so."""
    times = replace(alert.times, resolved=instant(closed.at_ms))
    return replace(
        alert,
        status="resolved",
        level=closed.level,
        close_reason="closed_by_desk",
        times=times,
        ack=replace(alert.ack, due=None),
    )
