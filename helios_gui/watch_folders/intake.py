"""From a file in a watched folder to its job in the queue."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from helios_gui import product
from helios_gui.engine import Engine
from helios_gui.jobfile.job_files import is_job_file, load_job
from helios_gui.profiles.review import review_job
from helios_gui.sources.planned_job import PlannedJob, plan_source_job, save_planned_job
from helios_gui.sources.registry import VIDEO_SUFFIXES, find_kind, is_source
from helios_gui.translation import tr
from helios_gui.types import JobExecutionOptions, JobSpec, UserInputError
from helios_gui.types.frame_rate import parse_rate
from helios_gui.types.sequences import PICTURE_SUFFIXES
from helios_gui.watch_folders.landed_sequences import LandedSequence
from helios_gui.watch_folders.taken_files import TakenFiles
from helios_gui.watch_folders.watch_folder import RESULTS, WatchFolder


@dataclass(frozen=True, slots=True)
class AddedJob:
    """A job that was added; ``refusal`` says why it is not rendered, though that is wanted."""

    job_id: str
    name: str
    refusal: str = ""


def is_of_interest(path: Path) -> bool:
    """Return whether a job can be made of a file. It reads the disk.

    Pictures are not: only a ``SequenceWatch`` can tell whether all of a sequence are there.
    """
    return is_job_file(path) or (path.suffix.lower() not in PICTURE_SUFFIXES and is_source(path))


def needs_others(path: Path) -> bool:
    """Return whether a file may need others beside it, as pages, scenes and job files do."""
    return is_job_file(path) or path.suffix.lower() not in VIDEO_SUFFIXES


class Intake:
    """Makes jobs of the files in one watched folder. ``say`` gets the lines that a source prints."""

    def __init__(self, engine: Engine, folder: WatchFolder, say: Callable[[str], None]) -> None:
        self._engine = engine
        self._folder = folder
        self._say = say

    async def take(self, file: Path, taken_files: TakenFiles) -> AddedJob:
        """Add the job of a file, and have it rendered where that is wanted and allowed.

        Args:
            file: A job file or a source.
            taken_files: Gets the files that will be written in the folder, before the first of them is.

        Raises:
            HeliosError: The file cannot be used.
        """
        source = Path(await asyncio.to_thread(os.path.realpath, file))
        if await asyncio.to_thread(is_source, source):
            planned = await self._plan_source(source, source.parent / RESULTS, source.stem)
            return await self._add_planned(planned, taken_files)
        spec = await asyncio.to_thread(load_job, source, outside_outputs=True)
        await asyncio.to_thread(taken_files.announce, _written(spec, source))
        return await self._add(source, spec, taken_files)

    async def take_sequence(self, sequence: LandedSequence, title: str, taken_files: TakenFiles) -> AddedJob:
        """Add the job of an image sequence, with exactly the frames that it has.

        Args:
            sequence: The sequence, without gaps.
            title: What the job is called.
            taken_files: See ``take``.

        Raises:
            HeliosError: It cannot be used.
        """
        source = Path(await asyncio.to_thread(os.path.realpath, sequence.files[0]))
        results = Path(await asyncio.to_thread(os.path.realpath, self._folder.path)) / RESULTS
        frames: dict[str, Any] = {"first_frame": sequence.frames[0], "frames": len(sequence.frames)}
        if self._folder.fps:
            frames["fps"] = parse_rate(self._folder.fps)
        return await self._add_planned(await self._plan_source(source, results, title, **frames), taken_files)

    async def _add_planned(self, planned: PlannedJob, taken_files: TakenFiles) -> AddedJob:
        await asyncio.to_thread(taken_files.announce, [planned.path, *_written(planned.spec, planned.path)])
        await asyncio.to_thread(save_planned_job, planned)
        return await self._add(planned.path, planned.spec, taken_files)

    async def _add(self, source: Path, spec: JobSpec, taken_files: TakenFiles) -> AddedJob:
        profile = self._engine.profiles.get(self._folder.profile or self._engine.profiles.default_name)
        options = JobExecutionOptions(profile=profile.name, job_dir=source.parent, source=source)
        job_id = self._find_lost(source, taken_files) or await self._engine.manager.submit_job(
            spec, options, start=False
        )
        status = await self._engine.manager.get_job(job_id)
        name = status.summary.name if status is not None else source.name
        if not self._folder.render:
            return AddedJob(job_id, name)
        refusal = await asyncio.to_thread(self._refusal, spec, source, profile.name)
        if not refusal:
            await self._engine.manager.resume_job(job_id)
        return AddedJob(job_id, name, refusal)

    def _find_lost(self, source: Path, taken_files: TakenFiles) -> str:
        """Return the job that was added just before this app came to a sudden end, or that a person has added."""
        jobs = self._engine.manager.list_jobs()
        return next(
            (
                job.id
                for job in jobs
                if job.source == source and not job.elsewhere and not taken_files.knows_job(job.id)
            ),
            "",
        )

    async def _plan_source(self, source: Path, results: Path, title: str, **wanted: Any) -> PlannedJob:
        """Plan the job of a source as it is: in ``results``, or beside it for a cloud, where its folder is uploaded."""
        kind = find_kind(source)
        profile = self._engine.profiles.get(self._folder.profile or self._engine.profiles.default_name)
        values: dict[str, Any] = {"source": source, "profile": profile.name, **wanted}
        values["processors"] = self._engine.places(profile.name)
        if not profile.is_cloud:
            await asyncio.to_thread(results.mkdir, exist_ok=True)
        values["job"] = (source.parent if profile.is_cloud else results) / f"{title}{product.SUFFIXES[0]}"
        if self._folder.preset and "preset" in {field.name for field in fields(kind.request_type)}:
            values["preset"] = self._folder.preset
        request = kind.request_type(**values)
        facts = await kind.read(request, self._say)
        if facts.missing:
            raise UserInputError(tr("Files that it needs are missing: {names}", names=", ".join(facts.missing)))
        return await asyncio.to_thread(plan_source_job, kind, request, facts, numbered=True)

    def _refusal(self, spec: JobSpec, source: Path, profile_name: str) -> str:
        """Return why nobody has agreed to run the job yet; empty if somebody has. Blocking."""
        profile = self._engine.profiles.get(profile_name)
        review = review_job(spec, source.parent, source, profile.chunk_environment().get("PATH"))
        trust = self._engine.trust
        if not trust.is_trusted(review):
            return tr("its folder is not trusted, or it writes outside of it")
        if profile.upload_url and not trust.may_upload(review, profile.upload_url):
            return tr("nobody has agreed yet to copy its folder to {place}", place=profile.upload_url)
        return ""


def _written(spec: JobSpec, job: Path) -> list[Path]:
    """Return the files that a job writes."""
    names = [chunk.output_file for chunk in spec.chunks]
    names += [spec.output_file] if spec.output_file else []
    return [Path(os.path.normpath(job.parent / name)) for name in names]
