"""The adapter that runs attempts on this machine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from helios_gui.adapters.local.gpus import GpuSlots, gpu_environment
from helios_gui.jobfile.command_line import resolve_program
from helios_gui.process.process_runner import ProcessRunner
from helios_gui.process.process_trees import end_attempts
from helios_gui.translation import tr
from helios_gui.types import JobContext, UserInputError, WorkerJob, WorkerResult
from helios_gui.types.errors import error_in_words


class LocalAdapter:
    """A ``WorkerAdapter`` for this machine.

    ``grace`` is how many seconds a process tree has after SIGTERM; each attempt sees one of ``gpus`` only, if there
    are some.
    """

    def __init__(self, grace: float = 5.0, gpus: Sequence[str] = ()) -> None:
        self._grace = grace
        self._gpus = GpuSlots(gpus)
        self._runner = ProcessRunner(grace)

    async def prepare(self, context: JobContext) -> None:
        """Do nothing: the job's files are here already."""

    async def finish(self, job_id: str, *, completed: bool, deleted: bool = False) -> None:
        """Do nothing: only outputs are left of a job."""

    async def execute(self, job: WorkerJob) -> WorkerResult:
        """Run one attempt to its end. A failed render is a result, not an exception.

        The process and all it started are gone when this returns or passes a cancellation on, which ends
        them with SIGTERM, the grace and SIGKILL; cancelled again, with SIGKILL at once.
        """
        try:
            command = resolve_program(job.command, job_dir=job.job_dir, path=job.environment.get("PATH"))
            job = replace(job, command=command)
        except UserInputError as error:
            if job.command and job.job_dir.is_dir():  # else that is what is wrong, and running it says so
                return self._runner.refuse(job, error_in_words(error))
        with self._gpus.take() as gpu:
            if gpu:
                job = replace(job, environment=gpu_environment(gpu, job.environment))
                job.on_worker(tr("GPU {name}", name=gpu))
            return await self._runner.run(job)

    async def reclaim(self, attempt_ids: Collection[str]) -> int:
        """End the processes that an earlier run of the app left of these attempts; return how many there were."""
        return await end_attempts(attempt_ids, self._grace)

    async def close(self) -> None:
        """Do nothing: no connection is held."""
