"""Find the frames and sounds of a video that a decoder cannot give out as they were meant.

That takes 3 to 10 % of the processors' time for which FFmpeg encoded the frames (90 frames of 1280 × 720, seven
encoders; FFmpeg 5.1, two cores). Renderers take longer for a frame than encoders do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios_gui.media.frame_index import is_shown
from helios_gui.media.media_probe import channel_layout
from helios_gui.media.stream_facts import first_video, open_media
from helios_gui.translation import localized, tr, tr_count
from helios_gui.types import VerificationError
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_MOST_THREADS = 4
"""Threads of a decoder: renderers are at work at the same time, and each thread keeps a picture or two."""
_STRICT = frozenset({"mjpeg", "flac", "wavpack", "tta", "ac3", "eac3"})
"""Codecs whose decoder gives out what is damaged without marking it, unless it is told to refuse that, or to look at
the check sums. Only those whose frames stand alone, so that none is refused but what is damaged itself."""
_STRICTLY = {"err_detect": "crccheck+explode"}
_SUMS_IN_LOG = frozenset({"ffv1"})
"""Codecs with check sums, of which the decoder says only in FFmpeg's log that they are wrong."""

_Message = tuple[int, str, str]
_FIRST_SOUNDS = 2
"""Packets that are decoded before damage is believed: the first ones may need what was before them, and of some whole
sounds PyAV (18.1) decodes none (TrueHD of six channels)."""
_WHOLE_TO_THE_END = frozenset({"aac"})
"""Codecs whose last packet is judged like the others."""
_OWN_LAYOUTS = frozenset({"aac", "ac3", "alac", "eac3", "flac", "opus"})
"""Codecs whose decoder says the layout of the channels by itself, whatever the file says."""
_USUAL_CHANNELS = 2
"""Channels up to which no layout is of custom order."""
_DECODED = frozenset({"video", "audio"})


def check_undamaged(path: Path, stop: Stop) -> None:
    """Decode the first video of a file and all its sounds (blocking). Only for a process of its own.

    Not all damage is found: HEVC, VP8, VP9, Theora, WMV, MP3, Opus and formats without compression take nearly any
    content for a possible one, and H.264, AV1 and AAC some. What a decoder has no code for, or cannot be decoded
    safely, is taken as it is.

    Raises:
        VerificationError: A frame or a sound is damaged, frames do not come out of the decoder, or have another size
            than those before them without being key frames.
        av.error.FFmpegError: The file cannot be opened.
        WorkStoppedError: ``stop`` was set.
    """
    with open_media(path) as container:
        video = first_video(container)
        pictures = None if video is None or video.codec_context is None else _Pictures(path, video)
        sounds = {stream.index: _Sound(path, stream) for stream in container.streams.audio if _can_be_judged(stream)}
        with _logging(video) as messages:
            for packet in container.demux([stream for stream in container.streams if stream.type in _DECODED]):
                stop.check()
                if pictures is not None and packet.stream is video:
                    pictures.take(packet, messages)
                elif packet.stream_index in sounds and packet.size:
                    sounds[packet.stream_index].take(packet)
    if pictures is not None:
        pictures.finish()
    for sound in sounds.values():
        sound.finish()


class _Pictures:
    """Decodes the packets of a video, and raises ``VerificationError`` at the first damaged frame."""

    def __init__(self, path: Path, video: VideoStream) -> None:
        self._path = path
        self._stored = self._shown = 0
        self._is_known = True
        self._size: tuple[int, int] | None = None
        context = video.codec_context
        codec = context.codec.canonical_name
        context.thread_type = "AUTO"
        # PyAV's log and several threads of a decoder wait for each other for ever.
        context.thread_count = 1 if codec in _SUMS_IN_LOG else min(_MOST_THREADS, os.cpu_count() or 1)
        if codec in _STRICT:
            context.options = _STRICTLY

    def take(self, packet: Packet[Any], messages: Sequence[_Message]) -> None:
        """Decode the next packet. ``messages``: what the decoder has logged.

        Empty ones stand for frames like those before them (Theora), but for the one at the end, which has no time.
        """
        import av.error

        if not packet.size and packet.dts is not None:
            return
        self._stored += bool(packet.size) and is_shown(packet)
        try:
            frames = packet.decode() if self._is_known else ()
        except (av.error.PatchWelcomeError, av.error.NotImplementedError):
            self._is_known = False
            return
        except av.error.FFmpegError as error:
            raise self._damaged(self._shown + 1) from error
        for frame in frames:
            self._shown += 1
            self._check_size(frame)
            if frame.is_corrupt or any(name in _SUMS_IN_LOG for _, name, _ in messages):
                raise self._damaged(self._shown)

    def _check_size(self, frame: VideoFrame) -> None:
        """Refuse another size within a group of pictures: VP9 and AV1 have such, and packets do not tell it."""
        size = frame.width, frame.height
        before, self._size = self._size or size, size
        if size != before and not frame.key_frame:
            raise VerificationError(
                tr(
                    "{name} changes the size of its picture at frame {frame}, from {width}×{height} to {new_width}×"
                    "{new_height}.",
                    name=self._path.name,
                    frame=self._shown,
                    width=before[0],
                    height=before[1],
                    new_width=size[0],
                    new_height=size[1],
                ),
                tr("Render it again in one size: leave out the options by which its encoder resizes pictures."),
            )

    def finish(self) -> None:
        """Check, when all packets were taken, whether a frame came of each."""
        missing = self._stored - self._shown
        if self._is_known and missing > 0:
            raise VerificationError(
                tr_count(
                    "{path} has {number} frame that cannot be decoded.",
                    "{path} has {number} frames that cannot be decoded.",
                    missing,
                    path=self._path.name,
                ),
                tr("Render it again."),
            )

    def _damaged(self, number: int) -> VerificationError:
        return VerificationError(
            tr("{path} is damaged at frame {number}.", number=number, path=self._path.name), tr("Render it again.")
        )


def _can_be_judged(sound: AudioStream) -> bool:
    """Return whether damage in a sound can be found, and decoding it does not end the process.

    PyAV (18.1) shares a layout of custom order with each frame without a copy, and all free it. QuickTime files say
    such layouts (7.1 and 6.1), and they come through decoders that do not say one of their own.
    """
    context = sound.codec_context
    if context is None or context.codec.canonical_name.startswith("pcm_"):
        return False
    if "mov" not in sound.container.format.name or context.codec.canonical_name in _OWN_LAYOUTS:
        return True
    return channel_layout(context)[0] <= _USUAL_CHANNELS


class _Sound:
    """Decodes the packets of a sound, and raises ``VerificationError`` where one amid others is damaged.

    Where a sound was cut out of a longer one, its first packets may need what was before them, and its last may lack
    its end; not so of AAC, whose packets are whole, or were cut by a fault.
    """

    def __init__(self, path: Path, sound: AudioStream) -> None:
        self._path = path
        self._codec = sound.codec_context.codec.canonical_name
        if self._codec in _STRICT:
            sound.codec_context.options = _STRICTLY
        self._start = sound.start_time or 0
        self._whole = 0
        self._damaged_at: Fraction | None = None

    def take(self, packet: Packet[Any]) -> None:
        """Decode the next packet, which is not the empty one at the end."""
        import av.error

        self._refuse_damage()
        try:
            is_damaged = any(frame.is_corrupt for frame in packet.decode())
        except (av.error.PatchWelcomeError, av.error.NotImplementedError):
            is_damaged = False
        except av.error.FFmpegError:
            is_damaged = True
        self._whole += not is_damaged
        if is_damaged and self._whole >= _FIRST_SOUNDS:
            self._damaged_at = ((packet.pts or 0) - self._start) * (packet.time_base or Fraction(1, 1000))

    def finish(self) -> None:
        """Judge the last packet, when all were taken."""
        if self._codec in _WHOLE_TO_THE_END:
            self._refuse_damage()

    def _refuse_damage(self) -> None:
        if self._damaged_at is not None:
            seconds = f"{float(self._damaged_at):.2f}"
            raise VerificationError(
                tr("{path} has damaged sound at {seconds} s.", path=self._path.name, seconds=localized(seconds)),
                tr("Render it again."),
            )


@contextmanager
def _logging(video: VideoStream | None) -> Iterator[Sequence[_Message]]:
    """Return what decoders log, as level, name and text, where that tells of damage in the video; else nothing."""
    import av.logging

    if video is None or video.codec_context is None or video.codec_context.codec.canonical_name not in _SUMS_IN_LOG:
        yield ()
        return
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as messages:
            yield messages
    finally:
        av.logging.set_level(None)
