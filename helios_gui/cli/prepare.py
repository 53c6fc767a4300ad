"""Everything that can be refused before anything runs: the job file, the options, and consent."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helios_gui.cli.consent import open_question
from helios_gui.cli.estimate import estimate_render
from helios_gui.jobfile.job_files import load_job
from helios_gui.jobfile.merge_command import recognise_merge
from helios_gui.media.media_names import is_media_name
from helios_gui.profiles.models import CloudProfile
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import JobExecutionOptions, JobSpec, UserInputError
from helios_gui.utils.folders import AppFolders

if TYPE_CHECKING:
    from helios_gui.cli.render import RenderRequest
    from helios_gui.cli.reporting import Reporter


@dataclass(frozen=True, slots=True)
class Prepared:
    """A render that may begin: ``options`` as a new job would get them, ``source`` the job file's real path."""

    request: RenderRequest
    folders: AppFolders
    spec: JobSpec
    source: Path
    options: JobExecutionOptions


def prepare(request: RenderRequest, folders: AppFolders, reporter: Reporter) -> Prepared:
    """Check the request, say what a cloud may cost, and ask for consent where it is needed.

    Raises ``UserInputError`` or ``NotFoundError``, and ``HeliosError`` where the journal cannot be used.
    """
    source = Path(os.path.realpath(request.job))
    spec = load_job(source)
    _check_options(request)
    _check_chunks(request, spec)
    profiles = ProfileStore(folders.profiles)
    profile = profiles.default if request.profile is None else profiles.get(request.profile)
    output = None if request.output is None else request.output.absolute()
    if output is not None:
        _check_output(output, spec, source)
    options = JobExecutionOptions(
        profile=profile.name,
        job_dir=source.parent,
        source=source,
        output=output,
        concurrency=request.concurrency,
        retries=request.retries,
        chunk_ids=request.chunk_ids,
        merge=request.merge,
    )
    destination = profile.storage_url if isinstance(profile, CloudProfile) else ""
    question = open_question(spec, source, folders.trust, request, destination)
    if question is not None:
        question.describe()
    if request.resume or destination:
        rendering = estimate_render(folders.journal, spec, options, profiles, request, reporter.note)
        if (estimate := asyncio.run(rendering)) is not None:
            reporter.estimate(estimate)
    if question is not None:
        question.ask()
    return Prepared(request, folders, spec, source, options)


def _check_options(request: RenderRequest) -> None:
    if request.output is not None and not request.merge:
        raise UserInputError("--output names the joined video, but --no-merge asks for none.", "Leave one of them out.")
    if not request.resume:
        return
    given = {
        "--concurrency": request.concurrency is not None,
        "--retries": request.retries is not None,
        "--output": request.output is not None,
        "--no-merge": not request.merge,
    }
    refused = [option for option, is_given in given.items() if is_given]
    if refused:
        raise UserInputError(
            f"A resumed job goes on as it was asked for; {' and '.join(refused)} cannot be changed.",
            f"Leave {'it' if len(refused) == 1 else 'them'} out, or render the job anew without --resume.",
        )


def _check_chunks(request: RenderRequest, spec: JobSpec) -> None:
    known = [chunk.id for chunk in spec.chunks]
    unknown = sorted(set(request.chunk_ids or ()).difference(known))
    if unknown:
        things = "chunk" if len(unknown) == 1 else "chunks"
        raise UserInputError(
            f"The job has no {things} {', '.join(map(str, unknown))}.", f"Its chunks are {min(known)} to {max(known)}."
        )


def _check_output(output: Path, spec: JobSpec, source: Path) -> None:
    """Find out now what would otherwise be found out after hours of rendering."""
    ours = spec.merge_command is None or recognise_merge(spec.merge_command) is not None
    if not ours and spec.output_file is None:
        raise UserInputError(
            "The job is joined by a command of its own that does not say which file it writes.",
            "Leave --output out, or name the file as “outputFile” in the job.",
        )
    if output.is_dir():
        raise UserInputError(f"{output} is a folder.", "Name the video's file: --output FOLDER/NAME.mp4")
    if ours and not is_media_name(output):
        raise UserInputError(f"{output} is not the name of a video.", "Let it end in .mp4, .mov, .mkv or .webm.")
    taken = {source, *((source.parent / chunk.output_file) for chunk in spec.chunks)}
    if os.path.realpath(output) in map(os.path.realpath, taken):
        raise UserInputError(f"{output} is a file of the job itself.", "Give the finished video another name.")
    folder = next(parent for parent in output.parents if parent.exists())
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise UserInputError(f"The folder {output.parent} cannot be made or written to.", "Choose another place.")
