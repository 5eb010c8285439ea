"""The records that flow: incident/1, unit_position/1, area/1 and alert/1, frozen, as on the wire.

Field names, codes and bounds are those of the record catalogue in docs/reference/records.md; the
JSON Schemas in docs/reference/schemas are generated from these types. There is no field for a
name, an identity number, an account or any other trait of a person, on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from msgspec import Meta, Struct, field

from streams.decisions import Ack, Divert, Mechanism, MoveAnswer, Opinion
from streams.texts import Text2

__all__ = [
    "MAX_LAT",
    "MAX_LON",
    "Ack",
    "Alert",
    "AlertArea",
    "AlertBudget",
    "AlertCoverage",
    "AlertIncidents",
    "AlertRule",
    "AlertTimes",
    "AlertTrace",
    "AlertWindow",
    "Area",
    "AreaKind",
    "AreaName",
    "Baseline",
    "ChannelSource",
    "CoordSys",
    "Evidence",
    "Incident",
    "IncidentEvent",
    "InputPlace",
    "KeyPlace",
    "Level",
    "MatchedTerm",
    "Staffing",
    "Suggest",
    "SuggestedMove",
    "Text2",
    "ThresholdFrom",
    "UnitPosition",
]

Level = Literal["I", "II", "III", "IV"]
IncidentEvent = Literal[
    "created",
    "updated",
    "dispatched",
    "contact",
    "arrived",
    "feedback",
    "closed",
    "cancelled",
    "diverted",
    "revisit",
]
ChannelSource = Literal[
    "phone_110",
    "phone_119",
    "phone_122",
    "sms_12110",
    "app",
    "wechat",
    "miniprogram",
    "weibo",
    "qq",
    "web",
    "station_walkin",
    "patrol",
    "mailbox",
    "hotline_12345",
    "alarm_device",
    "other_agency",
    "unknown",
]
CoordSys = Literal["wgs84", "gcj02", "bd09", "cgcs2000", "unknown"]
AreaKind = Literal["province", "city", "county", "station", "beat", "grid"]

# RFC 3339 with an offset: msgspec refuses a time that carries none.
Instant = Annotated[datetime, Meta(tz=True)]
NonNegativeInt = Annotated[int, Meta(ge=0)]
NonNegativeFloat = Annotated[float, Meta(ge=0)]
MAX_LAT: Final = 90.0
MAX_LON: Final = 180.0
Latitude = Annotated[float, Meta(ge=-MAX_LAT, le=MAX_LAT)]
Longitude = Annotated[float, Meta(ge=-MAX_LON, le=MAX_LON)]
AreaId = Annotated[str, Meta(min_length=1, max_length=64)]
# The pattern of ids is for the JSON Schema only: at the edge one search over all ids of a chunk
# (streams/adapters/repair.py) does it, since a search a record would double the cost of decoding.
RecordId = Annotated[
    str, Meta(min_length=1, max_length=64, extra_json_schema={"pattern": "^[A-Za-z0-9_-]+$"})
]
# `$` alone would let a final line break pass in Python (not in JSON Schema): hence the look-ahead.
ShortText = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,64}$(?!\n)")]
Adcode = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{8,128}$(?!\n)")]


class Incident(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, forbid_unknown_fields=True
):
    """One report, or one later event about it; the same id with a larger `rev` replaces it.

    lat, lon: degrees, both or none; WGS-84 (`coord_sys` = wgs84) once the record has left its
    adapter. answer_s: seconds from ring to answer. loc_accuracy_m: metres. Decoding is strict only
    so that the fast path sees a field it does not know; the edge accepts such a record and counts.
    """

    schema: Literal["incident/1"]
    incident_id: RecordId
    reported_at: Instant
    source: ChannelSource
    category: Annotated[str, Meta(max_length=64)]
    text: Annotated[str, Meta(max_length=8000)]
    rev: NonNegativeInt = 0
    event: IncidentEvent = "created"
    occurred_at: Instant | None = None
    ingest_at: Instant | None = None
    form: list[Literal["voice", "text", "image", "video", "iot"]] = []
    category_raw: Annotated[str, Meta(max_length=200)] | None = None
    level: Level | None = None
    level_engine: Level | None = None
    lang: Literal["zh", "en", "mixed"] | None = None
    area_id: AreaId | None = None
    adcode: Adcode | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    coord_sys: CoordSys | None = None
    loc_accuracy_m: NonNegativeFloat | None = None
    place_type: (
        Literal[
            "residence",
            "school",
            "hospital",
            "bank",
            "shop",
            "entertainment",
            "transport",
            "road",
            "government",
            "park",
            "water",
            "industrial",
            "hotel",
            "other",
        ]
        | None
    ) = None
    address_hash: Hash | None = None
    caller_hash: Hash | None = None
    units_assigned: list[ShortText] = []
    dispatched_at: Instant | None = None
    contact_at: Instant | None = None
    arrived_at: Instant | None = None
    closed_at: Instant | None = None
    answer_s: NonNegativeFloat | None = None
    persons_harmed: NonNegativeInt | None = None
    dead: NonNegativeInt | None = None
    weapon: Literal["gun", "blade", "explosive", "blunt", "fire", "poison", "other"] | None = None
    crowd: NonNegativeInt | None = None
    linked_to: ShortText | None = None
    divert_to: Literal["12345", "119", "120", "122", "antifraud", "other"] | None = None
    result: ShortText | None = None
    satisfaction: Annotated[int, Meta(ge=1, le=5)] | None = None
    test: bool = False
    ext: dict[str, Any] | None = None


class UnitPosition(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, forbid_unknown_fields=True
):
    """One fix of a unit, vehicle or call sign (never of a named person).

    lat, lon: degrees. accuracy_m: metres. speed_mps: metres a second. heading: degrees from north.
    officers: sworn officers aboard; auxiliaries: all others.
    """

    schema: Literal["unit_position/1"]
    unit_id: RecordId
    unit_type: Literal[
        "patrol_car", "motorcycle", "foot", "station_desk", "swat", "traffic", "drone", "auxiliary"
    ]
    source: Literal["pda", "radio_350m", "pdt", "vehicle_gps", "manual"]
    status: Literal["on_duty", "patrol", "en_route", "on_scene", "busy_other", "break", "off"]
    ts: Instant
    lat: Latitude
    lon: Longitude
    coord_sys: CoordSys
    accuracy_m: NonNegativeFloat | None = None
    speed_mps: NonNegativeFloat | None = None
    heading: Annotated[float, Meta(ge=0, le=360)] | None = None
    officers: Annotated[int, Meta(ge=1)] = 1
    auxiliaries: NonNegativeInt = 0
    home_area: AreaId | None = None
    incident_id: RecordId | None = None
    shift_end: Instant | None = None


class Staffing(Struct, frozen=True, kw_only=True):
    """Planned strength of an area, by shift name where it differs."""

    officers: dict[str, int] = {}
    auxiliaries: dict[str, int] = {}
    cars: dict[str, int] = {}


class KeyPlace(Struct, frozen=True, kw_only=True):
    """A place that the duty desk watches: a school, a bank, a transport hub."""

    id: str
    type: str
    point: tuple[float, float]
    radius_m: float


class Area(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One administrative area; the chain of `parent_id` ends at one root and has no cycle."""

    schema: Literal["area/1"] = "area/1"
    area_id: AreaId
    name: Text2
    kind: AreaKind
    parent_id: AreaId | None = None
    adcode: Adcode | None = None
    population: NonNegativeInt | None = None
    area_km2: NonNegativeFloat | None = None
    staffing: Staffing | None = None
    min_units: NonNegativeInt | None = None
    station_class: Literal["enhanced", "key", "regular"] | None = None
    tz: str | None = None
    geometry: dict[str, Any] | None = None
    key_places: list[KeyPlace] = []
    calendar: dict[str, Any] | None = None
    thresholds: dict[str, Any] | None = None
    valid_from: Instant | None = None
    valid_to: Instant | None = None


_T = TypeVar("_T")


def _written(make: Callable[[], _T]) -> _T:
    """A default that is written out, in a record that leaves out other fields at their default.

    What alerts had from the beginning always stands in their JSON; what came later stands there
    only where it says something, so that alerts without it keep their bytes.
    """
    made: _T = field(default_factory=lambda: make())  # noqa: PLW0108 - msgspec knows `list` itself
    return made


def _none() -> None:
    return None


class AlertArea(Struct, frozen=True, omit_defaults=True):
    """Where: the area, its names, and the chain from the root down to it.

    unclear: nobody knows for sure whose it is, and the nearest station has it (capability C19).
    """

    id: str
    name: Text2
    path: list[str]
    cell: str | None = _written(_none)
    unclear: bool = False


class AreaName(Struct, frozen=True):
    """One of the areas that an alert speaks for."""

    id: str
    name: Text2


class AlertWindow(Struct, frozen=True):
    """The event-time window judged; `watermark` is the event time up to which input is complete."""

    start: datetime
    end: datetime
    watermark: datetime


class AlertTimes(Struct, frozen=True, kw_only=True):
    """Event times of the alert's life. Only a live shell's sink fills `detected_latency_ms`."""

    breached: datetime
    fired: datetime | None = None
    updated: datetime
    resolved: datetime | None = None
    first_event: datetime | None = None
    detected_latency_ms: int | None = None


class ThresholdFrom(Struct, frozen=True, omit_defaults=True):
    """The value that was crossed and the place in the rule book that set it (file:line:column)."""

    count: float | None = None
    ratio: float | None = None
    score: float | None = None
    gap: float | None = None
    cold: int | None = None
    strength: float | None = None
    from_: str | None = field(default=None, name="from")


class AlertCoverage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an area has and needs, in cars: a motorcycle is 0.8 of one, a foot patrol 0.5.

    units: strength that serves calls; free: units that wait for one, whatever they weigh; lost:
    units whose radio has been silent for too long. need: the least units that keep utilisation,
    waiting, travel and the minimum. gap: units missing after the neighbours' help, below 0 to
    spare. coldness: 0 none to 3 ice. load: units busy on average over the time ahead, Erlang. near:
    half of the free units of areas within reach, where the rule counts them.
    """

    units: float
    free: int
    lost: int
    need: int
    minimum: int
    gap: float
    coldness: int
    load: float
    near: float | None = None


class Baseline(Struct, frozen=True):
    """What the expectation rests on: the model, its history in weeks and in observations."""

    model: str
    weeks: float
    n: int
    warming: bool


class MatchedTerm(Struct, frozen=True):
    """One matched span of a report: the term of the lexicon or a rule, never the caller's text.

    category: a critical category; for words of a rule's own its id.
    """

    start: int
    end: int
    term: str
    category: str


class AlertBudget(Struct, frozen=True, kw_only=True):
    """The false alerts that a rule may give, and what its threshold rests on.

    asked: per area and week. rests_on: area-weeks behind the threshold, newer ones weigh more.
    learning: too few of them yet. alerts: of this area so far, this one too, in `weeks`.
    area_weeks: observed in all, in `areas` areas. Observed is what lies before the last day. among:
    which areas these are: those of one partition, named by the first that was heard of.
    """

    asked: float
    rests_on: float
    learning: bool
    alerts: int
    weeks: float
    area_weeks: float
    areas: int
    among: str


class Evidence(Struct, frozen=True, kw_only=True):
    """Why: what was seen, what was expected, which threshold stood where, which terms matched."""

    observed: float | None = None
    expected: float | None = None
    interval: tuple[float, float] | None = None
    score: float | None = None
    p: float | None = None
    q: float | None = None
    threshold: ThresholdFrom | None = None
    clear_at: ThresholdFrom | None = None
    baseline: Baseline | None = None
    budget: AlertBudget | None = None
    coverage: AlertCoverage | None = None
    terms: list[MatchedTerm] = []
    category: str | None = None
    reasons: list[str] = []


class AlertIncidents(Struct, frozen=True, omit_defaults=True):
    """The incidents behind the alert: how many, and the first ids by event time.

    calls: how many calls these are, where the rule links calls about one place to one incident.
    repeats: how many of them came from a caller who had called before (capability C28).
    channels: how many came in by which, where several reports are of one event (capability C27).
    """

    count: int
    ids: list[str]
    truncated: bool = _written(bool)
    calls: int | None = _written(_none)
    repeats: int | None = None
    channels: dict[str, int] | None = None


class AlertRule(Struct, frozen=True):
    """Which rule in which version raised it."""

    id: str
    hash: str
    bundle: str
    overrides: list[str] = []


class SuggestedMove(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A unit that could help, from where, and the minutes it drives.

    giver_gap, taker_gap: units missing there and here, before all moves of the tick and after.
    answer: what the desk decided about it, once it has.
    """

    unit: str
    giver: AreaName
    minutes: float
    giver_gap: tuple[float, float]
    taker_gap: tuple[float, float]
    answer: MoveAnswer | None = None


class Suggest(Struct, frozen=True, omit_defaults=True):
    """Suggestions for the duty officer; always a suggestion. donors: areas that could lend.

    measures: what the rule advises its owner to do (capability C10).
    """

    donors: list[str] = _written(list)
    moves: list[SuggestedMove] = _written(list)
    measures: list[Text2] = []


class InputPlace(Struct, frozen=True):
    """Where an input record lies."""

    topic: str
    partition: int
    offset: int


class AlertTrace(Struct, frozen=True):
    """W3C trace parent derived from the alert id, so that a replay writes the same one."""

    traceparent: str
    input: list[InputPlace] = []


class Alert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One state of one alert; sinks keep the highest `revision` of an `id`."""

    schema: Literal["alert/1"] = _written(lambda: "alert/1")
    id: str
    revision: int
    dedup_key: str
    status: Literal["pending", "firing", "resolved", "withdrawn"]
    level: Level
    previous_level: Level | None = _written(_none)
    kind: Literal["keyword", "heat", "coverage", "process"]
    state: Literal["live", "shadow", "test"] = _written(lambda: "live")
    review: bool = _written(bool)
    area: AlertArea
    areas: list[AreaName] = _written(list)
    window: AlertWindow | None = _written(_none)
    times: AlertTimes
    evidence: Evidence
    incidents: AlertIncidents
    rule: AlertRule
    ack: Ack = _written(Ack)
    suppressed_by: list[str] = _written(list)
    inhibited_by: list[str] = _written(list)
    close_reason: str | None = _written(_none)
    disposition: str | None = _written(_none)
    suggest: Suggest = _written(Suggest)
    message: Text2
    trace: AlertTrace
    assignee: str | None = None
    mechanism: Mechanism | None = None
    divert: Divert | None = None
    opinion: Opinion | None = None
