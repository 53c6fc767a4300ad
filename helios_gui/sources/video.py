"""Videos: what they say about themselves, and the jobs that encode them anew."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path

from helios_gui.jobfile.merge_command import file_stem
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.media.cut_files import whole_size
from helios_gui.media.frame_index import FrameIndex
from helios_gui.media.presets import Preset, read_presets
from helios_gui.sources.chunks import ChunkBounds, command_template
from helios_gui.sources.job_paths import free_output, named_in_job
from helios_gui.sources.media_process import in_process
from helios_gui.sources.source import JobRequest, Report, SourceFacts, SourceFormat, SourceKind
from helios_gui.sources.wanted_frames import has_gaps, has_steps, listed_ranges, span_of
from helios_gui.transcode.encoder import other_size
from helios_gui.transcode.encoding import plan_encoding, shown_size
from helios_gui.transcode.render import VideoSummary, save_still, summarise_video
from helios_gui.translation import tr, tr_count
from helios_gui.types import JobSpec, StreamInfo, UserInputError
from helios_gui.types.frame_rate import HIGHEST_RATE, LOWEST_RATE

USUAL_PRESET = "h265"

_CHUNKS = ChunkBounds(fewest=100, most=600)
"""A chunk begins with a key frame, and with reading where frames are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest(JobRequest):
    """A video to be encoded anew. ``width`` and ``height`` are those of the result; with only one, the other fits.

    Attributes:
        preset: The name of a preset.
    """

    preset: str = USUAL_PRESET


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts(SourceFacts):
    """What a video says. ``frames`` were counted.

    Attributes:
        picture: What it says of its pictures.
        is_counted: Whether each chunk has to decode all frames before its own.
        resized: The first frame of another size, as in ``FrameIndex``.
    """

    picture: StreamInfo = field(default_factory=lambda: StreamInfo("video", "", 0, Fraction(1)))
    is_counted: bool = False
    resized: tuple[int, int, int] | None = None


class VideoKind(SourceKind[VideoRequest, VideoFacts]):
    """Videos. Pictures are encoded in chunks; sound and all else is taken from the source when these are joined."""

    request_type = VideoRequest

    @property
    def reading(self) -> str:
        """What happens while a video is read."""
        return tr("Its frames are counted.")

    def formats(self, facts: VideoFacts) -> Sequence[SourceFormat]:
        """Return the presets that can encode the video. See ``SourceKind.formats``."""
        presets = read_presets().of_kind("video")
        presets.sort(key=lambda preset: preset.name != USUAL_PRESET)
        return [
            SourceFormat(preset.name, preset.title, preset.suffixes[0], {"preset": preset.name}) for preset in presets
        ]

    async def read(self, request: VideoRequest, report: Report) -> VideoFacts:
        """Count the frames. See ``SourceKind.read``; a file that is damaged at its beginning or end is an error."""
        summary = await in_process(summarise_video, request.source)
        index, picture = summary.index, summary.look.picture
        rate, is_steady = _kept_rate(index)
        width, height = shown_size(picture)
        return VideoFacts(
            width=width,
            height=height,
            fps=rate,
            frames=index.frames,
            seconds=index.frames / rate,
            notes=(*await asyncio.to_thread(_notes_about_end, request.source), *_notes(summary, is_steady=is_steady)),
            picture=picture,
            is_counted=index.is_counted,
            resized=index.resized,
        )

    def plan(self, request: VideoRequest, facts: VideoFacts, job: Path) -> JobSpec:
        """Plan chunks of frames of the video. See ``SourceKind.plan``."""
        rate = facts.fps or Fraction(25)
        if request.fps is not None and request.fps != rate:
            raise UserInputError(
                tr("A video keeps its rate, which is {rate} frames per second.", rate=rate), tr("Leave out --fps.")
            )
        found = read_presets(job.parent).get(request.preset)
        preset = found.preset
        if "video" not in preset.kinds:
            raise UserInputError(
                tr("The preset {preset} is not for videos.", preset=preset.name), tr("Choose another one.")
            )
        output = request.output or free_output(job, preset.suffixes[0])
        encoding = plan_encoding(preset, facts.picture, Path(output).suffix.lower(), request.width, request.height)
        ranges = _ranges(request, facts, rate)
        total = sum(map(len, ranges))
        _check_sizes(facts, ranges[-1][-1])
        width, height = shown_size(facts.picture, encoding.width, encoding.height)
        named = preset.name if found.is_own else preset.to_json()
        source = named_in_job(request.source, job.parent)
        return plan_job(
            PlanRequest(
                command=_command(request, named, rate, has_step=has_steps(ranges)),
                fps=rate,
                width=width,
                height=height,
                **span_of(ranges),
                chunk_size=request.chunk_size,
                chunk_count=None if request.chunk_size else _number_of_chunks(total, request, facts),
                input=source,
                chunk_output=f"{{name}}_part_{{index:04}}{Path(output).suffix}",
                output=output,
                name=file_stem(job.name),
                job_dir=job.parent,
                tracks_from=None if has_gaps(ranges) else _tracks_from(source, preset),
            )
        )

    def notes(self, request: VideoRequest, facts: VideoFacts, job: Path) -> Sequence[str]:
        """Say what the preset does not keep, too. See ``SourceKind.notes``."""
        preset = read_presets(job.parent).get(request.preset).preset
        suffix = Path(request.output).suffix.lower() if request.output else preset.suffixes[0]
        encoding = plan_encoding(preset, facts.picture, suffix, request.width, request.height)
        return *facts.notes, *encoding.notes, *_notes_about_gaps(request)

    async def still(self, request: VideoRequest, facts: VideoFacts, frame: int, picture: Path, report: Report) -> None:
        """Save the frame as players show it. See ``SourceKind.still``."""
        await in_process(partial(save_still, frame, picture), request.source)


def _kept_rate(index: FrameIndex) -> tuple[Fraction, bool]:
    """Return the job's frames per second, and whether the frames are really shown at it."""
    steady = index.steady_rate
    mean = max(LOWEST_RATE, min(Fraction(HIGHEST_RATE), index.mean_rate.limit_denominator(1000)))
    return steady or mean, steady is not None


def _notes(summary: VideoSummary, *, is_steady: bool) -> Iterator[str]:
    index, look = summary.index, summary.look
    if not is_steady:
        yield tr("Its frames are not all shown equally long; each keeps its own time.")
    if index.left_out:
        yield tr_count(
            "{number} frame at the beginning is left out: it needs frames from before the beginning.",
            "{number} frames at the beginning are left out: they need frames from before the beginning.",
            index.left_out,
        )
    if index.cut_off:
        yield tr_count(
            "{number} frame at the end is left out: the file ends in the middle of it.",
            "{number} frames at the end are left out: the file ends in the middle of them.",
            index.cut_off,
        )
    if index.is_counted:
        yield tr("The file does not say where its frames are, so that each chunk has to decode those before it, too.")
    yield from look.notes


def _notes_about_end(source: Path) -> list[str]:
    try:
        size, whole = source.stat().st_size, whole_size(source)
    except OSError:  # it was read a moment ago
        return []
    if size >= whole:
        return []
    percent = size * 100 // whole
    return [tr("The file ends too early, at {percent} %: what is missing is left out.", percent=percent)]


def _notes_about_gaps(request: VideoRequest) -> Iterator[str]:
    if has_gaps(listed_ranges(request)):
        yield tr("The frames {frames} follow one another; those between them are left out.", frames=request.frame_list)
        yield tr("Sound, subtitles and chapters are not in the video, as they belong to all frames.")


def _ranges(request: VideoRequest, facts: VideoFacts, rate: Fraction) -> list[range]:
    """Return the numbers of the frames that are encoded.

    Raises:
        UserInputError: The video has fewer frames.
    """
    listed = listed_ranges(request)
    if not listed:
        start, total = _range(request, facts, rate)
        return [range(start, start + total)]
    if listed[-1][-1] >= (facts.frames or 0):
        raise _beyond(request, facts)
    return listed


def _check_sizes(facts: VideoFacts, last: int) -> None:
    """Raise ``UserInputError`` where frames up to the ``last`` one that is wanted are not all of one size."""
    if facts.resized is not None and facts.resized[0] <= last:
        raise UserInputError(*other_size(facts.picture, *facts.resized))


def _beyond(request: VideoRequest, facts: VideoFacts) -> UserInputError:
    frames = facts.frames or 0
    return UserInputError(
        tr(
            "{name} has {frames} frames, numbered from 0 to {last}.",
            name=request.source.name,
            frames=frames,
            last=frames - 1,
        ),
        tr("Ask for fewer frames."),
    )


def _range(request: VideoRequest, facts: VideoFacts, rate: Fraction) -> tuple[int, int]:
    """Return the number of the first frame, and how many there are."""
    all_frames, start = facts.frames or 0, request.first_frame or 0
    rest = all_frames - start
    wanted = request.frames
    if wanted is None and request.seconds is not None:
        wanted = max(1, round(request.seconds * rate))
    total = rest if wanted is None else wanted
    if rest < 1 or total > rest:
        raise _beyond(request, facts)
    return start, total


def _number_of_chunks(total: int, request: VideoRequest, facts: VideoFacts) -> int:
    if facts.is_counted:  # more chunks would decode more frames in vain
        return max(1, min(request.processors, total // _CHUNKS.fewest))
    return _CHUNKS.chunk_count(total, request.processors)


def _command(request: VideoRequest, preset: str, rate: Fraction, *, has_step: bool) -> str:
    """Return the template of the chunks' commands."""
    arguments = ["--preset", preset, "--fps", str(rate)]
    arguments += ["--width", str(request.width)] if request.width else []
    arguments += ["--height", str(request.height)] if request.height else []
    return command_template("transcode", arguments, has_step=has_step)


def _tracks_from(source: str, preset: Preset) -> dict[str, object]:
    """Return where the tracks that are not encoded in chunks come from, as job files say it."""
    audio = preset.sound
    rate = {} if audio.bit_rate is None else {"audioBitRate": audio.bit_rate}
    return {"file": source, "audioCodec": audio.encoder, **rate}
