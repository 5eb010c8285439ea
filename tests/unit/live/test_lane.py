"""A lane: strictly in order, bounded, and silent after a failure."""

from __future__ import annotations

import asyncio

from streams.live.lane import Lane


def test_jobs_run_one_after_the_other_in_order():
    async def scenario() -> list[str]:
        told: list[str] = []
        lane = Lane(on_failure=lambda _: told.append("failed"), depth=4)

        def job(n: int, turns: int):
            async def run() -> None:
                told.append(f"{n} starts")
                for _ in range(turns):
                    await asyncio.sleep(0)
                told.append(f"{n} ends")

            return run

        await lane.submit(job(1, 5))
        await lane.submit(job(2, 0))
        told.append(f"idle {lane.idle}")
        await lane.drain()
        told.append(f"idle {lane.idle}")
        return told

    assert asyncio.run(scenario()) == [
        "idle False",
        "1 starts",
        "1 ends",
        "2 starts",
        "2 ends",
        "idle True",
    ]


def test_after_a_failure_nothing_more_is_sent():
    async def scenario() -> tuple[list[str], list[BaseException]]:
        sent: list[str] = []
        failures: list[BaseException] = []
        lane = Lane(on_failure=failures.append)

        async def fails() -> None:
            await asyncio.sleep(0)
            raise OSError("gone")

        async def sends() -> None:
            sent.append("later chunk")

        await lane.submit(fails)
        await lane.submit(sends)
        await lane.drain()
        return sent, failures

    sent, failures = asyncio.run(scenario())
    assert sent == []
    assert [str(error) for error in failures] == ["gone"]


def test_it_makes_the_stage_wait_when_it_is_full():
    async def scenario() -> bool:
        gate = asyncio.Event()
        lane = Lane(on_failure=lambda _: None, depth=2)

        async def waits() -> None:
            await gate.wait()

        await lane.submit(waits)
        await lane.submit(waits)
        third = asyncio.create_task(lane.submit(waits))
        for _ in range(10):
            await asyncio.sleep(0)
        waited = not third.done()
        gate.set()
        await third
        await lane.drain()
        return waited

    assert asyncio.run(scenario())
