"""The incident stream of a simulated city: made hour by hour, put out in order of arrival."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from msgspec import json, structs

from streams.records import Incident
from streams.sources.synthetic.channels import Channels
from streams.sources.synthetic.city import City
from streams.sources.synthetic.columns import (
    CRITICAL,
    DECOY,
    REPEAT,
    Columns,
    call_id,
    draw_columns,
)
from streams.sources.synthetic.dispatching import Dispatching
from streams.sources.synthetic.events import Events, Injected
from streams.sources.synthetic.faults import FAULTS, spoil
from streams.sources.synthetic.followup import follow_up
from streams.sources.synthetic.plan import LOCAL, Plan, generator
from streams.sources.synthetic.rhythm import Rhythm
from streams.sources.synthetic.tables import table
from streams.sources.synthetic.texts import UNSURE, Language, TextBook, language_of
from streams.sources.synthetic.truth import Critical, Decoy, Truth

__all__ = ["Arrival", "incident_stream"]

_CONTACT_PERCENT = 8
_UNSURE_PERCENT = 35  # of the critical reports, whose category the seat has left at 99

_encode = json.Encoder().encode


class Arrival(NamedTuple):
    """One line of the stream: when it arrived (ms), its key, and the line without its end."""

    at_ms: int
    key: str
    line: bytes


def incident_stream(
    plan: Plan,
    city: City,
    events: Events,
    book: TextBook,
    truth: Truth,
    dispatching: Dispatching | None = None,
) -> Iterator[list[Arrival]]:
    """The stream in order of arrival, one list per generated hour; fills `truth` on the way.

    dispatching: who sends units to calls; None where nothing is told of a call after its report.
    """
    maker = _Maker(plan, city, book, truth, dispatching)
    truth.bursts = {burst.id: burst for burst in events.bursts}
    waiting: list[Arrival] = []
    for index, (begin, end) in enumerate(plan.blocks()):
        calls = events.between(begin, end)
        waiting += maker.block(index, (begin, end), int(events.background[index]), calls)
        waiting.sort(key=itemgetter(0, 1))
        # Later blocks report later, so nothing of theirs can arrive before this block's end.
        ready = bisect_left(waiting, end * 1000, key=itemgetter(0))
        if end == plan.end_s:
            ready = len(waiting)
        truth.summary.lines += ready
        yield waiting[:ready]
        del waiting[:ready]


class _Maker:
    """Turns columns into records; holds what all blocks share."""

    def __init__(
        self,
        plan: Plan,
        city: City,
        book: TextBook,
        truth: Truth,
        dispatching: Dispatching | None,
    ) -> None:
        self._plan, self._city, self._book, self._truth = plan, city, book, truth
        self._dispatching = dispatching
        self._channels, self._rhythm = Channels(), Rhythm()
        self._decoys = [
            kind for kind, share in table("rhythm")["decoys"].items() for _ in range(share)
        ]
        self._codes = {k: v["code"] for k, v in table("critical")["categories"].items()}

    def block(
        self, index: int, span: tuple[int, int], background: int, calls: list[Injected]
    ) -> list[Arrival]:
        """All lines that belong to reports of one block, in no special order."""
        rng = generator(self._plan.seed, 10, index)
        columns = draw_columns(
            self._plan,
            self._city,
            self._channels,
            self._rhythm,
            rng,
            span=span,
            background=background,
            injected=calls,
        )
        incidents = [self._incident(span[0], row, calls) for row in _rows(columns)]
        arrivals = columns.time * 1000 + columns.delay
        lines = [
            Arrival(at_ms, incident.incident_id, _encode(incident))
            for at_ms, incident in zip(arrivals.tolist(), incidents, strict=True)
        ]
        self._truth.summary.incidents += len(lines)
        extra = self._duplicates(rng, incidents, lines) + self._bad(rng, columns, incidents)
        if self._dispatching is not None:
            services, _ = self._dispatching.block(index, span[0], columns, calls)
            for line, incident, service in zip(lines, incidents, services, strict=True):
                for at_ms, record in follow_up(incident, line.at_ms, service, self._plan.end_s):
                    extra.append(Arrival(at_ms, record.incident_id, _encode(record)))
                    self._truth.summary.changes += 1
        return lines + extra

    def _incident(self, begin_s: int, row: dict[str, Any], calls: list[Injected]) -> Incident:
        identity = call_id(begin_s, row["number"])
        language = language_of(row["contact"])
        text, category = self._text(identity, row, language, calls)
        channel, station = row["channel"], self._city.stations[row["station"]]
        has_point, accuracy = row["has_point"], row["accuracy"]
        source = self._channels.names[channel]
        return Incident(
            schema="incident/1",
            incident_id=identity,
            reported_at=datetime.fromtimestamp(row["time"], LOCAL),
            ingest_at=_instant(row["time"] * 1000 + row["delay"]),
            source=source,
            form=self._channels.forms[channel],
            category=category,
            text=text,
            area_id=station if row["has_area"] else None,
            lat=row["lat"] if has_point else None,
            lon=row["lon"] if has_point else None,
            coord_sys=self._channels.datums[channel] if has_point else None,
            loc_accuracy_m=accuracy if has_point else None,
            caller_hash=f"{row['caller']:016x}",
            answer_s=row["answer"] if source.startswith("phone_") else None,
            linked_to=call_id(begin_s, row["parent"]) if row["same_caller"] else None,
        )

    def _text(
        self, identity: str, row: dict[str, Any], language: Language, calls: list[Injected]
    ) -> tuple[str, str]:
        """The text and the category code of a row; what is special about it goes to the truth."""
        number, kind = row["text"], row["kind"]
        category = self._rhythm.categories[row["category"]]
        if kind == CRITICAL:
            return self._critical(identity, row, language, calls[row["call"]])
        if kind == DECOY:
            number, choice = divmod(number, len(self._decoys))
            decoy = self._decoys[choice]
            self._truth.decoys.append(Decoy(incident=identity, kind=decoy))
            return self._book.decoy(decoy, language, number), self._book.decoy_category[decoy]
        if row["call"] >= 0:
            self._truth.bursts[calls[row["call"]].burst].incidents.append(identity)
        if kind == REPEAT:
            self._truth.summary.repeats += 1
            if number % 5 < 2:  # noqa: PLR2004 (two in five say so; the others tell it anew)
                return self._book.repeat(language, number // 5), category
        text = self._book.ordinary(category, language, number)
        contact, chance = divmod(row["contact"] // 100, 100)
        if chance < _CONTACT_PERCENT:
            text += self._book.contact(language, contact)
            self._truth.summary.with_contact += 1
        return text, category

    def _critical(
        self, identity: str, row: dict[str, Any], language: Language, call: Injected
    ) -> tuple[str, str]:
        number, unsure = divmod(row["text"], UNSURE)
        found = self._book.critical(call.critical, language, number)
        self._truth.criticals.append(
            Critical(
                incident=identity,
                at=datetime.fromtimestamp(row["time"], LOCAL),
                area=self._city.stations[row["station"]],
                category=call.critical,
                level=found.level,
                variant=found.variant,
            )
        )
        return found.text, "99" if unsure < _UNSURE_PERCENT else self._codes[call.critical]

    def _duplicates(
        self, rng: np.random.Generator, incidents: list[Incident], lines: list[Arrival]
    ) -> list[Arrival]:
        """The same record delivered again some seconds later."""
        count = int(rng.binomial(len(incidents), self._plan.duplicates))
        chosen = rng.choice(len(incidents), count, replace=False).tolist() if count else []
        later = (1000 + rng.exponential(30_000, count)).astype(np.int64).tolist()
        self._truth.summary.duplicates += count
        found = []
        for row, extra_ms in zip(chosen, later, strict=True):
            at_ms = lines[row].at_ms + extra_ms
            again = structs.replace(incidents[row], ingest_at=_instant(at_ms))
            found.append(Arrival(at_ms, again.incident_id, _encode(again)))
        return found

    def _bad(
        self, rng: np.random.Generator, columns: Columns, incidents: list[Incident]
    ) -> list[Arrival]:
        """Extra records with one fault each, made from ordinary reports under ids of their own."""
        plain = np.flatnonzero(columns.call < 0)
        count = int(rng.binomial(len(plain), self._plan.bad))
        rows = rng.choice(plain, count, replace=False).tolist() if count else []
        kinds = rng.integers(0, len(FAULTS), count).tolist()
        found = []
        for row, kind in zip(rows, kinds, strict=True):
            fault, model = FAULTS[kind], incidents[row]
            bad = structs.replace(model, incident_id=model.incident_id + "B", linked_to=None)
            summary = self._truth.summary
            (summary.repaired if fault.repaired else summary.rejected)[fault.reason] += 1
            at_ms = int(columns.time[row] * 1000 + columns.delay[row])
            found.append(Arrival(at_ms, bad.incident_id, spoil(bad, fault)))
        return found


def _rows(columns: Columns) -> Iterator[dict[str, Any]]:
    names = columns.__struct_fields__
    lists = [getattr(columns, name).tolist() for name in names]
    for number, values in enumerate(zip(*lists, strict=True)):
        yield {"number": number, **dict(zip(names, values, strict=True))}


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, LOCAL)
