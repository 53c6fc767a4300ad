"""How a preset encodes a picture: its pixels, size, colours, fields, light and turning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from operator import ge
from typing import TYPE_CHECKING

from helios_gui.media.encoder_faults import add_options, faultless_options, taken_sides
from helios_gui.media.light import light_options
from helios_gui.media.presets import Preset
from helios_gui.translation import tr
from helios_gui.types import Colour, StreamInfo, UserInputError

if TYPE_CHECKING:
    from av.video.format import VideoFormat

_KNOW_FIELDS = frozenset({"libx264", "mpeg2video", "prores_ks", "prores", "dnxhd", "mpeg4", "ffv1"})
"""Encoders that keep pictures made of two fields as such."""
_BESIDE_ALPHA = ("vp8", "vp9")
_KEEP_CAPTIONS = frozenset({"libx264", "libx264rgb", "mpeg2video"})
"""Encoders that put closed captions (ATSC A/53) into their streams."""
_TURNING = frozenset({".mp4", ".m4v", ".mov"})
"""Containers that all players turn the picture of, as the file says."""
_TELL_ASPECT = ("264", "265", "hevc")
"""Parts of the names of encoders whose streams tell the pixels' aspect; of others, only files of ``_TURNING`` do."""
_FULL_RANGE = {"yuvj420p": "yuv420p", "yuvj422p": "yuv422p", "yuvj444p": "yuv444p", "yuvj440p": "yuv440p"}
_TELL_RANGE = ("264", "265", "hevc", "av1", "vp9", "mjpeg", "ffv1")
"""Parts of the names of encoders whose streams tell that all values are used; of others it is taken that not."""
_RGB_MATRIX = "bt709"
"""The matrix by which RGB becomes YUV here; FFmpeg's scaler would take that of BT.601."""


@dataclass(frozen=True, slots=True)
class VideoEncoding:
    """All that the encoder is told, the same for each chunk.

    Attributes:
        encoder: FFmpeg's name.
        options: Of the encoder.
        tag: Four letters that name the codec; empty for the container's choice.
        pixel_format: Of the encoded pictures.
        width: Pixels of the stored picture; as ``height``.
        colour: The colours' tags.
        interlaced: Whether the pictures are made of fields, and stay so.
        deinterlace: ``tff`` or ``bff`` where fields become whole pictures; empty where not.
        turn_upright: Whether the pictures themselves are turned, as the container does not say how.
        scaled: Whether the size is another one than the source's.
        sample_aspect: Width of a stored pixel by its height, before the picture is turned.
        notes: Sentences about what will not be as the source has it.
    """

    encoder: str
    options: dict[str, str]
    tag: str
    pixel_format: str
    width: int
    height: int
    colour: Colour
    interlaced: bool = False
    deinterlace: str = ""
    turn_upright: bool = False
    scaled: bool = False
    sample_aspect: Fraction = Fraction(1)
    notes: tuple[str, ...] = field(default=())


def plan_encoding(
    preset: Preset, picture: StreamInfo, suffix: str, width: int | None = None, height: int | None = None
) -> VideoEncoding:
    """Decide how ``picture`` is encoded into a file of ``suffix``.

    Args:
        preset: The preset.
        picture: The source's picture.
        suffix: Of the file.
        width: Of the picture as it is shown, in pixels, where it is scaled; with only one of them, the other fits.
        height: As ``width``.

    Raises:
        UserInputError: It cannot be encoded so.
    """
    check_suffix(preset, suffix)
    video = preset.encoding
    transparent = video.transparent if picture.alpha else None
    formats = transparent.pixel_formats if transparent else video.pixel_formats
    source = source_format(picture)
    pixels = _choose(video.encoder, source, formats)
    squared = picture.sample_aspect != 1 and suffix not in _TURNING and not _tells_aspect(video.encoder)
    aspect = picture.sample_aspect if squared else Fraction(1)
    size = _encoded_size(preset, pixels, _size(picture, width, height, aspect), is_chosen=bool(width or height))
    interlaced = bool(picture.first_field)
    weaves = interlaced and video.encoder not in _KNOW_FIELDS
    return VideoEncoding(
        encoder=video.encoder,
        options=_options(video.encoder, (video.options, transparent.options if transparent else {}), picture, size),
        tag=video.tag or "" if suffix in _TURNING else "",
        pixel_format=pixels,
        width=size[0],
        height=size[1],
        colour=_colour(picture, source, pixels, video.encoder),
        interlaced=interlaced and not weaves,
        deinterlace=picture.first_field if weaves else "",
        scaled=size != (picture.width, picture.height),
        turn_upright=bool(picture.display_matrix) and suffix not in _TURNING,
        sample_aspect=Fraction(1) if squared else picture.sample_aspect,
        notes=tuple(_notes(picture, source, pixels, preset, size, weaves=weaves, squared=squared)),
    )


def _encoded_size(preset: Preset, pixels: str, size: tuple[int, int], *, is_chosen: bool) -> tuple[int, int]:
    """Return the size of the encoded picture; refuse one that a person has chosen and the preset cannot have."""
    even = _even(pixels, *size)
    if even != size and is_chosen:
        raise UserInputError(
            tr("{preset} needs an even width and height.", preset=preset.title),
            tr("Give even numbers."),
        )
    check_size(preset, even)
    return even


def _options(
    encoder: str, chosen: Iterable[Mapping[str, object]], picture: StreamInfo, size: tuple[int, int]
) -> dict[str, str]:
    """Return the encoder's options: those of the preset, and what the source's light and fields ask for."""
    options = {name: str(value) for some in chosen for name, value in some.items()}
    add_options(options, light_options(encoder, picture))
    add_options(options, faultless_options(encoder, min(size)))
    if picture.first_field and encoder in _KNOW_FIELDS:
        options |= {"flags": "+ildct+ilme", "field_order": picture.field_order}
    return options


def shown_size(picture: StreamInfo, width: int = 0, height: int = 0) -> tuple[int, int]:
    """Return how large a stored picture (by default the source's) is when players have turned it."""
    size = width or picture.width, height or picture.height
    return (size[1], size[0]) if picture.rotation % 180 else size


def source_format(picture: StreamInfo) -> str:
    """Return the format of the decoded pixels, with alpha where the picture has it, and without the range."""
    name = _FULL_RANGE.get(picture.pixel_format, picture.pixel_format)
    if picture.alpha and picture.codec in _BESIDE_ALPHA:
        return name.replace("yuv4", "yuva4")
    return name


def is_full_range(picture: StreamInfo) -> bool:
    """Return whether YUV pictures use all values, as FFmpeg takes gray ones to do."""
    return (
        picture.colour.range == "pc" or picture.pixel_format in _FULL_RANGE or picture.pixel_format.startswith("gray")
    )


def is_rgb(name: str) -> bool:
    """Return whether pixels of this format are RGB."""
    return _format(name).is_rgb or name == "pal8"


def _format(name: str) -> VideoFormat:
    from av.video.format import VideoFormat

    return VideoFormat(name)


def _bits(name: str) -> int:
    return 8 if name == "pal8" else max(part.bits for part in _format(name).components)


def check_suffix(preset: Preset, suffix: str) -> None:
    """Refuse a file that a preset does not make.

    Raises:
        UserInputError: It is none of those.
    """
    if suffix not in preset.suffixes:
        raise UserInputError(
            tr("The preset {preset} makes no {suffix} files.", preset=preset.name, suffix=suffix),
            tr("Name the output {names}.", names=" / ".join(preset.suffixes)),
        )


def taken_formats(encoder: str, formats: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the formats that an encoder takes.

    Raises:
        UserInputError: It takes none of them, or there is no such encoder.
    """
    taken = tuple(name for name in formats if name in _taken_by(encoder))
    if not taken:
        raise UserInputError(
            tr("{encoder} takes none of the pixel formats {names}.", encoder=encoder, names=", ".join(formats)),
            tr("Correct the preset."),
        )
    return taken


def _choose(encoder: str, source: str, formats: tuple[str, ...]) -> str:
    """Return the first format that the encoder takes and that holds all of the source.

    Where none does, it is the first with all its bits; where none has so many, that with the most.
    """
    taken = taken_formats(encoder, formats)
    enough = [name for name in taken if _bits(name) >= _bits(source)]
    if not enough:
        return max(taken, key=lambda name: (_bits(name), _colours(name)))
    wanted = _colours(source)
    whole = (name for name in enough if all(map(ge, _colours(name), wanted)))
    return next(whole, max(enough, key=_colours))


def _colours(name: str) -> tuple[int, int]:
    """Return of how many columns and rows of a hundred pixels a format has own colours; none where it is gray."""
    pixels = _format(name)
    if name == "pal8" or pixels.is_rgb:
        return 100, 100
    if len([part for part in pixels.components if not part.is_alpha]) < 3:
        return 0, 0
    return pixels.chroma_width(100), pixels.chroma_height(100)


def _taken_by(encoder: str) -> set[str]:
    import av.codec.codec

    try:
        formats = av.Codec(encoder, "w").video_formats
    except av.codec.codec.UnknownCodecError as error:
        raise UserInputError(
            tr("There is no encoder {encoder}.", encoder=encoder), tr("Choose another preset.")
        ) from error
    return {each.name for each in formats or ()}


def _tells_aspect(encoder: str) -> bool:
    return any(name in encoder for name in _TELL_ASPECT)


def _size(picture: StreamInfo, width: int | None, height: int | None, stretch: Fraction) -> tuple[int, int]:
    """Return the size of the stored picture where the shown one is to have ``width`` and ``height``.

    It becomes wider by ``stretch``, which makes its pixels square.
    """
    own = round(picture.width * stretch), picture.height
    turned = picture.rotation % 180 != 0
    wide, high = (height, width) if turned else (width, height)
    if not wide and not high:
        return own
    if not wide or not high:
        scale = (wide / own[0]) if wide else (high or 0) / own[1]
        wide, high = wide or _near_even(own[0] * scale), high or _near_even(own[1] * scale)
    return wide, high


def check_size(preset: Preset, size: tuple[int, int]) -> None:
    """Refuse pictures that a preset's encoder does not take for their size.

    Raises:
        UserInputError: A side is too short or too long.
    """
    sides = taken_sides(preset.encoding.encoder, *size)
    if sides is not None:
        raise UserInputError(
            tr(
                "{preset} holds pictures with sides of {least} to {most} pixels; this one has {width} × {height}.",
                preset=preset.title,
                least=sides[0],
                most=sides[1],
                width=size[0],
                height=size[1],
            ),
            tr("Choose another preset or another size."),
        )


def _near_even(number: float) -> int:
    return max(2, round(number / 2) * 2)


def _even(pixels: str, width: int, height: int) -> tuple[int, int]:
    """Return the next larger size that goes with the pixels, of which some share their colours."""
    form = _format(pixels)
    across, down = form.chroma_width(2) < 2, form.chroma_height(2) < 2
    return width + (width % 2 if across else 0), height + (height % 2 if down else 0)


def _colour(picture: StreamInfo, source: str, pixels: str, encoder: str) -> Colour:
    colour = picture.colour
    if is_rgb(source) and not is_rgb(pixels):
        return Colour(colour.primaries or "bt709", colour.transfer or "iec61966-2-1", _RGB_MATRIX, "tv")
    limits = "pc" if is_full_range(picture) else colour.range
    if limits == "pc" and not any(name in encoder for name in _TELL_RANGE):
        limits = "tv"
    return Colour(colour.primaries, colour.transfer, colour.matrix, limits)


def _notes(
    picture: StreamInfo, source: str, pixels: str, preset: Preset, size: tuple[int, int], *, weaves: bool, squared: bool
) -> Iterator[str]:
    if squared:
        width, height = shown_size(picture, *size)
        yield tr(
            "{preset} does not hold pixels that are not square in such a file: the picture becomes {width} × {height}.",
            preset=preset.title,
            width=width,
            height=height,
        )
    elif picture.width - size[0] == -1 or picture.height - size[1] == -1:
        width, height = shown_size(picture, *size)
        yield tr("{preset} needs an even size: the picture becomes {width} × {height}.", preset=preset.title,
                 width=width, height=height)  # fmt: skip
    before, after = _bits(source), _bits(pixels)
    if after < before:
        yield tr(
            "{preset} holds {after} bits a colour; the source has {before}.",
            preset=preset.title,
            after=after,
            before=before,
        )
    if picture.alpha and not any(part.is_alpha for part in _format(pixels).components):
        yield tr("{preset} holds no transparency: it is left out.", preset=preset.title)
    elif _chroma(pixels) < _chroma(source):
        yield tr("{preset} holds colours more coarsely ({pixels}) than the source ({source}).",
                 preset=preset.title, pixels=pixels, source=source)  # fmt: skip
    if weaves:
        yield tr("{preset} holds no fields: the interlaced picture becomes a progressive one.", preset=preset.title)
    yield from _notes_beside_pixels(picture, preset)


def _notes_beside_pixels(picture: StreamInfo, preset: Preset) -> Iterator[str]:
    if picture.captions and preset.encoding.encoder not in _KEEP_CAPTIONS:
        yield tr("{preset} holds no closed captions within the pictures: they are left out.", preset=preset.title)
    if not light_options(preset.encoding.encoder, picture):
        if picture.mastering:
            yield tr("{preset} does not tell the mastering display: it is left out.", preset=preset.title)
        if picture.light_level:
            yield tr("{preset} does not tell the light levels: they are left out.", preset=preset.title)


def _chroma(name: str) -> int:
    """Return how many colour values there are for eight by eight pixels."""
    form = _format(name)
    if is_rgb(name):
        return 64
    return 0 if len(form.components) < 3 else form.chroma_width(8) * form.chroma_height(8)
