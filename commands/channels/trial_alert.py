"""The alert that `watchfloor channels test` sends: plainly a test, of no area and no report."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from rules.language.schema.channels import Channel
from streams.records import (
    Alert,
    AlertArea,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    AlertTrace,
    Evidence,
)
from streams.texts import Text2

__all__ = ["trial_alert"]

_ZH, _EN = "通道测试，请勿处置", "Test of this channel, do not act"


def trial_alert(channel: Channel, now_ms: int, *, end: bool) -> Alert:
    """A test alert of a channel at a moment (ms since the epoch), or its end.

    Its id is always the same for a channel, and its revision grows with time: an end is that of
    the test before it.
    """
    name = f"{channel.sink}:{channel.id}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    at = datetime.fromtimestamp(now_ms / 1000, UTC)
    languages = channel.languages or ["zh", "en"]
    return Alert(
        id=f"TEST{digest[:20].upper()}",
        revision=now_ms // 1000,
        dedup_key=f"channel-test/{name}",
        status="resolved" if end else "firing",
        level="IV",
        kind="process",
        state="test",
        area=AlertArea("channel-test", Text2("通道测试", "Channel test"), ["channel-test"]),
        times=AlertTimes(breached=at, fired=at, updated=at, resolved=at if end else None),
        evidence=Evidence(reasons=["channel-test"]),
        incidents=AlertIncidents(0, []),
        rule=AlertRule("channel-test", "sha256:0", "sha256:0"),
        close_reason="test_over" if end else None,
        message=Text2(_ZH if "zh" in languages else "", _EN if "en" in languages else ""),
        trace=AlertTrace(f"00-{digest[:32]}-{digest[32:48]}-01"),
    )
