"""Alerts as CloudEvents 1.0: the attributes of the envelope, as headers or round the data.

Standard: CloudEvents 1.0.2, its JSON format and its Kafka binding (binary mode); extensions
partitionkey and traceparent (distributed tracing) as documented with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from streams.alert_codec import encode_alert
from streams.records import Alert

__all__ = ["attributes", "event_types", "headers", "structured", "structured_batch"]

_SCHEMA: Final = "urn:watchfloor:schema:alert:1"
_ALERT: Final = "watchfloor.alert."
_MECHANISM: Final = "watchfloor.joint_mechanism."
_encoder = msgspec.json.Encoder()


def event_types(alert: Alert) -> list[str]:
    """What a revision tells: of the alert, and then of its joint mechanism where that changed.

    It is read off the record alone: what was decided at this revision carries its time.
    """
    at = alert.times.updated
    if alert.status != "firing":
        what = str(alert.status)
    elif alert.ack.at == at:
        what = "acked"
    else:
        what = "firing" if alert.revision == 1 else "updated"
    types = [_ALERT + what]
    mechanism = alert.mechanism
    if mechanism is not None and mechanism.at == at and mechanism.status in {"proposed", "started"}:
        types.append(_MECHANISM + mechanism.status)
    return types


def attributes(alert: Alert, source: str, type_: str) -> dict[str, str]:
    """The attributes of an event, required ones first. source: which installation tells it."""
    own = f"{alert.id}.{alert.revision}"
    return {
        "specversion": "1.0",
        "id": own if type_.startswith(_ALERT) else f"{own}.mechanism",
        "source": source,
        "type": type_,
        "subject": alert.dedup_key,
        "time": _instant(alert.times.updated),
        "datacontenttype": "application/json",
        "dataschema": _SCHEMA,
        "partitionkey": alert.id,
        "traceparent": alert.trace.traceparent,
        "alertkind": alert.kind,
        "alertlevel": alert.level,
        "alertstate": alert.state,
    }


def headers(alert: Alert, source: str, type_: str | None = None) -> list[tuple[str, bytes]]:
    """Headers of a Kafka record in binary mode: `ce_` before each name, but the content type.

    type_: which of the revision's events; without it, that of the alert itself.
    """
    shown = event_types(alert)[0] if type_ is None else type_
    return [
        ("content-type" if name == "datacontenttype" else f"ce_{name}", value.encode())
        for name, value in attributes(alert, source, shown).items()
    ]


def structured(alert: Alert, source: str, type_: str) -> bytes:
    """The event in JSON, attributes and data in one object (`application/cloudevents+json`)."""
    return _encoder.encode(_envelope(alert, source, type_))


def structured_batch(alerts: Sequence[Alert], source: str) -> bytes:
    """All events of alerts in one array (`application/cloudevents-batch+json`)."""
    envelopes = [_envelope(a, source, type_) for a in alerts for type_ in event_types(a)]
    return _encoder.encode(envelopes)


def _envelope(alert: Alert, source: str, type_: str) -> dict[str, Any]:
    return {**attributes(alert, source, type_), "data": msgspec.Raw(encode_alert(alert))}


def _instant(at: datetime) -> str:
    """RFC 3339, UTC as `Z`: the same text as in the alert."""
    return str(msgspec.to_builtins(at))
