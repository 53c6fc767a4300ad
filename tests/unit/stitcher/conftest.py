"""Small real media whose every frame and sample can be told from every other."""

from __future__ import annotations

import math
import subprocess
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.media_reader import MediaReader
from tests.support.media_here import ReaderHere
from tests.support.media_maker import media_maker

SAMPLE_RATE = 48_000
TONE = 441.0
LEVEL = 0.5
BITS = 8


@dataclass
class Studio:
    """Makes chunks with FFmpeg, and reads films back with PyAV."""

    folder: Path

    def run(self, *arguments: str, program: str = "") -> None:
        """Run FFmpeg; its errors fail the test."""
        subprocess.run([program or str(find_ffmpeg()), "-v", "error", "-nostdin", "-y", *arguments], check=True)

    def chunk(
        self,
        name: str,
        start: int,
        count: int,
        *,
        rate: Fraction | int = 30,
        size: str = "160x90",
        codec: Sequence[str] = ("libx264", "-preset", "ultrafast"),
        audio: str | None = "pcm_s16le",
        audio_rate: Fraction | int | None = None,
        pixels: str = "yuv420p",
        extra: Sequence[str] = (),
        program: str = "",
    ) -> Path:
        """A chunk of frames ``start`` … ``start + count - 1``, each showing its number as bars of light.

        Its sound is the part of one long tone that belongs to these frames at ``audio_rate`` (or ``rate``).
        """
        path = self.folder / name
        bars = f"if(mod(floor((N+{start})/pow(2,floor(X*{BITS}/W))),2),220,30)"
        arguments = [
            "-f",
            "lavfi",
            "-i",
            f"color=black:s={size}:r={rate},trim=end_frame={count},format=yuv420p,geq=lum='{bars}':cb=128:cr=128",
        ]
        if audio is not None:
            begin, end = (round(frame * SAMPLE_RATE / Fraction(audio_rate or rate)) for frame in (start, start + count))
            tone = f"aevalsrc='{LEVEL}*sin(2*PI*{TONE}*t)':s={SAMPLE_RATE}"
            cut = f"atrim=start_sample={begin}:end_sample={end},asetpts=N/SR/TB"
            arguments += ["-f", "lavfi", "-i", f"{tone},{cut}", "-c:a", audio]
        codec_name, *settings = codec
        arguments += ["-c:v", codec_name, "-pix_fmt", pixels, *settings, *extra]
        is_plain = audio in (None, "pcm_s16le") and not extra
        self.run(*arguments, f"file:{path}", program=program or (media_maker() if is_plain else ""))
        return path

    def chunks(self, *counts: int, suffix: str = ".mov", **how: object) -> list[Path]:
        """Chunks that follow each other, of these many frames."""
        starts = [0, *accumulate(counts)]
        return [
            self.chunk(f"part_{index}{suffix}", starts[index], count, **how)  # type: ignore[arg-type]
            for index, count in enumerate(counts)
        ]

    def numbers(self, film: Path) -> list[int]:
        """The numbers its frames show, in the order they are shown."""
        with av.open(str(film)) as container:
            return [_number(frame) for frame in container.decode(video=0)]

    def times(self, film: Path) -> list[Fraction]:
        """When each frame is shown, in seconds."""
        with av.open(str(film)) as container:
            return [frame.pts * frame.time_base for frame in container.decode(video=0)]

    def samples(self, film: Path, track: int = 0) -> array[float]:
        """All samples of the first channel of a sound."""
        found = array("f")
        with av.open(str(film)) as container:
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE)
            for frame in container.decode(audio=track):
                for even in resampler.resample(frame):
                    found.frombytes(bytes(even.planes[0])[: even.samples * 4])
        return found

    def worst_tone_error(self, samples: array[float], length: int, window: int = 480) -> float:
        """How far any window is from the one long tone, in level and phase together (0: not at all; 1: unrelated).

        ``length`` is the samples there should be: a codec may add some. The first and the last two windows are
        left out, for it fades there.
        """
        assert len(samples) >= length
        worst = 0.0
        for begin in range(2 * window, length - 2 * window, window):
            error = math.fsum(
                (samples[index] - LEVEL * math.sin(2 * math.pi * TONE * index / SAMPLE_RATE)) ** 2
                for index in range(begin, begin + window)
            )
            worst = max(worst, math.sqrt(error / window) / (LEVEL / math.sqrt(2)))
        return worst


def _number(frame: av.VideoFrame) -> int:
    plane = frame.planes[0]
    row = bytes(plane)[plane.line_size * (frame.height // 2) :]
    middles = [int((bit + 0.5) * frame.width / BITS) for bit in range(BITS)]
    return sum((row[x] > 125) << bit for bit, x in enumerate(middles))


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.fixture(scope="module")
def shared_reader() -> Iterator[MediaReader]:
    """Reads media for all tests of a file. Those that need none read it in processes, as the program does."""
    with ReaderHere() as reader:
        yield reader
