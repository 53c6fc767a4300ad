"""After a restart, what is there counts, not what the journal says."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.made_files import record_files, record_without_digest
from helios_gui.orchestrator.reconcile import keep_finished, reconcile, stop_leftover_workers
from helios_gui.orchestrator.silent_listener import SilentListener
from helios_gui.orchestrator.states import JobPhase
from helios_gui.types import (
    ChunkState,
    JobExecutionOptions,
    MadeFile,
    RenderChunk,
    VerificationError,
)
from tests.support.instant import InstantWorkers
from tests.support.jobs import text_job

COMPLETED, PENDING, FAILED, UNKNOWN = ChunkState.COMPLETED, ChunkState.PENDING, ChunkState.FAILED, ChunkState.UNKNOWN


async def verify(path: Path, chunk: RenderChunk) -> None:
    """An output is right when it holds its chunk's id."""
    try:
        content = path.read_text()
    except FileNotFoundError as error:
        raise VerificationError(f"{path.name} is missing.") from error
    if content == "unreadable":
        raise OSError(5, "Input/output error")
    if content != str(chunk.id):
        raise VerificationError(f"{path.name} has 3 frames instead of 10.")


class Found:
    """A job as found in the journal, and the files as found in its folder."""

    def __init__(self, folder: Path, *states: ChunkState, **options: object) -> None:
        self.folder = folder
        spec = text_job(len(states))
        chunks = tuple(chunk.model_copy(update={"output_file": f"part_{chunk.id}.mov"}) for chunk in spec.chunks)
        spec = spec.model_copy(update={"chunks": chunks})
        chosen = JobExecutionOptions.model_validate({"job_dir": folder, **options})
        job = LiveJob("job", spec, chosen, folder / "out.mp4", name="Job")
        for chunk, state in zip(job.chunks, states, strict=True):
            if state is not PENDING:
                job.move_chunk(chunk, ChunkState.RUNNING)
                job.move_chunk(chunk, state)
        job.enter_phase(JobPhase.EXECUTING)
        self.started = job.started_at or 0.0
        self.job = LiveJob.restore(job.status(), SilentListener())
        self.job.request_chunks(chunk for chunk in self.job.selected_chunks() if chunk.state is not COMPLETED)
        self.finished: dict[int, MadeFile] = {}
        self.workers, self.local = InstantWorkers(), InstantWorkers()

    def write(self, chunk_id: int, content: str | None = None, *, noted: bool = False) -> None:
        path = self.folder / f"part_{chunk_id}.mov"
        path.write_text(str(chunk_id) if content is None else content)
        if noted:
            self.finished[chunk_id] = record_without_digest(path)

    async def reconcile(self) -> list[ChunkState]:
        await stop_leftover_workers(self.job, self.workers, self.local)
        await reconcile(self.job, verify, self.finished)
        assert not self.job.unverified
        return [chunk.state for chunk in self.job.chunks]


async def test_what_verifies_is_kept_and_what_does_not_is_rendered_again(tmp_path: Path) -> None:
    found = Found(tmp_path, COMPLETED, COMPLETED, COMPLETED, COMPLETED)
    found.write(0)
    found.write(1, "cut short")
    found.write(2, "unreadable")
    assert await found.reconcile() == [COMPLETED, PENDING, PENDING, PENDING]
    assert [chunk.spec.id for chunk in found.job.chunks_to_render()] == [1, 2, 3]
    assert found.job.chunks[1].reason == "part_1.mov has 3 frames instead of 10."
    assert found.job.chunks[3].reason == "part_3.mov is missing."


async def test_what_was_finished_when_the_app_ended_is_not_rendered_again(tmp_path: Path) -> None:
    found = Found(tmp_path, UNKNOWN, PENDING, UNKNOWN, UNKNOWN)
    found.write(0, noted=True)
    found.write(1, noted=True)
    found.write(2, "half", noted=True)
    found.write(3)  # of an earlier render, or of another job
    assert await found.reconcile() == [COMPLETED, COMPLETED, PENDING, PENDING]
    assert found.job.chunks[0].reason == "was finished when the app ended"
    assert found.job.chunks[0].made == record_files(tmp_path / "part_0.mov")


async def test_what_another_job_put_there_since_is_not_taken_for_finished(tmp_path: Path) -> None:
    found = Found(tmp_path, UNKNOWN)
    found.write(0, noted=True)
    (tmp_path / "theirs").write_text("1")
    (tmp_path / "theirs").replace(tmp_path / "part_0.mov")
    assert await found.reconcile() == [PENDING]


async def test_a_chunk_that_failed_is_not_taken_for_finished(tmp_path: Path) -> None:
    found = Found(tmp_path, FAILED)
    found.write(0, noted=True)
    assert await found.reconcile() == [PENDING]


async def test_a_chunk_asked_for_again_is_not_taken_for_finished(tmp_path: Path) -> None:
    found = Found(tmp_path, COMPLETED)
    found.write(0, noted=True)
    found.job.unverified.difference_update(found.job.request_chunks(found.job.chunks))
    assert await found.reconcile() == [PENDING]


async def test_what_still_runs_is_stopped_first(tmp_path: Path) -> None:
    found = Found(tmp_path, COMPLETED, UNKNOWN, PENDING)
    found.write(0)
    await found.reconcile()
    assert found.workers.reclaimed == [{"job.1.1", "job.1.2", "job.2.0", "job.2.1"}]
    assert found.local.reclaimed == [{"job.merge"}]


@pytest.mark.parametrize("chunk_ids", [None, (1,)])
async def test_a_lost_output_is_rendered_again_only_where_it_is_asked_for(
    tmp_path: Path, chunk_ids: tuple[int, ...] | None
) -> None:
    found = Found(tmp_path, COMPLETED, PENDING, chunk_ids=chunk_ids)
    assert await found.reconcile() == [PENDING, PENDING]
    assert [chunk.spec.id for chunk in found.job.chunks_to_render()] == ([1] if chunk_ids else [0, 1])


async def test_what_was_never_tried_and_verifies_is_kept_whoever_made_it(tmp_path: Path) -> None:
    found = Found(tmp_path, PENDING, PENDING, PENDING, FAILED)
    for chunk_id, content in ((0, None), (1, "cut short"), (3, None)):
        found.write(chunk_id, content)
    await keep_finished(found.job, verify)
    assert [chunk.state for chunk in found.job.chunks] == [COMPLETED, PENDING, PENDING, PENDING], "the last was tried"
    assert found.job.chunks[0].reason == "was rendered before"
    assert found.job.chunks[0].made == record_files(tmp_path / "part_0.mov")


async def test_a_chunk_that_the_options_leave_out_is_not_asked_for_again(tmp_path: Path) -> None:
    found = Found(tmp_path, COMPLETED, COMPLETED, chunk_ids=(1,))
    assert await found.reconcile() == [PENDING, PENDING]
    assert [chunk.spec.id for chunk in found.job.chunks_to_render()] == [1]
