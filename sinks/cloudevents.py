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

__all__ = ["attributes", "event_type", "headers", "structured", "structured_batch"]

_SCHEMA: Final = "urn:watchfloor:schema:alert:1"
_PREFIX: Final = "watchfloor."
_encoder = msgspec.json.Encoder()


def event_type(alert: Alert) -> str:
    """What this revision tells, such as `watchfloor.alert.updated`.

    It is read off the record alone: a revision made by an act carries the act's time.
    """
    at = alert.times.updated
    if alert.status in {"pending", "resolved", "withdrawn"}:
        return f"{_PREFIX}alert.{alert.status}"
    if alert.ack.at == at:
        return f"{_PREFIX}alert.acked"
    return f"{_PREFIX}alert.{'firing' if alert.revision == 1 else 'updated'}"


def attributes(alert: Alert, source: str) -> dict[str, str]:
    """The attributes of the event, required ones first. source: which installation tells it."""
    return {
        "specversion": "1.0",
        "id": f"{alert.id}.{alert.revision}",
        "source": source,
        "type": event_type(alert),
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


def headers(alert: Alert, source: str) -> list[tuple[str, bytes]]:
    """Headers of a Kafka record in binary mode: `ce_` before each name, but the content type."""
    return [
        ("content-type" if name == "datacontenttype" else f"ce_{name}", value.encode())
        for name, value in attributes(alert, source).items()
    ]


def structured(alert: Alert, source: str) -> bytes:
    """The event in JSON, attributes and data in one object (`application/cloudevents+json`)."""
    return _encoder.encode(_envelope(alert, source))


def structured_batch(alerts: Sequence[Alert], source: str) -> bytes:
    """Several events in one array (`application/cloudevents-batch+json`)."""
    return _encoder.encode([_envelope(alert, source) for alert in alerts])


def _envelope(alert: Alert, source: str) -> dict[str, Any]:
    return {**attributes(alert, source), "data": msgspec.Raw(encode_alert(alert))}


def _instant(at: datetime) -> str:
    """RFC 3339, UTC as `Z`: the same text as in the alert."""
    return str(msgspec.to_builtins(at))
