"""Find the frames of a video that its decoder cannot show as they were meant.

That takes 3 to 10 % of the processors' time for which FFmpeg encoded them (90 frames of 1280 × 720, seven encoders;
FFmpeg 5.1, two cores). Renderers take longer for a frame than encoders do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from helios_gui.media.frame_index import is_shown
from helios_gui.media.stream_facts import first_video, open_media
from helios_gui.translation import tr, tr_count
from helios_gui.types import VerificationError
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.video.stream import VideoStream

_MOST_THREADS = 4
"""Threads of a decoder: renderers are at work at the same time, and each thread keeps a picture or two."""
_STRICT = frozenset({"mjpeg"})
"""Codecs whose decoder shows damaged pictures without marking them, unless it is told to refuse them. Only those whose
frames stand alone, so that none is refused but what is damaged itself."""
_SUMS_IN_LOG = frozenset({"ffv1"})
"""Codecs with check sums, of which the decoder says only in FFmpeg's log that they are wrong."""


def check_all_frames(path: Path, stop: Stop) -> None:
    """Decode the first video of a file from its beginning to its end (blocking). Only for a process of its own.

    Not all damage is found: HEVC, VP8, VP9, Theora, WMV and formats without compression take nearly any content for a
    possible one. What a decoder has no code for is taken as it is.

    Raises:
        VerificationError: A frame is damaged, or frames do not come out of the decoder.
        av.error.FFmpegError: The file cannot be opened.
        WorkStoppedError: ``stop`` was set.
    """
    import av.error

    with open_media(path) as container:
        video = first_video(container)
        if video is None or video.codec_context is None:
            return
        stored = shown = 0
        with _decoding(video) as messages:
            for packet in container.demux(video):
                stop.check()
                stored += bool(packet.size) and is_shown(packet)
                try:
                    pictures = packet.decode()
                except (av.error.PatchWelcomeError, av.error.NotImplementedError):
                    return
                except av.error.FFmpegError as error:
                    raise _damaged(path, shown + 1) from error
                for picture in pictures:
                    shown += 1
                    if picture.is_corrupt or messages:
                        raise _damaged(path, shown)
    if shown < stored:
        raise VerificationError(
            tr_count(
                "{path} has {number} frame that cannot be decoded.",
                "{path} has {number} frames that cannot be decoded.",
                stored - shown,
                path=path.name,
            ),
            tr("Render it again."),
        )


@contextmanager
def _decoding(video: VideoStream) -> Iterator[Sequence[object]]:
    """Set up the decoder; return the list to which it adds what it logs, for codecs where that tells of damage."""
    import av.logging

    context = video.codec_context
    codec = context.codec.canonical_name
    if codec in _STRICT:
        context.options = {"err_detect": "explode"}
    if codec not in _SUMS_IN_LOG:
        context.thread_type = "AUTO"
        context.thread_count = min(_MOST_THREADS, os.cpu_count() or 1)
        yield ()
        return
    context.thread_count = 1  # PyAV's log and several threads of a decoder wait for each other for ever
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as messages:
            yield messages
    finally:
        av.logging.set_level(None)


def _damaged(path: Path, number: int) -> VerificationError:
    return VerificationError(
        tr("{path} is damaged at frame {number}.", number=number, path=path.name), tr("Render it again.")
    )
