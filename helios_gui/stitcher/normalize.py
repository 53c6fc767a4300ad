"""Bringing the pictures of segments that do not fit together to a common form, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from helios_gui.stitcher.encoding import (
    EXACT,
    decoder_options,
    encoder_options,
    for_encoder,
    matrix_options,
    piece_suffix,
    pixel_format,
)
from helios_gui.stitcher.ffmpeg_run import COMMON_FLAGS, PROGRESS_FLAGS, run_ffmpeg
from helios_gui.stitcher.join import rate_argument, renumber, with_repeats
from helios_gui.stitcher.plan import StitchPlan, upright_aspect
from helios_gui.stitcher.properties import colour_range
from helios_gui.translation import tr
from helios_gui.types import MediaInfo, StreamInfo

_BATCH = 16  # files one FFmpeg decodes from: bounded memory and open files, however many segments there are


async def normalize_pictures(
    ffmpeg: Path, plan: StitchPlan, folder: Path, on_frames: Callable[[int], None]
) -> tuple[Path, ...]:
    """Make pieces in ``folder``, each of the pictures of a batch of segments, and return them.

    Raises ``StitchError``; ``on_frames`` hears of the frames done.
    """
    starts = [0, *accumulate(info.frames for info in plan.segments)]
    pieces = []
    for number, begin in enumerate(range(0, len(plan.segments), _BATCH)):
        end = min(begin + _BATCH, len(plan.segments))
        piece = folder / f"{number}{piece_suffix(plan.video_encoder)}"
        done = starts[begin]

        def tell(count: int, done: int = done) -> None:
            on_frames(done + count)

        command = _command(ffmpeg, plan, plan.segments[begin:end], piece)
        await run_ffmpeg(command, folder, tr("evening out the chunks"), tell)
        on_frames(starts[end])
        pieces.append(piece)
    return tuple(pieces)


def _command(ffmpeg: Path, plan: StitchPlan, segments: Sequence[MediaInfo], piece: Path) -> list[str]:
    import ffmpeg as graph

    pictures = []
    for index, info in enumerate(segments):
        assert info.video is not None  # a segment without video is not planned
        whole = {"reinit_filter": "0"} if info.video.resized else {}  # a filter graph that begins anew loses frames
        source = graph.input(str(info.path.absolute()), **decoder_options(info.video), **whole)
        pictures.append(_picture(source, info.video, plan, index))
    picture = for_encoder(graph.concat(*pictures, v=1, a=0), plan.video_encoder, plan.picture, plan.suffix)
    options = encoder_options(plan.video_encoder, plan.picture, plan.quality, piece.suffix)
    made = graph.output(renumber(picture, plan.rate), str(piece), r=rate_argument(plan.rate), an=None, **options)
    command: list[str] = made.global_args(*COMMON_FLAGS, *PROGRESS_FLAGS).compile(cmd=str(ffmpeg))
    return command


def _picture(source: Any, found: StreamInfo, plan: StitchPlan, index: int) -> Any:
    """Return the segment's frames as most segments have them; only what differs is changed."""
    usual = plan.picture
    video = source["V:0"].filter("setpts", _unchanged_times(index))
    video = with_repeats(video, found.codec, found.rate or plan.source_rate, found.packets)
    if not plan.keep_frames:
        video = video.filter("fps", rate_argument(plan.rate))
    aspect = upright_aspect(found) / plan.pixel_aspect
    if aspect != 1:
        video = video.filter("scale", w=f"trunc(iw*{aspect.numerator}/{aspect.denominator}+0.5)", h="ih")
    size = {"w": plan.width, "h": plan.height}
    video = video.filter("scale", force_original_aspect_ratio="decrease", **_colour_change(found, plan), **size)
    each = {"eval": "frame"} if found.resized else {}
    video = video.filter("pad", x="(ow-iw)/2", y="(oh-ih)/2", color="black@0", **size, **each)
    video = video.filter("setsar", f"{plan.pixel_aspect.numerator}/{plan.pixel_aspect.denominator}")
    if usual.first_field:
        video = video.filter("setfield", usual.first_field)
    return renumber(video.filter("format", pixel_format(usual)), plan.rate)


def _colour_change(found: StreamInfo, plan: StitchPlan) -> dict[str, str]:
    """Return options of the filter ``scale`` for a segment whose colours are stored in another way."""
    options = matrix_options(found, plan.picture, (plan.width, plan.height))
    before, after = colour_range(found), colour_range(plan.picture)
    if before != after and "in_color_matrix" in options and "out_color_matrix" in options:
        options |= {"in_range": before, "out_range": after}
    return options | {"flags": EXACT} if options else {}


def _unchanged_times(index: int) -> str:
    """Return an expression that changes nothing but differs per input: ffmpeg-python takes equal streams for one."""
    return f"PTS+0*{index}"
