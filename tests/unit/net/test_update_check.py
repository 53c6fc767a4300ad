"""Asking for the newest version: a real server on this machine, which notes everything that it was sent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from helios_gui import __version__, product
from helios_gui.net.update_check import DAY, Release, UpdateCheckError, is_due, newest_release
from tests.support.http_server import ClosingRunner

ROOT = Path(__file__).parents[3]

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = ClosingRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        yield f"http://127.0.0.1:{await runner.listen()}/latest"
    finally:
        await runner.cleanup()


def saying(document: object, status: int = 200) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=json.dumps(document), status=status, content_type="application/json")

    return answer


async def test_the_newest_version_and_its_page() -> None:
    async with serving(saying({"tag_name": "v1.2.0", "html_url": "https://evil.example/", "assets": []})) as url:
        release = await newest_release(url)
    assert release == Release("1.2.0", f"{product.RELEASES_PAGE}/tag/v1.2.0")


async def test_nothing_is_sent_but_the_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("default login somebody password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    seen: list[tuple[str, str, dict[str, str], bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.append((request.method, request.path_qs, headers, await request.read()))
        response = web.json_response({"tag_name": "1.0"})
        response.set_cookie("track", "me")
        return response

    async with serving(answer) as url:
        monkeypatch.setenv("HELIOS_RELEASES_URL", url)
        await newest_release()
        await newest_release()
    assert len(seen) == 2
    for method, path, headers, body in seen:
        assert (method, path, body) == ("GET", "/latest", b"")
        assert headers.keys() == {"host", "accept", "accept-encoding", "user-agent"}
        assert headers["accept-encoding"] == "identity"
        assert headers["user-agent"] == f"{product.PACKAGE}/{__version__}"


async def test_a_proxy_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(saying({"tag_name": "4.0"})) as url:  # answers for whatever it is asked
        monkeypatch.setenv("http_proxy", url.removesuffix("/latest"))
        monkeypatch.setenv("no_proxy", "")
        assert (await newest_release("http://releases.invalid/latest")).version == "4.0"


async def test_a_moved_place_is_followed_but_not_for_ever() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/moved":
            return web.json_response({"tag_name": "3.0"})
        raise web.HTTPMovedPermanently("/moved" if request.path == "/latest" else "/round")

    async with serving(answer) as url:
        assert (await newest_release(url)).version == "3.0"
        with pytest.raises(UpdateCheckError):
            await newest_release(url.replace("latest", "round"))


@pytest.mark.parametrize(
    ("document", "status", "words"),
    [
        ({"message": "Not Found"}, 404, "No version has been published yet"),
        ({"message": "slow down"}, 403, "does not answer more questions for now"),
        ({}, 429, "does not answer more questions for now"),
        ({}, 502, "error 502"),
        ({}, 200, "names no version"),
        ([], 200, "names no version"),
        ({"tag_name": None}, 200, "names no version"),
        ({"tag_name": "the best one"}, 200, "names no version"),
        ({"tag_name": "v1.0", "body": "x" * 2_000_000}, 200, "too long"),
    ],
)
async def test_what_cannot_be_used_is_explained(document: object, status: int, words: str) -> None:
    async with serving(saying(document, status)) as url:
        with pytest.raises(UpdateCheckError, match=words):
            await newest_release(url)


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 1_000_000_000:
            await response.write(b" " * 65536)
            sent += 65536
        return response

    async with serving(answer) as url:
        with pytest.raises(UpdateCheckError, match="too long"):
            await newest_release(url)
    assert sent < 100_000_000


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "nonsense", "ftp://127.0.0.1/", "http://[::1"])
async def test_no_connection_is_explained(url: str) -> None:
    with pytest.raises(UpdateCheckError) as raised:
        await newest_release(url)
    assert product.RELEASES_PAGE in raised.value.hint


@pytest.mark.parametrize(
    ("new", "old"),
    [("0.10.0", "0.9.9"), ("1.0", "1.0rc1"), ("1.0.1", "1.0"), ("2", "1.99"), ("1.0.post1", "1.0"), ("v2.0", "1.0")],
)
def test_versions_are_counted_as_such(new: str, old: str) -> None:
    assert Release(new, "").is_newer_than(old)
    assert not Release(old, "").is_newer_than(new)
    assert not Release(new, "").is_newer_than(new)


def test_a_version_with_and_without_zero_is_the_same() -> None:
    assert not Release("1.0", "").is_newer_than("1.0.0")


@pytest.mark.parametrize(
    ("last", "due"), [(0.0, True), (1e9 - DAY, True), (1e9 - DAY + 1, False), (1e9, False), (1e9 + 1, True)]
)
def test_once_a_day(last: float, due: bool) -> None:
    assert is_due(last, 1e9) == due


def test_what_asking_takes_is_not_loaded_before() -> None:
    look = "import sys, helios_gui.net.update_check; print({'aiohttp', 'httpx', 'urllib.request'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    assert answer.stdout.strip() == "set()"
