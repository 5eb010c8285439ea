"""Alerts as bytes: the one encoding that the live worker and the replay share, byte for byte."""

from __future__ import annotations

import msgspec

from streams.records import Alert

__all__ = ["decode_alert", "encode_alert"]

# Struct fields keep their declared order; the keys of free dicts are sorted.
_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Alert)


def encode_alert(alert: Alert) -> bytes:
    """One alert as a line of JSON without its newline. Times in UTC end with `Z` (RFC 3339)."""
    return _encoder.encode(alert)


def decode_alert(value: bytes) -> Alert:
    """The alert in such bytes. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(value)
