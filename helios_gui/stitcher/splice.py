"""Copying the chunks' frames into one file, each shown at exactly its time, with the sound beside them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios_gui.media.frame_order import FrameOrder, picture_stream, stored_packets
from helios_gui.media.sample_entry import is_quicktime, told_boxes
from helios_gui.media.stream_facts import duration_of, open_media, tags_of
from helios_gui.stitcher import codecs
from helios_gui.stitcher.extra_tracks import open_extras, put_label, without_lead
from helios_gui.stitcher.extras import Extras
from helios_gui.stitcher.picture_boxes import say_of_picture
from helios_gui.stitcher.shown_subtitles import hide_subtitles
from helios_gui.stitcher.source_film import FrameTimes
from helios_gui.translation import mark, tr
from helios_gui.types import StitchError
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    AnyPacket = Packet[Any]
    TimedPacket = tuple[Fraction, AnyPacket]


@dataclass(frozen=True, slots=True)
class ContainerForm:
    """How a container holds the frames of a codec.

    Args:
        tag: The four letters that name the codec in the container; empty for the muxer's choice.
        bitstream_filter: FFmpeg's filter that brings packets into the container's form; empty for none.
    """

    tag: str = ""
    bitstream_filter: str = ""


@dataclass(frozen=True, slots=True)
class Splice:
    """What to put together.

    Args:
        pieces: Files whose first videos follow each other.
        orders: In which order each piece's frames are shown. Only so many are copied.
        rate: Frames per second of the result.
        form: How the container holds them.
        sound: A file of which one sound goes beside them.
        sound_index: The number of that sound's stream in the file.
        sound_start: Seconds in that file which become the first frame's time.
        sound_lead: Its first packets, which are left out; the next one gets the first frame's time.
        extras: What else goes into the file.
        times: When the frames are shown; ``None``: at ``rate``.
    """

    pieces: tuple[Path, ...]
    orders: tuple[FrameOrder, ...]
    rate: Fraction
    form: ContainerForm = ContainerForm()
    sound: Path | None = None
    sound_index: int = 0
    sound_start: Fraction = Fraction(0)
    sound_lead: int = 0
    extras: Extras = field(default_factory=Extras)
    times: FrameTimes | None = None


_LARGE = 32 * 1024 * 1024
"""Bytes from which moving a whole file is too slow, and room for an index beyond need too small to matter."""
_INDEX_BYTES = 44
"""Of each packet in the index of a QuickTime file, at most: its size, place, both times, chunk, whether it is a key."""
_PLAIN_INDEX = 256 * 1024
"""Bytes for all but sounds and frames: chapters, subtitles, tags."""
_SOUND_PACKETS = 100
"""A second, at most: those of AAC at 96 kHz."""
_LEAST_SHARE = 50
"""The room is not more than one part of so many of the file."""


def splice(job: Splice, target: Path, stop: Stop) -> None:
    """Copy ``job`` into ``target`` with frame *n* shown at exactly n / rate seconds, or at its time (blocking).

    Nothing is encoded. Not done with FFmpeg's concat demuxer, which adds up each file's rounded times, nor with its
    ``setts`` filter, which before FFmpeg 6.1 cannot leave the time base it is given.

    Args:
        job: What to copy.
        target: The file to write.
        stop: Ends the work.

    Raises:
        StitchError: The container does not take them, or a file cannot be read or written.
        WorkStoppedError: ``stop`` was set.
    """
    room = _room_for_index(job)
    try:
        _splice(job, target, stop, room)
    except StitchError:
        if not room:
            raise
        _splice(job, target, stop, room=0)


def _room_for_index(job: Splice) -> int:
    """Return how many bytes to keep for the index of a large QuickTime file; 0 for others, and if they are too many."""
    try:
        size = sum(piece.stat().st_size for piece in job.pieces)
    except OSError:  # it is said when they are opened
        return 0
    frames = sum(len(order.places) for order in job.orders)
    sounds = sum(track.stream.kind == "audio" for track in job.extras.tracks) + (job.sound is not None)
    videos = sum(track.stream.kind == "video" for track in job.extras.tracks) + 1
    sound_packets = sounds * _SOUND_PACKETS * float(frames / job.rate)
    room = _PLAIN_INDEX + round(_INDEX_BYTES * (frames * videos + sound_packets))
    return room if size > _LARGE and room * _LEAST_SHARE < size else 0


def _splice(job: Splice, target: Path, stop: Stop, room: int) -> None:
    import av
    import av.error

    options = codecs.muxer_options(target.suffix.lower(), room)
    try:
        with ExitStack() as files:
            output = files.enter_context(av.open(str(target), "w", options=options))
            first = files.enter_context(open_media(job.pieces[0]))
            picture = picture_stream(first)
            boxes, all_known = told_boxes(picture), is_quicktime(picture)
            tracks = [_picture_track(job, picture, output)]
            if job.sound is not None:
                sound = files.enter_context(open_media(job.sound))
                tracks.append(_sound_track(job, sound, output))
            tracks += open_extras(job.extras, output)
            for _, packet in heapq.merge(*tracks, key=lambda item: item[0]):
                stop.check()
                output.mux(packet)
        if target.suffix.lower() in codecs.MOV_FAMILY:
            say_of_picture(target, boxes, all_known=all_known)
            if not _shows_subtitles(job.extras):
                hide_subtitles(target)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StitchError(
            tr("The frames could not be put into {target}: {reason}.", target=target.name.lstrip("."), reason=reason),
            _AGAIN,
        ) from error


def _shows_subtitles(extras: Extras) -> bool:
    """Return whether players are to show subtitles by themselves, or there are none."""
    marks = [track.label.disposition for track in extras.tracks if track.stream.kind == "subtitle"]
    return not marks or any("default" in each for each in marks)


_AGAIN = mark(
    "No chunk was harmed. Choose another output name (.mov takes most), or let the stitcher encode them anew."
)


def _picture_track(job: Splice, template: VideoStream, output: OutputContainer) -> Iterator[TimedPacket]:
    """Make the output's stream at once; return its packets in decoding order, with their new times."""
    made = output.add_stream_from_template(template, opaque=True)
    put_label(made, job.extras.picture)
    if alpha_mode := tags_of(template.metadata).get("alpha_mode"):
        made.metadata["alpha_mode"] = alpha_mode  # browsers show VP8 and VP9 without transparency where it is missing
    made.time_base = 1 / job.rate if job.times is None else job.times.base
    context = made.codec_context
    context.framerate = job.rate
    if template.sample_aspect_ratio:
        context.sample_aspect_ratio = template.sample_aspect_ratio
    if job.form.tag:
        context.codec_tag = job.form.tag
    if job.form.bitstream_filter.endswith("_mp4toannexb"):
        context.extradata = None  # it would say that the packets have the other form
    return _timed_packets(job, made)


def _timed_packets(job: Splice, made: VideoStream) -> Iterator[TimedPacket]:
    delay = max((order.ahead for order in job.orders), default=0)
    times = job.times or _Steady(job.rate)
    begin = 0
    for piece, order in zip(job.pieces, job.orders, strict=True):
        packets = _filtered_packets(islice(stored_packets(piece), len(order.places)), job.form)
        for index, (packet, place) in enumerate(zip(packets, order.places, strict=True), begin):
            shown = times.tick(begin + place)
            stored = times.tick((begin + place if order.unseen else index) - delay)
            packet.stream = made
            packet.time_base = times.base
            packet.pts, packet.dts, packet.duration = shown, stored, times.tick(begin + place + 1) - shown
            yield stored * times.base, packet
        begin += order.shown


class _Steady:
    """Times of frames that are shown at a steady rate."""

    def __init__(self, rate: Fraction) -> None:
        self.base = 1 / rate

    def tick(self, number: int) -> int:
        return number


def _filtered_packets(packets: Iterable[AnyPacket], form: ContainerForm) -> Iterator[AnyPacket]:
    from av.bitstream import BitStreamFilterContext

    wanted = None
    for packet in packets:
        if not form.bitstream_filter:
            yield packet
            continue
        wanted = wanted or BitStreamFilterContext(form.bitstream_filter, in_stream=packet.stream)
        yield from wanted.filter(packet)


def _sound_track(job: Splice, source: InputContainer, output: OutputContainer) -> Iterator[TimedPacket]:
    """Make the output's stream at once; return its packets."""
    stream = source.streams[job.sound_index]
    made = output.add_stream_from_template(stream)
    put_label(made, job.extras.sound)
    packets, start = without_lead(source.demux(stream), job.sound_lead)
    return _moved_packets(packets, made, job.sound_start + start)


def _moved_packets(packets: Iterator[AnyPacket], made: Stream, start: Fraction) -> Iterator[TimedPacket]:
    for packet in packets:
        if packet.size and packet.dts is not None and packet.time_base is not None:
            earlier = round(start / packet.time_base)
            packet.stream = made
            packet.dts -= earlier
            packet.duration = duration_of(packet)
            if packet.pts is not None:
                packet.pts -= earlier
            yield packet.dts * packet.time_base, packet
