"""What `rules publish` and `rules rollback` tell: the moment of a switch, and who has taken it."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import msgspec

from commands.rules.directory import moment
from commands.rules.publishing import Switch, await_switch
from rules.language.calendar import Calendar
from rules.language.schema.names import Duration, duration_ms
from streams.control import Bundle, ControlView, decode_bundle
from streams.errors import ConfigError
from streams.settings import Settings

__all__ = ["earlier", "effective", "shown", "tell"]


def effective(at: str | None, after: str | None, now_ms: int, calendar: Calendar) -> int:
    """Event time (ms) from which rules hold: `--at`, or `--in` from now, or now.

    Raises ConfigError where it is no moment, click.UsageError where both are given.
    """
    if at is not None and after is not None:
        raise click.UsageError("--at and --in exclude each other")
    if at is not None:
        return moment(at, calendar)
    if after is None:
        return now_ms
    try:
        return now_ms + duration_ms(msgspec.convert(after, Duration))
    except msgspec.ValidationError as error:
        raise click.BadParameter(
            f"{after!r} is no time: write 10s, 30m or 2h", param_hint="--in"
        ) from error


def earlier(view: ControlView, hash_: str | None) -> Bundle:
    """The bundle before the one that holds; or the one whose hash begins so. Raises ConfigError."""
    if hash_ is None:
        if view.current is None or view.current.previous is None:
            raise ConfigError(
                "nothing was published before: there is no bundle to go back to; "
                "publish a directory, or name a bundle with --to"
            )
        hash_ = view.current.previous
    wanted = hash_ if hash_.startswith("sha256:") else f"sha256:{hash_}"
    hits = [known for known in view.bundles if known.startswith(wanted)]
    if wanted in hits:
        hits = [wanted]
    if len(hits) != 1:
        known = ", ".join(view.bundles) or "none"
        reason = "is not on the broker" if not hits else "is the beginning of several"
        raise ConfigError(f"bundle {hash_} {reason}; known: {known}")
    return decode_bundle(view.bundles[hits[0]])


def shown(instant_ms: int) -> str:
    """An instant for people and scripts alike, in UTC."""
    at = datetime.fromtimestamp(instant_ms / 1000, UTC)
    return at.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")


def tell(settings: Settings, switch: Switch, wait: float) -> int:
    """Say what was published, wait for the partitions, and say which do not follow; exit code."""
    current = switch.current
    since = f"for events from {shown(current.effective_ms)} on"
    if switch.anew:
        click.echo(f"{current.hash} was published already by {current.by}; it holds {since}")
    else:
        click.echo(f"published {current.hash}; it holds {since}")
    if not wait:
        return 0
    held = await_switch(settings, switch.number, wait)
    bad = 0
    for partition in range(settings.partitions):
        worker, state = held.get(partition, ("", None))
        if state is None:
            said = "no worker has it; the one that comes will read of it in the log"
        elif state.number < switch.number:
            said = f"{worker} did not take it within {wait:g} s, and runs {state.hash}"
        elif state.refused:
            said = f"{worker} refused it, and goes on with {state.hash}: {state.refused}"
        else:
            continue
        bad += 1
        click.echo(f"partition {partition}: {said}")
    taken = settings.partitions - bad
    click.echo(f"{taken} of {settings.partitions} partitions have taken it", err=True)
    return int(bad > 0)
