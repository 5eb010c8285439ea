"""`watchfloor topics`: makes the declared topics on the broker, and shows how they are there.

A topic that a worker meets late, or with another number of partitions, costs half a minute or a
mismatch; so all of them are made beforehand, from the one list in streams/topics.py.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import click
from msgspec import Struct

from streams.errors import BrokerError
from streams.settings import Settings, load_settings
from streams.topics import TopicSpec, topic_specs

__all__ = ["TopicState", "apply_topics", "command", "compare_topics"]

_NO_ERROR = 0
_ALREADY_THERE = 36
"""Error codes of the Kafka protocol: somebody else made the topic a moment ago, which is fine."""

State = Literal["ok", "missing", "partitions", "config"]


class TopicState(Struct, frozen=True):
    """How one declared topic is on the broker; `detail` is a sentence where it is not `ok`."""

    spec: TopicSpec
    state: State
    detail: str = ""
    wrong: Mapping[str, str] = {}


@click.group()
def command() -> None:
    """Make the topics that Watchfloor needs, or show how they are.

    \b
    Examples:
      watchfloor topics apply
      WATCHFLOOR_TOPIC_PREFIX=test. watchfloor topics list
    """


@command.command("apply")
def apply_command() -> None:
    """Make what is missing and correct what differs; running it again changes nothing."""
    states = apply_topics(load_settings(os.environ))
    for state in states:
        click.echo(f"{state.spec.name}: {_done(state)}")
    raise SystemExit(int(any(state.state == "partitions" for state in states)))


@command.command("list")
def list_command() -> None:
    """Show every declared topic as it is on the broker; exit code 1 if one differs."""
    from streams.kafka_client import admin

    settings = load_settings(os.environ)
    with admin(settings) as client:
        states = compare_topics(client, topic_specs(settings))
    width = max(len(state.spec.name) for state in states)
    for state in states:
        said = state.detail or state.spec.purpose
        click.echo(
            f"{state.spec.name:<{width}}  {state.spec.partitions:>4}  {state.state:<10}  {said}"
        )
    raise SystemExit(int(any(state.state != "ok" for state in states)))


def apply_topics(settings: Settings) -> list[TopicState]:
    """Bring the broker to the declared list; each topic as it was found before.

    Raises BrokerError where the broker refuses. A topic with another number of partitions is
    left alone (`partitions`): keys would move to other partitions, and the state with them.
    """
    from streams.kafka_client import admin

    with admin(settings) as client:
        states = compare_topics(client, topic_specs(settings))
        missing = [state.spec for state in states if state.state == "missing"]
        if missing:
            _make(client, missing)
        for state in states:
            if state.state == "config":
                _correct(client, state)
    return states


def _make(client: Any, specs: Sequence[TopicSpec]) -> None:
    from kafka.admin import NewTopic

    wanted = [
        NewTopic(
            name=spec.name,
            num_partitions=spec.partitions,
            replication_factor=spec.replication,
            topic_configs=dict(spec.config),
        )
        for spec in specs
    ]
    answer = client.create_topics(wanted, raise_errors=False, wait_for_metadata=False)
    refused = [
        f"{topic['name']} could not be made: {topic['error_message'] or topic['error_code']}"
        for topic in answer["topics"]
        if topic["error_code"] not in {_NO_ERROR, _ALREADY_THERE}
    ]
    if refused:
        raise BrokerError("\n".join(refused))
    client.wait_for_topics([spec.name for spec in specs])


def compare_topics(client: Any, specs: Sequence[TopicSpec]) -> list[TopicState]:
    """How each declared topic is on the broker that the kafka-python admin `client` is bound to."""
    found = {
        topic["name"]: len(topic["partitions"])
        for topic in client.describe_topics([spec.name for spec in specs])
        if not topic["error_code"]
    }
    configs = _configs(client, [spec.name for spec in specs if spec.name in found])
    return [_compare(spec, found.get(spec.name), configs.get(spec.name, {})) for spec in specs]


def _configs(client: Any, names: list[str]) -> dict[str, dict[str, str]]:
    from kafka.admin import ConfigResource, ConfigResourceType

    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    described = client.describe_configs(resources, config_filter="all")["topic"]
    return {
        name: {key: entry["value"] for key, entry in entries.items()}
        for name, entries in described.items()
    }


def _compare(spec: TopicSpec, partitions: int | None, config: Mapping[str, str]) -> TopicState:
    if partitions is None:
        return TopicState(spec, "missing", "is not there: run `watchfloor topics apply`.")
    if partitions != spec.partitions:
        detail = (
            f"has {partitions} partitions, not {spec.partitions}: set WATCHFLOOR_PARTITIONS to "
            f"{partitions}, or delete the topic (its data goes with it) and apply again."
        )
        return TopicState(spec, "partitions", detail)
    # a broker that does not list a setting cannot be asked to change it
    wrong = {key: value for key, value in spec.config.items() if config.get(key, value) != value}
    if wrong:
        said = ", ".join(f"{key} is {config[key]}, not {value}" for key, value in wrong.items())
        return TopicState(spec, "config", f"{said}: run `watchfloor topics apply`.", wrong)
    return TopicState(spec, "ok")


def _correct(client: Any, state: TopicState) -> None:
    from kafka.admin import ConfigResource, ConfigResourceType

    client.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, state.spec.name, dict(state.wrong))]
    )


def _done(state: TopicState) -> str:
    if state.state == "missing":
        return f"made with {state.spec.partitions} partitions"
    if state.state == "config":
        return f"corrected {', '.join(state.wrong)}"
    return state.detail or "as declared"
