"""A seeded, invented city with known truth: areas, incidents, unit positions, injected events."""

from __future__ import annotations

from collections.abc import Iterator

from streams.sources.synthetic.channels import Channels
from streams.sources.synthetic.city import City, build_city
from streams.sources.synthetic.columns import Columns, draw_columns
from streams.sources.synthetic.dispatching import Dispatching, Errand, Service
from streams.sources.synthetic.errands import Errands
from streams.sources.synthetic.events import plan_events
from streams.sources.synthetic.incidents import Arrival, incident_stream
from streams.sources.synthetic.people import invent_people
from streams.sources.synthetic.plan import LOCAL, Plan, generator
from streams.sources.synthetic.positions import position_stream
from streams.sources.synthetic.rhythm import Rhythm
from streams.sources.synthetic.roster import away_of, units_of
from streams.sources.synthetic.texts import TextBook
from streams.sources.synthetic.truth import Truth

__all__ = ["LOCAL", "Arrival", "City", "Plan", "Simulation", "Truth"]


class Simulation:
    """One run of a plan. Take its streams to their ends, then read the truth.

    Pure: the plan decides every byte. Each stream is an iterator over lists of `Arrival` in order
    of arrival; a list is one generated hour of incidents or one round of position fixes.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.city: City = build_city(plan)
        people = invent_people(plan.seed)
        self.truth = Truth(plan, people)
        self._book = TextBook(people)
        self._events = plan_events(plan, self.city)

    def incidents(self) -> Iterator[list[Arrival]]:
        """incident/1 lines, with duplicates and bad records as planned."""
        sent = self._dispatching() if self.plan.closings else None
        return incident_stream(self.plan, self.city, self._events, self._book, self.truth, sent)

    def positions(self) -> Iterator[list[Arrival]]:
        """unit_position/1 lines."""
        errands = Errands(self._errands()) if self.plan.closings else None
        return position_stream(self.plan, self.city, self._events, self.truth, errands)

    def _dispatching(self) -> Dispatching:
        units = units_of(self.plan, self.city)
        away, _ = away_of(self.city, units, self._events)
        return Dispatching(self.plan, self.city, self._book, units, away)

    def worked(self) -> Iterator[tuple[int, str, Service]]:
        """(moment in seconds, station, service) of every call to which units go, in blocks.

        What whoever knows everything knows: for scores of what an engine finds out.
        """
        for columns, services, _ in self._blocks():
            for time, station, service in zip(
                columns.time.tolist(), columns.station.tolist(), services, strict=True
            ):
                if service.level is not None:
                    yield time, self.city.stations[station], service

    def _errands(self) -> Iterator[tuple[int, list[Errand]]]:
        for span, (_, _, errands) in zip(self.plan.blocks(), self._blocks(), strict=True):
            yield span[1], errands

    def _blocks(self) -> Iterator[tuple[Columns, list[Service], list[Errand]]]:
        """Calls, services and errands by block, from the same numbers as those of `incidents`."""
        plan, dispatching = self.plan, self._dispatching()
        channels, rhythm = Channels(), Rhythm()
        for index, span in enumerate(plan.blocks()):
            calls = self._events.between(*span)
            columns = draw_columns(
                plan,
                self.city,
                channels,
                rhythm,
                generator(plan.seed, 10, index),
                span=span,
                background=int(self._events.background[index]),
                injected=calls,
            )
            yield columns, *dispatching.block(index, span[0], columns, calls)
