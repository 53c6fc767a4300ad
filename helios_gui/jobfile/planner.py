"""Plan a job from a command template: divide its frames into chunks and write the command of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from helios_gui.jobfile.command_line import join_command, parse_command
from helios_gui.jobfile.job_files import build_job
from helios_gui.jobfile.merge_command import WORST_QUALITY, file_stem
from helios_gui.translation import tr, tr_count
from helios_gui.types import JobSpec, UserInputError

COMMAND_PLACEHOLDERS = ("input", "output", "start", "end", "count", "fps", "width", "height")
"""Placeholders of a command template. ``end`` is the last frame, inclusive; ``count`` the number of frames."""

OUTPUT_PLACEHOLDERS = ("name", "index", "start", "end", "count")
"""Placeholders of the names of chunk outputs. ``name`` is the job's; ``index`` counts chunks from 0."""

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
        fps: Frames per second.
        width: Pixels.
        height: Pixels.
        start: The number of the first frame.
        end: The number of the last frame, inclusive. Either ``end`` or ``total`` is given.
        total: The number of frames.
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
    """

    command: str
    fps: float
    width: int
    height: int
    start: int = 0
    end: int | None = None
    total: int | None = None
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


@dataclass(frozen=True, slots=True)
class _FrameRange:
    """The frames of one chunk: ``start`` is the first one, ``count`` their number."""

    index: int
    start: int
    count: int

    @property
    def values(self) -> dict[str, object]:
        return {"index": self.index, "start": self.start, "end": self.start + self.count - 1, "count": self.count}


def plan_job(request: PlanRequest) -> JobSpec:
    """Plan a job that follows every rule of a job file.

    Raises:
        UserInputError: If something is wrong with the request; the message names all problems.
    """
    problems = [*_check_frames(request), *_check_patterns(request), *_check_encoding(request)]
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
    return build_job(_document(request), tr("The planned job"), request.job_dir)


def _check_frames(request: PlanRequest) -> Iterator[str]:
    if (request.end is None) == (request.total is None):
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
    sample: dict[str, object] = {**_shared_values(request), **_FrameRange(0, 0, 1).values}
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
        if _number_of_chunks(request) > 1 and not named & {"index", "start", "end"}:
            yield tr("chunk output: has none of {index}, {start} and {end}, so that all chunks would write one file")


def _check_placeholder_use(request: PlanRequest, used: set[str]) -> Iterator[str]:
    """Find templates that cannot work although each of their placeholders is valid."""
    if "output" not in used:
        yield tr("command: does not say {output}, the file a chunk writes")
    if _number_of_chunks(request) > 1 and not used & {"start", "end"}:
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
    fps = int(request.fps) if float(request.fps).is_integer() else request.fps
    size = {"fps": fps, "width": request.width, "height": request.height}
    return {**size, "input": request.input, "name": _job_name(request), "output": ""}


def _job_name(request: PlanRequest) -> str:
    return file_stem(request.name or Path(request.input).stem or "job")


def _total(request: PlanRequest) -> int:
    if request.total is not None:
        return request.total
    return 0 if request.end is None else request.end - request.start + 1


def _number_of_chunks(request: PlanRequest) -> int:
    if request.chunk_size is not None and request.chunk_size > 0:
        return -(-_total(request) // request.chunk_size)
    return min(request.chunk_count or 0, _total(request))


def _frame_ranges(request: PlanRequest) -> Iterator[_FrameRange]:
    total, number = _total(request), _number_of_chunks(request)
    if request.chunk_size is not None:
        for index in range(number):
            before = index * request.chunk_size
            yield _FrameRange(index, request.start + before, min(request.chunk_size, total - before))
        return
    size, longer = divmod(total, number)
    start = request.start
    for index in range(number):
        count = size + (index < longer)
        yield _FrameRange(index, start, count)
        start += count


def _document(request: PlanRequest) -> dict[str, object]:
    """Return the job in the form of a job file."""
    arguments = parse_command(request.command)
    shared = _shared_values(request)
    chunks: list[dict[str, object]] = []
    outputs: list[str] = []
    for frames in _frame_ranges(request):
        values = {**shared, **frames.values}
        values["output"] = _fill(request.chunk_output, values)
        outputs.append(str(values["output"]))
        command = join_command([_fill(argument, values) for argument in arguments])
        span = {"id": frames.index, "startFrame": frames.start, "frameCount": frames.count}
        chunks.append({**span, "outputFile": values["output"], "command": command})
    total = _total(request)
    size = {"fps": request.fps, "width": request.width, "height": request.height}
    metadata = {"totalFrames": total, **size, "duration": total / request.fps if request.fps else 0.0}
    output = request.output or f"{_job_name(request)}.mp4"
    job: dict[str, object] = {"metadata": metadata, "chunks": chunks, "outputFile": output}
    if request.name:
        job = {"name": request.name, **job}
    merge = _merge_command(request, output, outputs)
    return {**job, "mergeCommand": merge} if merge else job


def _merge_command(request: PlanRequest, output: str, outputs: Sequence[str]) -> str:
    """Return a merge command with the finished video's encoding; empty if the request has none."""
    quality = "" if request.quality is None else str(request.quality)
    asked = {"--video-codec": request.video_codec, "--audio-codec": request.audio_codec, "--quality": quality}
    flags = [part for flag, value in asked.items() if value for part in (flag, value)]
    if not flags:
        return ""
    files = [f"./{name}" if name.startswith("-") else name for name in (output, *outputs)]
    return join_command(["helios", "merge", *files, *flags])
