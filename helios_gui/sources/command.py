"""Jobs of any command: planned from a template, and kept in the job file so that they can be changed later."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, fields
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from helios_gui import product
from helios_gui.jobfile.frame_list import parse_frame_list
from helios_gui.jobfile.job_files import load_job
from helios_gui.jobfile.merge_command import file_stem
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.sources.job_paths import named_in_job
from helios_gui.sources.planned_job import PlannedJob
from helios_gui.translation import tr
from helios_gui.types import JobFileError, JobSpec, UserInputError
from helios_gui.types.frame_rate import WrittenRate, parse_rate

KEY = "plannedFrom"
"""The key in job files; what reads them and does not know it leaves it alone."""

_JOB_SUFFIX = product.SUFFIXES[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRequest:
    """A command to be planned, as a person writes it; see ``PlanRequest``.

    Attributes:
        command: The template.
        frames: A frame list.
        rate: Frames per second.
        width: Pixels.
        height: Pixels.
        chunk_size: Frames per chunk.
        chunk_output: The template of the chunks' outputs.
        output: The finished video, or pictures.
        name: Of the job.
        input: The file that ``{input}`` names; empty for none.
    """

    command: str = ""
    frames: str = "1-100"
    rate: str = "30"
    width: int = 1920
    height: int = 1080
    chunk_size: int = 25
    chunk_output: str = "{name}_part_{index:04}.mov"
    output: str = ""
    name: str = ""
    input: str = ""


def plan_command(request: CommandRequest, folder: Path, own: Path | None = None) -> PlannedJob:
    """Plan the job of a command. It reads the disk, and writes nothing.

    Args:
        request: What is wanted.
        folder: Where commands run, and where the job file will be.
        own: The job's file, if it has one; another one is left alone by a number in the name.

    Raises:
        UserInputError: Something is wrong with the request; the message names all problems.
    """
    if not request.name.strip():
        raise UserInputError(tr("The job has no name."))
    try:
        rate = parse_rate(request.rate.strip().replace(",", "."))
    except ValueError as error:
        raise UserInputError(tr("“{rate}” is no frame rate.", rate=request.rate)) from error
    parse_frame_list(request.frames)
    spec = plan_job(
        PlanRequest(
            command=request.command,
            fps=WrittenRate(f"{rate.numerator}/{rate.denominator}"),
            width=request.width,
            height=request.height,
            frames=request.frames,
            chunk_size=request.chunk_size,
            input=named_in_job(folder / request.input, folder) if request.input else "",
            chunk_output=request.chunk_output,
            output=request.output or f"{file_stem(request.name)}.mp4",
            name=request.name,
            job_dir=folder,
        )
    )
    spec = spec.model_copy(update={KEY: asdict(request)})
    stem = file_stem(request.name)
    for number in count(1):
        path = folder / (f"{stem}{_JOB_SUFFIX}" if number == 1 else f"{stem} {number}{_JOB_SUFFIX}")
        if path == own or not os.path.lexists(path):
            return PlannedJob(spec, path, is_there=False)
        if _holds(path, spec):
            return PlannedJob(spec, path, is_there=True)
    raise AssertionError


def command_of(spec: JobSpec) -> CommandRequest | None:
    """Return what a job was planned from; ``None`` if it was not planned here."""
    kept = (spec.model_extra or {}).get(KEY)
    if not isinstance(kept, dict):
        return None
    known = {field.name for field in fields(CommandRequest)}
    values: dict[str, Any] = {name: value for name, value in kept.items() if name in known}
    try:
        return TypeAdapter(CommandRequest).validate_python(values)
    except ValidationError:
        return None


def _holds(path: Path, spec: JobSpec) -> bool:
    try:
        return load_job(path, outside_outputs=True) == spec
    except JobFileError:
        return False
