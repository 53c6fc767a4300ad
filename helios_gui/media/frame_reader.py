"""Decode the frames of a video by their numbers: just these, in order, or an error that names what is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, cast

from helios_gui.media.frame_index import FrameIndex, is_shown, numbered_packets
from helios_gui.media.frame_order import picture_stream
from helios_gui.media.stream_facts import open_media
from helios_gui.translation import tr, tr_count
from helios_gui.types import StreamInfo, VerificationError
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


class _WrongFrameError(Exception):
    """Another frame came out of the decoder than the one that was next."""


def frames_by_number(
    index: FrameIndex, picture: StreamInfo, start: int, count: int, stop: Stop, *, spare: int = 0
) -> Iterator[VideoFrame]:
    """Yield the frames ``start`` to ``start + count - 1`` (blocking); their ``pts`` is their number.

    Args:
        index: The file's frames.
        picture: The video's facts: transparency beside the frames needs a decoder of its own.
        start: The number of the first frame, from 0.
        count: Number of frames.
        stop: Ends the work.
        spare: How many of the frames after them are yielded, too, as far as the video goes.

    Raises:
        VerificationError: One of them cannot be decoded, or is not there.
    """
    if index.is_counted:
        yield from _counted_frames(index, picture, start, count, stop, spare=spare)
        return
    if start + count > index.frames:
        raise _missing_frames_error(index.path, index.frames, start + count)
    count += min(spare, index.frames - start - count)
    entries = index.entries(start)
    for entry in entries:
        frames = _from_entry(index, picture, entry, start, count, stop)
        try:
            first = next(frames)
        except _WrongFrameError as error:
            if entry == entries[-1]:
                raise _damaged(index, start) from error
            continue
        yield first
        done = 1
        try:
            for frame in frames:
                yield frame
                done += 1
        except _WrongFrameError as error:
            raise _damaged(index, start + done) from error
        return


def _from_entry(
    index: FrameIndex, picture: StreamInfo, entry: int, start: int, count: int, stop: Stop
) -> Iterator[VideoFrame]:
    """Yield the wanted frames from a decoder that begins with the stored frame ``entry``.

    Raises:
        _WrongFrameError: The next frame did not come out, or it is damaged.
    """
    numbers = {frame.time: frame.number for frame in index.stored if frame.number >= 0}
    expected = start
    with open_media(index.path) as container:
        stream = picture_stream(container)
        if entry:
            container.seek(index.stored[entry].time, stream=stream)
        begin = index.stored[entry].time if entry else None
        for frame in _decoded(container, stream, picture, numbers, stop, begin=begin, end=index.cut_time):
            if frame.pts is None or frame.pts < expected:
                continue
            if frame.pts != expected or frame.is_corrupt:
                raise _WrongFrameError
            yield frame
            expected += 1
            if expected == start + count:
                return
    raise _WrongFrameError


def _decoded(
    container: InputContainer,
    stream: VideoStream,
    picture: StreamInfo,
    numbers: dict[int, int],
    stop: Stop,
    *,
    begin: int | None,
    end: int | None,
) -> Iterator[VideoFrame]:
    """Yield what the decoder gives for the packets from the time ``begin`` up to ``end``, with numbers as times."""
    import av.error

    decoder = _decoder(stream, picture)
    begun = begin is None
    for packet in numbered_packets(container, stream):
        stop.check()
        begun = begun or packet.pts == begin
        if not begun:
            if packet.pts is not None and begin is not None and packet.is_keyframe and packet.pts > begin:
                return  # it was jumped over: the caller begins somewhere else
            continue
        if end is not None and packet.pts == end:
            break
        shown = is_shown(packet) and packet.pts is not None
        packet.pts = numbers.get(packet.pts, -1) if shown and packet.pts is not None else -1
        packet.dts = None
        try:
            yield from decoder.decode(packet)
        except av.error.FFmpegError:  # the frame that is missing then is noticed
            continue
    yield from decoder.decode(None)


def _counted_frames(
    index: FrameIndex, picture: StreamInfo, start: int, count: int, stop: Stop, *, spare: int
) -> Iterator[VideoFrame]:
    number = 0
    with open_media(index.path) as container:
        stream = picture_stream(container)
        for frame in _all_frames(index, container, stream, picture, stop):
            if number >= start:
                if frame.is_corrupt:
                    raise _damaged(index, number)
                frame.pts = number
                yield frame
            number += 1
            if number == start + count + spare:
                return
    if number < start + count:
        raise _missing_frames_error(index.path, number, start + count)


def _all_frames(
    index: FrameIndex, container: InputContainer, stream: VideoStream, picture: StreamInfo, stop: Stop
) -> Iterator[VideoFrame]:
    import av.error

    decoder = _decoder(stream, picture)
    number = 0
    for packet in chain(numbered_packets(container, stream), [None]):
        stop.check()
        try:
            frames = decoder.decode(packet)
        except av.error.FFmpegError as error:
            raise _damaged(index, number) from error
        number += len(frames)
        yield from frames


def _decoder(stream: VideoStream, picture: StreamInfo) -> VideoCodecContext:
    """Return the stream's decoder; of VP8 and VP9 with transparency that of libvpx, as no other decodes it."""
    from av.codec import CodecContext

    if picture.alpha and picture.codec in _ALPHA_DECODERS:
        decoder = cast("VideoCodecContext", CodecContext.create(_ALPHA_DECODERS[picture.codec], "r"))
        decoder.extradata = stream.codec_context.extradata
        return decoder
    stream.thread_type = "SLICE"  # with threads for frames, errors come late, and frames are lost behind the last one
    stream.codec_context.options = {"err_detect": "explode"}  # or damaged parts are painted over without a word
    return stream.codec_context


def _damaged(index: FrameIndex, number: int) -> VerificationError:
    hint = tr("Repair the file, or render only the frames before and after.")
    if number >= index.frames:
        return VerificationError(
            tr("{path} is damaged: its frame {number} cannot be decoded.", path=index.path.name, number=number), hint
        )
    seconds = float(index.seconds(number) - index.seconds(0))
    return VerificationError(
        tr(
            "{path} is damaged: its frame {number} (at {seconds:.2f} s) cannot be decoded.",
            path=index.path.name,
            number=number,
            seconds=seconds,
        ),
        hint,
    )


def _missing_frames_error(path: Path, frames: int, wanted: int) -> VerificationError:
    return VerificationError(
        tr_count(
            "{path} has {number} frame, and {wanted} are asked for.",
            "{path} has {number} frames, and {wanted} are asked for.",
            frames,
            path=path.name,
            wanted=wanted,
        ),
        tr("The file was changed since the job was made: make the job anew."),
    )
