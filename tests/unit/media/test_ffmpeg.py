from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import ffmpeg_version, find_ffmpeg, find_ffmpeg_for, has_decoder, why_not_the_systems
from helios_gui.types import UserInputError
from tests.support.other_ffmpeg import ffmpeg_of, only_ffmpeg, program


@pytest.fixture(autouse=True)
def forget_what_was_found() -> Iterator[None]:
    find_ffmpeg.cache_clear()
    yield
    find_ffmpeg.cache_clear()


def test_the_systems_ffmpeg_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = ffmpeg_of(tmp_path, "5.1-own", "59. 27")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg() == own
    assert ffmpeg_version(own) == "5.1-own"
    assert why_not_the_systems() == ""


def test_the_bundled_one_is_used_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    found = find_ffmpeg()
    assert found.is_absolute()
    assert "imageio_ffmpeg" in found.parts
    assert ffmpeg_version(found)[0].isdigit()


@pytest.mark.parametrize(
    ("version", "libavformat"),
    [("5.1.9-0+deb12u1", "59. 27"), ("n6.1", "60. 16"), ("2024-05-02-git-29", "61.  3"), ("9.0", "63.  1")],
)
def test_one_that_is_new_enough_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, libavformat: str
) -> None:
    own = ffmpeg_of(tmp_path, version, libavformat)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg() == own


@pytest.mark.parametrize(
    ("version", "libavformat"),
    [("4.4.2-0ubuntu0.22.04.1", "58. 76"), ("N-47683-g0e8eb07980-static", "58. 24"), ("5.0.3", "59. 16")],
)
def test_one_that_is_too_old_gives_way_to_the_bundled_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, libavformat: str
) -> None:
    old = ffmpeg_of(tmp_path, version, libavformat)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    assert "imageio_ffmpeg" in find_ffmpeg().parts
    assert why_not_the_systems() == f"{old} is ffmpeg {version}, and ffmpeg 5.1 or a newer one is needed"
    with only_ffmpeg(old), pytest.raises(UserInputError, match=r"ffmpeg 5\.1 or a newer one is needed\.$") as refusal:
        find_ffmpeg()
    assert refusal.value.hint == "Install ffmpeg 5.1 or a newer one."


def test_one_that_does_not_start_gives_way_to_the_bundled_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "ffmpeg", "echo libavdevice.so.58: cannot open shared object file; exit 127")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    assert "imageio_ffmpeg" in find_ffmpeg().parts
    assert why_not_the_systems() == f"{tmp_path / 'ffmpeg'} does not answer like ffmpeg"


@pytest.mark.parametrize(
    ("version", "libavformat", "is_usual"),
    [
        ("5.1.9", "59. 27", False),
        ("n9.0.2-17-g2a57", "63.  1", True),
        ("12.1", "66.  0", True),
        ("N-123-gabc", "63. 12", True),
    ],
)
def test_files_of_a_newer_one_are_read_by_one_as_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, libavformat: str, *, is_usual: bool
) -> None:
    own = ffmpeg_of(tmp_path, version, libavformat)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    assert (find_ffmpeg_for(libavformat=63) == own) is is_usual
    assert find_ffmpeg_for(libavformat=59) == own


def test_files_that_all_are_too_old_for_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ffmpeg_of(tmp_path, "5.1", "59. 27")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserInputError, match=r"is ffmpeg 5\.1, and joining these chunks takes ffmpeg 99 or a newer"):
        find_ffmpeg_for(libavformat=54 + 99)


def test_an_encoder_that_the_systems_one_lacks_is_sought_in_the_bundled_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ffmpeg_of(tmp_path, "6.0", "60.  3", encoders=("libopenh264", "prores_ks"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    assert find_ffmpeg_for(["prores_ks"]) == own
    assert "imageio_ffmpeg" in find_ffmpeg_for(["prores_ks", "libx264"]).parts
    with only_ffmpeg(own), pytest.raises(UserInputError, match=r"is ffmpeg 6\.0, and was built without .* libx264"):
        find_ffmpeg_for(["prores_ks", "libx264"])


def test_the_ffmpeg_that_is_here_tells_what_it_reads() -> None:
    assert [name for name in ("png", "qoi", "h264", "libx264") if has_decoder(find_ffmpeg(), name)] == [
        "png",
        "qoi",
        "h264",
    ]


def test_the_ffmpeg_that_is_here_tells_its_encoders() -> None:
    assert find_ffmpeg_for(["prores_ks", "aac"]) == find_ffmpeg()


@pytest.mark.parametrize("body", ["echo something else", "echo ffmpeg version 6"])
def test_a_program_that_is_not_ffmpeg_is_refused(tmp_path: Path, body: str) -> None:
    with pytest.raises(UserInputError, match="does not answer like ffmpeg"):
        ffmpeg_version(program(tmp_path / "ffmpeg", body))


def test_one_that_fails_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="does not answer like ffmpeg"):
        ffmpeg_version(ffmpeg_of(tmp_path, "6.0", "60.  3", code=1))


def test_a_program_that_does_not_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="cannot be started"):
        ffmpeg_version(tmp_path / "gone")
