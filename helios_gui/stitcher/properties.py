"""What all segments must share to be joined: how to get it from a probe, and how to say it for people."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from helios_gui.translation import tr, tr_count
from helios_gui.types import Colour, MediaInfo, StreamInfo

HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
"""PQ and HLG (ITU-R BT.2100)."""

WIDE = frozenset({*HDR_TRANSFERS, "bt2020"})
"""Transfers and primaries with which pictures of the usual colours look wrong, and the other way round."""

RGB = ("rgb", "bgr", "argb", "abgr", "0rgb", "0bgr", "gbr", "pal8")
"""How the names of FFmpeg's formats of RGB pixels begin."""

_KINDS = ("video", "audio", "subtitle", "data")
_USUAL_LAYOUTS = {1: "mono", 2: "stereo"}


@dataclass(frozen=True, slots=True)
class Property:
    """One thing all segments must share: how to get it, and how to say it after "is"."""

    value: Callable[[MediaInfo], Hashable]
    words: Callable[[MediaInfo], str]


def further_streams(example: MediaInfo) -> list[Property]:
    """Return what must be shared of the streams after the first of their kind, as many as ``example`` has."""
    found = []
    for place in range(1, len(example.videos)):
        found += [
            _stream_property("video", place, *each) for each in (*_PICTURE_FACTS, *_DISPLAY_FACTS, *_ENCODING_FACTS)
        ]
    for place, _ in enumerate(example.of_kind("audio")):
        facts = (_LANGUAGE,) if place == 0 else (*_SOUND_FACTS, _LANGUAGE)
        found += [_stream_property("audio", place, *each) for each in facts]
    for place, _ in enumerate(example.of_kind("subtitle")):
        found += [_stream_property("subtitle", place, *each) for each in (*_TEXT_FACTS, _LANGUAGE)]
    found += [_stream_property("data", place, *_CODEC) for place, _ in enumerate(_data_tracks(example))]
    return found


def language_properties(segments: Sequence[MediaInfo]) -> Iterator[Property]:
    """Yield the languages of each sound and of each track of subtitles that any segment has."""
    for kind in ("audio", "subtitle"):
        for place in range(max(len(info.of_kind(kind)) for info in segments)):
            yield _stream_property(kind, place, *_LANGUAGE)


def streams_of(info: MediaInfo, kind: str) -> tuple[StreamInfo, ...]:
    """Return the streams of a kind that are parts of the film: no cover pictures, no track that counts time."""
    if kind == "video":
        return info.videos
    return _data_tracks(info) if kind == "data" else info.of_kind(kind)


def _data_tracks(info: MediaInfo) -> tuple[StreamInfo, ...]:
    return tuple(stream for stream in info.of_kind("data") if stream.codec != "tmcd")


_Fact = tuple[Callable[[StreamInfo], Hashable], Callable[[StreamInfo], str]]


def _stream_property(
    kind: str, place: int, get: Callable[[StreamInfo], Hashable], say: Callable[[StreamInfo], str]
) -> Property:
    """Return a property of the stream at ``place`` among those of its kind."""
    is_numbered = place > 0 or kind in ("subtitle", "data")

    def stream(info: MediaInfo) -> StreamInfo | None:
        streams = streams_of(info, kind)
        return streams[place] if place < len(streams) else None

    def words(info: MediaInfo) -> str:
        found = stream(info)
        assert found is not None  # how many there are is compared before
        return say(found) + (_in_track(kind, place + 1) if is_numbered else "")

    return Property(lambda info: None if (found := stream(info)) is None else get(found), words)


def _tracks(kind: str, count: int) -> str:
    match kind:
        case "video":
            return tr_count("with {number} video track", "with {number} video tracks", count)
        case "audio":
            return tr_count("with {number} sound track", "with {number} sound tracks", count)
        case "subtitle":
            return tr_count("with {number} subtitle track", "with {number} subtitle tracks", count)
        case _:
            return tr_count("with {number} data track", "with {number} data tracks", count)


def _in_track(kind: str, number: int) -> str:
    match kind:
        case "video":
            return tr(" in video track {number}", number=number)
        case "audio":
            return tr(" in sound track {number}", number=number)
        case "subtitle":
            return tr(" in subtitle track {number}", number=number)
        case _:
            return tr(" in data track {number}", number=number)


def _count(kind: str) -> Property:
    def words(info: MediaInfo) -> str:
        return _tracks(kind, len(streams_of(info, kind)))

    return Property(lambda info: len(streams_of(info, kind)), words)


def _rotation_words(stream: StreamInfo) -> str:
    if not stream.display_matrix:
        return tr("not turned")
    return tr("turned by {rotation}°", rotation=stream.rotation) if stream.rotation else tr("mirrored or moved")


def colour_range(stream: StreamInfo) -> str:
    """Return the range of the values, which is the limited one of television where nothing is said (but for RGB)."""
    full = stream.pixel_format.startswith((*RGB, "yuvj", "gray", "mono"))
    return stream.colour.range or ("pc" if full else "tv")


def _colour(stream: StreamInfo) -> Hashable:
    colour = stream.colour
    return Colour(colour.primaries, colour.transfer, colour.matrix, colour_range(stream))


def _colour_words(stream: StreamInfo) -> str:
    if stream.colour.transfer in HDR_TRANSFERS:
        return f"HDR ({stream.colour})"
    return (
        tr("tagged with the colours {colour}", colour=stream.colour)
        if stream.colour != Colour()
        else tr("without colour tags")
    )


def _video_levels_words(stream: StreamInfo) -> str:
    if not stream.mastering and not stream.light_level:
        return tr("without HDR levels")
    return tr(
        "mastered for {mastering} with light levels {light_level}",
        mastering=stream.mastering or tr("an unknown display"),
        light_level=stream.light_level or tr("unknown"),
    )


def _codec_words(stream: StreamInfo) -> str:
    codec = stream.codec or tr("unknown")
    words = {
        "video": tr("{codec} video", codec=codec),
        "audio": tr("{codec} audio", codec=codec),
        "subtitle": tr("{codec} subtitle", codec=codec),
    }
    return words.get(stream.kind) or tr("{codec} data", codec=codec)


def _field_words(stream: StreamInfo) -> str:
    return tr("interlaced ({order})", order=stream.field_order) if stream.first_field else tr("not interlaced")


def _projection_words(stream: StreamInfo) -> str:
    if stream.projection:
        return tr("with a 3D, 360° or colour profile {projection}", projection=stream.projection[:6])
    return tr("in 3D") if stream.eyes else tr("without a 3D, 360° or colour profile")


_CODEC: _Fact = (lambda stream: stream.codec, _codec_words)
_LANGUAGE: _Fact = (
    lambda stream: stream.language,
    lambda stream: (
        tr("in the language {language}", language=stream.language) if stream.language else tr("without a language")
    ),
)
_PICTURE_FACTS: tuple[_Fact, ...] = (
    _CODEC,
    (lambda stream: (stream.width, stream.height), lambda stream: f"{stream.width}×{stream.height}"),
    (
        lambda stream: stream.pixel_format,
        lambda stream: tr("in {pixel_format} pixels", pixel_format=stream.pixel_format),
    ),
)
_PROJECTION: _Fact = (
    lambda stream: (stream.projection, stream.eyes) if stream.projection or stream.eyes else "",
    _projection_words,
)
_DISPLAY_FACTS: tuple[_Fact, ...] = (
    (lambda stream: stream.display_matrix, _rotation_words),
    (
        lambda stream: stream.sample_aspect,
        lambda stream: tr(
            "of pixels of {numerator}:{denominator}",
            numerator=stream.sample_aspect.numerator,
            denominator=stream.sample_aspect.denominator,
        ),
    ),
    (lambda stream: stream.first_field, _field_words),
    (
        lambda stream: stream.alpha,
        lambda stream: tr("with transparency") if stream.alpha else tr("without transparency"),
    ),
    (_colour, _colour_words),
    (
        lambda stream: (stream.mastering, stream.light_level),
        _video_levels_words,
    ),
    _PROJECTION,
    (
        lambda stream: stream.dolby_vision,
        lambda stream: (
            tr("with Dolby Vision {profile}", profile=stream.dolby_vision)
            if stream.dolby_vision
            else tr("without Dolby Vision")
        ),
    ),
    (
        lambda stream: stream.dynamic_light,
        lambda stream: (
            tr("with frames that tell {names}", names=", ".join(stream.dynamic_light))
            if stream.dynamic_light
            else tr("with frames that tell no dynamic HDR")
        ),
    ),
    (
        lambda stream: stream.ambient,
        lambda stream: (
            tr("to be seen in a light of {ambient}", ambient=stream.ambient)
            if stream.ambient
            else tr("without a viewing environment")
        ),
    ),
    (
        lambda stream: stream.cropped,
        lambda stream: tr("cropped to {size}", size=stream.cropped) if stream.cropped else tr("not cropped"),
    ),
)
_ENCODING_FACTS: tuple[_Fact, ...] = (
    (
        lambda stream: stream.profile,
        lambda stream: tr(
            "{codec} of the profile {profile}", codec=stream.codec, profile=stream.profile or tr("unknown")
        ),
    ),
    (lambda stream: stream.time_base, lambda stream: tr("counting time in {time_base} s", time_base=stream.time_base)),
    (
        lambda stream: stream.configuration,
        lambda stream: tr(
            "encoded with settings {configuration}", configuration=stream.configuration[:6] or tr("in its frames")
        ),
    ),
)
_SOUND_FACTS: tuple[_Fact, ...] = (
    _CODEC,
    (lambda stream: stream.sample_rate, lambda stream: tr("{sample_rate} Hz audio", sample_rate=stream.sample_rate)),
    (lambda stream: stream.channels, lambda stream: tr("audio of {channels} channels", channels=stream.channels)),
    (
        lambda stream: stream.layout or _USUAL_LAYOUTS.get(stream.channels, ""),
        lambda stream: tr("audio of the layout {layout}", layout=stream.layout or tr("unknown")),
    ),
)
_TEXT_FACTS: tuple[_Fact, ...] = (
    _CODEC,
    (
        lambda stream: stream.configuration,
        lambda stream: tr("of the style {configuration}", configuration=stream.configuration[:6] or tr("unknown")),
    ),
)

PICTURE = tuple(_stream_property("video", 0, *fact) for fact in _PICTURE_FACTS)
DISPLAY = tuple(_stream_property("video", 0, *fact) for fact in _DISPLAY_FACTS)
ENCODING = tuple(_stream_property("video", 0, *fact) for fact in _ENCODING_FACTS)
SOUND = (
    Property(lambda info: info.audio is not None, lambda info: tr("with audio") if info.audio else tr("without audio")),
    *(_stream_property("audio", 0, *fact) for fact in _SOUND_FACTS),
)
COUNTS = tuple(_count(kind) for kind in _KINDS)


def _lasting_properties() -> Iterator[Property]:
    yield _stream_property("video", 0, lambda stream: stream.colour.transfer, _colour_words)
    yield _stream_property("video", 0, lambda stream: stream.colour.primaries, _colour_words)
    yield _stream_property("video", 0, lambda stream: stream.first_field or stream.field_order, _field_words)
    yield _stream_property("video", 0, *_PROJECTION)


LASTING = tuple(_lasting_properties())
