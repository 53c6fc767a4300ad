"""What a stitcher is asked for and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from helios_gui.translation import tr, tr_count

if TYPE_CHECKING:
    from helios_gui.types.job import FrameEncoding


@dataclass(frozen=True, slots=True)
class SourceTracks:
    """The file from which a video takes all but its pictures; see ``TracksFrom``.

    Args:
        path: The file.
        first_frame: The number of its frame that is the video's first one.
        audio_codec: Of sounds that cannot be copied; empty for the container's usual one.
        audio_bit_rate: Of these, in kbit/s for each channel.
    """

    path: Path
    first_frame: int = 0
    audio_codec: str = ""
    audio_bit_rate: int | None = None


@dataclass(frozen=True, slots=True)
class StitchOptions:
    """How to join segments.

    An empty codec (or ``copy``) means: video as it is; audio as it is where the container holds it and it has no gaps
    at the seams (a lone segment, or PCM), else encoded once.

    ``frames`` is the exact number of frames the result must have, ``frames_of_each`` those of every segment, where that
    is known (empty: it is not), ``rate`` its frames per second (``None``:
    as the segments say). ``quality`` is a CRF, for video that is encoded (copied video ignores it).
    ``reencode`` joins segments that do not match by encoding them anew to what most of them are (or to what is
    asked), at ``width`` × ``height`` where given. ``job_id`` names the work files, so that no other job has the same;
    empty means that a name is made up. ``tracks_from`` says that only the pictures come from the segments, and where
    all else comes from. ``frame_encoding`` says how frames of image sequences are encoded, instead of ``video_codec``
    and ``quality``.
    """

    frames: int | None = None
    frames_of_each: tuple[int, ...] = ()
    rate: Fraction | None = None
    width: int | None = None
    height: int | None = None
    video_codec: str = ""
    audio_codec: str = ""
    quality: int | None = None
    reencode: bool = False
    job_id: str = ""
    tracks_from: SourceTracks | None = None
    frame_encoding: FrameEncoding | None = None


@dataclass(frozen=True, slots=True)
class StitchReport:
    """What was made: frames and seconds as counted in the finished file, and remarks worth telling."""

    output: Path
    segments: int
    frames: int
    duration: float
    video_codec: str
    audio_codec: str = ""
    retimed_from: Fraction | None = None
    reencoded: bool = False
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = tr(
            "{chunks}, {frames}, {duration:.2f} s, {codec}",
            chunks=tr_count("{number} chunk", "{number} chunks", self.segments),
            frames=tr_count("{number} frame", "{number} frames", self.frames),
            duration=self.duration,
            codec=self.video_codec,
        )
        text += f" + {self.audio_codec}" if self.audio_codec else ""
        return "; ".join((text, *self.notes))
