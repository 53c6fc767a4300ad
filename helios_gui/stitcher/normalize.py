"""Bringing the pictures of segments that do not fit together to a common form, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from helios_gui.stitcher import codecs
from helios_gui.stitcher.ffmpeg_run import COMMON_FLAGS, PROGRESS_FLAGS, run_ffmpeg
from helios_gui.stitcher.join import rate_argument, renumber
from helios_gui.stitcher.plan import StitchPlan
from helios_gui.translation import tr
from helios_gui.types import MediaInfo

_BATCH = 16  # files one FFmpeg decodes from: bounded memory and open files, however many segments there are


async def level_pictures(
    ffmpeg: Path, plan: StitchPlan, folder: Path, on_frames: Callable[[int], None]
) -> tuple[Path, ...]:
    """Make pieces in ``folder``, each of the pictures of a batch of segments, and return them.

    Raises ``StitchError``; ``on_frames`` hears of the frames done.
    """
    starts = [0, *accumulate(info.frames for info in plan.segments)]
    pieces = []
    for number, begin in enumerate(range(0, len(plan.segments), _BATCH)):
        end = min(begin + _BATCH, len(plan.segments))
        piece = folder / f"{number}.nut"
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

    sources = [graph.input(str(info.path.absolute())) for info in segments]
    picture = graph.concat(*(_picture(source, plan, index) for index, source in enumerate(sources)), v=1, a=0)
    options = codecs.video_options(plan.video_encoder, plan.quality, plan.suffix)
    made = graph.output(renumber(picture, plan.rate), str(piece), r=rate_argument(plan.rate), an=None, **options)
    command: list[str] = made.global_args(*COMMON_FLAGS, *PROGRESS_FLAGS).compile(cmd=str(ffmpeg))
    return command


def _picture(source: Any, plan: StitchPlan, index: int) -> Any:
    video = source["V:0"].filter("setpts", _unchanged_times(index))
    if not plan.keep_frames:
        video = video.filter("fps", rate_argument(plan.rate))
    size = {"w": plan.width, "h": plan.height}
    fitted = video.filter("scale", force_original_aspect_ratio="decrease", **size)
    padded = fitted.filter("pad", x="(ow-iw)/2", y="(oh-ih)/2", **size).filter("setsar", 1)
    return renumber(padded.filter("format", plan.picture.pixel_format), plan.rate)


def _unchanged_times(index: int) -> str:
    """Return an expression that changes nothing but differs per input: ffmpeg-python takes equal streams for one."""
    return f"PTS+0*{index}"
