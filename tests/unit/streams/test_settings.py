"""Settings: what the environment says, every fault at once, secrets from files and never shown."""

from __future__ import annotations

import pytest

from streams.errors import ConfigError
from streams.settings import Settings, load_settings, unknown_settings
from streams.topics import INPUTS, LOG, STATE, topic_specs


def test_without_any_variable_the_defaults_hold():
    assert load_settings({}) == Settings()


def test_values_are_read_by_type_and_overrides_win():
    settings = load_settings(
        {"WATCHFLOOR_PARTITIONS": "8", "WATCHFLOOR_LATENESS": "30", "WATCHFLOOR_WEB_PORT": "7"},
        web_port=0,
    )
    assert (settings.partitions, settings.lateness, settings.web_port) == (8, 30.0, 0)


def test_every_fault_is_told_at_once_with_its_variable():
    with pytest.raises(ConfigError) as raised:
        load_settings(
            {
                "WATCHFLOOR_PARTITIONS": "many",
                "WATCHFLOOR_SECURITY_PROTOCOL": "SASL_SSL",
                "WATCHFLOOR_TLS_CERT": "client.pem",
                "WATCHFLOOR_SESSION_TIMEOUT": "1",
            }
        )
    told = str(raised.value).splitlines()
    assert len(told) == 4
    for name in ("PARTITIONS", "SASL_USERNAME", "TLS_KEY", "SESSION_TIMEOUT"):
        assert any(f"WATCHFLOOR_{name}" in line for line in told)


def test_a_secret_comes_from_a_file_and_is_not_shown(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    settings = load_settings(
        {
            "WATCHFLOOR_SECURITY_PROTOCOL": "SASL_SSL",
            "WATCHFLOOR_SASL_USERNAME": "desk",
            "WATCHFLOOR_SASL_PASSWORD_FILE": str(secret),
        }
    )
    assert settings.sasl_password == "hunter2"
    assert "hunter2" not in str(settings.describe())
    assert settings.describe()["WATCHFLOOR_SASL_PASSWORD"] == "set"


def test_a_secret_file_that_cannot_be_read_is_told():
    with pytest.raises(ConfigError, match="WATCHFLOOR_SASL_PASSWORD_FILE names"):
        load_settings({"WATCHFLOOR_SASL_PASSWORD_FILE": "/nowhere/at/all"})


def test_a_misspelt_variable_is_told_with_the_nearest_name():
    told = unknown_settings({"WATCHFLOOR_BROKERS": "x", "WATCHFLOOR_GROUP": "g", "HOME": "/"})
    assert told == [
        "WATCHFLOOR_BROKERS is set, but there is no such setting. Did you mean WATCHFLOOR_BROKER?"
    ]


def test_topics_that_state_belongs_to_have_as_many_partitions_as_state():
    specs = {spec.name: spec for spec in topic_specs(Settings(topic_prefix="x.", partitions=6))}
    assert {specs[f"x.{name}"].partitions for name in (*INPUTS, LOG, STATE)} == {6}
    assert specs["x.state"].config["cleanup.policy"] == "compact"
