"""Verify that the output of a chunk holds what the chunk promised."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from functools import partial
from pathlib import Path, PurePath

from helios_gui.media.damage import check_undamaged
from helios_gui.media.frame_files import check_frames
from helios_gui.media.last_frame import UNSTATED_LENGTHS, check_last_frame
from helios_gui.media.media_probe import check_present
from helios_gui.media.media_reader import MediaReader
from helios_gui.media.video_content import holds_video
from helios_gui.translation import mark, tr, tr_count
from helios_gui.types import RenderChunk, StreamInfo, VerificationError
from helios_gui.types.sequences import read_pattern
from helios_gui.utils.work_threads import Stop, WorkThreads

_VIDEO_SUFFIXES = frozenset(
    {".3gp", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf"}
    | {".nut", ".ogv", ".ts", ".webm", ".wmv"}
)
_HINT = mark("Look into the chunk's log, then render it again.")
_THEORA_HINT = mark(
    "FFmpeg leaves out frames of Theora at the end of an .ogv file that are like the one before: if it is so here, "
    "render the chunks with another codec."
)


class MediaVerifier:
    """A ``FrameVerifier``: the file exists, and where it is a video, it has exactly the chunk's frames.

    Where the name is the pattern of an image sequence, each of the chunk's frames is there and can be decoded.

    Close it when done, or its threads and processes stay.

    Args:
        threads: How many files are read at once.
    """

    def __init__(self, threads: int = 2) -> None:
        self.reader = MediaReader()
        self._threads = WorkThreads("verify", threads)

    async def __call__(self, path: Path, chunk: RenderChunk) -> None:
        """Raise ``VerificationError`` unless ``path`` is as promised. A file that is no video costs one look."""
        if is_media_name(path) or read_pattern(path.name) is not None or holds_video(path):
            await self._threads.run(lambda stop: verify_output(path, chunk, stop, self.reader))
        else:
            check_present(path)

    def close(self) -> None:
        """Stop running probes and end the threads."""
        self._threads.close()
        self.reader.close()

    async def aclose(self) -> None:
        """Do what ``close`` does without blocking the event loop."""
        await self._threads.aclose()
        await asyncio.to_thread(self.reader.close)


def is_media_name(path: PurePath) -> bool:
    """Return whether the file's suffix is that of a video, so that its frames must be counted."""
    return path.suffix.lower() in _VIDEO_SUFFIXES


def verify_output(
    path: Path, chunk: RenderChunk, stop: Stop | None = None, reader: MediaReader | None = None
) -> int | None:
    """Check that ``path`` has the chunk's frames (blocking); ``reader`` is by default one for this file alone.

    The frame rate is not checked: some renderers write the right frames with another timing, and the stitcher
    retimes them.

    Returns:
        The count of frames; ``None`` if the file is neither video nor image sequence.

    Raises:
        VerificationError: The file is missing, empty, no media, has another count of frames, damage, or ends in
            the middle of one; or that is so of frames of the sequence.
        WorkStoppedError: ``stop`` was set.
    """
    is_sequence = read_pattern(path.name) is not None
    if not is_sequence and not is_media_name(path) and not holds_video(path):
        check_present(path)
        return None
    with nullcontext(reader) if reader is not None else MediaReader() as used:
        if is_sequence:
            return used.read(partial(check_frames, chunk.frames), path, stop).packets
        info = used.probe_file(path, stop).info
        found = _check_count(info.video, path, chunk.frame_count)
        if info.container in UNSTATED_LENGTHS:
            used.read(check_last_frame, path, stop)
        used.read(check_undamaged, path, stop)
    return found


def _check_count(video: StreamInfo | None, path: Path, frame_count: int) -> int:
    """Return how many frames a video has. Raises ``VerificationError`` if there is none, or has another count."""
    if video is None:
        raise VerificationError(tr("{path} has no video.", path=path.name), tr(_HINT))
    found = video.packets
    if found != frame_count:
        raise VerificationError(
            tr_count(
                "{path} has {number} frame instead of {frame_count}.",
                "{path} has {number} frames instead of {frame_count}.",
                found,
                path=path.name,
                frame_count=frame_count,
            ),
            tr(_THEORA_HINT) if video.codec == "theora" and found < frame_count else tr(_HINT),
        )
    return found
