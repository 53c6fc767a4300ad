"""What a video says of its pictures, and what of it no encoder of ours keeps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from helios_gui.media.frame_order import picture_stream
from helios_gui.media.stream_facts import FirstPictures, open_media, picture_facts, side_data_of, stream_facts
from helios_gui.translation import mark, tr
from helios_gui.types import StreamInfo, VerificationError

_FIRST_PACKETS = 200
_NOT_KEPT = {
    "DOVI_METADATA": mark("Dolby Vision is left out; the HDR10 or HLG picture below it stays."),
    "DOVI_RPU_BUFFER": mark("Dolby Vision is left out; the HDR10 or HLG picture below it stays."),
    "DYNAMIC_HDR_PLUS": mark("HDR10+ is left out; HDR10 stays."),
    "DYNAMIC_HDR_VIVID": mark("HDR Vivid is left out; the HDR10 or HLG picture below it stays."),
    "AMBIENT_VIEWING_ENVIRONMENT": mark("The light in which the picture is to be seen is left out."),
    "STEREO3D": mark("That the picture is stereoscopic is left out."),
    "SPHERICAL": mark("That the picture is spherical (360°) is left out."),
    "ICC_PROFILE": mark("The ICC profile is left out."),
}
"""What is said beside the first picture → what becomes of it."""


@dataclass(frozen=True, slots=True)
class InspectedVideo:
    """The first video of a file.

    Attributes:
        picture: What the file says of it; nothing was counted.
        notes: Sentences about what cannot be kept, whatever the preset.
    """

    picture: StreamInfo
    notes: tuple[str, ...]


def inspect_video(path: Path) -> InspectedVideo:
    """Read the headers and the first picture of a video (blocking).

    Raises:
        VerificationError: There is no picture that can be decoded, or whose colours would be right once encoded anew.
        ValueError: The file has no video.
        av.error.FFmpegError: It cannot be read.
    """
    firsts = FirstPictures()
    with open_media(path) as container:
        stream = picture_stream(container)
        for number, packet in enumerate(container.demux(stream)):
            firsts.take(packet)
            if firsts.frames or number > _FIRST_PACKETS:
                break
        first = firsts.frames.get(stream.index)
        if first is None:
            raise VerificationError(
                tr("No picture of {path} can be decoded.", path=path.name),
                tr("The file is damaged, or its codec {codec} is not known.", codec=stream.codec_context.name),
            )
        context = stream.codec_context
        beside = side_data_of(first)
        said = [tr(text) for name, text in _NOT_KEPT.items() if name in beside]
        if any(sound.codec_context is None for sound in container.streams.audio):
            said.append(tr("A sound whose codec FFmpeg does not know is left out."))
        picture = StreamInfo(
            **stream_facts(stream),
            packets=0,
            width=first.width,
            height=first.height,
            pixel_format=first.format.name,
            profile=context.profile if isinstance(context.profile, str) else "",
            **picture_facts(stream, first),
        )
    if picture.needs_dolby_vision:
        raise VerificationError(
            tr(
                "{path} is Dolby Vision {profile}: in any other form, its colours would be wrong.",
                path=path.name,
                profile=picture.dolby_vision,
            ),
            tr("Give a file of HDR10, HLG or usual pictures."),
        )
    if picture.dolby_vision:
        said.append(tr(_NOT_KEPT["DOVI_METADATA"]))
    if picture.cropped:
        said.append(tr("All of the picture is shown, which the source crops to {size}.", size=picture.cropped))
    return InspectedVideo(picture, tuple(dict.fromkeys(said)))
