"""What a probe finds in a media file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """One stream. ``packets`` were counted by reading the file, not believed from its header.

    Video has ``width``, ``height`` (pixels), ``pixel_format`` and ``rate`` (frames per second); audio has
    ``sample_rate`` (Hz), ``channels`` and ``sample_format``. ``duration`` is in seconds. ``reordering`` is by
    how many frames decoding runs ahead of showing (0 without B-frames). ``configuration``
    identifies what the decoder is told once for the whole file (H.264 and HEVC parameter sets): streams that
    differ in it cannot be joined without encoding. Empty for codecs that have no such thing.
    """

    kind: str
    codec: str
    packets: int
    time_base: Fraction
    duration: float | None = None
    width: int = 0
    height: int = 0
    pixel_format: str = ""
    rate: Fraction | None = None
    sample_rate: int = 0
    channels: int = 0
    sample_format: str = ""
    profile: str = ""
    reordering: int = 0
    configuration: str = ""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A probed file: its container's short name and its first video and audio stream, where it has them."""

    path: Path
    container: str
    video: StreamInfo | None
    audio: StreamInfo | None

    @property
    def frames(self) -> int:
        """Video frames (packets) in the file; 0 without video."""
        return self.video.packets if self.video else 0
