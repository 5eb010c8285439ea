"""Secrets by reference: `env:NAME` and `file:PATH` become the secret, here and nowhere else.

What is resolved is never logged or shown, and no message of an error holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from streams.errors import ConfigError

__all__ = ["Secrets"]

_MOST: Final = 65_536
"""Characters of the longest secret: a certificate chain fits, a device that never ends does not."""


class Secrets:
    """Looks references up. environ: the variables that `env:NAME` names."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def resolve(self, reference: str) -> str:
        """The secret behind `env:NAME` or `file:PATH`, a file's without its last line break.

        Read anew at every call, so that a secret that was renewed is taken when a channel is
        opened again. Raises ConfigError where there is none, with what to do about it.
        """
        kind, _, name = reference.partition(":")
        if kind == "env" and name:
            return self._variable(name)
        if kind == "file" and name:
            return _file(name)
        # Not shown: it may well be the secret itself, written where its name belongs.
        msg = "a secret is named by `env:NAME` or `file:PATH`, never written out: put it there"
        raise ConfigError(msg)

    def _variable(self, name: str) -> str:
        secret = self._environ.get(name, "").rstrip("\r\n")
        if not secret:
            msg = f"the secret env:{name} is not there: set the variable {name} for this process"
            raise ConfigError(msg)
        return secret


def _file(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as stream:
            secret = stream.read(_MOST).rstrip("\r\n")
    except OSError as error:
        msg = f"the secret file:{path} cannot be read ({error.strerror}): make it, readable for us"
        raise ConfigError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"the secret file:{path} is not text in UTF-8: write the secret alone into it"
        raise ConfigError(msg) from error
    if not secret:
        msg = f"the secret file:{path} is empty: write the secret into it"
        raise ConfigError(msg)
    return secret
