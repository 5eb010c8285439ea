"""Dead letters of channels: alerts that a receiver will never take, with what it said."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import msgspec
from kafka.errors import KafkaError

from streams.alert_codec import encode_alert
from streams.errors import BrokerError
from streams.kafka_client import producer
from streams.live.meter import DeliveryMeter
from streams.observations import DeadLetter
from streams.records import Alert
from streams.settings import Settings
from streams.topics import ALERTS_LOG, DEAD_LETTERS

__all__ = ["Letters"]

REASON = "sink_rejected"
_CONFIRM_S = 10.0

log = logging.getLogger(__name__)


class Letters:
    """Writes what one channel refused. The alert itself stays on `alerts.log`."""

    def __init__(self, settings: Settings, channel: str, meter: DeliveryMeter) -> None:
        self._settings, self._channel, self._meter = settings, channel, meter

    def write(self, partition: int, refused: Sequence[tuple[int, Alert]], said: str) -> None:
        """One letter an alert: its offset on `alerts.log`, its record, and why.

        A letter that cannot be written is in our own log at least: the lane goes on.
        """
        topic, now = self._settings.topic(DEAD_LETTERS), time.time_ns() // 1_000_000
        try:
            with producer(self._settings, limit_s=_CONFIRM_S) as client:
                for offset, alert in refused:
                    name = f"{alert.id} revision {alert.revision}"
                    letter = DeadLetter(
                        reason=REASON,
                        detail=f"{self._channel} refused {name}: {said}",
                        disposition="rejected",
                        topic=ALERTS_LOG,
                        partition=partition,
                        offset=offset,
                        arrived_ms=now,
                        size=len(encode_alert(alert)),
                        excerpt="",
                    )
                    key = f"{ALERTS_LOG}/{partition}/{offset}/{self._channel}".encode()
                    client.send(topic, msgspec.json.encode(letter), key=key).get(_CONFIRM_S)
                    self._meter.dead_letter(REASON, "rejected", 1)
        except (BrokerError, KafkaError) as error:
            log.error(  # noqa: TRY400 - what went wrong is said
                "channel %s: %d alerts were refused (%s), and no dead letter could be written: %r",
                self._channel,
                len(refused),
                said,
                error,
            )
