"""The checks before a render: the job file, the options, what it may cost, and the user's permission."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from helios_gui.adapters.base_profile import Profile
from helios_gui.cli.order import read_order
from helios_gui.cli.render.consent import describe_doubts, required_consent
from helios_gui.cli.render.reporters.base import Reporter
from helios_gui.cli.render.request import RenderRequest
from helios_gui.cli.render.starting_after import read_standing
from helios_gui.jobfile.command_line import join_command
from helios_gui.jobfile.job_files import load_job
from helios_gui.jobfile.merge_command import final_output
from helios_gui.jobfile.output_names import check_final_output, is_stitched_by_us, names_final_output
from helios_gui.profiles.review import review_job
from helios_gui.profiles.store import ProfileStore
from helios_gui.queue_access import open_queue_reader
from helios_gui.sources.registry import is_source
from helios_gui.stitcher.fit_forecast import forecast_job, forecast_sound
from helios_gui.translation import tr, tr_count
from helios_gui.types import JobExecutionOptions, JobSpec, UserInputError
from helios_gui.types.cost import CostEstimate
from helios_gui.types.sequences import read_pattern
from helios_gui.utils.folders import AppFolders


@dataclass(frozen=True, slots=True)
class PreparedRender:
    """A render that may start.

    Attributes:
        request: The options as typed.
        folders: Where the app keeps its files.
        spec: The job.
        source: The job file's path, without symbolic links.
        options: The options for a new job.
    """

    request: RenderRequest
    folders: AppFolders
    spec: JobSpec
    source: Path
    options: JobExecutionOptions


def prepare_render(request: RenderRequest, folders: AppFolders, reporter: Reporter) -> PreparedRender:
    """Check the request, report what a cloud may cost, and ask for permission where it is needed.

    Raises:
        UserInputError: The job file or an option cannot be used, or the user does not give permission.
        NotFoundError: There is no such profile.
        HeliosError: The journal cannot be read.
    """
    source = Path(os.path.realpath(request.job))
    _check_no_source(request.job)
    spec = load_job(source, outside_outputs=True)  # what is there is part of what has to be permitted
    _check_options(request)
    _check_chunks(request, spec)
    profiles = ProfileStore(folders.profiles)
    profile = profiles.default if request.profile is None else profiles.get(request.profile)
    output = None if request.output is None else request.output.absolute()
    if output is not None:
        _check_output(output, spec, source)
    makes_video = request.merge is not False and (output is not None or names_final_output(spec))
    if makes_video and not request.resume:
        video = output or final_output(spec, source.parent, source)
        if not request.reencode:
            _check_fit(video, spec)
        if sound := forecast_sound(spec, video):
            reporter.note(sound)
    options = JobExecutionOptions(
        profile=profile.name,
        job_dir=source.parent,
        source=source,
        output=output,
        **request.limits,
        scout=read_order(request.order),
        chunk_ids=request.chunk_ids,
        merge=request.merge is not False,
        reencode=bool(request.reencode),
        overwrite=request.overwrite or _completes_frames(request, output or final_output(spec, source.parent, source)),
        keep_finished=request.missing,
        unattended=not request.waits_for_people,
        standing=asyncio.run(read_standing(request, folders)),
        now=request.now,
    )
    prepared = PreparedRender(request, folders, spec, source, options)
    _report_and_ask(prepared, profiles, profile, reporter)
    return prepared


def _check_no_source(job: Path) -> None:
    """Refuse a page, a scene, a video or pictures with the command that makes a job of them."""
    if is_source(job):
        command = join_command(["helios-gui", "new", str(job), "--render"])
        raise UserInputError(
            tr("{name} is no job file, but what a job is made of.", name=job.name or job),
            tr("Make a job of it with: {command}", command=command),
        )


def _report_and_ask(prepared: PreparedRender, profiles: ProfileStore, profile: Profile, reporter: Reporter) -> None:
    """Report what the job would run, upload and cost, and ask for permission where it is needed.

    Raises:
        UserInputError: The user does not give permission, or the folder cannot be uploaded.
        HeliosError: The journal cannot be read.
    """
    request, folders, spec, source = prepared.request, prepared.folders, prepared.spec, prepared.source
    destination = profile.upload_url
    review = review_job(spec, source.parent, source, profile.chunk_environment().get("PATH"))
    consent = required_consent(review, source, folders.trust, request, destination)
    if consent is not None:
        consent.describe()
    if request.resume or destination:
        estimate = asyncio.run(_estimate_cost(request, folders, spec, prepared.options, profiles, reporter))
        if estimate is not None:
            reporter.estimate(estimate)
    if destination:
        for note in _describe_upload(spec, prepared.options, source):
            reporter.note(note)
    if consent is not None:
        consent.require()
    for doubt in describe_doubts(review, runs_here=not destination):
        reporter.note(doubt)


def _describe_upload(spec: JobSpec, options: JobExecutionOptions, source: Path) -> tuple[str, ...]:
    """Return what a person may miss of the folder when it is in the cloud. Raises ``UserInputError``."""
    from helios_gui.storage.bundle import scan_job

    return scan_job(spec, options.job_dir, options.output or final_output(spec, options.job_dir, source)).notes


async def _estimate_cost(
    request: RenderRequest,
    folders: AppFolders,
    spec: JobSpec,
    options: JobExecutionOptions,
    profiles: ProfileStore,
    reporter: Reporter,
) -> CostEstimate | None:
    """Return what the render may cost, with ``--resume`` what is left of it; ``None`` for one on this machine."""
    async with open_queue_reader(folders) as reader:
        if reader.problem:
            reporter.note(reader.problem)
        found = await reader.find_last_render(options.source or options.job_dir) if request.resume else None
        profile = options.profile if found is None or request.profile else found.options.profile
        if not profiles.get(profile).is_cloud:
            return None
        if found is None:
            return await reader.estimate_new_job(spec, options, request.chunk_ids)
        return await reader.estimate_render(found, profile, request.chunk_ids)


def _completes_frames(request: RenderRequest, output: Path) -> bool:
    """Return whether the frames that are there are to be completed, and not to be replaced."""
    return request.missing and read_pattern(output.name) is not None


def _check_options(request: RenderRequest) -> None:
    if request.missing and (request.resume or request.chunk_ids is not None):
        raise UserInputError(
            tr("--missing finds out by itself which chunks to render."), tr("Leave out --resume and --chunk.")
        )
    if request.output is not None and request.merge is False:
        raise UserInputError(
            tr("--output names the finished video, but --no-merge makes none."), tr("Leave out one of them.")
        )
    if request.reencode and request.merge is False:
        raise UserInputError(
            tr("--reencode is about the finished video, but --no-merge makes none."), tr("Leave out one of them.")
        )


def _check_chunks(request: RenderRequest, spec: JobSpec) -> None:
    known = [chunk.id for chunk in spec.chunks]
    unknown = sorted(set(request.chunk_ids or ()).difference(known))
    if unknown:
        raise UserInputError(
            tr_count(
                "The job has no chunk {unknown}.",
                "The job has no chunks {unknown}.",
                len(unknown),
                unknown=", ".join(map(str, unknown)),
            ),
            tr("Its chunks are {first} to {last}.", first=min(known), last=max(known)),
        )


def _check_output(output: Path, spec: JobSpec, source: Path) -> None:
    """Refuse an output now that would only fail after hours of rendering."""
    if not is_stitched_by_us(spec) and not names_final_output(spec):
        raise UserInputError(
            tr("The job is stitched by a command of its own that does not tell which file it writes."),
            tr("Leave out --output, or name the file as “outputFile” in the job."),
        )
    check_final_output(output, spec, source.parent, source)


def _check_fit(output: Path, spec: JobSpec) -> None:
    """Refuse a video now whose container cannot hold what the chunks' commands are sure to render."""
    problem = forecast_job(spec, output)
    if problem is not None:
        raise UserInputError(
            tr("{output} cannot be made: {problem}", output=output.name, problem=problem),
            tr("{hint} In the terminal that is --reencode.", hint=problem.hint),
        )
