"""Plan a job from a command template: divide its frames into chunks and write the command of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path, PurePath
from string import Formatter

from helios_gui.jobfile.command_line import join_command, parse_command
from helios_gui.jobfile.frame_list import frame_list_text, parse_frame_list, split_ranges
from helios_gui.jobfile.job_files import build_job
from helios_gui.jobfile.merge_command import WORST_QUALITY, file_stem
from helios_gui.translation import tr, tr_count
from helios_gui.types import JobSpec, UserInputError
from helios_gui.types.frame_rate import WrittenRate, exact_rate, rate_in_job_file
from helios_gui.types.sequences import read_pattern

COMMAND_PLACEHOLDERS = ("input", "output", "start", "end", "count", "step", "frames", "fps", "width", "height")
"""Placeholders of a command template. ``end`` is the last frame, inclusive; ``count`` the number of frames; ``frames``
names all of them with commas, and ``step`` is their distance."""

OUTPUT_PLACEHOLDERS = ("name", "index", "start", "end", "count", "frame")
"""Placeholders of the names of chunk outputs. ``name`` is the job's; ``index`` counts chunks from 0. ``frame`` makes
the output an image sequence, as ``####`` and ``%04d`` do."""

MOST_CHUNKS = 100_000

_MOST_FRAMES = 2**31 - 1  # as in job files
_CODEC = re.compile(r"\w[\w.-]*")
_PARSER = Formatter()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """A job to be planned.

    Placeholders may have a format, such as ``{start:05}``; ``{{`` and ``}}`` are literal braces.

    Attributes:
        command: The template of the chunks' commands, with ``COMMAND_PLACEHOLDERS``.
        fps: Frames per second. The command's ``{fps}`` is as it was written.
        width: Pixels.
        height: Pixels.
        start: The number of the first frame.
        end: The number of the last frame, inclusive. Either ``end`` or ``total`` is given.
        total: The number of frames.
        frames: A frame list such as ``1-20,40,60-90x2``, instead of all three. A chunk has a step if the command says
            ``{frames}`` or ``{step}``.
        chunk_size: Frames per chunk; the last chunk may have fewer. Either this or ``chunk_count`` is given.
        chunk_count: The number of chunks, whose sizes differ by at most one frame; never more than there are frames.
        input: The project or composition that the command's ``{input}`` names.
        chunk_output: The template of the chunks' output files, with ``OUTPUT_PLACEHOLDERS``.
        output: The finished video; by default it is named after the job.
        name: The job's name; by default that of the input.
        video_codec: The codec or encoder of the finished video; empty for the stitcher's choice.
        audio_codec: As ``video_codec``.
        quality: The CRF of the finished video.
        job_dir: The folder that paths are relative to, where the job file will be.
        tracks_from: Where sound and the like come from, as job files say it; ``None``: from the chunks.
        frame_encoding: How frames become the video, as job files say it, instead of codecs and quality.
    """

    command: str
    fps: float | Fraction
    width: int
    height: int
    start: int = 0
    end: int | None = None
    total: int | None = None
    frames: str = ""
    chunk_size: int | None = None
    chunk_count: int | None = None
    input: str = ""
    chunk_output: str = "{name}_part_{index:04}.mov"
    output: str = ""
    name: str = ""
    video_codec: str = ""
    audio_codec: str = ""
    quality: int | None = None
    job_dir: Path = Path()
    tracks_from: Mapping[str, object] | None = None
    frame_encoding: Mapping[str, object] | None = None


class _FramePlace:
    """Stands for the number of a frame in the names of an image sequence's files, which renderers fill in."""

    def __format__(self, form: str) -> str:
        digits = form.removesuffix("d")
        if digits and not digits.isdecimal():
            raise ValueError(form)
        width = int(digits or 1)
        return "#" * width if width > 1 else "%d"


def _values_of(index: int, frames: range) -> dict[str, object]:
    return {
        "index": index,
        "start": frames[0],
        "end": frames[-1],
        "count": len(frames),
        "step": frames.step,
        "frames": frame_list_text(frames),
        "frame": _FramePlace(),
    }


def plan_job(request: PlanRequest) -> JobSpec:
    """Plan a job that follows every rule of a job file. Its outputs may lie outside its folder.

    Raises:
        UserInputError: If something is wrong with the request; the message names all problems.
    """
    problems = [*_check_frame_list(request), *_check_frames(request), *_check_patterns(request)]
    problems += _check_encoding(request)
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise UserInputError(
            tr_count(
                "The job cannot be planned: {number} problem{lines}",
                "The job cannot be planned: {number} problems{lines}",
                len(problems),
                lines=lines,
            ),
            tr("Correct the request and plan it again."),
        )
    return build_job(_document(request), tr("The planned job"), request.job_dir, outside_outputs=True)


def _check_frame_list(request: PlanRequest) -> Iterator[str]:
    if not request.frames:
        return
    if request.end is not None or request.total is not None or request.start:
        yield tr("frames: give either a frame list or the first and the last frame")
    try:
        parse_frame_list(request.frames)
    except UserInputError as error:
        words = f"{error} {error.hint}".strip()
        yield tr("frames: {error}", error=words)


def _check_frames(request: PlanRequest) -> Iterator[str]:
    if not request.frames and (request.end is None) == (request.total is None):
        yield tr("frames: give either the last frame or the number of frames")
    if (request.chunk_size is None) == (request.chunk_count is None):
        yield tr("chunks: give either their size in frames or their number")
    if request.start < 0:
        yield tr("first frame: must be at least 0, not {start}", start=request.start)
    if request.start + _total(request) > _MOST_FRAMES:
        yield tr("frames: go past frame {most_frames}", most_frames=_MOST_FRAMES)
    if request.end is not None and request.end < request.start:
        yield tr("last frame: is {end}, before the first frame {start}", end=request.end, start=request.start)
    counts = {tr("frames"): request.total, tr("chunk size"): request.chunk_size, tr("chunk count"): request.chunk_count}
    wrong = {what: number for what, number in counts.items() if number is not None and number < 1}
    yield from (
        tr("{what}: must be at least 1, not {number}", what=what, number=number) for what, number in wrong.items()
    )
    if not wrong and _number_of_chunks(request) > MOST_CHUNKS:
        yield tr(
            "chunks: there would be {number_of_chunks}; at most {most_chunks} are possible",
            number_of_chunks=_number_of_chunks(request),
            most_chunks=MOST_CHUNKS,
        )


def _check_patterns(request: PlanRequest) -> Iterator[str]:
    sample: dict[str, object] = {**_shared_values(request), **_values_of(0, range(1))}
    try:
        used = set[str]()
        for argument in parse_command(request.command):
            used |= _placeholders(argument, COMMAND_PLACEHOLDERS, sample)
    except UserInputError as error:
        yield f"command: {error} {error.hint}".rstrip()
    else:
        yield from _check_placeholder_use(request, used)
    try:
        named = _placeholders(request.chunk_output, OUTPUT_PLACEHOLDERS, sample)
    except UserInputError as error:
        yield tr("chunk output: {error}", error=error)
    else:
        is_sequence = "frame" in named or read_pattern(PurePath(request.chunk_output).name) is not None
        if _number_of_chunks(request) > 1 and not is_sequence and not named & {"index", "start", "end"}:
            yield tr("chunk output: has none of {index}, {start} and {end}, so that all chunks would write one file")
        name = PurePath(request.chunk_output).name
        if is_sequence and _placeholders(name, OUTPUT_PLACEHOLDERS, sample) & {"index", "start", "end", "count"}:
            yield tr(
                "chunk output: the frames of all chunks are one sequence, told apart by their numbers; leave {index}, "
                "{start}, {end} and {count} out of the file's name"
            )


def _check_placeholder_use(request: PlanRequest, used: set[str]) -> Iterator[str]:
    """Find templates that cannot work although each of their placeholders is valid."""
    if "output" not in used:
        yield tr("command: does not say {output}, the file a chunk writes")
    if _number_of_chunks(request) > 1 and not used & {"start", "end", "frames"}:
        yield tr("command: has neither {start} nor {end}, so that all chunks would render the same frames")
    if "input" in used and not request.input:
        yield tr("input: is not given, but the command says {input}")
    if request.input and "input" not in used:
        yield tr("command: does not say {input}, although an input is given")


def _check_encoding(request: PlanRequest) -> Iterator[str]:
    for what, codec in ((tr("video codec"), request.video_codec), (tr("audio codec"), request.audio_codec)):
        if codec and not _CODEC.fullmatch(codec):
            yield tr("{what}: '{codec}' is not the name of a codec", what=what, codec=codec)
    if request.quality is not None and not 0 <= request.quality <= WORST_QUALITY:
        yield tr(
            "quality: must be 0 to {worst_quality}, not {quality}", worst_quality=WORST_QUALITY, quality=request.quality
        )


def _placeholders(template: str, known: Sequence[str], sample: Mapping[str, object]) -> set[str]:
    """Return the names of the placeholders in a template.

    Raises:
        UserInputError: If one is not in ``known``, or the template is malformed.
    """
    used: set[str] = set()
    try:
        for _, name, form, conversion in _PARSER.parse(template):
            if name is None:
                continue
            if name not in known or conversion or "{" in (form or ""):
                choice = ", ".join(f"{{{each}}}" for each in known)
                raise UserInputError(
                    tr(
                        "'{template}' has a placeholder {{{name}}}; there are {choice}, and {{{{ for a brace.",
                        template=template,
                        name=name,
                        choice=choice,
                    )
                )
            used.add(name)
        _fill(template, sample)
    except (ValueError, OverflowError, MemoryError) as error:
        raise UserInputError(
            tr(
                "'{template}' is not a template: {error}; write {{{{ and }}}} for braces.",
                template=template,
                error=error,
            )
        ) from error
    return used


def _fill(template: str, values: Mapping[str, object]) -> str:
    return _PARSER.vformat(template, (), values)


def _shared_values(request: PlanRequest) -> dict[str, object]:
    """Return the values of the placeholders that are the same in every chunk."""
    fps = request.fps.text if isinstance(request.fps, WrittenRate) else f"{float(request.fps):.12g}"
    if isinstance(request.fps, Fraction):
        fps = str(request.fps)
    size = {"fps": fps, "width": request.width, "height": request.height}
    return {**size, "input": request.input, "name": _job_name(request), "output": ""}


def _job_name(request: PlanRequest) -> str:
    return file_stem(request.name or Path(request.input).stem or "job")


def _total(request: PlanRequest) -> int:
    if request.frames:
        return sum(map(len, _listed(request)))
    if request.total is not None:
        return request.total
    return 0 if request.end is None else request.end - request.start + 1


def _listed(request: PlanRequest) -> list[range]:
    """Return the ranges of the frame list; none if it is wrong, which is reported elsewhere."""
    try:
        return parse_frame_list(request.frames)
    except UserInputError:
        return []


def _number_of_chunks(request: PlanRequest) -> int:
    if request.frames:
        return sum(1 for _ in _listed_chunks(request))
    if request.chunk_size is not None and request.chunk_size > 0:
        return -(-_total(request) // request.chunk_size)
    return min(request.chunk_count or 0, _total(request))


def _listed_chunks(request: PlanRequest) -> Iterator[range]:
    """Yield the frames of each chunk of a frame list. Chunks never reach over the end of one of its ranges."""
    size = request.chunk_size or -(-_total(request) // max(1, request.chunk_count or 1))
    steps = any(f"{{{name}" in request.command for name in ("frames", "step"))
    return islice(split_ranges(_listed(request), max(1, size), steps=steps), MOST_CHUNKS + 1)


def _frame_ranges(request: PlanRequest) -> Iterator[range]:
    if request.frames:
        yield from _listed_chunks(request)
        return
    total, number = _total(request), _number_of_chunks(request)
    if request.chunk_size is not None:
        for before in range(0, total, request.chunk_size):
            first = request.start + before
            yield range(first, first + min(request.chunk_size, total - before))
        return
    size, longer = divmod(total, number)
    start = request.start
    for index in range(number):
        count = size + (index < longer)
        yield range(start, start + count)
        start += count


def _document(request: PlanRequest) -> dict[str, object]:
    """Return the job in the form of a job file."""
    arguments = parse_command(request.command)
    shared = _shared_values(request)
    chunks: list[dict[str, object]] = []
    outputs: list[str] = []
    for index, frames in enumerate(_frame_ranges(request)):
        values = {**shared, **_values_of(index, frames)}
        values["output"] = _fill(request.chunk_output, values)
        outputs.append(str(values["output"]))
        command = join_command([_fill(argument, values) for argument in arguments])
        span = {"id": index, "startFrame": frames[0], "frameCount": len(frames)}
        span |= {"frameStep": frames.step} if frames.step != 1 else {}
        chunks.append({**span, "outputFile": values["output"], "command": command})
    total = _total(request)
    rate = exact_rate(request.fps) if request.fps > 0 else request.fps
    fps = rate_in_job_file(rate) if isinstance(rate, Fraction) else rate
    size = {"fps": fps, "width": request.width, "height": request.height}
    metadata = {"totalFrames": total, **size, "duration": float(total / rate) if rate else 0.0}
    output = request.output or f"{_job_name(request)}.mp4"
    job: dict[str, object] = {"metadata": metadata, "chunks": chunks, "outputFile": output}
    if _has_gaps(request) and read_pattern(PurePath(outputs[0]).name) is None:
        job["frameList"] = request.frames
    if request.name:
        job = {"name": request.name, **job}
    if request.tracks_from is not None:
        job |= {"tracksFrom": request.tracks_from}
    if request.frame_encoding is not None:
        job |= {"frameEncoding": request.frame_encoding}
    merge = _merge_command(request, output, outputs)
    return {**job, "mergeCommand": merge} if merge else job


def _has_gaps(request: PlanRequest) -> bool:
    ranges = _listed(request)
    joined = all(before[-1] + 1 == after[0] for before, after in pairwise(ranges))
    return not joined or any(frames.step != 1 for frames in ranges)


def _merge_command(request: PlanRequest, output: str, outputs: Sequence[str]) -> str:
    """Return a merge command with the finished video's encoding; empty if the request has none."""
    quality = "" if request.quality is None else str(request.quality)
    asked = {"--video-codec": request.video_codec, "--audio-codec": request.audio_codec, "--quality": quality}
    flags = [part for flag, value in asked.items() if value for part in (flag, value)]
    if not flags:
        return ""
    files = [f"./{name}" if name.startswith("-") else name for name in (output, *outputs)]
    return join_command(["helios", "merge", *files, *flags])
