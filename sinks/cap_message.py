"""One revision of an alert as a CAP 1.2 message: the mapping of fields, and the XML of it.

Standard: OASIS Common Alerting Protocol 1.2, section 3.2. The order of elements is the schema's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from msgspec import Struct

from sinks.console import clean, reason
from streams.records import Alert, AreaName
from streams.texts import Text2

__all__ = ["Reference", "audience", "identifier", "message", "reference"]

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
_LANGUAGES: Final = {"zh": "zh-CN", "en": "en-US"}
_EVENTS: Final = {
    "keyword": Text2("重大警情", "Critical report"),
    "heat": Text2("警情热点", "Incident hot spot"),
    "coverage": Text2("警力冰点", "Police cold spot"),
    "process": Text2("流程", "Procedure"),
}
_CATEGORIES: Final = {"keyword": "Security", "heat": "Security"}
_SEVERITIES: Final = {"I": "Extreme", "II": "Severe", "III": "Moderate", "IV": "Minor"}
_HEADLINE: Final = 160
"""Characters that the standard counts on devices to show."""

Fields = list[tuple[str, str]]


class Reference(Struct, frozen=True):
    """What another message names this one by."""

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{self.sent}"


def identifier(alert: Alert, revision: int | None = None) -> str:
    """Id and revision, without the characters that the standard forbids."""
    shown = alert.revision if revision is None else revision
    return re.sub(r"[\s,<&]", "_", f"{alert.id}.{shown}")


def reference(alert: Alert, sender: str) -> Reference:
    """How later messages name this one."""
    return Reference(sender, identifier(alert), _instant(alert.times.updated))


def audience(scope: str, restriction: str, addresses: Sequence[str]) -> Fields:
    """The scope, and what the standard asks for beside it."""
    fields = [("scope", scope)]
    if scope == "Restricted":
        fields.append(("restriction", restriction))
    if addresses:
        # an address that has spaces stands in quotes
        said = " ".join(f'"{a}"' if re.search(r"\s", a) else a for a in addresses)
        fields.append(("addresses", said))
    return fields


def message(alert: Alert, sender: str, head: Fields, before: Sequence[Reference]) -> bytes:
    """The message in UTF-8. head: from `audience`. before: earlier messages about this alert.

    Of an alert that is not new and of which no message is known here (after a restart), its first
    is named, as it was sent.
    """
    own = reference(alert, sender)
    type_ = _message_type(alert)
    root = ET.Element("alert", {"xmlns": NAMESPACE})
    _add(root, [("identifier", own.identifier), ("sender", sender), ("sent", own.sent)])
    _add(root, [("status", _status(alert)), ("msgType", type_), *head])
    if type_ == "Ack":
        _add(root, [("note", f"acknowledged: {alert.ack.by or ''}")])
    if alert.revision > 1:
        known = list(before) or [_first(alert, sender)]
        _add(root, [("references", " ".join(map(str, known)))])
    if alert.incidents.ids:
        _add(root, [("incidents", " ".join(alert.incidents.ids))])
    if type_ != "Ack":
        for language in _told_in(alert):
            _info(root, alert, language, sender)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _first(alert: Alert, sender: str) -> Reference:
    at = alert.times.fired or alert.times.breached
    return Reference(sender, identifier(alert, 1), _instant(at))


def _status(alert: Alert) -> str:
    """An alert that a suppression marks as an exercise is one; else it is a test of the channel."""
    if alert.state == "live":
        return "Actual"
    return "Exercise" if alert.suppressed_by else "Test"


def _message_type(alert: Alert) -> str:
    if alert.status == "withdrawn":
        return "Cancel"
    if alert.status == "resolved":
        return "Update"
    if alert.ack.at == alert.times.updated:
        return "Ack"
    return "Alert" if alert.revision == 1 else "Update"


def _info(root: ET.Element, alert: Alert, language: str, sender: str) -> None:
    info = ET.SubElement(root, "info")
    text = clean(getattr(alert.message, language)) or _event(alert, language)
    over = alert.status != "firing"
    fields: Fields = [
        ("language", _LANGUAGES[language]),
        ("category", _CATEGORIES.get(alert.kind, "Safety")),
        ("event", _event(alert, language)),
    ]
    if alert.status == "resolved":
        fields.append(("responseType", "AllClear"))
    fields += [
        ("urgency", "Past" if over else "Immediate" if alert.kind == "keyword" else "Expected"),
        ("severity", _SEVERITIES[alert.level]),
        ("certainty", _certainty(alert)),
    ]
    _add(info, fields)
    _pairs(info, "eventCode", _codes(alert))
    fields = [
        ("effective", _instant(alert.times.updated)),
        ("onset", _instant(alert.times.fired or alert.times.breached)),
    ]
    if over:
        fields.append(("expires", _instant(alert.times.updated)))
    fields += [
        ("senderName", sender),
        ("headline", text[:_HEADLINE]),
        ("description", "\n".join(filter(None, (text, clean(reason(alert)))))),
    ]
    _add(info, fields)
    _pairs(info, "parameter", _parameters(alert))
    for area in alert.areas or [AreaName(alert.area.id, alert.area.name)]:
        place = ET.SubElement(info, "area")
        _add(place, [("areaDesc", clean(getattr(area.name, language)) or area.id)])
        _pairs(place, "geocode", [("area_id", area.id)])


def _event(alert: Alert, language: str) -> str:
    return str(getattr(_EVENTS[alert.kind], language))


def _told_in(alert: Alert) -> list[str]:
    """Languages that have a text; both, by the kind of event alone, where none has."""
    return [name for name in _LANGUAGES if getattr(alert.message, name)] or list(_LANGUAGES)


def _certainty(alert: Alert) -> str:
    baseline = alert.evidence.baseline
    if alert.disposition == "true_alarm":
        return "Observed"
    if alert.disposition == "false_alarm":
        return "Unlikely"
    if alert.review or (baseline is not None and baseline.warming):
        return "Possible"
    return "Likely"


def _codes(alert: Alert) -> Iterator[tuple[str, str]]:
    yield "watchfloor:kind", alert.kind
    if alert.evidence.category:
        yield "watchfloor:category", alert.evidence.category


def _parameters(alert: Alert) -> Iterator[tuple[str, str]]:
    """What the engine knows beside, by the names of the alert's own fields."""
    evidence = alert.evidence
    values = {
        "id": alert.id,
        "revision": alert.revision,
        "level": alert.level,
        "previous_level": alert.previous_level,
        "rule.id": alert.rule.id,
        "rule.hash": alert.rule.hash,
        "rule.bundle": alert.rule.bundle,
        "evidence.observed": evidence.observed,
        "evidence.expected": evidence.expected,
        "evidence.score": evidence.score,
        "incidents.count": alert.incidents.count,
        "joint_mechanism": None if alert.mechanism is None else alert.mechanism.status,
        "close_reason": alert.close_reason,
        "disposition": alert.disposition,
    }
    for name, value in values.items():
        if value is not None and value != "":
            yield name, f"{value:g}" if isinstance(value, float) else str(value)


def _pairs(
    parent: ET.Element, name: str, pairs: Sequence[tuple[str, str]] | Iterator[tuple[str, str]]
) -> None:
    for key, value in pairs:
        _add(ET.SubElement(parent, name), [("valueName", key), ("value", value)])


def _add(parent: ET.Element, fields: Fields) -> None:
    for name, text in fields:
        ET.SubElement(parent, name).text = _allowed(text)


def _allowed(text: str) -> str:
    """Without what XML cannot hold; rule files and area files are data too."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]", "", text)


def _instant(at: datetime) -> str:
    """As the standard writes UTC: by `-00:00`, never by `Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"
