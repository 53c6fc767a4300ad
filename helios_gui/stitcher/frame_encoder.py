"""Encode the frames of image sequences, once, into a video with the colours of BT.709."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from helios_gui.media.frame_files import LINEAR, check_frames
from helios_gui.media.linear_light import TO_BT709, is_grey, whole_grey
from helios_gui.media.screen_colours import BT709, OTHER_COLOURS, why_not_for_screens
from helios_gui.stitcher import codecs
from helios_gui.stitcher.carry import StitchTools
from helios_gui.stitcher.encoding import encoder_options
from helios_gui.stitcher.ffmpeg_run import run_ffmpeg
from helios_gui.stitcher.join import compiled_command, rate_argument
from helios_gui.stitcher.needed_encoders import frames_encoder
from helios_gui.stitcher.probing import in_process, probe_each
from helios_gui.stitcher.progress import Progress, Stage, frame_listener
from helios_gui.stitcher.properties import RGB
from helios_gui.stitcher.result_check import Expected, check_picture
from helios_gui.stitcher.workspace import Workspace
from helios_gui.translation import tr
from helios_gui.types import (
    Colour,
    FrameEncoding,
    FrameSequence,
    StitchError,
    StitchOptions,
    StitchReport,
    StreamInfo,
)

_KEEP_RGB = frozenset(
    {"ffv1", "png", "apng", "qtrle", "utvideo", "huffyuv", "ffvhuff", "magicyuv", "rawvideo", "gif", "tiff", "targa"}
    | {"bmp", "libx264rgb", "jpeg2000"}
)
"""Encoders of RGB pixels, which no matrix touches."""
_PIXELS = {
    "prores_ks": ("yuv422p10le", "yuva444p10le"),
    "prores": ("yuv422p10le", "yuva444p10le"),
    "libvpx-vp9": ("yuv420p", "yuva420p"),
    "libvpx": ("yuv420p", "yuva420p"),
    "dnxhd": ("yuv422p", "yuv422p"),
    "cfhd": ("yuv422p10le", "gbrap12le"),
    "mjpeg": ("yuvj420p", "yuvj420p"),
}
"""Pixels that an encoder is given, for opaque and for transparent frames. All others get yuv420p."""
_OF_PRESETS = frozenset({"crf", "b:v", "q:v", "profile:v", "vendor", "auto-alt-ref"})
"""Usual options that are left out where a preset says how frames are encoded."""
_DEFAULT_PIXELS = ("yuv420p", "yuv420p")
_SCALING = "bicubic+accurate_rnd+full_chroma_int"  # without these, colours are off by more than 2 of 255


@dataclass(frozen=True, slots=True)
class _EncodingPlan:
    """What is made of which frames: ``picture`` is as one frame, ``width`` and ``height`` are of the video."""

    picture: StreamInfo
    encoder: str
    rate: Fraction
    frames: int
    width: int
    height: int
    keeps_alpha: bool
    options: StitchOptions
    suffix: str
    evened_out: bool

    @property
    def wanted(self) -> FrameEncoding | None:
        """What a preset says."""
        return self.options.frame_encoding

    @property
    def keeps_rgb(self) -> bool:
        return self.pixels.startswith(RGB) if self.wanted else self.encoder in _KEEP_RGB

    @property
    def padding(self) -> tuple[int, int]:
        """Columns and rows that are added because the encoder takes only even sizes."""
        if self.keeps_rgb:
            return 0, 0
        pixels = self.pixels
        return (self.width % 2 if "444" not in pixels else 0), (self.height % 2 if "420" in pixels else 0)

    @property
    def pixels(self) -> str:
        if self.wanted:
            formats = self.wanted.transparent_formats if self.keeps_alpha else self.wanted.pixel_formats
            enough = [name for name in formats if _bit_depth(name) >= _bit_depth(self.picture.pixel_format)]
            return enough[0] if enough else max(formats, key=_bit_depth)
        return _PIXELS.get(self.encoder, _DEFAULT_PIXELS)[self.keeps_alpha]


async def encode_frames(
    sequences: Sequence[FrameSequence],
    workspace: Workspace,
    tools: StitchTools,
    options: StitchOptions,
    progress: Progress,
) -> StitchReport:
    """Make the unfinished file of ``workspace``, verify it, and say what it is.

    Raises:
        StitchError: A frame is missing or damaged, frames do not fit together, their colours are none that can be
            brought to BT.709 without a choice, or FFmpeg fails.
    """
    surveys = await _decode_all(sequences, tools, progress.stage(0.3))
    plan = _make_plan(surveys, sequences, workspace.part.suffix.lower(), options)
    files = [file for sequence in sequences for file in sequence.files]
    links = tools.folder / "frames"
    await tools.threads.run(lambda stop: _link_frames(files, links))
    command = _command(plan, tools.ffmpeg, links, files[0].suffix.lower(), workspace.part)
    stage = frame_listener(progress.stage(0.95), plan.frames)
    await run_ffmpeg(command, tools.folder, tr("encoding the frames"), stage)
    check = partial(check_picture, Expected((plan.frames,), plan.rate))
    info = await tools.threads.run(lambda stop: in_process(tools.reader, check, workspace.part, stop))
    return StitchReport(
        output=workspace.output,
        segments=len(sequences),
        frames=plan.frames,
        duration=float(plan.frames / plan.rate),
        video_codec=info.video.codec if info.video else "",
        reencoded=True,
        notes=tuple(_notes(plan, info.video)),
    )


async def _decode_all(sequences: Sequence[FrameSequence], tools: StitchTools, stage: Stage) -> list[StreamInfo]:
    """Decode all frames, as many chunks at a time as there are threads."""

    async def probe(sequence: FrameSequence) -> StreamInfo:
        work = partial(check_frames, sequence.frames)
        return await tools.threads.run(lambda stop: tools.reader.read(work, sequence.path, stop))

    found, unusable = await probe_each(sequences, probe, stage)
    if unusable:
        words = " ".join(str(each) for each in unusable[:3])
        raise StitchError(words, tr("Render these frames again.")) from unusable[0]
    return found


def _make_plan(
    surveys: Sequence[StreamInfo], sequences: Sequence[FrameSequence], suffix: str, options: StitchOptions
) -> _EncodingPlan:
    sizes = Counter((found.width, found.height) for found in surveys)
    usual = sizes.most_common(1)[0][0]
    if len(sizes) > 1 and not options.reencode:
        _refuse_sizes(surveys, sequences, usual)
    picture = _common_picture(surveys, usual)
    if fault := why_not_for_screens(picture):
        raise StitchError(fault, tr(OTHER_COLOURS))
    preset = options.frame_encoding
    encoder = frames_encoder(options, suffix, alpha=picture.alpha)
    can_be_transparent = preset is None or bool(preset.transparent_formats)
    size = (options.width or usual[0], options.height or usual[1]) if len(sizes) > 1 else usual
    return _EncodingPlan(
        picture=picture,
        encoder=encoder,
        rate=options.rate or Fraction(25),
        frames=sum(len(sequence.frames) for sequence in sequences),
        width=size[0],
        height=size[1],
        keeps_alpha=picture.alpha and can_be_transparent and codecs.keeps_alpha(encoder, suffix),
        options=options,
        suffix=suffix,
        evened_out=len(sizes) > 1,
    )


def _refuse_sizes(surveys: Sequence[StreamInfo], sequences: Sequence[FrameSequence], usual: tuple[int, int]) -> None:
    """Name the first sequence whose frames do not have the size that most have."""
    odd = next(index for index, found in enumerate(surveys) if (found.width, found.height) != usual)
    frames = sequences[odd].frames
    raise StitchError(
        tr(
            "Frames {first}-{last} are {width}×{height}, but most are {usual_width}×{usual_height}.",
            first=frames[0],
            last=frames[-1],
            width=surveys[odd].width,
            height=surveys[odd].height,
            usual_width=usual[0],
            usual_height=usual[1],
        ),
        tr("Render them again, or let the stitcher even out the frames."),
    )


def _common_picture(surveys: Sequence[StreamInfo], size: tuple[int, int]) -> StreamInfo:
    """Return what all the frames are as pictures of a video. Raises ``StitchError`` where their colours differ."""
    colours = Counter(found.colour for found in surveys)
    if len(colours) > 1:
        words = ", ".join(str(colour) for colour in colours)
        raise StitchError(
            tr("The chunks' frames have different colours: {colours}.", colours=words), tr("Render them alike.")
        )
    return replace(
        surveys[0],
        width=size[0],
        height=size[1],
        alpha=any(found.alpha for found in surveys),
        projection=next((found.projection for found in surveys if found.projection), ""),
    )


def _link_frames(files: Sequence[Path], folder: Path) -> None:
    """Give the frames numbers from 1 without a gap, in one folder, whatever they are called and wherever they lie."""
    folder.mkdir()
    for number, file in enumerate(files, 1):
        _link_or_copy(file.absolute(), folder / f"{number:08d}{file.suffix.lower()}")


def _link_or_copy(file: Path, link: Path) -> None:
    """Make another name for a file. Windows makes symbolic links only for some people, and hard ones on one disk."""
    for make in (link.symlink_to, link.hardlink_to):
        try:
            make(file)
        except OSError:
            continue
        return
    shutil.copyfile(file, link)


def _command(plan: _EncodingPlan, ffmpeg: Path, links: Path, suffix: str, output: Path) -> list[str]:
    import ffmpeg as graph

    reading = {"f": "image2", "framerate": rate_argument(plan.rate), "start_number": "1"}
    source = graph.input(os.path.join(str(links).replace("%", "%%"), f"%08d{suffix}"), **reading)  # noqa: PTH118
    video = _as_screen_values(source["v:0"], plan)
    colour = Colour(BT709, BT709, "" if plan.keeps_rgb else BT709, "pc" if plan.keeps_rgb else "tv")
    if plan.keeps_rgb:
        made = replace(plan.picture, colour=colour, alpha=plan.keeps_alpha)
        video = video.filter("setparams", color_primaries=BT709, color_trc=BT709)
    else:
        video = _as_yuv(video, plan)
        made = replace(plan.picture, colour=colour, alpha=plan.keeps_alpha, pixel_format=plan.pixels)
    options = encoder_options(plan.encoder, made, plan.options.quality, plan.suffix)
    if plan.wanted:
        options = _as_wanted(options, plan.wanted, plan)
    options |= {"r": rate_argument(plan.rate), "map_metadata": "-1"} | codecs.muxer_options(plan.suffix)
    return compiled_command(graph.output(video, str(output), **options), ffmpeg)


def _as_wanted(usual: Mapping[str, str], wanted: FrameEncoding, plan: _EncodingPlan) -> dict[str, str]:
    """Return the options of a preset, with the usual ones that keep the encoder from faults, and tell of colours."""
    options = {name: value for name, value in usual.items() if name not in _OF_PRESETS}
    chosen = {**wanted.options, **(wanted.transparent_options if plan.keeps_alpha else {})}
    for name, value in chosen.items():
        usually = options.pop(name, "")  # a list of the encoder's own, such as x265-params
        options[f"{name}:v"] = f"{value}:{usually}" if usually and name.endswith("params") else str(value)
    if wanted.tag and plan.suffix in codecs.MOV_FAMILY:
        options["tag:v"] = wanted.tag
    return {**options, "pix_fmt": plan.pixels}


def _as_screen_values(video: Any, plan: _EncodingPlan) -> Any:
    """Bring linear light to the transfer of BT.709, and lay transparent frames on black where alpha is not kept.

    The colours of EXR frames are multiplied by their alpha already, those of all others are not.
    """
    picture = plan.picture
    is_premultiplied = picture.codec == "exr"
    video = _as_rgb(video, picture)
    if plan.keeps_alpha and is_premultiplied:
        video = video.filter("unpremultiply", inplace=1)
    if picture.alpha and not plan.keeps_alpha and not is_premultiplied:
        video = video.filter("premultiply", inplace=1)
    if picture.colour.transfer == LINEAR:
        video = video.filter("format", "gbrap16le" if plan.keeps_alpha else "gbrp16le")
        video = video.filter("lutrgb", r=TO_BT709, g=TO_BT709, b=TO_BT709)
    return video


def _as_rgb(video: Any, picture: StreamInfo) -> Any:
    """Bring all frames to one format: some may be grey, or have a palette, which FFmpeg takes to YUV by BT.601."""
    source, grey = {}, is_grey(picture.pixel_format)
    if picture.pixel_format.startswith("yuv"):
        source = {"in_color_matrix": "bt601"}  # JFIF and WebP
    elif grey:
        source = {"in_range": "pc"}
    if grey and picture.codec == "exr":
        video = video.filter("format", whole_grey(alpha=picture.alpha))
    is_deep = _bit_depth(picture.pixel_format) > 8
    depth = "f32le" if picture.codec == "exr" and not grey else "16le" if is_deep else ""
    planes = "gbrap" if picture.alpha else "gbrp"
    return video.filter("scale", **source, flags=_SCALING).filter("format", f"{planes}{depth}")


def _as_yuv(video: Any, plan: _EncodingPlan) -> Any:
    size = {"w": plan.width, "h": plan.height} if plan.evened_out else {}
    values = "pc" if plan.pixels.startswith("yuvj") else "tv"
    video = video.filter("scale", **size, out_color_matrix=BT709, out_range=values, flags=_SCALING)
    video = video.filter("format", plan.pixels)
    right, bottom = plan.padding
    if right or bottom:
        width, height = plan.width + right, plan.height + bottom
        video = video.filter("pad", width, height, 0, 0)
        video = video.filter("fillborders", right=right, bottom=bottom, mode="smear")
    return video.filter("setparams", colorspace=BT709, color_primaries=BT709, color_trc=BT709, range=values)


def _bit_depth(pixel_format: str) -> int:
    import av

    return max(component.bits for component in av.VideoFormat(pixel_format).components)


def _notes(plan: _EncodingPlan, made: StreamInfo | None) -> Iterator[str]:
    picture = plan.picture
    if picture.colour.transfer == LINEAR:
        yield tr("the frames' linear light was brought to BT.709 by its transfer curve, and cut off above 1")
    if picture.alpha and not plan.keeps_alpha:
        yield tr(
            "transparent parts lie on black: {codec} in a {suffix} file keeps no transparency",
            codec=made.codec if made else plan.encoder,
            suffix=plan.suffix,
        )
    if any(plan.padding):
        yield tr(
            "the video is {width}×{height}: {codec} takes only even sizes, so the last pixels of each line or column "
            "are doubled",
            width=plan.width + plan.padding[0],
            height=plan.height + plan.padding[1],
            codec=made.codec if made else plan.encoder,
        )
    if picture.projection:
        yield tr("the frames' colour profile (ICC) was not applied: their values were taken for those of BT.709")
    if picture.codec == "dpx":
        yield tr("the values of the DPX frames were taken for those of a BT.709 screen")
    before, after = _bit_depth(picture.pixel_format), _bit_depth(made.pixel_format) if made and made.pixel_format else 8
    if after < before:
        yield tr("{before} bits per colour became {after}", before=before, after=after)
    options = plan.options
    if plan.evened_out:
        yield tr("frames of other sizes were scaled to {width}×{height}", width=plan.width, height=plan.height)
    elif options.width and options.height and (options.width, options.height) != (plan.width, plan.height):
        yield tr(
            "the frames are {width}×{height}, not {promised_width}×{promised_height} as the job says",
            width=plan.width,
            height=plan.height,
            promised_width=options.width,
            promised_height=options.height,
        )
