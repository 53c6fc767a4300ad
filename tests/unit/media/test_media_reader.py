"""Media files read in child processes: no layout of sound, and no crash, ends this program."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from helios_gui.media import media_reader
from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.media_reader import MediaReader
from helios_gui.types import VerificationError
from helios_gui.utils.work_threads import Stop


def channel_layouts() -> dict[str, int]:
    """The layouts that FFmpeg names, with their count of channels."""
    listed = subprocess.run([find_ffmpeg(), "-v", "error", "-layouts"], capture_output=True, text=True, check=True)
    rows = listed.stdout.partition("Standard channel layouts:")[2].splitlines()
    found = [match for row in rows if (match := re.fullmatch(r"(\S+) +([A-Z0-9+]+)", row))]
    return {match[1]: match[2].count("+") + 1 for match in found if match[1] != "NAME"}


@pytest.mark.parametrize("suffix", [".mov", ".wav", ".mkv"])
def test_every_layout_of_sound_can_be_read(tmp_path: Path, suffix: str) -> None:
    layouts = channel_layouts()
    assert len(layouts) > 20
    outputs = []
    for name in layouts:
        silence = f"anullsrc=cl={name}:d=0.02[{len(outputs)}]"
        outputs.append((silence, ["-map", f"[{len(outputs)}]", "-c:a", "pcm_s16le", str(tmp_path / f"{name}{suffix}")]))
    graph = ";".join(silence for silence, _ in outputs)
    words = [word for _, output in outputs for word in output]
    command = [str(find_ffmpeg()), "-v", "error", "-nostdin", "-filter_complex", graph, *words]
    subprocess.run(command, check=True)
    with MediaReader() as reader:
        found = {name: reader.probe(tmp_path / f"{name}{suffix}").audio for name in layouts}
    assert {name: audio.channels for name, audio in found.items() if audio} == layouts


def crash(path: Path, stop: Stop) -> None:
    os.abort()


def test_a_crash_names_the_file(tmp_path: Path) -> None:
    with MediaReader() as reader, pytest.raises(VerificationError, match=r"^part_7\.mov cannot be read: .* crashed"):
        reader.read(crash, tmp_path / "part_7.mov", None)


def test_a_file_is_read_once_while_it_is_the_same(tmp_path: Path) -> None:
    first, moved = tmp_path / "a" / "part.mov", tmp_path / "b" / "part.mov"
    for path in (first, moved):
        path.parent.mkdir()
    make(first, frames=3)
    with MediaReader() as reader:
        found = reader.probe_file(first)
        first.rename(moved)
        time = moved.stat().st_mtime_ns
        with moved.open("r+b") as file:  # in its place, and the clock put back: only reading it would show that
            file.write(bytes(moved.stat().st_size))
        os.utime(moved, ns=(time, time))
        again = reader.probe_file(moved)
        assert (again.info.path, again.info.streams, again.stored) == (moved, found.info.streams, found.stored)
        os.utime(moved, ns=(time + 1, time + 1))
        with pytest.raises(VerificationError):
            reader.probe_file(moved)
        make(moved, frames=4)
        assert reader.probe(moved).frames == 4


def test_what_is_remembered_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_reader, "_KEPT_FRAMES", 7)
    path = tmp_path / "part.mov"
    make(path, frames=3)
    with MediaReader() as reader:
        for number in range(5):
            os.utime(path, ns=(number, number))
            assert reader.probe(path).frames == 3
        assert len(reader._known) == 2


def make(path: Path, frames: int) -> None:
    source = ["-f", "lavfi", "-i", "testsrc2=s=64x36:r=30", "-frames:v", str(frames), "-c:v", "mpeg4"]
    subprocess.run([str(find_ffmpeg()), "-v", "error", "-nostdin", "-y", *source, str(path)], check=True)
