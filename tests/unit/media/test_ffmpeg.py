from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import ffmpeg_version, find_ffmpeg, find_ffmpeg_for
from helios_gui.types import UserInputError


@pytest.fixture(autouse=True)
def forget_what_was_found() -> Iterator[None]:
    find_ffmpeg.cache_clear()
    yield
    find_ffmpeg.cache_clear()


def _script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_the_systems_ffmpeg_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = _script(tmp_path / "ffmpeg", "echo ffmpeg version 5.1-own Copyright")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg() == own
    assert ffmpeg_version(own) == "5.1-own"


def test_the_bundled_one_is_used_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    found = find_ffmpeg()
    assert found.is_absolute()
    assert "imageio_ffmpeg" in found.parts
    assert ffmpeg_version(found)[0].isdigit()


@pytest.mark.parametrize(
    ("version", "is_usual"), [("5.1.9", False), ("n9.0.2-17-g2a57", True), ("12.1", True), ("N-123-gabc", True)]
)
def test_files_of_a_newer_one_are_read_by_one_as_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, is_usual: bool
) -> None:
    own = _script(tmp_path / "ffmpeg", f"echo ffmpeg version {version} Copyright")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    assert (find_ffmpeg_for(63) == own) is is_usual
    assert find_ffmpeg_for(59) == own


def test_files_that_all_are_too_old_for_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _script(tmp_path / "ffmpeg", "echo ffmpeg version 5.1 Copyright")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserInputError, match=r"is ffmpeg 5\.1, and cannot join .* of ffmpeg 99 or newer"):
        find_ffmpeg_for(54 + 99)


@pytest.mark.parametrize("body", ["echo something else", "echo ffmpeg version 6; exit 1"])
def test_a_program_that_is_not_ffmpeg_is_refused(tmp_path: Path, body: str) -> None:
    with pytest.raises(UserInputError, match="does not answer like ffmpeg"):
        ffmpeg_version(_script(tmp_path / "ffmpeg", body))


def test_a_program_that_does_not_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="cannot be started"):
        ffmpeg_version(tmp_path / "gone")
