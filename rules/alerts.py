"""How an alert record is made: stable ids, areas, times and messages in both languages."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

from streams.areas import AreaTree
from streams.records import AlertArea, AlertTrace, Level, Text2

__all__ = ["LEVEL_NAMES", "alert_area", "alert_id", "both", "instant", "number", "trace"]

LEVEL_NAMES: dict[Level, str] = {"I": "一级", "II": "二级", "III": "三级", "IV": "四级"}


def alert_id(rule_id: str, entity: str, first: str) -> str:
    """Id from rule, entity and first window or incident: a replay writes the same one.

    The rule's hash is not in it, so that an edit does not orphan an open alert.
    """
    digest = hashlib.sha256(f"{rule_id}\0{entity}\0{first}".encode()).digest()
    return base64.b32encode(digest)[:20].decode()


def trace(id_: str) -> AlertTrace:
    """W3C trace context derived from the id."""
    digest = hashlib.sha256(id_.encode()).hexdigest()
    return AlertTrace(traceparent=f"00-{digest[:32]}-{digest[32:48]}-01")


def alert_area(areas: AreaTree, area_id: str) -> AlertArea:
    """The area with its names and its chain from the root."""
    return AlertArea(id=area_id, name=areas.name(area_id), path=areas.path(area_id))


def instant(time_ms: int) -> datetime:
    """A moment of event time as UTC."""
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def number(value: float) -> str:
    """A number for a message: whole where it is whole, else one decimal."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"


def both(zh: str, en: str) -> Text2:
    """A text in the two languages of the duty desk."""
    return Text2(zh=zh, en=en)
