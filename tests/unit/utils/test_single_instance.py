from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from helios_gui.utils.folders import AppFolders
from helios_gui.utils.single_instance import Request, address_of
from tests.support.runtime import runtime_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes have no folders")


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with runtime_folder() as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        yield folder


@pytest.mark.parametrize("name", ["a b.json", "sömmer/☀.heliosjob", "br\udce9ve.json", 'quo"te\n.json'])
def test_a_request_survives_the_wire(name: str) -> None:
    request = Request((Path("/jobs") / name, Path("/other")), "token_TIME12")
    line = request.encode()
    assert line.count(b"\n") == 1
    assert Request.decode(line) == request


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"GET / HTTP/1.1",
        b"\xff\xfe\x00",
        b"[]",
        b"{}",
        b'{"files": "x", "token": ""}',
        b'{"files": [1], "token": ""}',
        b'{"files": ["relative.json"], "token": ""}',
        b'{"files": ["/a\\u0000b"], "token": ""}',
        b'{"files": ["/\\ud800.json"], "token": ""}',
        b'{"files": [], "token": 3}',
        b"[" * 100_000,
    ],
)
def test_nothing_else_is_a_request(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (of any kind: the sender is sent away)
        Request.decode(line)


@pytest.mark.parametrize("token", ["a\0b", "\ud800"])
def test_a_token_that_no_environment_can_hold_is_none(token: str) -> None:
    assert Request.decode(json.dumps({"files": [], "token": token}).encode()) == Request()


def test_each_set_of_folders_has_an_address_of_its_own(runtime: Path, tmp_path: Path) -> None:
    one, again, other = (address_of(AppFolders.at(tmp_path / name)) for name in ("one", "one", "other"))
    assert one is not None
    assert one == again != other
    assert Path(one.name).is_relative_to(runtime)


def test_a_linked_folder_has_the_address_of_the_real_one(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert address_of(AppFolders.at(tmp_path / "link")) == address_of(AppFolders.at(tmp_path / "real"))


@pytest.mark.parametrize("runtime_folder", ["", "long" * 40])
def test_without_a_session_folder_that_will_do_another_private_one_is_used(
    runtime_folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / runtime_folder) if runtime_folder else "")
    address = address_of(AppFolders.at(tmp_path))
    assert address is not None
    folder = Path(address.name).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    with socket.socket(socket.AF_UNIX) as listener:  # short enough for the system
        listener.bind(address.name)
    Path(address.name).unlink()
    with suppress(OSError):  # somebody may be using it
        folder.rmdir()


def test_a_folder_that_others_can_look_into_is_not_used(runtime: Path, tmp_path: Path) -> None:
    folder = Path(address_of(AppFolders.at(tmp_path)).name).parent  # type: ignore[union-attr]
    assert folder.is_relative_to(runtime)
    folder.chmod(0o755)
    elsewhere = address_of(AppFolders.at(tmp_path))
    assert elsewhere is not None
    assert not Path(elsewhere.name).is_relative_to(runtime)
    folder.rmdir()
    folder.symlink_to(tmp_path, target_is_directory=True)  # somebody was quicker
    elsewhere = address_of(AppFolders.at(tmp_path))
    assert elsewhere is not None
    assert not Path(elsewhere.name).is_relative_to(runtime)
