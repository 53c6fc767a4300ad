"""Cloud Run's front: checks ID tokens, spreads requests over instances of a container, and has its own time limit."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web
from multidict import CIMultiDict
from yarl import URL

from tests.cloud.servers.cloud_run_auth import RefusedError, check_caller
from tests.cloud.servers.cloud_run_instance import CloudRunService, Instance
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.serving import serve

BODY_LIMIT = 32 * 1024 * 1024
"""Bytes a request may have over HTTP/1."""

_LOOK = 0.02
_OWN = {"connection", "keep-alive", "transfer-encoding", "expect", "content-length"}
_PAGE = (
    "<html><head>\n<title>{status} {title}</title>\n</head><body><h1>Error: {title}</h1>\n<h2>{text}</h2></body></html>"
)


class CloudRun:
    """A running service.

    ``counts`` counts requests: ``refused`` (401 and 403), ``throttled`` (429), ``forwarded``, ``timeouts`` (504),
    ``crashes`` (503), ``cold starts``. ``instances`` are those that live now; ``callers`` the accounts of forwarded
    requests, in order; ``peak`` is the largest number of requests that were in containers at once.
    """

    def __init__(self, service: CloudRunService, tokens: GoogleTokenServer) -> None:
        self.service = service
        self.counts: Counter[str] = Counter()
        self.callers: list[str] = []
        self.instances: list[Instance] = []
        self.peak = 0
        self.url = ""
        self._tokens = tokens
        self._going_on: set[asyncio.Task[web.Response]] = set()

    def kill_running(self) -> int:
        """Kill every instance that has a request in hand; how many those were. May be called from any thread."""
        busy = [instance for instance in self.instances if instance.busy]
        for instance in busy:
            instance.kill()
        return len(busy)

    def terminate_running(self) -> int:
        """Send SIGTERM to every instance that has a request in hand; how many those were."""
        busy = [instance for instance in self.instances if instance.busy]
        for instance in busy:
            instance.terminate()
        return len(busy)

    def application(self) -> web.Application:
        """Every path of every method."""
        application = web.Application(client_max_size=BODY_LIMIT)
        application.cleanup_ctx.append(self._hosting)
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _hosting(self, _: web.Application) -> AsyncIterator[None]:
        connector = TCPConnector(limit=0, force_close=True)
        self._session = ClientSession(connector=connector, timeout=ClientTimeout(total=None), auto_decompress=False)
        yield
        for task in self._going_on:
            task.cancel()
        await asyncio.gather(*self._going_on, return_exceptions=True)
        await self._session.close()
        await asyncio.gather(*(asyncio.to_thread(instance.dispose) for instance in self.instances))

    async def _handle(self, request: web.Request) -> web.Response:
        if self.service.reserves_z and request.path.endswith("z"):
            return _page(404, "Page not found", "The requested URL was not found on this server.")
        try:
            audiences = {self.url, *self.service.audiences}
            authorization = request.headers.get("Authorization", "")
            invokers = self.service.invokers
            caller = await check_caller(self._session, self._tokens.jwks_uri, authorization, audiences, invokers)
        except RefusedError as error:
            self.counts["refused"] += 1
            title = "Unauthorized" if error.status == 401 else "Forbidden"
            response = _page(error.status, title, error.message)
            if error.status == 401:
                text = 'Bearer error="invalid_token" error_description="The access token could not be verified"'
                response.headers["WWW-Authenticate"] = text
            return response
        body = await request.read()
        instance = await self._free_instance()
        if instance is None:
            self.counts["throttled"] += 1
            return web.Response(status=429, text="Rate exceeded.")
        self.callers.append(caller)
        return await self._forward(request, body, instance)

    async def _forward(self, request: web.Request, body: bytes, instance: Instance) -> web.Response:
        """The container's answer, or 504 when time is up: the container goes on, and may be given other requests."""
        self.counts["forwarded"] += 1
        self.peak = max(self.peak, sum(other.busy for other in self.instances))
        task = asyncio.get_running_loop().create_task(self._ask(request, body, instance))
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)
        try:
            async with asyncio.timeout(self.service.request_timeout):
                return await asyncio.shield(task)
        except TimeoutError:
            self.counts["timeouts"] += 1
            return web.Response(status=504, text="upstream request timeout")
        finally:
            instance.busy = False

    async def _ask(self, request: web.Request, body: bytes, instance: Instance) -> web.Response:
        headers = CIMultiDict((key, value) for key, value in request.headers.items() if key.lower() not in _OWN)
        # A container learns who calls, but cannot use the token itself.
        signed = headers["Authorization"].rpartition(".")[0]
        headers["Authorization"] = f"{signed}.SIGNATURE_REMOVED_BY_GOOGLE"
        headers["X-Forwarded-Proto"] = "https"
        url = URL(instance.url + request.raw_path, encoded=True)
        try:
            async with self._session.request(
                request.method, url, headers=headers, data=body or None, allow_redirects=False
            ) as answer:
                kept = CIMultiDict((key, value) for key, value in answer.headers.items() if key.lower() not in _OWN)
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)
        except (ClientError, ConnectionError):
            self.counts["crashes"] += 1
            text = "The request failed because either the HTTP response was malformed or connection to the instance "
            return web.Response(status=503, text=f"{text}had an error.")

    async def _free_instance(self) -> Instance | None:
        """An instance for one request, marked busy: one that is free, or a new one while there may be more."""
        deadline = time.monotonic() + self.service.patience
        while True:
            for instance in [instance for instance in self.instances if not instance.alive]:
                self.instances.remove(instance)
                await asyncio.to_thread(instance.dispose)
            free = next((instance for instance in self.instances if not instance.busy), None)
            if free is not None:
                free.busy = True
                return free
            if len(self.instances) < self.service.max_instances:
                return await self._new_instance()
            if time.monotonic() >= deadline:
                return None
            await asyncio.sleep(_LOOK)

    async def _new_instance(self) -> Instance | None:
        self.counts["cold starts"] += 1
        instance = Instance(self.service)
        instance.busy = True
        self.instances.append(instance)
        if await instance.started():
            return instance
        said = instance.log[-2000:]
        raise web.HTTPServiceUnavailable(text=f"The user-provided container failed to start and listen: {said}")


def _page(status: int, title: str, text: str) -> web.Response:
    """An error page of the front itself, HTML as the real one's."""
    return web.Response(
        status=status, text=_PAGE.format(status=status, title=title, text=text), content_type="text/html"
    )


@contextmanager
def cloud_run(service: CloudRunService, tokens: GoogleTokenServer) -> Iterator[CloudRun]:
    """Serve that service to bearers of the token server's ID tokens."""
    front = CloudRun(service, tokens)
    with serve(front.application()) as served:
        front.url = served.url
        yield front
