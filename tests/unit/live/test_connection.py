"""Settings as connections: plain, SASL and TLS, for our own clients and for Faust alike."""

from __future__ import annotations

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from streams.errors import BrokerError, ConfigError
from streams.live.connection import broker_urls, client_options, faust_credentials
from streams.settings import Settings

AUTH = ("security_protocol", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password")


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
def test_faust_and_our_own_clients_authenticate_alike(protocol):
    settings = Settings(
        broker="a:1,b:2",
        security_protocol=protocol,
        sasl_username="desk",
        sasl_password="secret",
        sasl_mechanism="SCRAM-SHA-256",
    )
    ours = client_options(settings)
    fausts = credentials_to_aiokafka_auth(faust_credentials(settings))
    assert {name: ours.get(name) for name in AUTH} == {name: fausts.get(name) for name in AUTH}
    assert ours["security_protocol"] == protocol
    assert (ours.get("ssl_context") is None) == (fausts.get("ssl_context") is None)
    if protocol.endswith("SSL"):
        assert ours["ssl_context"].check_hostname, "certificates are always verified"


def test_several_brokers():
    assert broker_urls(Settings(broker="a:1, b:2")) == ["kafka://a:1", "kafka://b:2"]


def test_no_broker_and_bad_files_are_told():
    with pytest.raises(BrokerError, match="Set WATCHFLOOR_BROKER"):
        client_options(Settings())
    with pytest.raises(ConfigError, match="WATCHFLOOR_TLS_CA"):
        client_options(Settings(broker="a:1", security_protocol="SSL", tls_ca="nowhere.pem"))
