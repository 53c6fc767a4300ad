"""Copying further tracks, chapters, attached files and tags into the file that is being made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from helios_gui.media.stream_facts import duration_of, open_media
from helios_gui.stitcher.extras import Attachment, Extras, ExtraTrack, TrackLabel, TrackSegment
from helios_gui.translation import tr
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    TimedPacket = tuple[Fraction, Packet[Any]]

_TRIAL_PACKETS = 3
_NOTHING_SHOWN = 2  # bytes of a mov_text packet that only fills time: the length of its text, which is 0


def put_label(stream: Stream, label: TrackLabel) -> None:
    """Say of an output's stream what ``label`` says."""
    import av.stream

    stream.metadata.update(label.tags_in(stream.container.format.name))
    names = av.stream.Disposition
    flags = names(0)
    for name in label.disposition:
        flags |= names[name]
    if flags:
        stream.disposition = flags


def open_extras(extras: Extras, output: OutputContainer) -> list[Iterator[TimedPacket]]:
    """Add all extras to ``output``, whose file has no header yet; return each track's packets in order of time."""
    tracks = [open_track(track, output) for track in extras.tracks]
    for attachment in extras.attachments:
        output.add_attachment(attachment.name, attachment.mimetype, _content(attachment))
    output.metadata.update(extras.tags)
    if extras.chapters:
        output.set_chapters(
            [
                {
                    "id": number,
                    "start": round(chapter.start * 1000),
                    "end": round(chapter.end * 1000),
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": chapter.title} if chapter.title else {},
                }
                for number, chapter in enumerate(extras.chapters, 1)
            ]
        )
    return tracks


def open_track(track: ExtraTrack, output: OutputContainer) -> Iterator[TimedPacket]:
    """Add the track to ``output`` and return its packets. Raises ``ValueError`` where the container takes none such."""
    with open_media(track.pieces[0].path) as first:
        template = first.streams[track.pieces[0].index]
        made = output.add_stream_from_template(template, opaque=True)
        made.time_base = template.time_base
        if track.stream.kind == "video" and (aspect := cast("Any", template).sample_aspect_ratio):
            cast("Any", made).codec_context.sample_aspect_ratio = aspect
    put_label(made, track.label)
    if track.stream.is_cover:
        return _cover(track.pieces[0], made)
    if track.stream.kind == "video":
        return _pictures(track.pieces, made)
    return _one_after_the_other(track, made)


def takes_track(track: ExtraTrack, trial: Path, stop: Stop) -> bool:
    """Return whether the container of ``trial``'s suffix takes the track: some packets are put into one (blocking)."""
    import av
    import av.error

    try:
        with av.open(str(trial), "w") as output:
            for number, (_, packet) in enumerate(open_track(track, output)):
                stop.check()
                output.mux(packet)
                if number >= _TRIAL_PACKETS:
                    break
            if not track.stream.packets:
                output.start_encoding()
        with open_media(trial) as made:
            return any(stream.type == track.stream.kind for stream in made.streams)
    except (av.error.FFmpegError, OSError, ValueError):
        return False
    finally:
        trial.unlink(missing_ok=True)


def copy_track(track: ExtraTrack, target: Path, stop: Stop) -> None:
    """Write a file with this track alone (blocking); raise ``ValueError`` or an error of FFmpeg where that fails."""
    import av

    with av.open(str(target), "w") as output:
        for _, packet in open_track(track, output):
            stop.check()
            output.mux(packet)


def _one_after_the_other(track: ExtraTrack, made: Stream) -> Iterator[TimedPacket]:
    renumber = _renumbering() if track.stream.codec in ("ass", "ssa") else None
    blank = track.stream.codec == "mov_text"
    for piece in track.pieces:
        for time, packet in _plain_packets(piece, made):
            if blank and packet.size <= _NOTHING_SHOWN:
                continue
            yield time, packet if renumber is None else renumber(packet)


def _cover(piece: TrackSegment, made: Stream) -> Iterator[TimedPacket]:
    with open_media(piece.path) as source:
        for packet in source.demux(source.streams[piece.index]):
            if packet.size:
                packet.pts = packet.dts = 0  # the demuxer gives it no time
                packet.stream = made
                yield Fraction(0), packet


def without_lead(packets: Iterator[Packet[Any]], lead: int) -> tuple[Iterator[Packet[Any]], Fraction]:
    """Return the packets without the first ``lead`` of them, and at how many seconds the next one begins."""
    if not lead:
        return packets, Fraction(0)
    rest = islice(packets, lead, None)
    first = next(rest, None)
    if first is None or first.pts is None or first.time_base is None:
        raise ValueError(tr("the sound is shorter than what its encoder puts before it"))
    return chain([first], rest), first.pts * first.time_base


def _plain_packets(piece: TrackSegment, made: Stream) -> Iterator[TimedPacket]:
    with open_media(piece.path) as source:
        stream = source.streams[piece.index]
        packets, begin = without_lead(source.demux(stream), piece.lead)
        for packet in packets:
            base = packet.time_base or stream.time_base
            if not packet.size or base is None:
                continue
            shift = round((piece.shift - begin) / base)
            shown = packet.dts if packet.pts is None else packet.pts
            stored = shown if packet.dts is None else packet.dts
            if shown is None or stored is None:
                continue
            packet.pts, packet.dts = round(shown * piece.stretch) + shift, round(stored * piece.stretch) + shift
            packet.duration = round(duration_of(packet) * piece.stretch)
            packet.stream = made
            if piece.length is None or _cut(packet, round(piece.length / base)):
                yield (packet.dts or 0) * base, packet


def _cut(packet: Packet[Any], end: int) -> bool:
    """Have a packet be shown from 0 to ``end`` only, in ticks; return whether anything of it is left."""
    start, duration = packet.pts or 0, packet.duration or 0
    if start >= end or (start < 0 and start + duration <= 0):
        return False
    begin = max(0, start)
    if duration:
        packet.duration = min(start + duration, end) - begin
    packet.pts = packet.dts = begin
    return True


def _renumbering() -> Callable[[Packet[Any]], Packet[Any]]:
    """Return what gives the lines of an ASS script new numbers: players show only one line of each number."""
    import av

    count = 0

    def renumber(packet: Packet[Any]) -> Packet[Any]:
        nonlocal count
        _, _, rest = bytes(packet).partition(b",")
        line = av.Packet(str(count).encode() + b"," + rest)
        count += 1
        line.pts, line.dts, line.duration = packet.pts, packet.dts, packet.duration
        line.time_base = packet.time_base
        line.stream = packet.stream
        return line

    return renumber


def _pictures(pieces: Sequence[TrackSegment], made: Stream) -> Iterator[TimedPacket]:
    """Yield a further video's packets, with times of decoding that rise over all seams."""
    shown = [[packet.pts for _, packet in _plain_packets(piece, made)] for piece in pieces]
    times = [[time for time in each if time is not None] for each in shown]
    delay = max((late - time for each in times for late, time in zip(sorted(each), each, strict=True)), default=0)
    for piece, each in zip(pieces, times, strict=True):
        stored = iter(sorted(each))
        for _, packet in _plain_packets(piece, made):
            packet.dts = next(stored) - delay
            yield packet.dts * (packet.time_base or Fraction(1)), packet


def _content(attachment: Attachment) -> bytes:
    with open_media(attachment.path) as source:
        stream = cast("Any", source.streams[attachment.index])
        if stream.type == "attachment":
            return cast("bytes", stream.data)
        return b"".join(bytes(packet) for packet in source.demux(stream))
