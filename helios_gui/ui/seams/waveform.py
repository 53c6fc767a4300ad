"""Reads the loudness of a video's sound around a moment. Loads PyAV: imported in the thread that reads."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path

import av

from helios_gui.media.stream_facts import open_media
from helios_gui.types import HeliosError

RATE = 8000
"""Samples a second that the sound is reduced to."""

Peak = tuple[float, float]
"""The lowest and the highest sample of a stretch, -1 to 1."""


def read_peaks(path: Path, start: float, seconds: float, count: int) -> list[Peak]:
    """Return the peaks of a stretch of a file's first sound track; empty if it has none, or none there.

    Args:
        path: The file.
        start: Seconds from its beginning; negative ones count from its end.
        seconds: How long the stretch is.
        count: How many peaks to return.
    """
    try:
        with open_media(path) as container:
            if not container.streams.audio:
                return []
            if start < 0:
                start = max(0.0, (container.duration or 0) / av.time_base + start)
            samples = _samples(container, start, seconds)
    except (av.FFmpegError, HeliosError, OSError):
        return []
    return peaks_of(samples, round(seconds * RATE), count)


def peaks_of(samples: Sequence[int], length: int, count: int) -> list[Peak]:
    """Return the peaks of samples (16 bits each) which are ``length`` or fewer; what is missing is silent."""
    if not samples:
        return []
    found = []
    for place in range(count):
        part = samples[place * length // count : max(place * length // count + 1, (place + 1) * length // count)]
        found.append((min(part) / 32768, max(part) / 32768) if len(part) else (0.0, 0.0))
    return found


def _samples(container: av.container.InputContainer, start: float, seconds: float) -> array[int]:
    stream = container.streams.audio[0]
    if start > 0 and stream.time_base is not None:
        container.seek(max(0, round((start - 0.5) / stream.time_base)), stream=stream)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    found: array[int] = array("h")
    wanted = round(seconds * RATE)
    for frame in container.decode(stream):
        if frame.time is None or frame.time + frame.samples / frame.sample_rate < start:
            continue
        begins = frame.time
        for piece in resampler.resample(frame):
            samples = array("h")
            samples.frombytes(bytes(piece.planes[0])[: piece.samples * 2])
            if not found and begins < start:
                samples = samples[round((start - begins) * RATE) :]
            found.extend(samples)
        if len(found) >= wanted:
            break
    return found[:wanted]
