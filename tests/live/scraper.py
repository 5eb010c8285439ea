"""A real Prometheus on loopback that scrapes workers every second, and evaluates our rules."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import yaml

from streams.brokers import launch
from streams.brokers.process import HOST, free_port
from tests.live.harness import ROOT, wait_until

__all__ = ["Scraper"]

DEPLOY = ROOT / "deploy" / "prometheus"


class Scraper:
    """One Prometheus process with the rules of `deploy/prometheus`; stopped by its own pid."""

    def __init__(self, folder: Path, targets: Sequence[str]) -> None:
        self._folder = folder
        self._targets = list(targets)
        self._address = f"{HOST}:{free_port()}"
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it, and return once it is ready."""
        with (self._folder / "prometheus.log").open("wb") as log:
            self._child = subprocess.Popen(
                # It ends with us, should a run be killed.
                [sys.executable, "-I", launch.__file__, str(os.getpid()), *self._command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._ready, limit=30, what="Prometheus is ready")
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        assert self._child is not None
        self._child.terminate()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Series of an instant query, each with its labels and value. Fails where it is refused."""
        answer = self._get("/api/v1/query", query=expr)
        assert answer["status"] == "success", (expr, answer)
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """Every rule that it evaluates, with its state and health."""
        groups = self._get("/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def _command(self) -> list[str]:
        return [
            shutil.which("prometheus") or "prometheus",
            f"--config.file={self._configured()}",
            f"--storage.tsdb.path={self._folder / 'tsdb'}",
            f"--web.listen-address={self._address}",
            "--log.level=warn",
        ]

    def _configured(self) -> Path:
        """The example configuration with the pace of a test, and its targets."""
        config = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["scrape_configs"][0]["static_configs"] = [{"targets": self._targets}]
        del config["alerting"]
        for name in config["rule_files"]:
            text = (DEPLOY / name).read_text().replace("interval: 15s", "interval: 1s")
            (self._folder / name).write_text(text)
        target = self._folder / "prometheus.yml"
        target.write_text(yaml.safe_dump(config))
        return target

    def _ready(self) -> bool:
        assert self._child is not None
        assert self._child.poll() is None, (self._folder / "prometheus.log").read_text()
        try:
            with urllib.request.urlopen(f"http://{self._address}/-/ready", timeout=2):
                return True
        except OSError:
            return False

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        url = f"http://{self._address}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                found = json.load(error)
        return found
