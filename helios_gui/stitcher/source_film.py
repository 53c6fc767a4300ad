"""The file from which a video takes all but its pictures: what it holds, and when frames are shown in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

from helios_gui.media.frame_index import FrameIndex, index_frames
from helios_gui.media.media_reader import MediaReader
from helios_gui.translation import tr, tr_count
from helios_gui.types import MediaInfo, SourceTracks, StitchError, VerificationError
from helios_gui.utils.work_threads import Stop


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """When frames are shown that follow each other unevenly.

    Args:
        base: Seconds in a tick.
        ticks: When each frame is shown, in order, the first one at 0; then when the last one ends.
    """

    base: Fraction
    ticks: tuple[int, ...]

    def tick(self, number: int) -> int:
        """Return when a frame is shown; ones before the first (-1, …) would be shown at the usual distance."""
        if number >= 0:
            return self.ticks[number]
        return number * max(1, self.ticks[-1] // (len(self.ticks) - 1))


@dataclass(frozen=True, slots=True)
class SourceFilm:
    """A source, and the part of it that a video shows.

    Args:
        info: What it holds.
        begin: Seconds, as the source counts them, at which the video's first frame is shown.
        end: Seconds at which its last frame ends.
        is_whole: Whether these are all of the source's frames.
        first: The number of the first frame.
        times: When the frames are shown; ``None`` where they are shown at the job's rate.
        wish: How sounds are encoded that cannot be copied.
    """

    info: MediaInfo
    begin: Fraction
    end: Fraction
    is_whole: bool
    first: int
    times: FrameTimes | None
    wish: SourceTracks

    @property
    def seconds(self) -> Fraction:
        """How long the video is."""
        return self.end - self.begin


def read_film(tracks: SourceTracks, frames: int, rate: Fraction, reader: MediaReader, stop: Stop) -> SourceFilm:
    """Look into the source of a video of so many ``frames`` (blocking), in a process of its own.

    Raises:
        StitchError: It cannot be read, or does not have these frames.
    """
    try:
        info = reader.probe(tracks.path, stop)
        if not info.videos:
            return _sound_alone(info, tracks, frames, rate)
        index = reader.read(partial(_index_frames, tracks.path), tracks.path, stop)
    except VerificationError as error:
        raise StitchError(
            tr("The sound cannot be taken from {path}: {error}", path=tracks.path.name, error=error),
            tr("The file that the job was made of is needed until its video is finished."),
        ) from error
    last = tracks.first_frame + frames
    if last > index.frames:
        raise StitchError(
            tr_count("{path} has {number} frame, and the job {wanted}.",
                     "{path} has {number} frames, and the job {wanted}.",
                     index.frames, path=tracks.path.name, wanted=last),
            tr("The file was changed since the job was made: make the job anew."),
        )  # fmt: skip
    is_steady = index.steady_rate == rate
    begin = index.seconds(tracks.first_frame)
    return SourceFilm(
        info=info,
        begin=begin,
        end=begin + frames / rate if is_steady else index.seconds(last),
        is_whole=frames == index.frames,
        first=tracks.first_frame,
        times=None if is_steady else _times(index, tracks.first_frame, last),
        wish=tracks,
    )


def _sound_alone(info: MediaInfo, tracks: SourceTracks, frames: int, rate: Fraction) -> SourceFilm:
    """Return a source without pictures: frames are shown in it at the video's rate, frame 0 at its begin."""
    begin = tracks.first_frame / rate
    return SourceFilm(
        info, begin, begin + frames / rate, is_whole=False, first=tracks.first_frame, times=None, wish=tracks
    )


def _index_frames(source: Path, path: Path, stop: Stop | None) -> FrameIndex:
    """Return the numbered frames; what is raised names the file."""
    import av.error

    try:
        return replace(index_frames(path, stop or Stop()), stored=())
    except (av.error.FFmpegError, ValueError) as error:
        raise VerificationError(
            tr("{path} cannot be read: {error}.", path=source.name, error=error), tr("Is it damaged?")
        ) from error


def _times(index: FrameIndex, first: int, last: int) -> FrameTimes:
    shown = index.times[first:last]
    if last < index.frames:
        end = index.times[last]
    else:
        gaps = [later - earlier for earlier, later in pairwise(index.times[-2:])]
        end = shown[-1] + (gaps[0] if gaps else round(1 / (index.mean_rate * index.time_base)))
    return FrameTimes(index.time_base, tuple(time - shown[0] for time in (*shown, end)))
