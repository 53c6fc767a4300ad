"""Videos whose frames carry their numbers as bars: what comes out of a program tells which frames these were."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import av

from helios_gui.media.ffmpeg import find_ffmpeg
from tests.support.media_maker import media_maker

WIDTH, HEIGHT = 128, 64
_BITS = 8
_BARS = "geq=lum='if(lt(Y,32),16+219*mod(floor(N/pow(2,floor(X/16))),2),64+mod(X*3+Y*5+N*7,128))':cb=128:cr=128"
"""In the upper half 8 bars, white for the ones of the frame's number; below a pattern that moves."""


def run_ffmpeg(*arguments: str, program: str = "") -> None:
    """Run FFmpeg, or another ``program`` of its kind; it replaces files and prints errors only."""
    subprocess.run([program or str(find_ffmpeg()), "-v", "error", "-nostdin", "-y", *arguments], check=True)


def numbered_input(frames: int, rate: str = "30", filters: str = "") -> list[str]:
    """Return the arguments of an input of FFmpeg that has the frames 0 to ``frames - 1``."""
    graph = f"color=gray:s={WIDTH}x{HEIGHT}:r={rate},{_BARS}{',' + filters if filters else ''},trim=end_frame={frames}"
    return ["-f", "lavfi", "-i", graph]


def make_numbered(path: Path, frames: int, encoding: Sequence[str], rate: str = "30", filters: str = "") -> Path:
    """Make a video with numbered frames, encoded as FFmpeg's output options say (by ``media_maker``)."""
    run_ffmpeg(*numbered_input(frames, rate, filters), *encoding, f"file:{path}", program=media_maker())
    return path


def numbers_in(path: Path) -> list[int]:
    """Return the numbers of all frames, as they are shown (before the picture is turned)."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            gray = frame.reformat(format="gray")
            plane, step = bytes(gray.planes[0]), gray.planes[0].line_size
            scale_x, scale_y = frame.width / WIDTH, frame.height / HEIGHT
            row = int(16 * scale_y) * step
            bits = [plane[row + int((16 * bit + 8) * scale_x)] > 128 for bit in range(_BITS)]
            found.append(sum(on << bit for bit, on in enumerate(bits)))
    return found
