"""From a source to its job file: where it is written, and what is left alone."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from pathlib import Path, PurePath

from helios_gui import product
from helios_gui.jobfile.job_files import save_job
from helios_gui.sources.job_paths import free_output, named_in_job, output_of_job_file
from helios_gui.sources.name_tokens import TokenValues, fill_name, has_tokens, numbered_name
from helios_gui.sources.origin import with_origin
from helios_gui.sources.source import AnyKind, JobRequest, Report, SourceFacts
from helios_gui.translation import tr
from helios_gui.types import JobSpec, UserInputError
from helios_gui.types.sequences import read_pattern

_JOB_SUFFIX = product.SUFFIXES[0]
_FRAME = re.compile(r"\{frame(?::0?(\d{1,2})d?)?\}")
"""Where the number of a frame goes, as job files may say it: it is no token of the name."""
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A planned job and its file."""

    spec: JobSpec
    path: Path
    is_there: bool
    """Whether the file holds this job already."""
    notes: tuple[str, ...] = ()
    """Sentences about what will not be as the source has it."""


def plan_source_job(
    kind: AnyKind, request: JobRequest, facts: SourceFacts, *, numbered: bool = False, force: bool = False
) -> PlannedJob:
    """Plan the job of a source. It reads the disk, and writes nothing.

    Args:
        kind: The source's kind.
        request: What is wanted.
        facts: What the source says about itself.
        numbered: Whether a job file that is there and holds another job is left alone by a number in the name.
        force: Whether such a file will be replaced.

    Raises:
        UnknownDurationError: It is not known how long the video is.
        UserInputError: Something asked for is not possible, or there is such a file.
    """
    wanted = _job_path(kind, request)
    if not wanted.parent.is_dir():
        raise UserInputError(tr("There is no folder {folder}.", folder=wanted.parent), tr("Make it first."))
    if not os.access(wanted.parent, os.W_OK):
        raise UserInputError(
            tr("The folder {folder} cannot be written to, and the job is made there.", folder=wanted.parent),
            tr("Save the job file in a folder of yours (in the terminal with --save), or change the permissions."),
        )
    for number in count(1):
        path = wanted if number == 1 else _numbered(wanted, number)
        spec = _plan_spec(kind, request, facts, path)
        notes = tuple(kind.notes(request, facts, path))
        if not os.path.lexists(path):
            return PlannedJob(spec, path, is_there=False, notes=notes)
        if _holds(path, spec):
            return PlannedJob(spec, path, is_there=True, notes=notes)
        if force:
            return PlannedJob(spec, path, is_there=False, notes=notes)
        if not numbered:
            break
    raise UserInputError(
        tr("{path} exists already, and is another job.", path=wanted),
        tr("Give another name, or replace it with --force."),
    )


def save_planned_job(job: PlannedJob) -> None:
    """Write the job file where it is not there already.

    Raises:
        UserInputError: It cannot be written.
    """
    if not job.is_there:
        save_job(job.spec, job.path)


async def make_source_job(kind: AnyKind, request: JobRequest, report: Report, *, force: bool = False) -> PlannedJob:
    """Read a source, plan its job and write the file.

    See ``SourceKind.read``, ``plan_source_job`` and ``save_planned_job``.
    """
    facts = await kind.read(request, report)
    job = await asyncio.to_thread(plan_source_job, kind, request, facts, force=force)
    await asyncio.to_thread(save_planned_job, job)
    return job


def _plan_spec(kind: AnyKind, request: JobRequest, facts: SourceFacts, job: Path) -> JobSpec:
    """Plan the job with the name of its output filled in."""
    name = _FRAME.sub(lambda match: "#" * max(2, int(match[1] or _DIGITS)), request.output)
    if has_tokens(name):
        # The size and the rate of the video are known once it is planned, for a free name that has the same suffix.
        tail = PurePath(name).suffix
        if read_pattern(PurePath(name).name) is not None:
            tail = f"_{'#' * _DIGITS}{tail}"
        plain = kind.plan(replace(request, output=free_output(job, tail)), facts, job)
        name = fill_name(name, _token_values(kind, request, plain), job.parent)
    if os.path.isabs(name):  # noqa: PTH117 - a text
        name = named_in_job(Path(name), job.parent)
    if name and request.number_output:
        name = numbered_name(name, job.parent, own=output_of_job_file(job))
    return with_origin(kind.plan(replace(request, output=name), facts, job), request, job)


def _token_values(kind: AnyKind, request: JobRequest, spec: JobSpec) -> TokenValues:
    metadata = spec.metadata
    return TokenValues(
        name=kind.title(request.source),
        day=date.today(),
        width=metadata.width,
        height=metadata.height,
        fps=metadata.rate,
        profile=request.profile,
        others=request.tokens,
    )


def _job_path(kind: AnyKind, request: JobRequest) -> Path:
    wanted = request.job or request.source.with_name(kind.title(request.source) + _JOB_SUFFIX)
    return Path(os.path.normpath(wanted.absolute()))


def _numbered(path: Path, number: int) -> Path:
    suffix = next((one for one in product.SUFFIXES if path.name.lower().endswith(one)), path.suffix)
    return path.with_name(f"{path.name[: len(path.name) - len(suffix)]} {number}{suffix}")


def _holds(path: Path, spec: JobSpec) -> bool:
    try:
        return path.read_bytes() == spec.to_json().encode("utf-8")
    except OSError:
        return False
