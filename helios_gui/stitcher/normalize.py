"""Bringing segments that do not fit together to a common form, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from helios_gui.stitcher import codecs
from helios_gui.stitcher.ffmpeg_run import COMMON_FLAGS, PROGRESS_FLAGS, run_ffmpeg
from helios_gui.stitcher.join import rate_argument, renumber, sample_at
from helios_gui.stitcher.plan import StitchPlan
from helios_gui.translation import tr
from helios_gui.types import MediaInfo

_BATCH = 16  # files one FFmpeg decodes from: bounded memory and open files, however many segments there are


@dataclass(frozen=True, slots=True)
class Levelled:
    """The pieces, each holding a batch of segments; empty where that track needed no levelling."""

    video: tuple[Path, ...]
    audio: tuple[Path, ...]
    frames: tuple[int, ...]


async def level_segments(ffmpeg: Path, plan: StitchPlan, folder: Path, on_frames: Callable[[int], None]) -> Levelled:
    """Make the pieces in ``folder``. Raises ``StitchError``; ``on_frames`` hears of the frames done."""
    starts = [0, *accumulate(info.frames for info in plan.segments)]
    video, audio, frames = [], [], []
    for number, begin in enumerate(range(0, len(plan.segments), _BATCH)):
        end = min(begin + _BATCH, len(plan.segments))
        batch = _Batch(plan, plan.segments[begin:end], tuple(starts[begin : end + 1]))
        pieces = folder / f"{number}.nut", folder / f"{number}.wav"
        done = starts[begin]

        def tell(count: int, done: int = done) -> None:
            on_frames(done + count)

        await run_ffmpeg(_command(ffmpeg, batch, *pieces), folder, tr("evening out the chunks"), tell)
        on_frames(starts[end])
        video += [pieces[0]] * plan.level_video
        audio += [pieces[1]] * plan.level_audio
        frames.append(starts[end] - starts[begin])
    return Levelled(tuple(video), tuple(audio), tuple(frames))


@dataclass(frozen=True, slots=True)
class _Batch:
    """Segments that follow each other; ``starts`` has their first frames in the film, and the end."""

    plan: StitchPlan
    segments: tuple[MediaInfo, ...]
    starts: tuple[int, ...]


def _command(ffmpeg: Path, batch: _Batch, video: Path, audio: Path) -> list[str]:
    import ffmpeg as graph

    plan = batch.plan
    sources = [graph.input(str(info.path.absolute())) for info in batch.segments]
    outputs = []
    if plan.level_video:
        picture = graph.concat(*(_picture(source, plan, index) for index, source in enumerate(sources)), v=1, a=0)
        options = codecs.video_options(plan.video_encoder, plan.quality, plan.suffix)
        rate = rate_argument(plan.rate)
        outputs.append(graph.output(renumber(picture, plan.rate), str(video), r=rate, an=None, **options))
    if plan.level_audio:
        sounds = [_sound(graph, source, batch, index) for index, source in enumerate(sources)]
        joined = graph.concat(*sounds, v=0, a=1)
        outputs.append(graph.output(joined, str(audio), vn=None, **{"c:a": "pcm_s24le"}))
    made = graph.merge_outputs(*outputs).global_args(*COMMON_FLAGS, *PROGRESS_FLAGS)
    command: list[str] = made.compile(cmd=str(ffmpeg))
    return command


def _picture(source: Any, plan: StitchPlan, index: int) -> Any:
    video = source["V:0"].filter("setpts", _unchanged_times(index))
    if not plan.keep_frames:
        video = video.filter("fps", rate_argument(plan.rate))
    size = {"w": plan.width, "h": plan.height}
    fitted = video.filter("scale", force_original_aspect_ratio="decrease", **size)
    padded = fitted.filter("pad", x="(ow-iw)/2", y="(oh-ih)/2", **size).filter("setsar", 1)
    return renumber(padded.filter("format", plan.picture.pixel_format), plan.rate)


def _sound(graph: Any, source: Any, batch: _Batch, index: int) -> Any:
    """One segment's sound, or silence, of exactly as many samples as its frames take."""
    plan = batch.plan
    assert plan.sound is not None  # level_audio says so
    first, end = (sample_at(frame, plan) for frame in batch.starts[index : index + 2])
    rate, layout = plan.sound.sample_rate, f"{plan.sound.channels}c"
    if batch.segments[index].audio is None:
        silence = graph.input(f"anullsrc=r={rate}:cl={layout}", f="lavfi")["a:0"]
        sound = silence.filter("asetpts", _unchanged_times(index))
    else:
        timed = source["a:0"].filter("asetpts", _unchanged_times(index))
        sound = timed.filter("aresample", rate, **{"async": 1}, first_pts=0)
    even = sound.filter("aformat", sample_rates=rate, channel_layouts=layout, sample_fmts="s32")
    exact = even.filter("apad", whole_len=end - first).filter("atrim", end_sample=end - first)
    return exact.filter("asetpts", "N/SR/TB")


def _unchanged_times(index: int) -> str:
    """Return an expression that changes nothing but differs per input: ffmpeg-python takes equal streams for one."""
    return f"PTS+0*{index}"
