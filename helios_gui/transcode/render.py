"""Render frames of a video as a preset says: what the chunks of a transcoded video do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from helios_gui.media.frame_index import FrameIndex, index_frames
from helios_gui.media.frame_order import NoPictureError
from helios_gui.media.frame_reader import frames_by_number
from helios_gui.media.presets import Preset
from helios_gui.transcode.encoder import FIELDS_AROUND, as_players_show, encode_frames
from helios_gui.transcode.encoding import plan_encoding
from helios_gui.transcode.index_cache import remembered_index
from helios_gui.transcode.video_facts import InspectedVideo, inspect_video
from helios_gui.translation import tr
from helios_gui.types import UserInputError, VerificationError
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.work_threads import Stop


@dataclass(frozen=True, slots=True)
class Transcoding:
    """What to make of a video.

    Attributes:
        source: The video.
        preset: How it is encoded.
        width: Pixels of the picture as it is shown, where it is scaled; as ``height``.
        rate: Frames per second that the file says; by default the source's own.
    """

    source: Path
    preset: Preset
    width: int | None = None
    height: int | None = None
    rate: Fraction | None = None


def read_video(source: Path, stop: Stop, *, count: bool = True) -> tuple[FrameIndex, InspectedVideo]:
    """Return the numbered frames of a video, and what its first picture tells (blocking).

    Args:
        source: The file.
        stop: Ends the work.
        count: As in ``index_frames``.

    Raises:
        UserInputError: There is no such file, it is no video, or it cannot be read.
        VerificationError: No picture can be decoded.
    """
    with _errors_name_file(source):
        folders = AppFolders.found()
        if folders is None:
            index = index_frames(source, stop, count=count)
        else:
            index = remembered_index(source, stop, folders.frame_indexes, count=count)
        look = inspect_video(source)
        if count and not index.frames:
            raise VerificationError(
                tr("{path} has no frame that can be shown.", path=source.name), tr("The file is damaged.")
            )
        return index, look


def transcode(
    job: Transcoding,
    target: Path,
    start: int,
    count: int,
    progress: Callable[[int], None],
    stop: Stop,
    *,
    step: int = 1,
) -> None:
    """Encode ``count`` frames from ``start`` on, each the ``step``-th after the one before, into ``target`` (blocking).

    Raises:
        UserInputError: The video or the preset cannot be used; nothing was written.
        VerificationError: The video is damaged within these frames.
        HeliosError: The encoder failed.
    """
    index, look = read_video(job.source, stop, count=job.rate is None)
    encoding = plan_encoding(job.preset, look.picture, target.suffix.lower(), job.width, job.height)
    rate = job.rate or index.steady_rate or index.mean_rate.limit_denominator(10_000)
    around = FIELDS_AROUND if encoding.deinterlace else 0
    span, before = (count - 1) * step + 1, min(start, around)
    with _errors_name_file(job.source):
        frames = frames_by_number(index, look.picture, start - before, before + span, stop, spare=around)
        done = encode_frames(
            frames, look.picture, encoding, rate, target, progress, skip=before, step=step, count=count
        )
    if done != count:
        raise VerificationError(
            tr("Only {done} of {count} frames were encoded.", done=done, count=count),
            tr("Look into the log, then render it again."),
        )


@dataclass(frozen=True, slots=True)
class VideoSummary:
    """What a video says of itself; the index is without where its frames are stored."""

    index: FrameIndex
    look: InspectedVideo


def summarise_video(source: Path, stop: Stop) -> VideoSummary:
    """Return what a video says of itself; see ``read_video``."""
    index, look = read_video(source, stop)
    return VideoSummary(replace(index, stored=()), look)


def save_still(frame: int, picture: Path, source: Path, stop: Stop) -> None:
    """Save a frame of a video as a PNG picture, as players show it (blocking).

    Raises:
        UserInputError: The video cannot be used.
        VerificationError: The frame is damaged, or not there.
    """
    index, look = read_video(source, stop, count=False)
    with _errors_name_file(source):
        shown = next(frames_by_number(index, look.picture, frame, 1, stop))
        as_players_show(shown, look.picture).save(picture)


@contextmanager
def _errors_name_file(source: Path) -> Iterator[None]:
    """Raise what is wrong with a file as errors that name it."""
    import av.error

    if not source.is_file():
        raise UserInputError(tr("There is no video {path}.", path=source), tr("Correct its path."))
    try:
        yield
    except NoPictureError as error:
        raise UserInputError(tr("{path} has no video.", path=source.name), tr("Give a file with pictures.")) from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserInputError(
            tr("{path} cannot be read as a video: {reason}.", path=source.name, reason=reason),
            tr("The file is damaged, or no video that FFmpeg knows."),
        ) from error
