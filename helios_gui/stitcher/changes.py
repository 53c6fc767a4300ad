"""What an encoder made of the picture, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from helios_gui.stitcher.encoding import pixel_format
from helios_gui.translation import tr
from helios_gui.types import Colour, StreamInfo


def picture_changes(before: StreamInfo, after: StreamInfo, suffix: str, *, codec_was_asked: bool) -> Iterator[str]:
    """Yield what the encoder made of the picture, other than what was asked of it, in a file of ``suffix``."""
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
    if before.mastering and after.mastering != before.mastering:
        yield tr("the mastering display of the video is no longer told ({display})", display=before.mastering)
    if before.light_level and after.light_level != before.light_level:
        yield tr("the light levels of the video are no longer told ({light})", light=before.light_level)
    if before.first_field and before.first_field != after.first_field:
        yield tr("the frames are no longer marked as interlaced ({fields})", fields=before.field_order)


def _known_tags(before: Colour, after: Colour) -> Colour:
    """Return the tags of ``after`` where ``before`` has some: what was not said may be said now."""
    return Colour(
        primaries=after.primaries if before.primaries else "",
        transfer=after.transfer if before.transfer else "",
        matrix=after.matrix if before.matrix else "",
        range=after.range if before.range else "",
    )
