"""Look into the files of an image sequence, one by one: whether each is there, whole, and like the others."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from helios_gui.media.picture_files import (
    codec_of_data,
    codec_of_name,
    has_profile,
    is_animated,
    is_cut,
    is_logarithmic,
    is_unknown_to_ffmpeg,
)
from helios_gui.media.stream_facts import side_data_of
from helios_gui.translation import mark, tr, tr_count
from helios_gui.types import Colour, StreamInfo, VerificationError
from helios_gui.types.sequences import contiguous_ranges, frame_files, read_pattern
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

LOGARITHMIC = "log"
LINEAR = "linear"
_NAMES = {"png": "PNG", "mjpeg": "JPEG", "exr": "EXR", "tiff": "TIFF", "webp": "WebP", "dpx": "DPX"}
_STRICT = {"err_detect": "crccheck+bitstream+buffer+explode"}
_NOT_STRICT = frozenset({"tiff"})  # whose decoder takes good files for bad ones then
_RANGES = {1: "tv", 2: "pc"}
_TRANSFERS = {5: "bt470bg", 7: "smpte240m", 8: LINEAR, 9: LOGARITHMIC, 10: LOGARITHMIC, 16: "smpte2084"}
_TRANSFERS |= {18: "arib-std-b67"}
_PRIMARIES = {5: "bt470bg", 6: "smpte170m", 9: "bt2020", 11: "smpte431", 12: "smpte432"}
_MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc"}
"""Numbers of ITU-T H.273.

Without those of usual screens, as values for them are encoded as they are, whatever their tags: primaries of BT.709,
and the transfers of BT.709, BT.601, BT.2020 and sRGB and the gamma of 2.2, which many programs, ImageMagick among them,
write into PNG pictures. So frames that several programs have made go together.
"""
_TIME_BASE = Fraction(1, 25)  # of no meaning: the job says how fast frames are shown
_MOST_RANGES = 20
_AGAIN = mark("Look into the chunk's log, then render it again.")


def check_frames(frames: range, pattern: Path, stop: Stop | None) -> StreamInfo:
    """Decode every frame of a sequence, and return what they are, as if they were one video (blocking).

    Its ``alpha`` is whether any pixel of any frame is transparent; ``projection`` is ``icc`` where the frames carry a
    colour profile.

    Args:
        frames: The numbers of the frames.
        pattern: The path of the files, with the pattern in its name.
        stop: Asks to stop.

    Raises:
        VerificationError: Frames are missing, empty, cut, of another kind than their name says, or of another size
            than most. It names all of them.
        WorkStoppedError: ``stop`` was set.
    """
    survey = _Survey(pattern, frames)
    for number, path in zip(frames, frame_files(pattern, frames), strict=True):
        if stop is not None:
            stop.check()
        survey.check(number, path)
    return survey.conclude()


def frames_in_words(numbers: list[int]) -> str:
    """Return the numbers of frames as ranges, cut where there are very many."""
    ranges = list(contiguous_ranges(numbers))
    words = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in ranges[:_MOST_RANGES])
    return words if len(ranges) <= _MOST_RANGES else f"{words}, …"


def check_surplus(output: Path, frames: range) -> None:
    """Look into the folder of one attempt for frames beside those that were asked for. Blocking.

    Raises:
        VerificationError: There are some.
    """
    pattern = read_pattern(output.name)
    if pattern is None:
        return
    found = (pattern.frame_in(file.name) for file in output.parent.iterdir())
    surplus = sorted(frame for frame in found if frame is not None and frame not in frames)
    if surplus:
        words = tr_count(
            "frame {frames} was written, too, which is not the chunk's.",
            "frames {frames} were written, too, which are not the chunk's.",
            len(surplus),
            frames=frames_in_words(surplus),
        )
        raise VerificationError(words, tr(_AGAIN))


@dataclass(frozen=True, slots=True)
class _Picture:
    codec: str
    width: int
    height: int
    pixel_format: str
    colour: Colour
    alpha: bool
    has_profile: bool
    aspect: Fraction
    turning: bytes

    @property
    def size(self) -> str:
        return f"{self.width}×{self.height}"


@dataclass
class _Survey:
    """What was found, frame by frame."""

    pattern: Path
    frames: range
    missing: list[int] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    unreadable: dict[str, list[int]] = field(default_factory=dict)
    foreign: dict[str, list[int]] = field(default_factory=dict)
    pictures: dict[int, _Picture] = field(default_factory=dict)

    def check(self, number: int, path: Path) -> None:
        """Read and decode one frame."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            self.missing.append(number)
            return
        except OSError as error:
            reason = tr("is a folder") if error.errno == errno.EISDIR else error.strerror or str(error)
            self.unreadable.setdefault(reason, []).append(number)
            return
        if not data:
            self.empty.append(number)
            return
        codec = codec_of_data(data)
        if codec != codec_of_name(path):
            self.foreign.setdefault(codec, []).append(number)
            return
        if is_cut(codec, data):
            self.cut.append(number)
            return
        if is_animated(codec, data):
            self.unreadable.setdefault(tr("it is an animation, and a frame is one picture"), []).append(number)
            return
        picture = None if is_unknown_to_ffmpeg(codec, data) else _decode(codec, data)
        if picture is None:
            self.damaged.append(number)
        else:
            self.pictures[number] = picture

    def conclude(self) -> StreamInfo:
        """Return what the frames are; raise ``VerificationError`` with all that is wrong with them."""
        problems = [*self._describe_problems(), *self._other_numbers(), *self._describe_differences()]
        if problems:
            words = "; ".join(problems)
            raise VerificationError(tr("{path}: {problems}.", path=self.pattern.name, problems=words), tr(_AGAIN))
        pictures = list(self.pictures.values())
        first = pictures[0]
        return StreamInfo(
            kind="video",
            codec=first.codec,
            packets=len(pictures),
            time_base=_TIME_BASE,
            width=first.width,
            height=first.height,
            pixel_format=first.pixel_format,
            sample_aspect=first.aspect,
            colour=first.colour,
            alpha=any(picture.alpha for picture in pictures),
            projection="icc" if any(picture.has_profile for picture in pictures) else "",
        )

    def _describe_problems(self) -> Iterator[str]:
        if self.missing:
            yield tr_count(
                "frame {frames} is missing",
                "frames {frames} are missing",
                len(self.missing),
                frames=frames_in_words(self.missing),
            )
        if self.empty:
            yield tr_count(
                "frame {frames} is empty",
                "frames {frames} are empty",
                len(self.empty),
                frames=frames_in_words(self.empty),
            )
        if self.cut:
            yield tr_count(
                "frame {frames} ends in the middle of the picture",
                "frames {frames} end in the middle of the picture",
                len(self.cut),
                frames=frames_in_words(self.cut),
            )
        if self.damaged:
            yield tr_count(
                "frame {frames} cannot be decoded",
                "frames {frames} cannot be decoded",
                len(self.damaged),
                frames=frames_in_words(self.damaged),
            )
        for reason, numbers in self.unreadable.items():
            yield tr_count(
                "frame {frames} cannot be read ({reason})",
                "frames {frames} cannot be read ({reason})",
                len(numbers),
                frames=frames_in_words(numbers),
                reason=reason,
            )
        for codec, numbers in self.foreign.items():
            yield tr_count(
                "frame {frames} is no {suffix} file but {kind}",
                "frames {frames} are no {suffix} files but {kind}",
                len(numbers),
                frames=frames_in_words(numbers),
                suffix=self.pattern.suffix,
                kind=_NAMES.get(codec) or tr("something else"),
            )

    def _other_numbers(self) -> Iterator[str]:
        """Say which frames are there in place of all that are missing, as a renderer may count from 1."""
        pattern = read_pattern(self.pattern.name)
        if pattern is None or not self.missing or not self.pattern.parent.is_dir():
            return
        found = (pattern.frame_in(file.name) for file in self.pattern.parent.iterdir())
        others = sorted(number for number in found if number is not None and number not in self.frames)
        if len(others) == len(self.missing):
            yield tr_count(
                "frame {frames} is there instead",
                "frames {frames} are there instead",
                len(others),
                frames=frames_in_words(others),
            )

    def _describe_differences(self) -> Iterator[str]:
        """Say which frames are not like most of them."""
        sizes = Counter(picture.size for picture in self.pictures.values())
        usual = sizes.most_common(1)[0][0] if sizes else ""
        for size in sizes:
            numbers = [number for number, picture in self.pictures.items() if picture.size == size]
            if size != usual:
                yield tr_count(
                    "frame {frames} is {size} instead of {usual}",
                    "frames {frames} are {size} instead of {usual}",
                    len(numbers),
                    frames=frames_in_words(numbers),
                    size=size,
                    usual=usual,
                )
        turnings = Counter(picture.turning for picture in self.pictures.values())
        if len(turnings) > 1:
            usual_turning = turnings.most_common(1)[0][0]
            numbers = [number for number, picture in self.pictures.items() if picture.turning != usual_turning]
            yield tr_count(
                "frame {frames} says to turn it another way than the others",
                "frames {frames} say to turn them another way than the others",
                len(numbers),
                frames=frames_in_words(numbers),
            )
        colours = Counter(picture.colour for picture in self.pictures.values())
        most = colours.most_common(1)[0][0] if colours else Colour()
        for colour in colours:
            numbers = [number for number, picture in self.pictures.items() if picture.colour == colour]
            if colour != most:
                yield tr_count(
                    "the colours of frame {frames} are {colour} instead of {usual}",
                    "the colours of frames {frames} are {colour} instead of {usual}",
                    len(numbers),
                    frames=frames_in_words(numbers),
                    colour=colour,
                    usual=most,
                )


def _decode(codec: str, data: bytes) -> _Picture | None:
    """Return what the picture is; ``None`` if it cannot be decoded."""
    import av
    import av.error

    context = cast("VideoCodecContext", av.CodecContext.create(codec, "r"))
    context.thread_count = 1
    if codec not in _NOT_STRICT:
        context.options = _STRICT
    try:
        frames = [*context.decode(av.Packet(data)), *context.decode(None)]
    except (av.error.FFmpegError, ValueError):
        return None
    if len(frames) != 1 or frames[0].is_corrupt:
        return None
    frame = frames[0]
    return _Picture(
        codec=codec,
        width=frame.width,
        height=frame.height,
        pixel_format=frame.format.name,
        colour=_colour_tags(codec, data, frame),
        alpha=_is_transparent(frame),
        has_profile=has_profile(codec, data),
        aspect=context.sample_aspect_ratio or Fraction(1),
        turning=bytes(side_data_of(frame).get("DISPLAYMATRIX", b"")),
    )


def _colour_tags(codec: str, data: bytes, frame: VideoFrame) -> Colour:
    """Return the colours' tags. Values of DPX files that say "linear" are those of a screen: so FFmpeg and Blender."""
    transfer = LINEAR if codec == "exr" else _TRANSFERS.get(int(frame.color_trc), "")
    if codec == "dpx":
        transfer = LOGARITHMIC if is_logarithmic(codec, data) else ""
    if codec == "tiff":
        transfer = ""  # FFmpeg takes gray values for ones of gamma 2.2; no viewer does
    return Colour(
        primaries=_PRIMARIES.get(int(frame.color_primaries), ""),
        transfer=transfer,
        matrix=_MATRICES.get(int(frame.colorspace), ""),
        range=_RANGES.get(int(frame.color_range), ""),
    )


def _is_transparent(frame: VideoFrame) -> bool:
    """Return whether a pixel of the picture is not opaque, to 8 bits."""
    has_alpha = any(component.is_alpha for component in frame.format.components) or frame.format.has_palette
    if not has_alpha:
        return False
    plane = frame.reformat(format="rgba").planes[0]
    data = bytes(plane)
    rows = (data[start : start + 4 * frame.width] for start in range(0, len(data), plane.line_size))
    return any(row[3::4].count(255) != frame.width for row in rows)
