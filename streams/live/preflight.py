"""Before a worker starts: is the broker there, and are the topics as they were declared?"""

from __future__ import annotations

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from streams.errors import BrokerError
from streams.live.connection import client_options
from streams.settings import Settings
from streams.topics import topic_specs

__all__ = ["check_topics"]


async def check_topics(settings: Settings) -> None:
    """Raise BrokerError, naming every fault, unless all declared topics are there as declared.

    Faust would wait half a minute for a topic that is missing, and mismatched partition counts
    would tear state from its partition.
    """
    client = AIOKafkaClient(**client_options(settings))
    try:
        await client.bootstrap()
        # All topics: asking for one by name creates it where brokers create topics by themselves.
        cluster = await client.fetch_all_metadata()
    except KafkaError as error:
        message = f"no Kafka broker answers at {settings.broker}: {error!r}. Is it running?"
        raise BrokerError(message) from error
    finally:
        await client.close()
    faults = []
    for spec in topic_specs(settings):
        found = cluster.partitions_for_topic(spec.name)
        if not found:
            faults.append(f"topic {spec.name} is missing")
        elif len(found) != spec.partitions:
            faults.append(
                f"topic {spec.name} has {len(found)} partitions, {spec.partitions} are declared"
            )
    if faults:
        message = (
            f"{'; '.join(faults)}. Run `watchfloor topics apply` with the same settings, or set "
            "WATCHFLOOR_PARTITIONS to what is there."
        )
        raise BrokerError(message)
