"""The pixels of PNG and QOI pictures. What decodes them is loaded when a picture is decoded: many pages need none."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


def is_qoi(picture: bytes) -> bool:
    """Return whether a picture is QOI, and not PNG."""
    return picture.startswith(b"qoif")


def decode_picture(picture: bytes, pixels: str = "rgb24") -> VideoFrame:
    """Return a picture's pixels in FFmpeg's format ``pixels`` (blocking); ``rgb24`` is right for opaque ones only."""
    import av

    decoder = av.CodecContext.create("qoi" if is_qoi(picture) else "png", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    return [*decoder.decode(av.Packet(picture)), *decoder.decode(None)][0].reformat(format=pixels)


def to_qoi(png: bytes) -> bytes:
    """Return the same opaque picture as QOI (blocking)."""
    import av

    frame = decode_picture(png)
    encoder = av.CodecContext.create("qoi", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = frame.width, frame.height, "rgb24", Fraction(1)
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
