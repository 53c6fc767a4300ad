"""Media files read in child processes: no layout of sound, and no crash, ends this program."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

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
