"""What a stream's headers and its first picture say: colours, turning, light, layout, language."""

from __future__ import annotations

import hashlib
import math
import struct
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios_gui.media.sample_entry import told_boxes
from helios_gui.media.self_contained import PROTOCOLS, refuse_playlist, self_contained_formats
from helios_gui.types import Chapter, Colour

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Facts = dict[str, Any]
"""Fields of ``StreamInfo`` with their values."""

# Numbers of ITU-T H.273 (tables 2 to 4) and FFmpeg's names for them, which its options take. 2 is "unspecified".
_PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020"} | {
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
_TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 9: "log100"} | {
    10: "log316",
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
_MATRICES = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco"} | {
    9: "bt2020nc",
    10: "bt2020c",
    11: "smpte2085",
    12: "chroma-derived-nc",
    13: "chroma-derived-c",
    14: "ictcp",
}
_RANGES = {1: "tv", 2: "pc"}
_FIELD_ORDERS = {1: "progressive", 2: "tt", 3: "bb", 4: "tb", 5: "bt"}  # AVFieldOrder

_AROUND = ("STEREO3D", "SPHERICAL", "ICC_PROFILE")
_SIDE_DATA = ("DISPLAYMATRIX", "MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL", *_AROUND)
_DYNAMIC_LIGHT = {
    "DOVI_METADATA": "Dolby Vision",
    "DOVI_RPU_BUFFER": "Dolby Vision",
    "DYNAMIC_HDR_PLUS": "HDR10+",
    "DYNAMIC_HDR_VIVID": "HDR Vivid",
}
_OTHER_SIDE_DATA = (*_DYNAMIC_LIGHT, "AMBIENT_VIEWING_ENVIRONMENT", "A53_CC")
_NEGATIVE = 1 << 31
"""As a number of 32 bits without a sign: it is one with a sign."""
_ONE = 0x10000  # of the display's matrix, but for its last column (ISO/IEC 14496-12: 16.16)
CHROMATICITY = 50_000  # units of SMPTE ST 2086, as HEVC writes them
LUMINANCE = 10_000
_TRIES = 100  # packets; decoders hold back a few tens of frames at most
_NO_TURN = struct.pack("=9i", _ONE, 0, 0, 0, _ONE, 0, 0, 0, 0x40000000)


def open_media(path: Path) -> InputContainer:
    """Open a file for reading; tags that are no UTF-8 are no fault.

    Raises:
        VerificationError: It only names other files.
        OSError: It cannot be opened, also because of what FFmpeg finds in it.
    """
    import av

    limits = {"format_whitelist": self_contained_formats(), "protocol_whitelist": PROTOCOLS}
    try:
        return av.open(str(path.absolute()), options=limits, metadata_errors="replace")
    except av.FFmpegError:
        refuse_playlist(path)
        raise


def tags_of(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return the container's words with their keys in small letters, as Matroska and the others then agree."""
    return {key.lower(): value for key, value in metadata.items()}


def duration_of(packet: Packet[Any]) -> int:
    """Return for how many ticks a packet lasts, 0 where that is not known.

    Vorbis may end in the file before its last packet begins: FFmpeg's reader of Ogg takes -64 for 4,294,967,232.
    """
    ticks = packet.duration or 0
    return 0 if ticks >= _NEGATIVE else ticks


class FirstPictures:
    """Decodes the first frame of each video stream, from its packets as they come by.

    Attributes:
        frames: The first frames, by the number of their stream.
        failed: The streams of which something before that could not be decoded.
    """

    def __init__(self) -> None:
        self.frames: dict[int, VideoFrame] = {}
        self.failed: set[int] = set()
        self._tries: Counter[int] = Counter()

    def take(self, packet: Packet[Any]) -> None:
        """Decode a packet (empty: the last one) unless that stream's first frame is known, or not to be had."""
        import av.error

        index = packet.stream.index  # the empty packets at the end of all streams say 0 for theirs
        is_repeat = not packet.size and packet.dts is not None
        if index in self.frames or packet.stream.codec_context is None or is_repeat:
            return
        if not self._tries[index]:
            packet.stream.codec_context.thread_count = 1  # starting more takes longer than decoding one picture
        self._tries[index] += 1
        if packet.size and self._tries[index] > _TRIES:
            return
        try:
            for frame in packet.stream.decode(packet)[:1]:
                self.frames[index] = frame
        except av.error.FFmpegError:  # whether the frames are whole is judged by their packets
            self.failed.add(index)

    def finish(self) -> None:
        """Decide, when all packets have come by."""


def first_video(container: InputContainer) -> VideoStream | None:
    """Return the first video stream that is no cover picture."""
    from av.stream import Disposition

    cover = Disposition.attached_pic
    return next((stream for stream in container.streams.video if not stream.disposition & cover), None)


def stream_facts(stream: Stream) -> Facts:
    """Return what is known of a stream of any kind."""
    tags = tags_of(stream.metadata)
    language = tags.pop("language", "")
    return {
        "kind": stream.type,
        "codec": _codec_name(stream, tags),
        "index": stream.index,
        "time_base": stream.time_base or Fraction(1, 1000),
        "language": "" if language == "und" else language,
        "disposition": frozenset(flag.name for flag in type(stream.disposition) if flag in stream.disposition),
        "tags": tags,
    }


def _codec_name(stream: Stream, tags: Mapping[str, str]) -> str:
    context = stream.codec_context
    if context is not None:
        return str(context.codec.canonical_name)
    if stream.type == "attachment":
        return tags.get("mimetype", "")
    name = getattr(stream, "name", None)
    return name or ("tmcd" if "timecode" in tags else "")


def picture_facts(stream: VideoStream, first: VideoFrame | None) -> Facts:
    """Return what the headers say of the picture, and what only its first frame (``None``: undecodable) tells."""
    context = stream.codec_context
    pixels = context.format
    beside = "alpha_mode" in tags_of(stream.metadata)
    return {
        "sample_aspect": stream.sample_aspect_ratio or Fraction(1),
        "field_order": _field_order(context.field_order, first),
        "colour": Colour(
            primaries=_PRIMARIES.get(context.color_primaries, ""),
            transfer=_TRANSFERS.get(context.color_trc, ""),
            matrix=_MATRICES.get(context.colorspace, ""),
            range=_RANGES.get(context.color_range, ""),
        ),
        "boxes": told_boxes(stream),
        "alpha": beside or (pixels is not None and any(part.is_alpha for part in pixels.components)),
        **({} if first is None else _side_facts(first)),
    }


def _field_order(told: int, first: VideoFrame | None) -> str:
    """Return in which order fields are shown: what the headers say, or the first frame where it is interlaced.

    AVI files do not say it, of DV and MPEG-4 neither their headers; MXF files say it in another way than others.
    """
    order = _FIELD_ORDERS.get(told, "")
    if order == "progressive" or first is None or not first.interlaced_frame:
        return order
    seen, alike = ("tt", ("tt", "tb")) if _shows_top_first(first) else ("bb", ("bb", "bt"))
    return order if order in alike else seen


def _shows_top_first(frame: VideoFrame) -> bool:
    """Return what PyAV does not tell of an interlaced frame: whether a filter that lets such through does so."""
    import av.error
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 1000)
    )
    select, sink = graph.add("select", r"eq(interlace_type\,TOPFIRST)"), graph.add("buffersink")
    source.link_to(select)
    select.link_to(sink)
    graph.configure()
    graph.push(frame)
    graph.push(None)
    try:
        graph.pull()
    except (BlockingIOError, av.error.EOFError):
        return False
    return True


def colour_numbers(colour: Colour) -> tuple[int, int, int, int]:
    """Return the numbers of primaries, transfer and matrix (ITU-T H.273), and FFmpeg's of the range."""
    tables = (_PRIMARIES, colour.primaries), (_TRANSFERS, colour.transfer), (_MATRICES, colour.matrix)
    unspecified = 2
    first, second, third = (
        next((number for number, name in table.items() if name == wanted), unspecified) for table, wanted in tables
    )
    return first, second, third, next((number for number, name in _RANGES.items() if name == colour.range), 0)


def side_data_of(frame: VideoFrame) -> Mapping[str, Any]:
    """Return what a picture carries beside its pixels, by FFmpeg's names.

    PyAV (18.1) gives nothing at all where there is a kind that it does not know, such as the EXIF data of TIFF and JPEG
    pictures: then it is how the picture is turned, alone.
    """
    try:
        return {
            name: found for name in (*_SIDE_DATA, *_OTHER_SIDE_DATA) if (found := frame.side_data.get(name)) is not None
        }
    except ValueError:
        angle = math.radians(-frame.rotation)
        cosine, sine = round(math.cos(angle) * _ONE), round(math.sin(angle) * _ONE)
        matrix = struct.pack("=9i", cosine, sine, 0, -sine, cosine, 0, 0, 0, 0x40000000)
        return {"DISPLAYMATRIX": matrix} if frame.rotation else {}


def _side_facts(frame: VideoFrame) -> Facts:
    side_data = side_data_of(frame)
    found = {name: side_data.get(name) for name in _SIDE_DATA}
    data = {name: bytes(part) for name, part in found.items() if part is not None}
    matrix = data.get("DISPLAYMATRIX", _NO_TURN)
    around = [data[name] for name in _AROUND if name in data]
    return {
        "rotation": -frame.rotation % 360,
        "display_matrix": "" if matrix == _NO_TURN else matrix.hex(),
        "mastering": _mastering(data.get("MASTERING_DISPLAY_METADATA", b"")),
        "light_level": _light_level(data.get("CONTENT_LIGHT_LEVEL", b"")),
        "dynamic_light": tuple(dict.fromkeys(word for name, word in _DYNAMIC_LIGHT.items() if name in side_data)),
        "ambient": _ambient(side_data),
        "captions": "A53_CC" in side_data,
        "projection": hashlib.sha256(b"\0".join(around)).hexdigest()[:16] if around else "",
    }


def _mastering(data: bytes) -> str:
    """Read FFmpeg's ``AVMasteringDisplayMetadata``: red, green, blue, white, darkest, brightest; two flags."""
    if len(data) < struct.calcsize("=22i"):
        return ""
    numbers = struct.unpack("=22i", data[: struct.calcsize("=22i")])
    values = [Fraction(top, bottom or 1) for top, bottom in zip(numbers[:20:2], numbers[1:20:2], strict=True)]
    points = [round(value * CHROMATICITY) for value in values[:8]]
    red, green, blue, white = (f"({points[place]},{points[place + 1]})" for place in range(0, 8, 2))
    darkest, brightest = (round(value * LUMINANCE) for value in values[8:])
    return f"G{green}B{blue}R{red}WP{white}L({brightest},{darkest})"


def _light_level(data: bytes) -> str:
    """Read FFmpeg's ``AVContentLightMetadata``: the brightest pixel, the brightest frame on average."""
    size = struct.calcsize("=2I")
    return "" if len(data) < size else "{},{}".format(*struct.unpack("=2I", data[:size]))


def _ambient(side_data: Mapping[str, Any]) -> str:
    """Read FFmpeg's ``AVAmbientViewingEnvironment``: how bright the surroundings are, and of which colour."""
    data = bytes(side_data.get("AMBIENT_VIEWING_ENVIRONMENT", b""))
    size = struct.calcsize("=6i")
    if len(data) < size:
        return ""
    numbers = struct.unpack("=6i", data[:size])
    light, x, y = (top / (bottom or 1) for top, bottom in zip(numbers[::2], numbers[1::2], strict=True))
    return f"{light:g} lx ({x:.4f}, {y:.4f})"


def chapters_of(container: InputContainer) -> tuple[Chapter, ...]:
    """Return the file's chapters, in order."""
    found = []
    for chapter in container.chapters():
        base = chapter["time_base"] or Fraction(1)
        title = tags_of(chapter["metadata"]).get("title", "")
        found.append(Chapter(chapter["start"] * base, chapter["end"] * base, title))
    return tuple(sorted(found, key=lambda chapter: chapter.start))
