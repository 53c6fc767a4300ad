"""A job as it enters the engine: checked, named, with absolute paths."""

from __future__ import annotations

from helios_gui.jobfile.merge_command import file_stem, final_output
from helios_gui.orchestrator.live_job import ChangeListener, LiveJob
from helios_gui.translation import tr
from helios_gui.types import JobExecutionOptions, JobSpec, UserInputError


def make_live_job(
    job_id: str, spec: JobSpec, options: JobExecutionOptions, listener: ChangeListener | None = None
) -> LiveJob:
    """Return a new job, named after itself, its file or its folder, in that order.

    Raises ``UserInputError`` for chunk ids the job does not have, and for paths no text can hold.
    """
    _check_chunk_ids(spec, options)
    options = options.model_copy(update={"job_dir": options.job_dir.absolute()})
    output = (options.output or final_output(spec, options.job_dir, options.source)).absolute()
    for path in (options.job_dir, output, options.source or output):
        try:
            str(path).encode()
        except UnicodeEncodeError as error:
            raise UserInputError(
                tr("The path {path!a} has characters that are no text.", path=str(path)),
                tr("Rename the folder or the file."),
            ) from error
    return LiveJob(job_id, spec, options, output, name=_name(spec, options), listener=listener)


def _check_chunk_ids(spec: JobSpec, options: JobExecutionOptions) -> None:
    known = [chunk.id for chunk in spec.chunks]
    unknown = sorted(set(options.chunk_ids or ()) - set(known))
    if unknown:
        theirs = ", ".join(map(str, known[:5])) + (f" … {known[-1]}" if len(known) > 5 else "")
        raise UserInputError(
            tr("The job has no chunk {unknown}.", unknown=", ".join(map(str, unknown))),
            tr("Its chunks are {theirs}.", theirs=theirs),
        )


def _name(spec: JobSpec, options: JobExecutionOptions) -> str:
    stem = file_stem(options.source.name) if options.source is not None else ""
    if spec.name or stem.lower() not in ("", "job", "render"):
        return spec.name or stem
    return options.job_dir.absolute().name or spec.id or "Job"
