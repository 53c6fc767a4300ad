"""What a start of the window does about the one that may be open, against real sockets and locks."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helios_gui.cli.single_instance_client import HandOverResult, hand_over, lock_or_hand_over
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.single_instance import GREETING, TAKEN, Address, Request, address_of
from tests.support.runtime import runtime_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Unix sockets")
SHORT = 0.3  # seconds; how long the start under test waits for somebody who never answers
LONG = 60.0


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppFolders]:
    with runtime_folder() as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        yield AppFolders.at(tmp_path / "home")


@pytest.fixture
def address(folders: AppFolders) -> Address:
    found = address_of(folders)
    assert found is not None
    return found


@contextmanager
def locked(address: Address) -> Iterator[None]:
    """As a running window has it."""
    with address.lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def listening(address: Address, talk: Callable[[socket.socket], None]) -> Iterator[None]:
    """Somebody at the address who says what ``talk`` says to the first who comes."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address.name)
        listener.listen()

        def serve() -> None:
            visitor, _ = listener.accept()
            with visitor:
                visitor.settimeout(LONG)
                talk(visitor)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            thread.join(LONG)
            Path(address.name).unlink()


def test_the_first_start_has_the_claim_until_it_ends(folders: AppFolders, address: Address) -> None:
    lock = lock_or_hand_over(folders, [])
    assert lock is not None
    assert lock.address == address
    with lock:
        second = lock_or_hand_over(folders, [], lock_timeout=SHORT)
        assert second is not None
        assert second.address is None
        assert "does not answer" in second.problem
    assert not address.lock.parent.exists()
    third = lock_or_hand_over(folders, [])
    assert third is not None
    with third:
        assert third.address == address


def test_other_folders_are_another_window(folders: AppFolders, address: Address, tmp_path: Path) -> None:
    with locked(address):
        other = lock_or_hand_over(AppFolders.at(tmp_path / "other"), [])
    assert other is not None
    with other:
        assert other.address not in (None, address)


def test_files_and_token_are_handed_over(
    folders: AppFolders, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "leave")
    heard = []

    def take(visitor: socket.socket) -> None:
        visitor.sendall(GREETING)
        heard.append(Request.decode(visitor.makefile("rb").readline()))
        visitor.sendall(TAKEN)

    with locked(address), listening(address, take):
        assert lock_or_hand_over(folders, [Path("/jobs/a b.json")]) is None
    assert heard == [Request((Path("/jobs/a b.json"),), "leave")]


def test_a_window_that_hangs_gets_nothing(address: Address) -> None:
    heard = []
    with listening(address, lambda visitor: heard.append(visitor.recv(100))):
        assert hand_over(address, Request((Path("/a"),)), SHORT) is HandOverResult.NOT_RESPONDING
    assert heard == [b""]


def test_a_window_that_hangs_holds_nobody_up(folders: AppFolders, address: Address) -> None:
    with locked(address), listening(address, lambda visitor: visitor.recv(100)):
        lock = lock_or_hand_over(folders, [], greeting_timeout=SHORT)
    assert lock is not None
    assert (lock.address, bool(lock.problem)) == (None, True)


def test_a_stranger_gets_nothing(address: Address) -> None:
    heard = []

    def talk(visitor: socket.socket) -> None:
        visitor.sendall(b"220 mail.example ESMTP ready\r\n")
        heard.append(visitor.recv(100))

    with listening(address, talk):
        assert hand_over(address, Request((Path("/a"),)), LONG) is HandOverResult.NOT_RESPONDING
    assert heard == [b""]


@pytest.mark.parametrize("answers", [(b"",), (GREETING, b""), (GREETING, b"no\n")])
def test_a_window_that_goes_away_has_taken_nothing(address: Address, answers: tuple[bytes, ...]) -> None:
    def talk(visitor: socket.socket) -> None:
        for answer in answers:
            visitor.sendall(answer)
        visitor.shutdown(socket.SHUT_WR)
        visitor.recv(1000)

    with listening(address, talk):
        assert hand_over(address, Request((Path("/a"),)), LONG) is HandOverResult.NOT_LISTENING


def test_what_a_killed_window_left_is_nobody(folders: AppFolders, address: Address) -> None:
    assert hand_over(address, Request(), LONG) is HandOverResult.NOT_LISTENING
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address.name)
        listener.listen()
    address.lock.touch()
    assert hand_over(address, Request(), LONG) is HandOverResult.NOT_LISTENING
    lock = lock_or_hand_over(folders, [])
    assert lock is not None
    with lock:
        assert lock.address == address


def test_it_waits_for_a_window_that_is_opening(folders: AppFolders, address: Address) -> None:
    def take(visitor: socket.socket) -> None:
        visitor.sendall(GREETING)
        visitor.recv(1000)
        visitor.sendall(TAKEN)

    answers = []
    starting = threading.Thread(target=lambda: answers.append(lock_or_hand_over(folders, [], lock_timeout=LONG)))
    with locked(address):
        starting.start()
        starting.join(SHORT)  # it finds nobody at the address yet
        assert starting.is_alive()
        with listening(address, take):
            starting.join(LONG)
    assert answers == [None]


def test_it_waits_for_a_window_that_is_leaving(folders: AppFolders, address: Address) -> None:
    locks = []
    starting = threading.Thread(target=lambda: locks.append(lock_or_hand_over(folders, [], lock_timeout=LONG)))
    with locked(address):
        starting.start()
        starting.join(SHORT)
        assert starting.is_alive()
    starting.join(LONG)
    lock = locks[0]
    assert lock is not None
    with lock:
        assert lock.address == address


def test_of_many_starts_at_once_one_has_the_claim(folders: AppFolders, address: Address) -> None:
    """Each lets go at once, so that the lock's file is removed and made again all the time."""
    holders, most = [], []

    def start() -> None:
        for _ in range(20):
            lock = lock_or_hand_over(folders, [], lock_timeout=LONG)
            assert lock is not None
            with lock:
                holders.append(lock)
                most.append(len(holders))
                holders.remove(lock)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert len(most) == 80
    assert set(most) == {1}
