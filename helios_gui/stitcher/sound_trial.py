"""Find out whether a sound can be made and found again in a kind of file: some silence is really put into one."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from helios_gui.media.stream_facts import open_media
from helios_gui.utils.temporary_folders import temporary_folder

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_RATE = 48_000
_BIT_RATE = 128_000
_SECONDS = 1.2
"""Longer than a block of most codecs."""
_TOLERANCE = 0.15
"""Seconds by which it may begin late, or be longer or shorter: codecs have blocks."""
_MPEG = frozenset({"mp1", "mp2", "mp3"})
"""Codecs that some containers do not tell from each other."""


def is_encoder(name: str) -> bool:
    """Return whether FFmpeg's library has an encoder of this name."""
    return _codec_of_encoder(name) != ""


def _codec_of_encoder(name: str) -> str:
    import av

    try:
        return str(av.Codec(name, "w").canonical_name)
    except ValueError:
        return ""


@cache
def makes_and_finds(encoder: str, suffix: str) -> bool:
    """Return whether sound of an encoder is found in a file of ``suffix``, as long as it was (blocking).

    Args:
        encoder: The encoder's name.
        suffix: Of the file, in small letters.
    """
    import av
    import av.error

    if not (codec := _codec_of_encoder(encoder)):
        return False
    with temporary_folder("sound") as folder:
        trial = folder / f"trial{suffix}"
        try:
            _write_silence(trial, encoder)
            with open_media(trial) as made:
                (stream,) = made.streams.audio
                found = stream.codec_context.codec.canonical_name if stream.codec_context else ""
                is_found = found == codec or {found, codec} <= _MPEG
                return is_found and _is_heard_at_its_time(made, stream)
        except (av.error.FFmpegError, OSError, ValueError):
            return False


def _write_silence(trial: Path, encoder: str) -> None:
    import av

    with av.open(str(trial), "w", options={"strict": "experimental"}) as output:
        stream = cast("AudioStream", output.add_stream(encoder, rate=_RATE))
        stream.codec_context.layout = "stereo"
        stream.codec_context.bit_rate = _BIT_RATE
        frame = av.AudioFrame(format="s16", layout="stereo", samples=round(_RATE * _SECONDS))
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.sample_rate, frame.pts = _RATE, 0
        for part in (frame, None):
            output.mux(stream.encode(part))


def _is_heard_at_its_time(container: InputContainer, stream: AudioStream) -> bool:
    base = stream.time_base or Fraction(1)
    packets = [packet for packet in container.demux(stream) if packet.size and packet.pts is not None]
    if not packets:
        return False
    zero = (container.start_time or 0) / 1_000_000
    begin, last = float((packets[0].pts or 0) * base) - zero, packets[-1]
    end = float(((last.pts or 0) + (last.duration or 0)) * base) - zero
    return abs(begin) <= _TOLERANCE and abs(end - _SECONDS) <= _TOLERANCE
