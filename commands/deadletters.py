"""`watchfloor deadletters`: what was refused and why, and sending it again once the cause is gone.

The original of a dead letter stays where it came from; `retry` reads it there and appends it to
the same topic once more, so nothing personal has to lie on the dead-letters topic.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec

from streams.observations import DeadLetter
from streams.reasons import REASONS
from streams.settings import Settings, load_settings
from streams.topics import INPUTS

__all__ = ["command", "newest", "since_ms"]

TOPIC = "dead-letters"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_decode = msgspec.json.Decoder(DeadLetter).decode


def since_ms(text: str, now: datetime) -> int:
    """A moment in ms: an RFC 3339 time with its offset, or an age such as 30m, 2h or 7d.

    Raises click.BadParameter on anything else.
    """
    age = re.fullmatch(r"(\d+)([smhd])", text)
    if age:
        return _millis(now - timedelta(**{_UNITS[age[2]]: int(age[1])}))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(
            f"{text!r} is neither a time with an offset (2026-03-01T08:00:00+08:00) nor an age "
            "(30m, 2h, 7d)."
        )
    return _millis(moment)


def newest(values: Iterable[bytes | None]) -> tuple[list[DeadLetter], int]:
    """Dead letters in order of arrival, each once, and how many values are no dead letters.

    After a crash the same letter may have been written again.
    """
    letters: dict[tuple[object, ...], DeadLetter] = {}
    foreign = 0
    for value in values:
        try:
            letter = _decode(value or b"")
        except msgspec.DecodeError:
            foreign += 1
            continue
        place = (letter.topic, letter.partition, letter.offset)
        letters[*place, letter.reason, letter.detail] = letter
    return sorted(letters.values(), key=_order), foreign


@click.group()
def command() -> None:
    """Look at refused records, and send them again.

    \b
    Examples:
      watchfloor deadletters list --since 1h
      watchfloor deadletters show incidents/0/17
      watchfloor deadletters retry --reason naive_time --since 1d
    """


def _filters(function: Any) -> Any:
    options = [
        click.option("--reason", help="Only this reason (docs/reference/dead-letters.md)."),
        click.option("--since", help="Only written since: an RFC 3339 time, or an age as 2h."),
        click.option("--limit", type=click.IntRange(min=1), help="Only the newest N."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@command.command("list")
@_filters
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_command(reason: str | None, since: str | None, limit: int | None, as_json: bool) -> None:
    """Show dead letters, oldest first, and how many there are by reason."""
    letters = _read(load_settings(os.environ), reason, since, limit)
    if as_json:
        for letter in letters:
            click.echo(msgspec.json.encode(letter))
        return
    for letter in letters:
        click.echo(f"{_arrived(letter)}  {_place(letter)}  {letter.reason}  {letter.detail}")
    by_reason = Counter[str]()
    for letter in letters:
        by_reason[letter.reason] += letter.count
    total = ", ".join(f"{name} {count}" for name, count in by_reason.most_common()) or "none"
    click.echo(f"dead letters: {total}", err=True)


@command.command("show")
@click.argument("place", metavar="TOPIC/PARTITION/OFFSET")
def show_command(place: str) -> None:
    """Show all that is known of the record that lies at a place."""
    letters = [
        letter
        for letter in _read(load_settings(os.environ), None, None, None)
        if _place(letter) == place
    ]
    if not letters:
        click.echo(f"There is no dead letter for {place}; `list` shows those there are.", err=True)
        raise SystemExit(1)
    for letter in letters:
        for line in _described(letter):
            click.echo(line)


@command.command("retry")
@click.argument("places", nargs=-1, metavar="[TOPIC/PARTITION/OFFSET]...")
@_filters
def retry_command(
    places: Sequence[str], reason: str | None, since: str | None, limit: int | None
) -> None:
    """Send rejected records again to the topic they came from; without a filter, all of them."""
    settings = load_settings(os.environ)
    letters = _read(settings, reason, since, None)
    wanted = _once(
        letter
        for letter in letters
        if letter.disposition == "rejected"
        and letter.topic in INPUTS
        and (not places or _place(letter) in places)
    )
    lost = sorted(set(places) - {_place(letter) for letter in wanted})
    for place in lost:
        click.echo(f"{place}: there is no dead letter of a rejected record for it", err=True)
    done, gone = _send_again(settings, wanted[-limit:] if limit else wanted)
    click.echo(f"sent again: {done}, gone: {gone}", err=True)
    raise SystemExit(int(bool(gone or lost)))


def _read(
    settings: Settings, reason: str | None, since: str | None, limit: int | None
) -> list[DeadLetter]:
    from streams.kafka_client import consumer, read_all

    start = since_ms(since, datetime.now(UTC)) if since else None
    with consumer(settings) as client:
        found = read_all(client, settings.topic(TOPIC), since_ms=start)
        letters, foreign = newest(message.value for message in found)
    if foreign:
        click.echo(f"{foreign} records on {settings.topic(TOPIC)} are no dead letters", err=True)
    letters = [letter for letter in letters if reason in {None, letter.reason}]
    return letters[-limit:] if limit else letters


def _once(letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    return list({_place(letter): letter for letter in letters}.values())


def _send_again(settings: Settings, letters: Sequence[DeadLetter]) -> tuple[int, int]:
    """(sent, gone). Each record is confirmed before the next one is read."""
    from streams.kafka_client import consumer, producer, read_one

    done = 0
    with consumer(settings) as reading, producer(settings) as writing:
        for letter in letters:
            topic = settings.topic(letter.topic)
            message = read_one(reading, topic, letter.partition, letter.offset)
            if message is None:
                click.echo(f"{_place(letter)}: the original is gone; its retention is over")
                continue
            placed = writing.send(topic, key=message.key, value=message.value).get(timeout=60)
            click.echo(f"{_place(letter)} -> {letter.topic}/{placed.partition}/{placed.offset}")
            done += 1
    return done, len(letters) - done


def _described(letter: DeadLetter) -> Iterator[str]:
    yield f"place        {_place(letter)}"
    yield f"arrived      {_arrived(letter)}"
    yield f"reason       {letter.reason} ({letter.disposition})"
    yield f"detail       {letter.detail}"
    known = REASONS.get(letter.reason)
    if known is not None:
        yield f"meaning      {known.meaning}"
        yield f"remedy       {known.remedy}"
    yield f"size         {letter.size} bytes"
    if letter.count > 1:
        yield f"stands for   {letter.count} records"
    if letter.excerpt:
        yield f"excerpt      {letter.excerpt}"


def _place(letter: DeadLetter) -> str:
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


def _order(letter: DeadLetter) -> tuple[int, str, int, int, str]:
    return (letter.arrived_ms, letter.topic, letter.partition, letter.offset, letter.reason)


def _arrived(letter: DeadLetter) -> str:
    when = datetime.fromtimestamp(letter.arrived_ms / 1000, UTC)
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def _millis(when: datetime) -> int:
    return int(when.timestamp() * 1000)
