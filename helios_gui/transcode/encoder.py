"""Encode frames, one for one, into a file without sound."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from helios_gui.media.encoder_faults import stores_untimed
from helios_gui.media.scaler import SCALER_MATRICES
from helios_gui.media.stream_facts import colour_numbers
from helios_gui.process.scheduling import usual_scheduling
from helios_gui.transcode.encoding import VideoEncoding, is_full_range, is_rgb, source_format
from helios_gui.translation import tr
from helios_gui.types import HeliosError, StreamInfo, UserInputError, VerificationError

if TYPE_CHECKING:
    from av.filter import Graph
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FIELDS_AROUND = 2
"""Frames before and after those wanted that a deinterlacer looks at."""

_UNITY = 1 << 16  # of the matrix's first numbers (ISO/IEC 14496-12: 16.16)
_UPRIGHT: dict[tuple[int, int, int, int], tuple[tuple[str, str], ...]] = {
    (1, 0, 0, 1): (),
    (0, 1, -1, 0): (("transpose", "clock"),),
    (-1, 0, 0, -1): (("hflip", ""), ("vflip", "")),
    (0, -1, 1, 0): (("transpose", "cclock"),),
    (-1, 0, 0, 1): (("hflip", ""),),
    (1, 0, 0, -1): (("vflip", ""),),
    (0, 1, 1, 0): (("transpose", "cclock_flip"),),
    (0, -1, -1, 0): (("transpose", "clock_flip"),),
}
"""Matrix a, b, c, d of a display → FFmpeg's filters that do the same to the picture."""


def encode_frames(
    frames: Iterable[VideoFrame],
    picture: StreamInfo,
    encoding: VideoEncoding,
    rate: Fraction,
    target: Path,
    progress: Callable[[int], None],
    *,
    skip: int = 0,
    step: int = 1,
    count: int,
) -> int:
    """Encode frames at a steady rate, and return how many there were (blocking).

    Args:
        frames: Decoded frames that look like ``picture``.
        picture: The source's picture.
        encoding: How to encode it.
        rate: Frames per second.
        target: The file.
        progress: Is called with the number of frames that are done.
        skip: How many are left out at the beginning: only filters look at them.
        step: From one frame that is encoded to the next.
        count: How many are encoded then.

    Raises:
        UserInputError: There is no such encoder, or it does not take the preset's options.
        HeliosError: Encoding failed.
    """
    import av
    import av.error

    done = 0
    written = False
    try:
        with av.open(str(target), "w", options=_muxer_options(target)) as output:
            stream = _open_stream(output, picture, encoding, rate)
            with usual_scheduling():
                stream.codec_context.open()
            _check_options(stream, encoding)
            written = True
            chosen = islice(_prepared(frames, picture, encoding), skip, skip + (count - 1) * step + 1, step)
            for done, frame in enumerate(chosen, 1):
                frame.pts, frame.time_base = done - 1, 1 / rate
                frame.pict_type = cast("Any", 0)  # or the encoder would choose the source's types
                output.mux(_timed(stream.encode(frame), encoding, count))
                progress(done)
            if done:
                output.mux(_timed(stream.encode(None), encoding, count))
    except BaseException as error:
        if written:
            target.unlink(missing_ok=True)
        if not isinstance(error, av.error.FFmpegError):
            raise
        raise HeliosError(
            tr("{encoder} could not encode the frames: {reason}.", encoder=encoding.encoder, reason=error.strerror),
            tr("Look whether the preset's options go together, and whether there is room on the disk."),
        ) from error
    return done


def _timed(packets: list[Packet[Any]], encoding: VideoEncoding, count: int) -> list[Packet[Any]]:
    """Return the packets of a video of ``count`` frames with the times at which they are stored."""
    if stores_untimed(encoding.encoder, count):
        for packet in packets:
            packet.dts = packet.pts
    return packets


def _muxer_options(target: Path) -> dict[str, str]:
    return {"movflags": "+faststart"} if target.suffix.lower() in (".mp4", ".mov", ".m4v") else {}


def _open_stream(output: Any, picture: StreamInfo, encoding: VideoEncoding, rate: Fraction) -> VideoStream:
    import av

    try:
        stream = cast("VideoStream", output.add_stream(encoding.encoder, rate=rate))
    except (av.codec.codec.UnknownCodecError, ValueError) as error:
        raise UserInputError(
            tr("There is no encoder {encoder} that goes into such a file.", encoder=encoding.encoder),
            tr("Choose another preset."),
        ) from error
    context = stream.codec_context
    turned = encoding.turn_upright and picture.rotation % 180 != 0
    stream.width, stream.height = (encoding.height, encoding.width) if turned else (encoding.width, encoding.height)
    stream.pix_fmt = encoding.pixel_format
    context.time_base = 1 / rate
    context.framerate = rate
    context.sample_aspect_ratio = 1 / encoding.sample_aspect if turned else encoding.sample_aspect
    numbers = colour_numbers(encoding.colour)
    context.color_primaries, context.color_trc, context.colorspace, context.color_range = cast("Any", numbers)
    context.options = dict(encoding.options)
    if encoding.tag:
        context.codec_tag = encoding.tag
    if picture.display_matrix and not encoding.turn_upright:
        stream.set_display_matrix(_matrix(picture))
    return stream


def _check_options(stream: VideoStream, encoding: VideoEncoding) -> None:
    """Refuse options that the encoder did not take."""
    unused = sorted(set(stream.codec_context.options) & set(encoding.options))
    if unused:
        raise UserInputError(
            tr("{encoder} has no option {name}.", encoder=encoding.encoder, name=unused[0]), tr("Correct the preset.")
        )


def _prepared(frames: Iterable[VideoFrame], picture: StreamInfo, encoding: VideoEncoding) -> Iterator[VideoFrame]:
    """Yield the frames in the encoder's form."""
    numbers = colour_numbers(encoding.colour)
    for ready in _filtered(_check_alike(frames, picture), picture, encoding):
        primaries, transfer, matrix, limits = numbers
        ready.color_primaries, ready.color_trc = cast("Any", primaries), cast("Any", transfer)
        ready.colorspace, ready.color_range = cast("Any", matrix), cast("Any", limits)
        yield ready


def _check_alike(frames: Iterable[VideoFrame], picture: StreamInfo) -> Iterator[VideoFrame]:
    for frame in frames:
        if (frame.width, frame.height) != (picture.width, picture.height):
            raise VerificationError(*other_size(picture, frame.pts or 0, frame.width, frame.height))
        yield frame


def other_size(picture: StreamInfo, number: int, width: int, height: int) -> tuple[str, str]:
    """Return in words that a frame has another size than the first one, and what to do."""
    text = tr(
        "Frame {number} is {width} × {height}, and the first one is {first_width} × {first_height}.",
        number=number,
        width=width,
        height=height,
        first_width=picture.width,
        first_height=picture.height,
    )
    return text, tr("Make a video of each part.")


def _conversion(picture: StreamInfo, encoding: VideoEncoding) -> list[tuple[str, str]]:
    """Return the filters that make other pixels or another size of the same colours; none where both stay."""
    source, pixels = source_format(picture), encoding.pixel_format
    full = is_full_range(picture) or is_rgb(source)
    limits = encoding.colour.range if not is_rgb(pixels) else "pc"
    if source == pixels and not encoding.scaled and full == (limits == "pc"):
        return []
    matrix = SCALER_MATRICES.get(encoding.colour.matrix, "bt709")
    exact = "flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp"
    size = f"{encoding.width}:{encoding.height}:interl={int(encoding.interlaced)}"
    ranges = f"in_range={'pc' if full else 'tv'}:out_range={limits or 'tv'}"
    matrices = f"in_color_matrix={matrix}:out_color_matrix={matrix}"
    return [("scale", f"{size}:{exact}:{ranges}:{matrices}"), ("format", pixels)]


def _filtered(frames: Iterator[VideoFrame], picture: StreamInfo, encoding: VideoEncoding) -> Iterator[VideoFrame]:
    """Yield the frames in the encoder's pixels and size, upright and without fields where that is wanted."""
    chain = [("bwdif", f"mode=send_frame:parity={encoding.deinterlace}:deint=all")] if encoding.deinterlace else []
    chain += _conversion(picture, encoding)
    if encoding.turn_upright:
        chain += _upright(picture)
    if not chain:
        yield from frames
        return
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            graph = _graph(frame, chain)
        graph.push(frame)
        yield from _pull_frames(graph)
    if graph is not None:
        graph.push(None)
        yield from _pull_frames(graph)


def as_players_show(frame: VideoFrame, picture: StreamInfo) -> VideoFrame:
    """Return a frame upright and with square pixels, in RGB of 8 bits."""
    chain: list[tuple[str, str]] = []
    if picture.display_matrix and _matrix_sides(picture) in _UPRIGHT:
        chain += _UPRIGHT[_matrix_sides(picture)]
    if picture.sample_aspect != 1:
        chain.insert(0, ("scale", f"{round(frame.width * picture.sample_aspect)}:{frame.height}"))
    graph = _graph(frame, [*chain, ("format", "rgb24")])
    graph.push(frame)
    return next(_pull_frames(graph))


def _upright(picture: StreamInfo) -> list[tuple[str, str]]:
    sides = _matrix_sides(picture)
    if sides not in _UPRIGHT:
        raise UserInputError(
            tr("The file says to turn the picture in a way that only MP4 and QuickTime files keep."),
            tr("Name the output .mp4 or .mov."),
        )
    return list(_UPRIGHT[sides])


def _matrix_sides(picture: StreamInfo) -> tuple[int, int, int, int]:
    a, b, _, c, d, *_ = _matrix(picture)
    return round(a / _UNITY), round(b / _UNITY), round(c / _UNITY), round(d / _UNITY)


def _matrix(picture: StreamInfo) -> tuple[int, ...]:
    return struct.unpack("=9i", bytes.fromhex(picture.display_matrix))


def _graph(frame: VideoFrame, chain: list[tuple[str, str]]) -> Graph:
    from av.filter import Graph

    graph = Graph()
    last = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000))
    for name, arguments in chain:
        added = graph.add(name, arguments or None)
        last.link_to(added)
        last = added
    last.link_to(graph.add("buffersink"))
    graph.configure()
    return graph


def _pull_frames(graph: Graph) -> Iterator[VideoFrame]:
    import av.error

    while True:
        try:
            yield cast("VideoFrame", graph.pull())
        except (BlockingIOError, av.error.EOFError):
            return
