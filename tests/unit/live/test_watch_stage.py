"""The watch stage between two chunks and within one: what is stored, and what waits for rules."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import pytest
from faust.types import TP

from rules.engine import Watch
from rules.language.bundle import book_in_bundle, bundle_of
from rules.language.loader import SHIPPED, read_rules
from sinks.metrics import Metrics
from streams.areas import AreaTree
from streams.control import Current, announcement, bundle_key, encode_bundle
from streams.errors import BrokerError
from streams.live import control as control_module
from streams.live.control import Control
from streams.live.shelf import RuleSource
from streams.live.watch_stage import WatchStage
from streams.live.writer import Writer
from streams.observations import Batch, Finding, encode_batch
from streams.settings import Settings

TP0 = TP("observations", 0)
SETTINGS = Settings(broker="127.0.0.1:1", snapshot_interval=0.001)


class Record(NamedTuple):
    """The part of a broker record that is used."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[()] = ()


class Broker:
    """A producer that takes what is sent, and confirms it at once."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []

    async def send(self, topic: str, key: bytes, *_: Any) -> asyncio.Future[None]:
        self.sent.append((topic, key))
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        confirmed.set_result(None)
        return confirmed

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.sent]


class Bench:
    """A stage on rules of its own, and published ones that `control` does not hold yet."""

    def __init__(self, tmp_path, own=SHIPPED) -> None:
        own = read_rules(own)
        rules = tmp_path / "rules"
        rules.mkdir()
        for path in SHIPPED.glob("*.yaml"):
            text = path.read_text(encoding="utf-8").replace("floor: 5", "floor: 4")
            (rules / path.name).write_text(text, encoding="utf-8")
        self.bundle = bundle_of(read_rules(rules), by="anna", because="", at_ms=0)
        self.broker = Broker()
        self.failures: list[BaseException] = []
        writer = Writer(lambda: self.broker)
        source = RuleSource(
            own.book, bundle_of(own, by="worker", because="", at_ms=0), book_in_bundle
        )
        metrics = Metrics()
        self.control = Control(SETTINGS, source, writer, metrics, on_books=lambda _: None)
        self.stage = WatchStage(
            SETTINGS,
            lambda book: Watch(book, AreaTree()),
            self.control,
            writer,
            metrics,
            self.failures.append,
        )
        self.stage.open(TP0, 0, None)

    def chunk(self) -> list[Record]:
        """A critical report, and behind it the announcement of the other rules."""
        report = Batch(
            source="incidents/0",
            sources=1,
            first=0,
            last=0,
            watermark=None,
            clock=0,
            areas=["a"],
            commands=["c"],
            categories=["99"],
            ids=["inc-1"],
            offset=bytes(8),
            time=bytes(8),
            flags=bytes(1),
            area=bytes(4),
            category=bytes(4),
            findings={0: Finding("critical", "robbery", "II")},
        )
        switch = Current(
            hash=self.bundle.hash, previous=None, effective_ms=1, by="anna", because="", at_ms=0
        )
        return [
            Record(0, None, encode_batch(report)),
            Record(1, None, announcement(switch, 3)),
        ]


async def turns() -> None:
    """Let everything run as far as it goes by itself."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_chunk_waits_for_its_rules_and_no_state_holds_alerts_that_nobody_sent(tmp_path):
    async def run() -> None:
        bench = Bench(tmp_path)
        done: list[bool] = []
        work = asyncio.create_task(
            bench.stage.accept(TP0, bench.chunk(), lambda: done.append(True))
        )
        await turns()
        await bench.stage.store()
        await turns()
        assert bench.broker.sent == [], "neither the alert nor a state in which it was told"
        value = encode_bundle(bench.bundle)
        await bench.control.heard([Record(2, bundle_key(bench.bundle.hash), value)])
        await work
        await bench.stage.store()
        await bench.stage.close()
        assert bench.broker.topics()[:2] == ["alerts", "alerts.log"]
        assert set(bench.broker.topics()[2:]) == {"state"}
        assert (done, bench.failures) == ([True], [])
        await bench.control.close()

    asyncio.run(run())


def test_a_chunk_that_is_given_up_stores_nothing(tmp_path):
    async def run() -> None:
        bench = Bench(tmp_path)
        work = asyncio.create_task(bench.stage.accept(TP0, bench.chunk(), lambda: None))
        await turns()
        await bench.stage.close()
        value = encode_bundle(bench.bundle)
        await bench.control.heard([Record(2, bundle_key(bench.bundle.hash), value)])
        await work
        assert bench.broker.sent == []
        await bench.control.close()

    asyncio.run(run())


def test_rules_that_never_come_are_a_sentence(tmp_path, monkeypatch):
    async def run() -> None:
        monkeypatch.setattr(control_module, "LIMIT", 0.05)
        bench = Bench(tmp_path)
        with pytest.raises(BrokerError, match="Publish them again"):
            await bench.stage.accept(TP0, bench.chunk(), lambda: None)
        await bench.control.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("state", "topics"),
    [("live", ["alerts", "alerts.log"]), ("shadow", ["alerts.shadow"])],
)
def test_alerts_in_shadow_go_to_a_topic_of_their_own(tmp_path, state, topics):
    rules = tmp_path / "own"
    rules.mkdir()
    (rules / "kw.yaml").write_text(
        "format: 1\nkind: keyword\nrules:\n  - {id: kw, title: {zh: a, en: a}, "
        f"match: {{category: [robbery]}}, state: {state}}}\n"
    )

    async def run() -> None:
        bench = Bench(tmp_path, rules)
        await bench.stage.accept(TP0, bench.chunk()[:1], lambda: None)
        await turns()
        assert bench.broker.topics()[: len(topics)] == topics
        await bench.stage.close()
        assert set(bench.broker.topics()[len(topics) :]) == {"state"}
        await bench.control.close()

    asyncio.run(run())
