"""What an encoder made of the picture, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from helios_gui.stitcher.encoding import pixel_format
from helios_gui.translation import tr
from helios_gui.types import Colour, StitchError, StreamInfo

_DOLBY_VISION = "Dolby Vision"


def picture_changes(before: StreamInfo, after: StreamInfo, suffix: str, *, codec_was_asked: bool) -> Iterator[str]:
    """Yield what the encoder made of the picture, other than what was asked of it, in a file of ``suffix``.

    Raises:
        StitchError: It says that it is Dolby Vision, and its frames do not.
    """
    if after.dolby_vision and _DOLBY_VISION not in after.dynamic_light:
        raise StitchError(
            tr("The stitched file says that it is Dolby Vision, and is not."),
            tr("Install ffmpeg {needed} or a newer one.", needed=8),
        )
    if before.codec != after.codec and not codec_was_asked:
        yield tr("the video is {codec}, as {wanted} could not be made", codec=after.codec, wanted=before.codec)
    opaque = before.alpha and not after.alpha
    if opaque:
        yield tr(
            "the video is opaque, as {codec} in a {suffix} file keeps no transparency", codec=after.codec, suffix=suffix
        )
    if pixel_format(replace(before, alpha=before.alpha and not opaque)) != pixel_format(after):
        yield tr(
            "the pixels are {pixel_format}, as {codec} takes no {wanted}",
            pixel_format=pixel_format(after),
            codec=after.codec,
            wanted=pixel_format(before),
        )
    if _known_tags(before.colour, after.colour) != before.colour:
        yield tr("the colours are tagged as {colour} instead of {wanted}", colour=after.colour, wanted=before.colour)
    yield from _told_no_more(before, after)
    if before.first_field and before.first_field != after.first_field:
        yield tr("the frames are no longer marked as interlaced ({fields})", fields=before.field_order)


def _told_no_more(before: StreamInfo, after: StreamInfo) -> Iterator[str]:
    """Yield what is lost of what lies beside the pixels."""
    levels = {
        tr("the mastering display of the video is no longer told ({display})", display=before.mastering): (
            before.mastering and after.mastering != before.mastering
        ),
        tr("the light levels of the video are no longer told ({light})", light=before.light_level): (
            before.light_level and after.light_level != before.light_level
        ),
        tr("the viewing environment of the video is no longer told ({ambient})", ambient=before.ambient): (
            before.ambient and after.ambient != before.ambient
        ),
        tr("the 3D, 360° or colour profile of the video is no longer told"): (
            (before.projection and after.projection != before.projection) or (before.eyes and not after.eyes)
        ),
        tr("Dolby Vision was left out; the picture below it stays"): (
            (before.dolby_vision or _DOLBY_VISION in before.dynamic_light) and not after.dolby_vision
        ),
        tr("all of the picture is shown, which the chunks crop to {size}", size=before.cropped): (
            before.cropped and not after.cropped and (before.width, before.height) == (after.width, after.height)
        ),
        tr("the closed captions within the pictures were left out"): before.captions and not after.captions,
    }
    yield from (words for words, is_lost in levels.items() if is_lost)
    if lost := [name for name in before.dynamic_light if name not in (*after.dynamic_light, _DOLBY_VISION)]:
        yield tr("{names} was left out; the picture below it stays", names=", ".join(lost))


def _known_tags(before: Colour, after: Colour) -> Colour:
    """Return the tags of ``after`` where ``before`` has some: what was not said may be said now."""
    return Colour(
        primaries=after.primaries if before.primaries else "",
        transfer=after.transfer if before.transfer else "",
        matrix=after.matrix if before.matrix else "",
        range=after.range if before.range else "",
    )
