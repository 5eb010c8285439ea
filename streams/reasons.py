"""Every reason for a dead letter, in one place: code, what it means, what to do about it."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

__all__ = ["REASONS", "Reason"]


class Reason(Struct, frozen=True):
    """One reason code: its usual disposition, its meaning and the remedy, a sentence each."""

    disposition: Literal["rejected", "repaired"]
    meaning: str
    remedy: str


def _out(meaning: str, remedy: str) -> Reason:
    return Reason("rejected", meaning, remedy)


def _in(meaning: str, remedy: str) -> Reason:
    return Reason("repaired", meaning, remedy)


REASONS: Final[dict[str, Reason]] = {
    "empty": _out(
        "The record has no content (an empty value, a blank line or a tombstone).",
        "Stop the feed from sending empty records.",
    ),
    "too_large": _out(
        "The record is larger than 1 MiB.",
        "Send attachments by reference; a report is text and codes.",
    ),
    "not_utf8": _out(
        "The record is not UTF-8 text.",
        "Let the feed write UTF-8, or convert it (GB 18030 is common) before it is sent.",
    ),
    "broken_json": _out(
        "The record is not JSON.",
        "Look at the byte named in the detail; often a record was cut off or two were joined.",
    ),
    "not_an_object": _out(
        "The record is JSON, but not an object.", "Send one JSON object per record."
    ),
    "wrong_shape": _out(
        "The record is not of the kind this format reads (a CSV row or a JSON object).",
        "Choose the format that fits the feed.",
    ),
    "unknown_schema": _out(
        "`schema` names no record that this version reads.",
        "Send incident/1 or unit_position/1, or update Watchfloor.",
    ),
    "missing_field": _out(
        "A field that every record needs is not there.",
        "Fill it at the source, or give it a constant or a default in the mapping.",
    ),
    "wrong_type": _out(
        "A field that decides what the record is has the wrong JSON type.",
        "Send the type of the record catalogue (numbers without quotation marks, for example).",
    ),
    "bad_value": _out(
        "A field that decides what the record is has a value outside its bounds or form.",
        "Send a value of the form that the record catalogue gives.",
    ),
    "bad_enum": _out(
        "A field that decides what the record is has a word that is not in its list.",
        "Send a word of the list, or map the feed's words with a code table.",
    ),
    "naive_time": _out(
        "A time carries no offset from UTC, so that nobody knows which instant it is.",
        "Send times such as 2026-11-21T22:14:33+08:00, or name a time zone in the mapping.",
    ),
    "bad_time": _out(
        "A time cannot be read.", "Send RFC 3339, or name the feed's form in the mapping."
    ),
    "future_time": _out(
        "The report lies more than the allowed span (5 minutes) after its own arrival.",
        "Set the clock of the sending system; check its time zone.",
    ),
    "position_jump": _out(
        "A unit would have moved faster than 60 m/s since its last fix, with both accuracies "
        "taken off. After five such fixes in a row the next is believed.",
        "Look at the receiver, and whether two units send under one id.",
    ),
    "skipped": _out(
        "A skip rule of the mapping leaves this record out.",
        "Nothing, if the rule is meant; else change `skip` in the mapping file.",
    ),
    "unknown_category": _in(
        "The category code is not in the list; it became 99 and stands in `category_raw`.",
        "Add the code to the mapping's code table.",
    ),
    "point_invalid": _in(
        "The point cannot be true (0,0, out of range, or half of it missing); it was dropped. "
        "A unit position without a point is rejected.",
        "Leave lat and lon out where no position is known.",
    ),
    "point_swapped": _in(
        "Latitude and longitude look swapped for a place in China; the point was dropped. "
        "A unit position without a point is rejected.",
        "Send latitude in `lat` and longitude in `lon`.",
    ),
    "coord_sys_missing": _in(
        "A point came without `coord_sys`; it was kept and marked `unknown`.",
        "Name the coordinate system: wgs84, gcj02, bd09 or cgcs2000.",
    ),
    "control_characters": _in(
        "Control characters (such as NUL) stood in the record; they were taken out.",
        "Look for a cut or binary value at the source.",
    ),
    "text_truncated": _in(
        "The text is longer than 8,000 characters; the rest was cut off.",
        "Send the report itself, not its whole history.",
    ),
    "field_invalid": _in(
        "A field that a record can do without was wrong; it was dropped.",
        "Send the type and form of the record catalogue.",
    ),
    "ext_too_large": _in("`ext` is larger than 4 KB; it was dropped.", "Keep local fields small."),
    "time_order": _in(
        "A later step (dispatch, contact, arrival, close) is timed before the report; that time "
        "was dropped.",
        "Check the clocks of the systems that write the two times.",
    ),
    "sink_rejected": _out(
        "A channel's receiver will never take this alert (an answer such as 400 or 413).",
        "The detail says which channel and what it answered; the alert is on `alerts.log`.",
    ),
}
"""By code. Some repaired reasons reject a record that cannot live without the part."""
