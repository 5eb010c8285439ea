"""Peer: stock Faust as its documentation teaches it: a Record and one Table write an event."""

from __future__ import annotations

import tempfile

import click
import faust

from commands.bench.peers import Stopwatch

__all__ = ["changelog_topic"]


class Incident(faust.Record, serializer="json"):
    """The fields that the agent looks at; Faust ignores the others."""

    incident_id: str
    reported_at: str
    category: str
    text: str
    area_id: str | None = None


def changelog_topic(app_id: str) -> str:
    """The changelog that Faust keeps for the peer's table; made beforehand, as is fair."""
    return f"{app_id}-by_area-changelog"


def _app(broker: str, topic: str, partitions: int, app_id: str, watch: Stopwatch) -> faust.App:
    app = faust.App(
        app_id,
        broker=f"kafka://{broker}",
        store="memory://",
        datadir=tempfile.mkdtemp(prefix="watchfloor-bench-"),
        topic_partitions=partitions,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        # The only settings that are not Faust's own: they shorten the first join, not the work.
        broker_session_timeout=6,
        broker_heartbeat_interval=2,
    )
    incidents = app.topic(topic, value_type=Incident)
    by_area = app.Table("by_area", default=int, partitions=partitions)

    @app.agent(incidents)
    async def count(stream: faust.StreamT[Incident]) -> None:
        async for incident in stream:
            by_area[incident.area_id or "unknown"] += 1
            if watch.add(1):
                watch.report_and_exit()

    return app


@click.command()
@click.option("--broker", required=True)
@click.option("--topic", required=True)
@click.option("--partitions", type=int, required=True)
@click.option("--app-id", required=True)
@click.option("--warm", type=int, required=True)
@click.option("--total", type=int, required=True)
def main(broker: str, topic: str, partitions: int, app_id: str, warm: int, total: int) -> None:
    """Read TOTAL records of TOPIC and report the rate."""
    app = _app(broker, topic, partitions, app_id, Stopwatch(warm=warm, total=total))
    faust.Worker(app, loglevel="WARNING", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main()
