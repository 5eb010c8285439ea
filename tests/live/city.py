"""Input of the crash tests: two hours of seeded incidents, with bursts, repeats and broken ones."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

__all__ = ["FINISH", "START", "incidents"]

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
FINISH = START + timedelta(hours=2)
TEXTS = (
    "Neighbours complain about loud music on the third floor.",
    "报警人称楼上噪音扰民，请求民警到场处理。",
    "Two cars collided at the market, nobody is hurt, one lane blocked.",
    "咨询户口迁移需要什么材料。",
)
CRITICAL = (
    "A man with a knife is robbing the shop right now.",
    "有人持刀抢劫便利店，嫌疑人向东逃跑。",
)


def incidents(count: int, *, seed: int = 7) -> Iterator[bytes]:
    """`count` records in event time: 1 in 200 critical, 1 in 50 repeated, 1 in 100 broken."""
    rng = random.Random(seed)
    step = (FINISH - START) / count
    said: list[bytes] = []
    for number in range(count):
        roll = rng.random()
        if roll < 0.01:
            yield b'{"schema":"incident/1","incident_id":'
        elif roll < 0.03 and said:
            yield rng.choice(said[-500:])
        else:
            said.append(_incident(rng, number, START + step * number))
            yield said[-1]


def _incident(rng: random.Random, number: int, at: datetime) -> bytes:
    burst = (number // 4000) % 5 == 3
    area = "area-7" if burst and rng.random() < 0.4 else f"area-{rng.randrange(60)}"
    late = timedelta(minutes=30) if rng.random() < 0.005 else timedelta(seconds=rng.random() * 60)
    return json.dumps(
        {
            "schema": "incident/1",
            "incident_id": f"inc-{number:07d}",
            "reported_at": (at - late).isoformat(),
            "source": "phone_110",
            "category": "99",
            "text": rng.choice(CRITICAL if rng.random() < 0.005 else TEXTS),
            "area_id": area,
        },
        ensure_ascii=False,
    ).encode()
