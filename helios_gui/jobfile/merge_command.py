"""A job's ``mergeCommand``: recognised when it is Helios' own merge, and where the finished video goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helios_gui import product
from helios_gui.jobfile.command_line import parse_command
from helios_gui.types import JobSpec, UserInputError

_RUNNERS = ("npx",)
_RUNNER_FLAGS = ("-y", "--yes", "--no-install", "--no")
_PACKAGE = "@helios-project/cli"
WORST_QUALITY = 63
"""The largest CRF any of the usual encoders knows (AV1 and VP9; H.264 ends at 51)."""

_FLAGS = ("--video-codec", "--audio-codec", "--quality")
_UNFIT_FOR_FILE_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_JOB_SUFFIXES = (*product.SUFFIXES, ".json")
_MOST_NAME_BYTES = 180  # of the 255 that file systems allow; leaves room for suffixes


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """What a recognised merge asks for: paths as written, codecs by name (empty: not said), quality as a CRF."""

    output: str
    inputs: tuple[str, ...]
    video_codec: str = ""
    audio_codec: str = ""
    quality: int | None = None


def recognise_merge(command: str | None) -> MergeRequest | None:
    """The request behind ``helios merge OUT IN…`` (by any path, or through ``npx``), which we then do ourselves.

    ``None`` for every other command and for anything surprising in this one (a flag we do not know, a flag
    given twice, no input): such a command is to be run as it stands.
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
    """The arguments of Helios' merge; ``None`` when it is another program or another task."""
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
    """``helios`` for ``helios``, ``node_modules/.bin/helios`` and ``C:\\tools\\helios.cmd``."""
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
    """The job's merge if our own stitcher may do it: recognised, and joining exactly the chunks in their order.

    Any other merge command is a program of the job's own, to be reviewed and run like a chunk's.
    """
    request = recognise_merge(spec.merge_command)
    outputs = [Path(chunk.output_file) for chunk in spec.chunks]
    return request if request and [Path(name) for name in request.inputs] == outputs else None


def final_output(spec: JobSpec, job_dir: Path, source: Path | None = None) -> Path:
    """The path of the finished video, in ``job_dir`` unless the job says otherwise.

    What the job names (``outputFile``, else the recognised merge's output), else an ``.mp4`` named after the
    job or its file, which is never the name of a chunk's output.
    """
    if spec.output_file:
        return job_dir / spec.output_file
    merge = recognise_merge(spec.merge_command)
    if merge:
        return job_dir / merge.output
    stem = file_stem(spec.name or (source.name if source else "") or "output")
    taken = {Path(chunk.output_file).name.casefold() for chunk in spec.chunks}
    while f"{stem}.mp4".casefold() in taken:
        stem += "-final"
    return job_dir / f"{stem}.mp4"


def file_stem(name: str) -> str:
    """A job's or job file's name as the stem of a file that every system can store; never empty."""
    for suffix in _JOB_SUFFIXES:
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
            break
    fit = _UNFIT_FOR_FILE_NAMES.sub("_", name).encode("utf-8", "replace")[:_MOST_NAME_BYTES]
    return fit.decode("utf-8", "ignore").strip(". ") or "output"
