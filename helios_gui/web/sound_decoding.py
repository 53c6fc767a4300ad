"""Decode what a page plays to samples, the same ones wherever a chunk begins."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.web.ffmpeg_call import call_ffmpeg

SAMPLE_RATE = 48_000
CHANNELS = 2
_FORMATS = "wav,w64,mp3,aac,flac,ogg,mov,matroska"
"""FFmpeg's names of what browsers play; the names of playlists, which lead elsewhere, are not among them."""
_LEAST_TEMPO, _MOST_TEMPO = 0.5, 2.0  # of FFmpeg's atempo, without leaving out samples


@dataclass(frozen=True, slots=True)
class Cut:
    """Samples of a medium from one on, at a rate: with rate 1 and ``start`` 0 all of it.

    Attributes:
        url: The medium's address.
        start: Its first sample, at 48 kHz.
        rate: Seconds of the medium per second.
        keeps_pitch: Whether a rate other than 1 leaves the pitch alone.
    """

    url: str
    start: int = 0
    rate: float = 1.0
    keeps_pitch: bool = True


def count_channels(file: Path) -> int:
    """Return how many channels the sound of a file has (blocking); 0 where it has none that can be decoded."""
    import av

    try:
        with av.open(str(file), options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"}) as container:
            return container.streams.audio[0].codec_context.channels if container.streams.audio else 0
    except (av.FFmpegError, OSError, ValueError):
        return 0


async def decode_samples(file: Path, channels: int, cut: Cut, first: int, last: int, target: Path) -> None:
    """Write samples ``first`` to ``last`` (not included) of a cut as 32-bit floats, left and right by turns.

    A codec's samples depend on those before them, and a change of tempo on where it began: both begin at the same
    place whatever is wanted, and what is not wanted is left out. There are fewer where the medium ends.

    Args:
        file: The medium.
        channels: How many it has. A single one is heard at its full volume on both sides, as in a browser.
        cut: What of it.
        first: Counted from the begin of the cut, at 48 kHz.
        last: The same.
        target: The file.

    Raises:
        HeliosError: FFmpeg cannot decode it.
    """
    filters = [f"aresample={SAMPLE_RATE}:async=1:first_pts=0"]
    filters.append("pan=stereo|c0=c0|c1=c0" if channels == 1 else "aformat=channel_layouts=stereo")
    filters.append("aformat=sample_fmts=flt")
    if cut.rate != 1:
        filters += [f"atrim=start_sample={cut.start}", "asetpts=N/SR/TB", *_tempo(cut)]
    else:
        first, last = first + cut.start, last + cut.start
    filters.append(f"atrim=start_sample={first}:end_sample={last}")
    await call_ffmpeg(
        (
            "-format_whitelist", _FORMATS, "-protocol_whitelist", "file", "-i", f"file:{file}",
            "-map", "0:a:0", "-af", ",".join(filters), "-f", "f32le", f"file:{target}",
        ),
        tr("decoding the sound of {name}", name=file.name),
    )  # fmt: skip


def _tempo(cut: Cut) -> list[str]:
    if not cut.keeps_pitch:
        return [f"asetrate={round(SAMPLE_RATE * cut.rate)}", f"aresample={SAMPLE_RATE}", "asetpts=N/SR/TB"]
    filters, left = [], cut.rate
    while left > _MOST_TEMPO or left < _LEAST_TEMPO:
        step = _MOST_TEMPO if left > 1 else _LEAST_TEMPO
        filters.append(f"atempo={step}")
        left /= step
    return [*filters, f"atempo={left:.9g}", "asetpts=N/SR/TB"]


async def probe(file: Path) -> int:
    """Return ``count_channels`` without blocking."""
    return await asyncio.to_thread(count_channels, file)
