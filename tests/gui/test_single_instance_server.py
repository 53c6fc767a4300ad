"""What reaches a window that is open through its socket, and what does not."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from helios_gui.ui.desktop.activation import bring_to_front, forget_startup_token
from helios_gui.ui.desktop.single_instance_server import SingleInstanceServer
from helios_gui.utils.single_instance import GREETING, MOST_BYTES, TAKEN, Address, Request
from tests.support.runtime import runtime_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Unix sockets")
Eventually = Callable[..., Awaitable[None]]


@pytest.fixture
def address() -> Iterator[Address]:
    with runtime_folder() as folder:
        yield Address(str(folder / "server.sock"), folder / "lock")


class Visit:
    """A visitor at the server, in a thread of its own."""

    def __init__(self, address: Address) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(address.name)

    async def hear(self, length: int) -> bytes:
        """So many bytes; fewer when the server is shut."""
        return await asyncio.to_thread(self._hear, length)

    def _hear(self, length: int) -> bytes:
        heard = b""
        try:
            while len(heard) < length and (more := self._socket.recv(length - len(heard))):
                heard += more
        except ConnectionResetError:
            pass
        return heard

    async def say(self, words: bytes) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            await asyncio.to_thread(self._socket.sendall, words)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def server(address: Address, qapp: QApplication) -> Iterator[SingleInstanceServer]:
    opened = SingleInstanceServer(address)
    assert opened.is_open
    yield opened
    opened.close()
    opened.deleteLater()


async def test_a_request_is_heard_and_confirmed(
    server: SingleInstanceServer, address: Address, eventually: Eventually
) -> None:
    heard: list[Request] = []
    server.asked.connect(heard.append)
    request = Request((Path("/jobs/a b.json"), Path("/jobs/sömmer ☀.json"), Path("/br\udce9ve")), "token")
    with closing(Visit(address)) as visit:
        assert await visit.hear(len(GREETING)) == GREETING
        await visit.say(request.encode()[:20])
        await visit.say(request.encode()[20:])
        assert await visit.hear(len(TAKEN) + 1) == TAKEN
    assert heard == [request]


async def test_many_come_at_once(server: SingleInstanceServer, address: Address) -> None:
    heard: list[Request] = []
    server.asked.connect(heard.append)

    async def come(number: int) -> None:
        with closing(Visit(address)) as visit:
            await visit.hear(len(GREETING))
            await visit.say(Request((Path(f"/{number}"),)).encode())
            assert await visit.hear(len(TAKEN)) == TAKEN

    await asyncio.gather(*(come(number) for number in range(8)))
    assert sorted(request.files[0].name for request in heard) == [str(number) for number in range(8)]


@pytest.mark.parametrize(
    "words", [b"\n", b"GET / HTTP/1.1\r\n\r\n", b'{"files": ["relative"], "token": ""}\n', b"\0\xff\n" * 50]
)
async def test_who_talks_nonsense_is_sent_away(server: SingleInstanceServer, address: Address, words: bytes) -> None:
    heard: list[Request] = []
    server.asked.connect(heard.append)
    with closing(Visit(address)) as visit:
        await visit.hear(len(GREETING))
        await visit.say(words)
        assert await visit.hear(1) == b""
    with closing(Visit(address)) as visit:  # the next one is heard
        await visit.hear(len(GREETING))
        await visit.say(Request().encode())
        assert await visit.hear(len(TAKEN)) == TAKEN
    assert heard == [Request()]


async def test_who_never_comes_to_the_point_is_sent_away(server: SingleInstanceServer, address: Address) -> None:
    with closing(Visit(address)) as visit:
        await visit.hear(len(GREETING))
        await visit.say(b"x" * (2 * MOST_BYTES))
        assert await visit.hear(1) == b""


async def test_who_says_nothing_is_sent_away(
    address: Address, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helios_gui.ui.desktop.single_instance_server.REQUEST_TIMEOUT", 50)
    server = SingleInstanceServer(address)
    with closing(Visit(address)) as visit:
        assert await visit.hear(len(GREETING) + 1) == GREETING
    server.close()
    server.deleteLater()


async def test_a_closed_door_is_gone_with_its_visitors(server: SingleInstanceServer, address: Address) -> None:
    with closing(Visit(address)) as visit:
        await visit.hear(len(GREETING))
        server.close()
        assert await visit.hear(1) == b""
    assert not Path(address.name).exists()


def test_what_a_killed_window_left_does_not_matter(address: Address, qapp: QApplication) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address.name)
    assert Path(address.name).exists()
    server = SingleInstanceServer(address)
    assert server.is_open
    assert Path(address.name).stat().st_mode & 0o077 == 0, "nobody else may connect"
    server.close()
    server.deleteLater()


def test_a_minimised_window_comes_back(qapp: QApplication) -> None:
    window = QWidget()
    window.showMinimized()
    bring_to_front(window, "token")
    assert window.isVisible()
    assert not window.isMinimized()
    window.close()
    window.deleteLater()


def test_what_the_window_starts_does_not_find_its_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "a")
    monkeypatch.setenv("DESKTOP_STARTUP_ID", "b")
    forget_startup_token()
    assert not {"XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"} & set(os.environ)
