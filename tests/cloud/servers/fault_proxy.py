"""An HTTP proxy in front of a test server, which does to requests what the test tells it to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, TCPConnector, hdrs, web
from multidict import CIMultiDict
from yarl import URL

from tests.cloud.servers.faults import NO_FAULT, Fault, Rule, Seen
from tests.cloud.servers.serving import BODY_LIMIT, LIMIT, serve

_OWN = {"connection", "keep-alive", "transfer-encoding", "expect", "proxy-connection"}
"""Headers that are between two neighbours, and not handed on."""

_NOT_ADDED = (hdrs.USER_AGENT, hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE)

_PIECE = 16 * 1024
_LOOK = 0.01


class FaultProxy:
    """A running proxy. ``requests`` lists all that came by, in order; requests no rule is for are let through.

    ``Host`` is handed on as it came, so that signatures stay good.
    """

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream.rstrip("/")
        self._rules: list[Rule] = []
        self._going_on: set[asyncio.Task[None]] = set()
        self.requests: list[Seen] = []
        self.url = ""

    def script(
        self, fault: Fault, *, method: str = "", path: str = "", times: int | None = 1, skip: int = 0
    ) -> FaultProxy:
        """Have something happen to the next ``times`` such requests (see ``Rule``); earlier rules come first."""
        self._rules.append(Rule(fault, method, path, times, skip))
        return self

    def heal(self) -> None:
        """Forget all rules; bodies that are slow now go on at full speed."""
        self._rules.clear()

    def count(self, method: str = "", path: str = "") -> int:
        """How many requests of that method (any when empty), with a path in which the expression is found, came by."""
        return sum((not method or seen.method == method) and bool(re.search(path, seen.path)) for seen in self.requests)

    def application(self) -> web.Application:
        """Every path of every method."""
        application = web.Application(client_max_size=BODY_LIMIT)
        application.cleanup_ctx.append(self._connecting)
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _connecting(self, _: web.Application) -> AsyncIterator[None]:
        connector = TCPConnector(limit=0, force_close=True)
        timeout = ClientTimeout(total=None)
        self._session = ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
        yield
        for task in self._going_on:
            task.cancel()
        await asyncio.gather(*self._going_on, return_exceptions=True)
        await self._session.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        fault = next((rule.fault for rule in self._rules if rule.take(request.method, request.raw_path)), NO_FAULT)
        seen = Seen(request.method, request.raw_path, fault)
        self.requests.append(seen)
        if fault.drop or fault.status is not None:
            if fault.forward:
                self._send_on_its_own(request, await request.read(), seen)
            await self._wait(fault)
            return self._cut(request) if fault.drop else self._own_answer(request, fault, seen)
        try:
            async with self._send(request, self._paced(request, fault, seen)) as answer:
                await self._wait(fault)
                return await self._hand_back(request, answer, seen)
        except (ClientError, ConnectionError):
            return self._cut(request)

    def _send(
        self, request: web.Request, body: AsyncIterator[bytes] | bytes
    ) -> AbstractAsyncContextManager[ClientResponse]:
        """The request to the server, as it came."""
        headers = CIMultiDict((key, value) for key, value in request.headers.items() if key.lower() not in _OWN)
        return self._session.request(
            request.method,
            URL(self._upstream + request.raw_path, encoded=True),
            headers=headers,
            data=body if request.body_exists else None,
            skip_auto_headers=_NOT_ADDED,
            allow_redirects=False,
        )

    def _send_on_its_own(self, request: web.Request, body: bytes, seen: Seen) -> None:
        """Send the request in a task that ends when the server has answered, whatever becomes of the client."""
        seen.sent = len(body)

        async def send() -> None:
            with suppress(ClientError, ConnectionError):
                async with self._send(request, body) as answer:
                    await answer.read()

        task = asyncio.get_running_loop().create_task(send())
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)

    @staticmethod
    async def _wait(fault: Fault) -> None:
        """Until the fault's time has come, at the latest after ``LIMIT`` seconds of waiting for its condition."""
        if fault.when is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(LIMIT):
                    while not fault.when():
                        await asyncio.sleep(_LOOK)
        await asyncio.sleep(fault.delay)

    @staticmethod
    def _cut(request: web.Request) -> web.StreamResponse:
        """Cut the client's connection; what is returned goes nowhere."""
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=502)

    @staticmethod
    def _own_answer(request: web.Request, fault: Fault, seen: Seen) -> web.Response:
        body = fault.body + (_page_about(request) if fault.echo else b"")
        seen.status = fault.status
        seen.received = len(body)
        return web.Response(status=fault.status or 500, body=body, headers=fault.headers)

    async def _hand_back(self, request: web.Request, answer: ClientResponse, seen: Seen) -> web.StreamResponse:
        """Pass the server's answer on, in pieces, with what shall happen to its body."""
        fault = seen.fault
        headers = CIMultiDict((key, value) for key, value in answer.headers.items() if key.lower() not in _OWN)
        response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=headers)
        seen.status = answer.status
        await response.prepare(request)
        async for piece in answer.content.iter_chunked(_PIECE):
            piece = _changed(piece, seen.received, _place(fault.corrupt, answer.content_length))
            if fault.truncate is not None and seen.received + len(piece) > fault.truncate:
                await response.write(piece[: fault.truncate - seen.received])
                seen.received = fault.truncate
                # What was written has to leave before the connection is cut.
                await asyncio.sleep(_LOOK)
                return self._cut(request)
            await response.write(piece)
            seen.received += len(piece)
            await self._pace(fault, piece)
        await response.write_eof()
        return response

    async def _paced(self, request: web.Request, fault: Fault, seen: Seen) -> AsyncIterator[bytes]:
        """The request's body in pieces, with what shall happen to it."""
        async for piece in request.content.iter_chunked(_PIECE):
            yield _changed(piece, seen.sent, _place(fault.corrupt_request, request.content_length))
            seen.sent += len(piece)
            await self._pace(fault, piece)

    async def _pace(self, fault: Fault, piece: bytes) -> None:
        if fault.rate is not None and any(rule.fault is fault for rule in self._rules):
            await asyncio.sleep(len(piece) / fault.rate)


def _page_about(request: web.Request) -> bytes:
    """What some proxies show of a request they do not like."""
    lines = (f"<li>{name}: {value}</li>" for name, value in request.headers.items())
    return f"<html><p>{request.method} {request.raw_path}</p><ul>{''.join(lines)}</ul></html>".encode()


def _place(at: int | None, length: int | None) -> int | None:
    """An offset from the begin of a body of that length."""
    return at if at is None or at >= 0 else at + (length or 0)


def _changed(piece: bytes, offset: int, at: int | None) -> bytes:
    """The piece, which begins at ``offset`` of its body, with a bit of the body's byte at ``at`` flipped if in it."""
    if at is None or not offset <= at < offset + len(piece):
        return piece
    changed = bytearray(piece)
    changed[at - offset] ^= 0x01
    return bytes(changed)


@contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    """A proxy before the server at ``upstream``."""
    proxy = FaultProxy(upstream)
    with serve(proxy.application()) as served:
        proxy.url = served.url
        yield proxy
