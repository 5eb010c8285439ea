"""How settings become connections: for aiokafka clients of our own, and for Faust."""

from __future__ import annotations

import ssl
from typing import Any

from faust.auth import SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT

from streams.errors import BrokerError, ConfigError
from streams.settings import Settings

__all__ = ["broker_urls", "client_options", "faust_credentials"]


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for an aiokafka client. Raises BrokerError where no broker is set."""
    if not settings.broker:
        message = "no broker is set. Set WATCHFLOOR_BROKER, for example to 127.0.0.1:9092."
        raise BrokerError(message)
    options: dict[str, Any] = {
        "bootstrap_servers": settings.broker,
        "client_id": "watchfloor",
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.endswith("SSL"):
        options["ssl_context"] = _tls(settings)
    if settings.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = settings.sasl_password
    return options


def broker_urls(settings: Settings) -> list[str]:
    """The brokers as Faust wants them."""
    return [f"kafka://{address.strip()}" for address in settings.broker.split(",")]


def faust_credentials(settings: Settings) -> CredentialsT | None:
    """Credentials as Faust wants them; None for plain text."""
    context = _tls(settings) if settings.security_protocol.endswith("SSL") else None
    if settings.security_protocol.startswith("SASL"):
        return SASLCredentials(
            username=settings.sasl_username,
            password=settings.sasl_password,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return None if context is None else SSLCredentials(context)


def _tls(settings: Settings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.tls_ca or None)
        if settings.tls_cert:
            context.load_cert_chain(
                settings.tls_cert, settings.tls_key, settings.tls_key_password or None
            )
    except (OSError, ssl.SSLError) as error:
        message = (
            f"the TLS files cannot be used: {error}. "
            "Check WATCHFLOOR_TLS_CA, WATCHFLOOR_TLS_CERT and WATCHFLOOR_TLS_KEY."
        )
        raise ConfigError(message) from error
    return context
