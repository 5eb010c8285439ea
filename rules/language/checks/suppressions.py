"""Suppressions: a beginning before the end, an end or a review, and no lifeline rule held back."""

from __future__ import annotations

from collections.abc import Iterator

from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.parts import Placed
from rules.language.schema.common import Suppression, listed
from rules.language.schema.keyword import KeywordRule
from rules.language.schema.names import duration_ms

__all__ = ["check"]


def check(subject: Subject) -> Iterator[Fault]:
    """All suppressions."""
    lifelines = {
        entry.rule.id
        for entry in subject.parts.rules
        if isinstance(entry.rule, KeywordRule) and entry.rule.lifeline
    }
    for placed in subject.parts.suppressions:
        yield from _span(subject, placed)
        yield from _cap(placed)
        if placed.value.do != "hold":
            continue
        for index, rule in enumerate(listed(placed.value.when.rule)):
            if rule in lifelines:
                inner = () if isinstance(placed.value.when.rule, str) else (index,)
                message = f"{rule} is a lifeline rule: nothing may hold its alerts back"
                place = placed.place("when", "rule", *inner)
                yield Fault(place, "E334", message, "use `do: exercise`, which delivers them")


def _span(subject: Subject, placed: Placed[Suppression]) -> Iterator[Fault]:
    held = placed.value
    calendar = subject.calendar
    try:
        start = None if held.from_ is None else calendar.starts(held.from_)
        end = None if held.to is None else calendar.ends(held.to)
        review = None if held.review is None else calendar.ends(held.review)
    except (ValueError, OverflowError):
        return  # told where moments are looked at
    if start is not None and end is not None and end <= start:
        message = f"suppression {held.id} ends ({held.to}) before it begins ({held.from_})"
        yield Fault(placed.place("to"), "E332", message)
    if end is None and review is None:
        message = f"suppression {held.id} has neither an end nor a review"
        yield Fault(placed.place("id"), "E331", message, "give it `to` or `review`")
    if subject.now_ms is None:
        return
    for name, moment, said in (
        ("to", end, "ended {days} ago; remove it"),
        ("review", review, "was to be reviewed {days} ago"),
    ):
        if moment is not None and moment <= subject.now_ms:
            days = (subject.now_ms - moment) // duration_ms("1d")
            ago = said.format(days=f"{days} days" if days != 1 else "1 day")
            yield Fault(placed.place(name), "W330", f'suppression "{held.id}" {ago}')


def _cap(placed: Placed[Suppression]) -> Iterator[Fault]:
    held = placed.value
    if held.do == "cap" and held.cap is None:
        yield Fault(placed.place("do"), "E333", "`do: cap` needs `cap`, the gravest level told")
    elif held.do != "cap" and held.cap is not None:
        yield Fault(placed.place("cap"), "E333", f"`cap` has no meaning with `do: {held.do}`")
