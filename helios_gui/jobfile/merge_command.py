"""Recognise Helios' own merge in a job's ``mergeCommand``, and name the finished video."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePath

from helios_gui import product
from helios_gui.jobfile.command_line import parse_command
from helios_gui.jobfile.sequence_patterns import find_sequence_pattern, without_patterns
from helios_gui.media.media_verifier import is_media_name
from helios_gui.types import JobSpec, UserInputError

_RUNNERS = ("npx",)
_RUNNER_FLAGS = ("-y", "--yes", "--no-install", "--no")
_OUTPUT_FLAGS = ("-o", "--out", "--output")
_OUTPUT_PREFIXES = ("-o=", "--out=", "--output=")
_PACKAGE = "@helios-project/cli"
WORST_QUALITY = 63
"""The largest CRF of any usual encoder (AV1 and VP9; that of H.264 is 51)."""

_FLAGS = ("--video-codec", "--audio-codec", "--quality")
_UNFIT_FOR_FILE_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_JOB_SUFFIXES = (*product.SUFFIXES, ".json")
_MOST_NAME_BYTES = 180  # of the 255 that file systems allow; leaves room for suffixes


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """The arguments of a recognised merge.

    Attributes:
        output: The path of the finished video, as written in the command.
        inputs: The paths of the chunks' outputs, as written in the command.
        video_codec: The name of a codec or encoder; empty if the command has none.
        audio_codec: As ``video_codec``.
        quality: The CRF, from 0 (best) to 63.
    """

    output: str
    inputs: tuple[str, ...]
    video_codec: str = ""
    audio_codec: str = ""
    quality: int | None = None


def recognise_merge(command: str | None) -> MergeRequest | None:
    """Read the arguments of ``helios merge OUT IN…``, so that our own stitcher can do the same.

    The program may have any path or be run by ``npx``.

    Returns:
        The arguments; ``None`` for any other command, and for a merge with an unknown flag, a repeated flag or no
        input. Such a command is run unchanged.
    """
    if command is None:
        return None
    try:
        arguments = _after_merge(parse_command(command))
    except UserInputError:
        return None
    if arguments is None:
        return None
    return _read_arguments(arguments)


def _after_merge(argv: Sequence[str]) -> Sequence[str] | None:
    """Return the arguments that follow ``helios merge``; ``None`` for another program or subcommand."""
    program, *rest = argv
    if _program_name(program) in _RUNNERS:
        while rest and rest[0] in _RUNNER_FLAGS:
            rest.pop(0)
        if not rest:
            return None
        program, *rest = rest
    if _program_name(program) != "helios" and program != _PACKAGE:
        return None
    return rest[1:] if rest[:1] == ["merge"] else None


def _program_name(program: str) -> str:
    r"""Return ``helios`` for ``helios``, ``node_modules/.bin/helios`` and ``C:\tools\helios.cmd``."""
    name = re.split(r"[/\\]", program)[-1].lower()
    return re.sub(r"\.(cmd|exe|ps1|js|mjs)$", "", name)


def _read_arguments(arguments: Sequence[str]) -> MergeRequest | None:
    files: list[str] = []
    flags: dict[str, str] = {}
    remaining = iter(arguments)
    for argument in remaining:
        if not argument.startswith("-"):
            files.append(argument)
            continue
        flag, equals, value = argument.partition("=")
        if not equals:
            value = next(remaining, "")
        if flag not in _FLAGS or flag in flags or not value or value.startswith("-"):
            return None
        flags[flag] = value
    quality = flags.get("--quality")
    if len(files) < 2 or "" in files or (quality is not None and not _is_quality(quality)):
        return None
    return MergeRequest(
        output=files[0],
        inputs=tuple(files[1:]),
        video_codec=flags.get("--video-codec", ""),
        audio_codec=flags.get("--audio-codec", ""),
        quality=None if quality is None else int(quality),
    )


def _is_quality(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,2}", text) is not None and int(text) <= WORST_QUALITY


def replaceable_merge(spec: JobSpec) -> MergeRequest | None:
    """Return the job's merge if our own stitcher can replace it: it joins exactly the chunks, in their order.

    ``None`` for any other merge command. Such a command is reviewed and run like that of a chunk.
    """
    request = recognise_merge(spec.merge_command)
    outputs = [Path(chunk.output_file) for chunk in spec.chunks]
    return request if request and [Path(name) for name in request.inputs] == outputs else None


def read_merge_output(spec: JobSpec) -> str:
    """Return the file that a merge command of the job's own says that it writes; empty where it does not say.

    That is FFmpeg's last argument, or the value of ``-o``, ``--out`` or ``--output``, if it has a video's suffix and is
    none of the chunks' outputs.
    """
    if not spec.merge_command or recognise_merge(spec.merge_command) is not None:
        return ""
    try:
        argv = parse_command(spec.merge_command)
    except UserInputError:
        return ""
    named = [value for flag, value in pairwise(argv) if flag in _OUTPUT_FLAGS]
    named += [argument.partition("=")[2] for argument in argv if argument.startswith(_OUTPUT_PREFIXES)]
    if _program_name(argv[0]) == "ffmpeg":
        named = [argv[-1]] if len(argv) > 2 and argv[-2] != "-i" else []
    chunks = {Path(chunk.output_file) for chunk in spec.chunks}
    found = {name for name in named if _is_video_file(name) and Path(name) not in chunks}
    return found.pop() if len(found) == 1 else ""


def _is_video_file(name: str) -> bool:
    return is_media_name(PurePath(name)) and "://" not in name and find_sequence_pattern(name) is None


def common_sequence(spec: JobSpec) -> str:
    """Return the image sequence that all chunks of a job write; empty if there is none."""
    names = {chunk.output_file for chunk in spec.chunks} if spec.renders_frames else set()
    return names.pop() if len(names) == 1 else ""


def final_output(spec: JobSpec, job_dir: Path, source: Path | None = None) -> Path:
    """Return the path of the finished video.

    Args:
        spec: The job. Its ``outputFile`` is used, else the output of its merge where that can be told, else an
            ``.mp4`` named after the job or its file, which never has the name of a chunk's output. If the chunks write
            one image sequence, and the job says nothing else, that is what it ends as.
        job_dir: The folder that relative paths start from.
        source: The job file.
    """
    if spec.output_file:
        return job_dir / spec.output_file
    merge = recognise_merge(spec.merge_command)
    if merge:
        return job_dir / merge.output
    named = read_merge_output(spec) or common_sequence(spec)
    if named:
        return job_dir / named
    stem = file_stem(spec.name or (source.name if source else "") or "output")
    taken = {Path(chunk.output_file).name.casefold() for chunk in spec.chunks}
    while f"{stem}.mp4".casefold() in taken:
        stem += "-final"
    return job_dir / f"{stem}.mp4"


def file_stem(name: str) -> str:
    """Turn the name of a job or job file into a file name without suffix that is valid on every system.

    The result is never empty.
    """
    for suffix in _JOB_SUFFIXES:
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
            break
    fit = _UNFIT_FOR_FILE_NAMES.sub("_", name).encode("utf-8", "replace")[:_MOST_NAME_BYTES]
    return without_patterns(fit.decode("utf-8", "ignore")).strip(". ") or "output"
