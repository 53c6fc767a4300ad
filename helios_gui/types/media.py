"""What a probe finds in a media file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from helios_gui.translation import tr


@dataclass(frozen=True, slots=True)
class Colour:
    """How the numbers of a picture become colours: names of ITU-T H.273, empty where the file does not say.

    ``range`` is ``tv`` (limited) or ``pc`` (full).
    """

    primaries: str = ""
    transfer: str = ""
    matrix: str = ""
    range: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.primaries, self.transfer, self.matrix, self.range))) or tr("no colour tags")


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """One stream. ``packets`` were counted by reading the file, not believed from its header.

    Args:
        kind: ``video``, ``audio``, ``subtitle``, ``data`` or ``attachment``.
        codec: The codec's name (not a decoder's); of a data stream what it holds: ``tmcd`` for a timecode.
        packets: Count of packets; 0 for an attachment.
        time_base: Seconds in one tick of the stream's times.
        duration: Seconds from the first to the end of the last packet.
        width: Pixels; as ``height``, of video.
        rate: Frames per second, of video.
        sample_rate: Hz; as ``channels``, ``sample_format`` and ``layout`` (``stereo``, ``5.1``), of audio. ``layout``
            is empty where the file only says how many channels there are.
        bit_rate: Bits per second that its packets take; of audio.
        lead_in: Samples at the beginning that decoders leave out, as the file asks for it; of audio.
        reordering: By how many frames decoding runs ahead of showing (0 without B-frames).
        configuration: Identifies what the decoder is told once for the whole file (H.264 and HEVC parameter
            sets): streams that differ in it cannot be joined without encoding. Empty for codecs without such.
        index: The stream's number in its file.
        start: Seconds at which its first packet is shown.
        language: As in the file (mostly ISO 639-2), empty where undetermined.
        disposition: Names as FFmpeg has them: ``default``, ``forced``, ``attached_pic``, …
        tags: What else the container says of the stream; keys in small letters.
        sample_aspect: Width of a pixel by its height.
        field_order: ``progressive``, ``tt``, ``bb``, ``tb``, ``bt`` as FFmpeg has them; empty where unknown.
        rotation: Degrees, clockwise, by which players turn the picture.
        display_matrix: What players do to the picture as 18 hexadecimal words; empty where nothing.
        colour: The colours' tags.
        mastering: The mastering display (SMPTE ST 2086) as x265 writes it: ``G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)``.
        light_level: The brightest pixel and the brightest frame (CTA-861.3) as ``1000,400``; candelas per m².
        alpha: Whether the picture has transparency, in its pixels or (VP8, VP9) beside them.
        projection: Digests of what is said of 3D and spherical pictures, and of an ICC profile.
        boxes: What a QuickTime or MP4 file says of Dolby Vision, 3D and what is cut off, as whole boxes by their kind;
            of other files, what such a file would say.
        dynamic_light: Names of what the first picture says of its own light: ``Dolby Vision``, ``HDR10+``, …
        ambient: The light in which the picture is to be seen: ``314 lx (0.3127, 0.3290)``.
        captions: Whether the first picture has closed captions within it (ATSC A/53).
        resized: The number of the first frame, as they are stored from 0, that has another size than those before it,
            and its width and height; ``None`` where all have one size.
    """

    kind: str
    codec: str
    packets: int
    time_base: Fraction
    duration: float | None = None
    width: int = 0
    height: int = 0
    pixel_format: str = ""
    rate: Fraction | None = None
    sample_rate: int = 0
    channels: int = 0
    sample_format: str = ""
    profile: str = ""
    reordering: int = 0
    configuration: str = ""
    index: int = 0
    start: Fraction | None = None
    language: str = ""
    disposition: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict)
    layout: str = ""
    bit_rate: int = 0
    lead_in: int = 0
    sample_aspect: Fraction = Fraction(1)
    field_order: str = ""
    rotation: int = 0
    display_matrix: str = ""
    colour: Colour = Colour()
    mastering: str = ""
    light_level: str = ""
    alpha: bool = False
    projection: str = ""
    boxes: Mapping[str, bytes] = field(default_factory=dict)
    dynamic_light: tuple[str, ...] = ()
    ambient: str = ""
    captions: bool = False
    resized: tuple[int, int, int] | None = None

    @property
    def title(self) -> str:
        """The stream's title, such as "Director's comments"; empty without one."""
        return self.tags.get("title", "")

    @property
    def timecode(self) -> str:
        """The timecode of the first frame (``01:00:00:00``); empty without one."""
        return self.tags.get("timecode", "")

    @property
    def first_field(self) -> str:
        """Which field of a picture is shown first: ``tff`` (the top one), ``bff`` or, of progressive ones, empty.

        Files with whole pictures in them say ``tb`` and ``bt``, and mean the top and the bottom one (QuickTime's and
        Matroska's 9 and 14), as FFmpeg's decoders take it.
        """
        return {"tt": "tff", "tb": "tff", "bb": "bff", "bt": "bff"}.get(self.field_order, "")

    @property
    def dolby_vision(self) -> str:
        """Profile and compatibility of Dolby Vision, as ``8.4``, by its configuration record; empty without one."""
        record = next((self.boxes[kind] for kind in ("dvcC", "dvvC", "dvwC") if kind in self.boxes), b"")
        return f"{record[10] >> 1}.{record[12] >> 4}" if len(record) > 12 else ""

    @property
    def needs_dolby_vision(self) -> bool:
        """Whether the colours are right only where Dolby Vision is shown: no other picture lies below it."""
        return self.dolby_vision.endswith(".0")

    @property
    def cropped(self) -> str:
        """What is shown of the picture, as ``1920×1080``; empty for all of it."""
        box = self.boxes.get("clap", b"")
        numbers = [int.from_bytes(box[place : place + 4], "big") for place in range(8, 24, 4)]
        return "×".join(
            f"{size / (parts or 1):g}" for size, parts in zip(numbers[::2], numbers[1::2], strict=True) if box
        )

    @property
    def eyes(self) -> tuple[bytes, ...]:
        """What Apple's files say of two eyes in one track; empty where they say nothing."""
        return tuple(self.boxes[kind] for kind in ("vexu", "hfov", "lhvC") if kind in self.boxes)

    @property
    def is_cover(self) -> bool:
        """Whether this is a still picture that stands for the file, not a part of the film."""
        return "attached_pic" in self.disposition


@dataclass(frozen=True, slots=True)
class Chapter:
    """A named part of the film (not one of a job's chunks); times in seconds."""

    start: Fraction
    end: Fraction
    title: str


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A probed file: its container's short name, all its streams, and what it says of itself.

    ``tags`` are the container's (title, artist, …), with keys in small letters.
    """

    path: Path
    container: str
    streams: tuple[StreamInfo, ...]
    chapters: tuple[Chapter, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def videos(self) -> tuple[StreamInfo, ...]:
        """The video streams that are part of the film, in order: no cover pictures."""
        return tuple(stream for stream in self.streams if stream.kind == "video" and not stream.is_cover)

    @property
    def video(self) -> StreamInfo | None:
        """The first video stream, where there is one."""
        return next(iter(self.videos), None)

    @property
    def audio(self) -> StreamInfo | None:
        """The first audio stream, where there is one."""
        return next(iter(self.of_kind("audio")), None)

    @property
    def frames(self) -> int:
        """Video frames (packets) in the file; 0 without video."""
        return self.video.packets if self.video else 0

    @property
    def timecode(self) -> str:
        """The timecode of the first frame, wherever the file keeps it; empty without one."""
        places = (*(stream.timecode for stream in (*self.videos, *self.streams)), self.tags.get("timecode", ""))
        return next(filter(None, places), "")

    def of_kind(self, kind: str) -> tuple[StreamInfo, ...]:
        """Return the streams of this kind, in order."""
        return tuple(stream for stream in self.streams if stream.kind == kind)
