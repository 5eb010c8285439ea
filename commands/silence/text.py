"""A silence as a line for the duty desk."""

from __future__ import annotations

from datetime import UTC, datetime

from commands.alerts.options import Lang
from commands.alerts.text import age
from commands.silence.asked import described
from streams.acts import Act

__all__ = ["silence_line"]


def silence_line(act: Act, now_ms: int, lang: Lang) -> str:
    """Its name, what it is for, how long it stands still, who made it and why."""
    silence = act.silence
    if silence is None:
        return act.id
    left = (silence.to_ms - now_ms) / 1000
    if silence.from_ms > now_ms:
        begins = datetime.fromtimestamp(silence.from_ms / 1000, UTC).isoformat(timespec="minutes")
        state = f"{begins} 起" if lang == "zh" else f"from {begins}"
    elif left <= 0:
        state = "已到期" if lang == "zh" else "over"
    else:
        state = f"还有{age(left, lang)}" if lang == "zh" else f"{age(left, lang)} left"
    lifeline = "，含生命线规则" if lang == "zh" else ", lifelines too"
    also = lifeline if silence.lifeline else ""
    return f"{silence.id}  {described(silence.when)}{also}  [{state}]  {act.by}: {act.because}"
