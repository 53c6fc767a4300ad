"""The adapter of the toy kind."""

from __future__ import annotations

from helios_gui.adapters.adapter_kind import AdapterContext
from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.types import AttemptResult, JobContext, WorkerJob, WorkerResult
from tests.support.toy_kind.profile import ToyProfile


class ToyAdapter:
    """Renders with processes of this machine, which is what its workers do. Everything else is its own."""

    def __init__(self, profile: ToyProfile, context: AdapterContext) -> None:
        self._record = profile.record
        self._on_result = context.on_result
        self._processes = LocalAdapter(grace=1)

    async def prepare(self, context: JobContext) -> None:
        self._note(f"prepare {context.spec.name}")

    async def finish(self, job_id: str, *, completed: bool, deleted: bool = False) -> None:
        self._note("finish completed" if completed else "finish")

    async def execute(self, job: WorkerJob) -> WorkerResult:
        self._note(f"chunk {job.chunk.id}")
        result = await self._processes.execute(job)
        self._on_result(AttemptResult(exit_code=result.exit_code, worker_version="99.0.0"))
        return result

    async def reclaim(self, attempt_ids: object) -> int:
        return 0

    async def close(self) -> None:
        self._note("close")

    def _note(self, text: str) -> None:
        with self._record.open("a", encoding="utf-8") as record:
            record.write(f"{text}\n")
