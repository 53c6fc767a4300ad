"""Queue files: jobs of a queue in one JSON file, to be added to a queue elsewhere or later.

A queue file is an object with ``heliosQueue`` (the version of the format, 1) and ``jobs``: a list of objects with the
``id`` that others name in ``after``, the ``job`` as in a job file, and ``options`` (``JobExecutionOptions``). What was
rendered, and what a person agreed to, is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from helios_gui.jobfile.job_files import load_job, parse_job
from helios_gui.jobfile.limits import MOST_BYTES
from helios_gui.jobfile.merge_command import file_stem
from helios_gui.translation import tr
from helios_gui.types import HeliosError, JobExecutionOptions, JobSpec, JobStatus, UserInputError
from helios_gui.utils.files import write_atomic
from helios_gui.utils.model_problems import problems_in_words

_KEY = "heliosQueue"
_VERSION = 1
_NOT_KEPT = {"overwrite"}
"""Options that a person gave for one job at one place."""
_NOT_TAKEN = {"overwrite": False, "unattended": False, "keep_finished": False, "now": False, "output": None}
"""What options of a queue file are instead: the rest would have files replaced or written without a question."""


@dataclass(frozen=True, slots=True)
class StoredQueueJob:
    """A job of a queue file; ``key`` is what other jobs of the file call it."""

    key: str
    spec: JobSpec
    options: JobExecutionOptions


def queue_text(jobs: Sequence[JobStatus]) -> str:
    """Return the content of a queue file with these jobs, in their order."""
    entries = [
        {
            "id": job.summary.id,
            "job": json.loads(job.spec.to_json()),
            "options": job.options.model_dump(mode="json", exclude_defaults=True, exclude=_NOT_KEPT),
        }
        for job in jobs
    ]
    return json.dumps({_KEY: _VERSION, "jobs": entries}, indent=1, ensure_ascii=False) + "\n"


def write_queue(path: Path, jobs: Sequence[JobStatus]) -> None:
    """Write a queue file in one step.

    Raises:
        UserInputError: It cannot be written. A file that was there before is then unchanged.
    """
    try:
        write_atomic(path, queue_text(jobs))
    except OSError as error:
        raise UserInputError(
            tr("The queue cannot be written to {path}: {reason}.", path=path, reason=error.strerror or error),
            tr("Choose another place for it."),
        ) from error


def read_queue(path: Path) -> list[StoredQueueJob]:
    """Read a queue file, with the rules for job files applied to each job.

    Outputs outside a job's folder are accepted, as they are in job files that are added: a person is asked about them
    before the job runs.

    Raises:
        UserInputError: The file cannot be read, is no queue file, or is one of a newer version.
        JobFileError: A job in it breaks a rule; none is returned.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _not_a_queue(path)
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UserInputError(
            tr("The queue {path} cannot be read: {reason}.", path=path, reason=error.strerror or error)
        ) from error
    except (ValueError, RecursionError) as error:
        raise _not_a_queue(path) from error
    if not isinstance(document, dict) or not isinstance(document.get(_KEY), int):
        raise _not_a_queue(path)
    if document[_KEY] > _VERSION:
        raise UserInputError(
            tr("{path} was written by a newer version of Helios Render Manager.", path=path),
            tr("Update the application."),
        )
    entries = document.get("jobs")
    if not isinstance(entries, list):
        raise _not_a_queue(path)
    return [_read_entry(path, number, entry) for number, entry in enumerate(entries, 1)]


def _read_entry(path: Path, number: int, entry: Any) -> StoredQueueJob:
    where = tr("{path}, job {number}", path=path, number=number)
    if not isinstance(entry, dict) or not isinstance(entry.get("job"), dict):
        raise _not_a_queue(path)
    try:
        options = JobExecutionOptions.model_validate(entry.get("options", {}))
    except ValidationError as error:
        raise UserInputError(
            tr("The options in {where} cannot be used.", where=where), problems_in_words(error)
        ) from error
    kept = options.model_copy(update={**_NOT_TAKEN, "job_dir": options.job_dir.absolute()})
    job = dict(entry["job"])
    if options.output is not None:  # where the review of a job looks, which names it before anything runs
        job["outputFile"] = str(kept.job_dir / options.output)
    spec = parse_job(json.dumps(job).encode(), where, kept.job_dir, outside_outputs=True)
    if not _is_job_of_its_file(spec, kept):
        if kept.source is not None and not spec.name:
            spec = spec.model_copy(update={"name": file_stem(kept.source.name)})
        kept = kept.model_copy(update={"source": None, "imported": True})
    return StoredQueueJob(str(entry.get("id", number)), spec, kept)


def _is_job_of_its_file(spec: JobSpec, options: JobExecutionOptions) -> bool:
    """Return whether the job is what the job file holds that it is said to come from, in that file's own folder.

    Otherwise it would pass for a job of that file: with its folder's trust, its videos and its earlier renders.
    """
    source = options.source
    if source is None or source.parent != options.job_dir:
        return False
    try:
        return load_job(source, outside_outputs=True) == spec
    except (HeliosError, OSError):
        return False


def _not_a_queue(path: Path) -> HeliosError:
    return UserInputError(
        tr("{path} is not a queue that was exported by Helios Render Manager.", path=path),
        tr("Job files are added with “Add jobs…”."),
    )
