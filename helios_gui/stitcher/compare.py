"""Do all segments fit together? If not: which one is odd, and in what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from helios_gui.stitcher.properties import (
    COUNTS,
    DISPLAY,
    ENCODING,
    LASTING,
    PICTURE,
    SOUND,
    WIDE,
    Property,
    further_streams,
    language_properties,
)
from helios_gui.translation import tr, tr_count
from helios_gui.types import MediaInfo, StreamInfo
from helios_gui.types.frame_rate import rate_text

_RATE_TOLERANCE = Fraction(1, 2000)  # half of what is between 30 and 29.97; containers that count milliseconds round
_ROUNDED_TICKS = Fraction(3, 2)  # by which the time between a segment's first and last frame may be off


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Some segments differ from most others in one property; ``str()`` says so for people, ``hint`` the way out."""

    odd: tuple[MediaInfo, ...]
    others: str
    found: str
    expected: str
    lasting: bool = False

    @property
    def hint(self) -> str:
        """What to do about it."""
        again = tr("Render it again with the settings of the others")
        return f"{again}." if self.lasting else tr("{again}, or let the stitcher encode them anew.", again=again)

    def __str__(self) -> str:
        name = self.odd[0].path.name
        if len(self.odd) > 1:
            name += tr(" and {count} more", count=len(self.odd) - 1)
        return tr_count(
            "{name} is {found}, {others} {expected}.",
            "{name} are {found}, {others} {expected}.",
            len(self.odd),
            name=name,
            found=self.found,
            others=self.others,
            expected=self.expected,
        )


@dataclass(frozen=True, slots=True)
class Resized:
    """A segment whose picture gets another size on the way; ``str()`` says so for people, ``hint`` the way out."""

    segment: MediaInfo
    video: StreamInfo
    frame: int
    size: tuple[int, int]

    @property
    def hint(self) -> str:
        """What to do about it."""
        return tr("Render it again in one size, or let the stitcher encode the chunks anew.")

    def __str__(self) -> str:
        return tr(
            "{name} changes the size of its picture at frame {frame}, from {width}×{height} to {new_width}×"
            "{new_height}.",
            name=self.segment.path.name,
            frame=self.frame + 1,
            width=self.video.width,
            height=self.video.height,
            new_width=self.size[0],
            new_height=self.size[1],
        )


def find_resized(segments: Sequence[MediaInfo]) -> Resized | None:
    """Return the first segment whose picture does not keep its size."""
    for info in segments:
        if info.video is not None and info.video.resized is not None:
            frame, width, height = info.video.resized
            return Resized(info, info.video, frame, (width, height))
    return None


def find_video_mismatch(segments: Sequence[MediaInfo]) -> Mismatch | None:
    """Return the first property of the picture that the segments do not share; the minority is the odd one."""
    rates = _rate_groups(segments)
    rate = Property(lambda info: rates[id(info)], _rate_words)
    return _first_mismatch(segments, (*PICTURE, *DISPLAY, rate, *ENCODING))


def find_audio_mismatch(segments: Sequence[MediaInfo]) -> Mismatch | None:
    """Return the first property of the sound that the segments do not share; the minority is the odd one."""
    return _first_mismatch(segments, SOUND)


def find_stream_mismatch(segments: Sequence[MediaInfo]) -> Mismatch | None:
    """Return the first property that the segments' further streams (subtitles, second tracks, …) do not share."""
    return _first_mismatch(segments, COUNTS) or _first_mismatch(segments, further_streams(segments[0]))


def find_lasting_mismatch(segments: Sequence[MediaInfo]) -> Mismatch | None:
    """Return the first difference that would be wrong in the result even if all were encoded anew.

    Segments that do not say are believed to be as the others, but for their colours where those of others are wide.
    """
    for each in (*LASTING, *language_properties(segments)):
        known = [info for info in segments if each.value(info)]
        if any(each.value(info) in WIDE for info in known):
            known = list(segments)  # what tells nothing is shown as usual colours
        found = _first_mismatch(known, [each]) if known else None
        if found is not None:
            return replace(found, lasting=True)
    return None


def _first_mismatch(segments: Sequence[MediaInfo], properties: Sequence[Property]) -> Mismatch | None:
    for each in properties:
        counts = Counter(each.value(info) for info in segments)
        if len(counts) == 1:
            continue
        usual = counts.most_common(1)[0][0]
        example = next(info for info in segments if each.value(info) == usual)
        first_odd = next(info for info in segments if each.value(info) != usual)
        odd = tuple(info for info in segments if each.value(info) == each.value(first_odd))
        others = (
            tr("the other is")
            if len(segments) == 2
            else tr("the others are")
            if len(counts) == 2
            else tr("most others are")
        )
        return Mismatch(odd, others, each.words(first_odd), each.words(example))
    return None


def reference_of(segments: Sequence[MediaInfo]) -> MediaInfo:
    """Return the segment that stands for most: the first of those that share codec, size, pixels and sound."""
    counts = Counter(_property_values(info) for info in segments)
    usual = counts.most_common(1)[0][0]
    return next(info for info in segments if _property_values(info) == usual)


def same_rate(first: Fraction, second: Fraction) -> bool:
    """Return whether two frame rates are the same as far as containers tell: 30 and 29.97 are not."""
    return abs(first - second) <= _RATE_TOLERANCE * second


def usual_rate(segments: Sequence[MediaInfo]) -> Fraction | None:
    """Return the frame rate that most segments carry; those with several frames know it better than those with one."""
    rates = [info.video.rate for info in segments if info.video and info.video.rate]
    sure = [info.video.rate for info in segments if info.video and info.video.rate and info.frames > 1]
    counts = Counter(sure or rates)
    return counts.most_common(1)[0][0] if counts else None


def _rate_groups(segments: Sequence[MediaInfo]) -> dict[int, Fraction | None]:
    """Return each segment's rate, made equal where it is the same as the usual one; a lone frame has none."""
    usual = usual_rate(segments)
    groups = {}
    for info in segments:
        rate = info.video.rate if info.video else None
        near = usual is not None and (rate is None or info.frames < 2 or _as_good_as(info, rate, usual))
        groups[id(info)] = usual if near else rate
    return groups


def _as_good_as(info: MediaInfo, rate: Fraction, usual: Fraction) -> bool:
    """Return whether two rates are the same as far as the segment can tell: few frames in milliseconds say little."""
    rounding = _ROUNDED_TICKS * info.video.time_base if info.video else 0
    return same_rate(rate, usual) or abs(info.frames / rate - info.frames / usual) <= rounding


def _property_values(info: MediaInfo) -> Hashable:
    return tuple(each.value(info) for each in (*PICTURE, *DISPLAY, *SOUND))


def _rate_words(info: MediaInfo) -> str:
    rate = info.video.rate if info.video else None
    return tr("timed at {rate_text} fps", rate_text=rate_text(rate)) if rate else tr("without a frame rate")
