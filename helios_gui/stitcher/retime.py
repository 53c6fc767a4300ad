"""Giving copied frames new times: the same pictures in the same order, at another rate."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios_gui.media.frame_order import display_places, reordering
from helios_gui.stitcher import codecs
from helios_gui.translation import tr
from helios_gui.types import StitchError
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    AnyPacket = Packet[Any]
    TimedPacket = tuple[Fraction, AnyPacket]


def retime(source: Path, target: Path, rate: Fraction, stop: Stop, on_frames: Callable[[int], None]) -> None:
    """Copy ``source`` to ``target`` with frame *n* shown at exactly n / ``rate`` seconds (blocking).

    Works on packets, not on pictures: nothing is encoded, sound keeps its times. Not done with FFmpeg's
    ``setts`` filter, which before FFmpeg 6.1 cannot leave the segments' time base and so rounds.
    ``on_frames`` is called on this thread. Raises ``StitchError``, or ``WorkStoppedError`` after ``stop``.
    """
    import av
    import av.error

    options = {"movflags": "+faststart"} if target.suffix.lower() in codecs.MOV_FAMILY else {}
    try:
        # The picture's times and the sound's part from each other, so each is read at its own pace.
        with (
            av.open(str(source)) as video,
            av.open(str(source)) as audio,
            av.open(str(target), "w", options=options) as output,
        ):
            tracks = [_video_track(video, output, rate), *_audio_tracks(audio, output)]
            done = 0
            for _, packet in heapq.merge(*tracks, key=lambda item: item[0]):
                stop.check()
                done += packet.stream.type == "video"
                output.mux(packet)
                on_frames(done)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise StitchError(
            tr("The frames could not be retimed: {error}.", error=error), tr("No chunk was harmed; stitch again.")
        ) from error


def _video_track(source: InputContainer, output: OutputContainer, rate: Fraction) -> Iterator[TimedPacket]:
    """Yield the frames in decoding order, with their new times; the output's stream is made at once."""
    stream = source.streams.video[0]
    made = output.add_stream_from_template(stream, opaque=True)
    made.time_base = 1 / rate
    made.codec_context.framerate = rate
    if Path(output.name).suffix.lower() in codecs.MOV_FAMILY:
        made.codec_context.codec_tag = stream.codec_context.codec_tag  # hvc1, not hev1, or QuickTime shows nothing
    places = display_places(_frame_times(source))
    source.seek(0)
    return _retimed(source.demux(stream), made, places, 1 / rate)


def _frame_times(source: InputContainer) -> list[int]:
    times = [packet.pts for packet in source.demux(video=0) if packet.size]
    known = [time for time in times if time is not None]
    if len(set(known)) != len(times):
        raise StitchError(tr("The chunks' frames carry no usable times."), tr("Let the stitcher encode them anew."))
    return known


def _retimed(packets: Iterator[AnyPacket], made: Stream, places: list[int], frame: Fraction) -> Iterator[TimedPacket]:
    delay = reordering(places)
    index = 0
    for packet in packets:
        if not packet.size:
            continue
        packet.stream = made
        packet.time_base = frame
        packet.pts, packet.dts, packet.duration = places[index], index - delay, 1
        yield (index - delay) * frame, packet
        index += 1


def _audio_tracks(source: InputContainer, output: OutputContainer) -> Iterator[Iterator[TimedPacket]]:
    for stream in source.streams.audio[:1]:
        yield _untouched(source.demux(stream), output.add_stream_from_template(stream))


def _untouched(packets: Iterator[AnyPacket], made: Stream) -> Iterator[TimedPacket]:
    for packet in packets:
        if packet.size and packet.dts is not None and packet.time_base is not None:
            packet.stream = made
            yield packet.dts * packet.time_base, packet
