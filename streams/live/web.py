"""The worker's own pages: /metrics for Prometheus, /healthz and /readyz for a supervisor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from streams.errors import ConfigError

__all__ = ["Pages"]


class Pages:
    """An aiohttp server on the worker's loop. Binds to loopback unless the settings say else."""

    def __init__(
        self,
        *,
        metrics: Callable[[], tuple[bytes, str]],
        alive: Callable[[], bool],
        ready: Callable[[], bool],
    ) -> None:
        self._metrics = metrics
        app = web.Application()
        app.router.add_get("/metrics", self._serve_metrics)
        app.router.add_get("/healthz", _answer(alive, "the event loop has stopped turning"))
        app.router.add_get("/readyz", _answer(ready, "no partitions assigned and restored yet"))
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self, host: str, port: int) -> int:
        """Listen; the port, as `port` may be 0. Raises ConfigError where it is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            message = (
                f"cannot listen on {host}:{port}: {error.strerror or error}. Set "
                "WATCHFLOOR_WEB_PORT (or --web-port) to a free port; 0 takes any."
            )
            raise ConfigError(message) from error
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the server."""
        await self._runner.cleanup()

    async def _serve_metrics(self, _: web.Request) -> web.Response:
        body, content_type = self._metrics()
        return web.Response(body=body, headers={"Content-Type": content_type})


def _answer(
    good: Callable[[], bool], fault: str
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(_: web.Request) -> web.Response:
        if good():
            return web.Response(text="ok\n")
        return web.Response(text=f"{fault}\n", status=503)

    return handler
