"""`watchfloor doctor` without a broker: settings, files and ports."""

from __future__ import annotations

import socket

import pytest

from commands.doctor import examine
from streams.brokers.process import HOST, free_port


def problems(**environ):
    environ.setdefault("WATCHFLOOR_WEB_PORT", str(free_port()))
    return [finding for finding in examine(environ) if not finding.ok]


def without_broker(**environ):
    return [finding for finding in problems(**environ) if finding.check != "broker"]


@pytest.mark.parametrize(
    ("broker", "said"),
    [
        ("", "No broker is set: set WATCHFLOOR_BROKER to the host:port of your Kafka"),
        (f"{HOST}:1", f"Nobody answers at {HOST}:1 (Connection refused): start the broker"),
        ("no-such-host.invalid:9092", "The host name of no-such-host.invalid:9092 is not known"),
        ("localhost", "'localhost' is no broker address: WATCHFLOOR_BROKER takes host:port."),
    ],
)
def test_a_broker_that_is_away_is_told_once(broker, said):
    (finding,) = problems(WATCHFLOOR_BROKER=broker)
    assert finding.check == "broker"
    assert said in finding.detail


@pytest.mark.parametrize(
    ("environ", "check", "said"),
    [
        ({"WATCHFLOOR_PARTITIONS": "many"}, "settings", "WATCHFLOOR_PARTITIONS is 'many'"),
        ({"WATCHFLOOR_BROCKER": "x:1"}, "settings", "Did you mean WATCHFLOOR_BROKER?"),
        ({"WATCHFLOOR_RULES": "no-such-folder"}, "rules", "no-such-folder"),
        ({"WATCHFLOOR_AREAS": "no-such-file.geojson"}, "rules", "no-such-file.geojson"),
    ],
)
def test_each_fault_is_one_sentence_that_names_it(environ, check, said):
    (finding,) = without_broker(**environ)
    assert finding.check == check
    assert said in finding.detail


def test_channels_whose_secrets_are_missing(tmp_path, monkeypatch):
    (tmp_path / "channels.yaml").write_text(
        "format: 1\nkind: channels\nchannels:\n"
        "  - {id: hall, sink: webhook, url: env:HALL_URL, secret: env:HALL_KEY}\n"
    )
    monkeypatch.setenv("HALL_KEY", "key")
    monkeypatch.delenv("HALL_URL", raising=False)
    found = [f for f in without_broker(WATCHFLOOR_RULES=str(tmp_path)) if f.check == "channels"]
    assert [finding.detail.split(":")[:2] for finding in found] == [["webhook", "hall"]]
    assert "set the variable HALL_URL" in found[0].detail
    monkeypatch.setenv("HALL_URL", "https://hall.example")
    assert "channels" not in {f.check for f in without_broker(WATCHFLOOR_RULES=str(tmp_path))}


def test_a_port_in_use():
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        (finding,) = without_broker(WATCHFLOOR_WEB_PORT=str(port))
    assert finding.check == "port"
    assert f"{HOST}:{port} cannot be bound" in finding.detail
    assert "WATCHFLOOR_WEB_PORT" in finding.detail
