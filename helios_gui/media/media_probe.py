"""Looking into a media file: what it holds and how many frames are really there."""

from __future__ import annotations

import ctypes
import math
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from helios_gui.media.avi_index import empty_slots_at_end
from helios_gui.media.frame_order import StoredFrames, display_places, is_repeat, is_unseen, reordering
from helios_gui.media.parameter_sets import configuration_of, style_of
from helios_gui.media.picture_digest import digest_of
from helios_gui.media.picture_sizes import PictureSizes
from helios_gui.media.sample_entry import is_ambisonic
from helios_gui.media.stream_facts import (
    Facts,
    FirstPictures,
    chapters_of,
    duration_of,
    first_video,
    open_media,
    picture_facts,
    stream_facts,
    tags_of,
)
from helios_gui.translation import mark, tr
from helios_gui.types import MediaInfo, StreamInfo, VerificationError
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

_GUESSING = frozenset({"avi", "asf", "flv", "mpeg", "mpegts"})
"""Containers whose stated durations FFmpeg works out from bit rates and neighbours."""
_LONGEST_LEAD_IN = 0.15
"""Seconds that encoders put before a sound, at most: those of HE-AAC."""
_UNSTATED_RATES = frozenset({"dv"})
"""Containers for which FFmpeg gives the ticks of its clock as the average rate."""
_RENDER_AGAIN = mark("Render it again.")


@dataclass(frozen=True, slots=True)
class ProbedFile:
    """All that one reading of a file tells.

    Args:
        info: What it holds.
        stored: How its first video stores its frames; ``None`` without one.
        first: A digest of that video's first picture; ``None`` where it cannot be decoded.
    """

    info: MediaInfo
    stored: StoredFrames | None = None
    first: bytes | None = None


def probe(path: Path, stop: Stop | None = None) -> MediaInfo:
    """Describe what ``path`` holds, as ``probe_file`` does."""
    return probe_file(path, stop).info


def probe_file(
    path: Path,
    stop: Stop | None = None,
    pictures: Callable[[InputContainer], FirstPictures] = lambda container: FirstPictures(),
) -> ProbedFile:
    """Read the whole of ``path`` once, counting its packets, and tell what it holds (blocking).

    Args:
        path: The file.
        stop: Ends the reading.
        pictures: Makes what looks at the video packets as they come by.

    Raises:
        VerificationError: The file is missing, empty, no media, or ends before its own index says so.
        WorkStoppedError: ``stop`` was set.
    """
    with _open_media(path) as container:
        firsts, video = pictures(container), first_video(container)
        stored = None if video is None else StoredFrames.of(video)
        info = _describe(container, path, stop, firsts, stored)
        known = video is not None and video.index in firsts.frames and video.index not in firsts.failed
        return ProbedFile(info, stored, digest_of(firsts.frames[video.index]) if video and known else None)


@contextmanager
def _open_media(path: Path) -> Iterator[InputContainer]:
    """Open the media file; what FFmpeg finds wrong with it is raised as ``VerificationError``."""
    import av.error

    check_present(path)
    try:
        with open_media(path) as container:
            yield container
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        raise VerificationError(_explain_invalid(path), tr(_RENDER_AGAIN)) from error
    except (av.error.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VerificationError(
            tr("{path} cannot be read: {reason}.", path=path.name, reason=reason), tr(_RENDER_AGAIN)
        ) from error


def check_present(path: Path) -> int:
    """Return the size of the file in bytes; raise ``VerificationError`` when it is missing, no file, or empty."""
    try:
        status = path.stat()
    except OSError as error:
        reason = (
            tr("is missing")
            if isinstance(error, FileNotFoundError)
            else tr("cannot be read: {reason}", reason=error.strerror)
        )
        raise VerificationError(f"{path.name} {reason}.", tr(_RENDER_AGAIN)) from error
    if not stat.S_ISREG(status.st_mode):
        raise VerificationError(tr("{path} is not a file.", path=path.name), tr("Choose another output name."))
    if status.st_size == 0:
        raise VerificationError(tr("{path} is empty.", path=path.name), tr(_RENDER_AGAIN))
    return status.st_size


@dataclass
class _Tally:
    """What was counted of one stream; times in ticks of its time base."""

    packets: int = 0
    hidden: int = 0
    times: list[int] = field(default_factory=list)
    end: int | None = None
    last_duration: int = 0
    bytes: int = 0
    lead_in: int = 0
    sizes: PictureSizes | None = None
    untimed: int = 0

    def add(self, packet: Packet[Any]) -> None:
        if not self.packets and packet.has_sidedata("skip_samples"):
            # FFmpeg's AV_PKT_DATA_SKIP_SAMPLES: how many to leave out at the start, then at the end.
            self.lead_in = int.from_bytes(bytes(packet.get_sidedata("skip_samples"))[:4], "little")
        self.packets += 1
        self.bytes += packet.size
        if self.sizes is not None:
            self.sizes.take(packet)
        if packet.pts is None:
            self.untimed += packet.dts is None and (self.untimed > 0 or self.packets == 1)
            return
        self.times.append(packet.pts)
        duration = duration_of(packet)
        self.last_duration = duration or self.last_duration
        self.end = max(self.end or 0, packet.pts + duration)

    @property
    def length(self) -> int | None:
        """Ticks from the first (never a negative, which is not played) to the end of the last packet."""
        return None if self.end is None else self.end - max(0, min(self.times))

    @property
    def whole_length(self) -> int | None:
        """Ticks from the first packet, whatever its time, to the end of the last."""
        return None if self.end is None else self.end - min(self.times)

    def start(self, time_base: Fraction) -> Fraction | None:
        """Return the seconds at which the first packet is shown.

        Packets without a time at the beginning lie before the others: FFmpeg does not tell times below 0 of Matroska.
        """
        if not self.times:
            return None
        first, last = min(self.times), max(self.times)
        before = Fraction(self.untimed * (last - first), len(self.times) - 1) if len(self.times) > 1 else 0
        return (first - before) * time_base

    @property
    def spacing(self) -> int | None:
        """The usual distance of two frames, in ticks: the median, or a lone frame's own duration."""
        times = sorted(self.times)
        gaps = sorted(later - earlier for earlier, later in pairwise(times))
        return (gaps[len(gaps) // 2] if gaps else self.last_duration) or None


def _describe(
    container: InputContainer, path: Path, stop: Stop | None, firsts: FirstPictures, stored: StoredFrames | None
) -> MediaInfo:
    tallies = _read(container, path, stop, firsts, stored)
    chapters = chapters_of(container)
    streams = [
        stream
        for stream in container.streams
        if not (chapters and _is_chapter_track(stream, container))
        and not _is_empty_sound(stream, tallies[stream.index])
    ]
    return MediaInfo(
        path=path,
        container=container.format.name,
        streams=tuple(_stream_info(stream, tallies[stream.index], firsts) for stream in streams),
        chapters=chapters,
        tags=tags_of(container.metadata),
    )


def _is_chapter_track(stream: Stream, container: InputContainer) -> bool:
    """Return whether this is the text track in which QuickTime keeps the chapters, which are read as such."""
    return "mov" in container.format.name and stream.type == "data" and getattr(stream, "name", "") == "bin_data"


def _is_empty_sound(stream: Stream, tally: _Tally) -> bool:
    """Return whether a file, such as a transport stream, announces a sound of which nothing follows, not even its rate.

    No player plays it.
    """
    return stream.type == "audio" and not tally.packets and not _says_rate(cast("AudioStream", stream))


def _says_rate(sound: AudioStream) -> bool:
    return bool(sound.codec_context and sound.codec_context.sample_rate)


def _read(
    container: InputContainer, path: Path, stop: Stop | None, firsts: FirstPictures, stored: StoredFrames | None
) -> dict[int, _Tally]:
    """Return the tallies of all packets by stream index.

    Those of videos are shown to ``firsts`` as they come by, the film's also to ``stored``.
    """
    film, video = _film_of(container, path), first_video(container)
    tallies = {
        stream.index: _Tally(sizes=PictureSizes(stream) if stream is video else None) for stream in container.streams
    }
    is_avi = container.format.name == "avi"
    for packet in container.demux([stream for stream in container.streams if stream.type != "attachment"]):
        if stop is not None:
            stop.check()
        if packet.stream.type == "video":
            firsts.take(packet)
        if packet.size == 0 and not is_repeat(packet):  # the flush packet at the end
            continue
        tally = tallies[packet.stream_index]
        if packet.is_corrupt and packet.stream in film:
            raise _cut_off(path, packet, tally)
        if stored is not None and packet.stream is video:
            stored.take(packet)
        if packet.stream.type == "video" and (packet.is_discard or is_unseen(packet)):
            tally.hidden += 1  # by an edit list, or as it only serves others: no player shows it
            continue
        if is_avi and packet.stream.type == "video":
            packet.pts = packet.dts  # the place in the file, by which players go; FFmpeg guesses a time from it
        tally.add(packet)
    firsts.finish()
    if video is not None:
        _check_promise(path, video, tallies[video.index], _indexed_frames(container, video), is_avi=is_avi)
    return tallies


def _count_slots(path: Path, video: VideoStream, tally: _Tally) -> int:
    """Return how many places in time an AVI file counts. Some are empty: there the frame before is shown on."""
    return max(tally.times, default=-1) + 1 + empty_slots_at_end(path, video.index)


def _indexed_frames(container: InputContainer, video: VideoStream) -> int:
    """Return how many frames the file's own index has; 0 where it has none.

    FFmpeg takes those out of a QuickTime file's index that an edit list leaves out and that serve no others. What it
    leaves there, only newer versions of PyAV tell.
    """
    is_mov = "mov" in container.format.name.split(",")
    entries = getattr(video, "index_entries", ())
    return min(video.frames, len(entries)) if is_mov and entries else video.frames


def _film_of(container: InputContainer, path: Path) -> list[Stream]:
    """Return the first video and the first sound. Raises ``VerificationError`` where there is neither."""
    sounds = sorted(container.streams.audio, key=_says_rate, reverse=True)  # those that are only announced come last
    film: list[Stream] = [stream for stream in (first_video(container), *sounds[:1]) if stream is not None]
    if not film:
        raise VerificationError(tr("{path} has neither video nor audio.", path=path.name), tr(_RENDER_AGAIN))
    return film


def _cut_off(path: Path, packet: Packet[Any], tally: _Tally) -> VerificationError:
    is_video = packet.stream.type == "video"
    where = tr("frame {packets}", packets=tally.packets + 1) if is_video else tr("the sound")
    return VerificationError(
        tr("{path} ends in the middle of {where}.", path=path.name, where=where), tr(_RENDER_AGAIN)
    )


def _check_promise(path: Path, video: VideoStream, tally: _Tally, promised: int, *, is_avi: bool) -> None:
    """Compare with the file's own index, where it has one (``promised`` 0 means it has none)."""
    counted = tally.packets + tally.hidden
    if is_avi and counted < promised:
        counted = max(counted, _count_slots(path, video, tally))
    if counted < promised:
        raise VerificationError(
            tr(
                "{path} ends in the middle of the video: {counted} of {promised} frames are there.",
                path=path.name,
                counted=counted,
                promised=promised,
            ),
            tr(_RENDER_AGAIN),
        )


def _stream_info(stream: Stream, tally: _Tally, firsts: FirstPictures) -> StreamInfo:
    facts = stream_facts(stream)
    facts |= {"packets": tally.packets, "start": tally.start(facts["time_base"])}
    facts["duration"] = _seconds(tally.length, facts["time_base"])
    if stream.codec_context is None:
        return StreamInfo(**facts)
    if stream.type == "video":
        facts |= _video_facts(cast("VideoStream", stream), tally)
        facts |= picture_facts(cast("VideoStream", stream), firsts.frames.get(stream.index))
    elif stream.type == "audio":
        facts |= _audio_facts(cast("AudioStream", stream), tally)
    elif stream.type == "subtitle":
        facts["configuration"] = style_of(facts["codec"], stream.codec_context.extradata or b"")
    return StreamInfo(**facts)


def _video_facts(stream: VideoStream, tally: _Tally) -> Facts:
    context = stream.codec_context
    rate = None if stream.container.format.name in _UNSTATED_RATES else stream.average_rate
    if not rate and tally.spacing:
        rate = 1 / (tally.spacing * (stream.time_base or Fraction(1, 1000)))
    return {
        "width": context.width,
        "height": context.height,
        "pixel_format": context.pix_fmt or "",
        "rate": Fraction(rate) if rate else None,
        "profile": _as_text(context.profile),
        "reordering": reordering(display_places(tally.times)),
        "configuration": configuration_of(context.codec.canonical_name, context.extradata or b""),
        "resized": None if tally.sizes is None else tally.sizes.change,
    }


def _audio_facts(stream: AudioStream, tally: _Tally) -> Facts:
    context = stream.codec_context
    time_base = stream.time_base or Fraction(1, 1000)
    # The container may know of the encoder's padding, which is not played; more than its packets it cannot hold.
    known = None if stream.container.format.name in _GUESSING else stream.duration
    # Matroska plays what lies before 0, but for what decoders leave out.
    earliest = min(tally.times, default=0) * time_base
    is_early = "matroska" in stream.container.format.name and earliest < -_LONGEST_LEAD_IN
    counted = tally.whole_length if is_early else tally.length
    length = min(filter(None, (known, counted)), default=None)
    channels, layout = channel_layout(context)
    if is_ambisonic(stream):
        layout = f"ambisonic {math.isqrt(channels) - 1}"
    return {
        "duration": _seconds(length, time_base),
        "sample_rate": context.sample_rate,
        "channels": channels,
        "layout": "" if layout.endswith(" channels") else layout,
        "sample_format": context.format.name if context.format else "",
        "lead_in": tally.lead_in,
        "bit_rate": round(tally.bytes * 8 / (length * time_base)) if length else 0,
        "profile": _as_text(context.profile),
    }


def channel_layout(context: AudioCodecContext) -> tuple[int, str]:
    """Return how many channels there are, and the name of their layout, or the channels where it has no name.

    PyAV (18.1) shares a layout of custom order (7.1 as QuickTime files order it) with the codec without a copy, and
    both free it, which ends the process. So the one made here is never given back: some dozen bytes.
    """
    layout = context.layout
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
    return layout.nb_channels, layout.name


def _as_text(value: Callable[..., object] | str | None) -> str:
    return value if isinstance(value, str) else ""


def _seconds(ticks: int | None, time_base: Fraction) -> float | None:
    return None if ticks is None else float(ticks * time_base)


def _explain_invalid(path: Path) -> str:
    """Return why FFmpeg finds no media in the file: a QuickTime file without its index was cut, all else is foreign."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] in (b"ftyp", b"wide", b"mdat", b"free"):
        return tr("{path} ends in the middle of the video: its index, written last, is not there.", path=path.name)
    return tr("{path} is not a media file.", path=path.name)
