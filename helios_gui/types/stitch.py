"""What a stitcher is asked for and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from helios_gui.translation import tr_count


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
    empty means that a name is made up.
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
        text = tr_count(
            "{number} chunk, {frames} frames, {duration:.2f} s, {codec}",
            "{number} chunks, {frames} frames, {duration:.2f} s, {codec}",
            self.segments,
            frames=self.frames,
            duration=self.duration,
            codec=self.video_codec,
        )
        text += f" + {self.audio_codec}" if self.audio_codec else ""
        return "; ".join((text, *self.notes))
