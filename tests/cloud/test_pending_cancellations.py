"""Jobs that are cancelled while workers in a cloud are busy with them, and what stays of them in storage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from helios_gui.adapters.aws_lambda import adapter as aws_lambda
from helios_gui.adapters.aws_lambda.adapter import AwsLambdaAdapter
from helios_gui.orchestrator.manager import JobManager
from helios_gui.types import ExecutionPolicy, JobExecutionOptions, JobState
from tests.cloud.projects import QUICK, CloudSettings, Project, lambda_settings, slow
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.storage_backends import write_aws_profile
from tests.support.jobs import job_in, open_manager
from tests.support.waiting import eventually

STILL = "stopping; may still bill"


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaFront]:
    """The worker as a function, and credentials to call it with."""
    with lambda_front(LambdaFunction(timeout=60, concurrency=10)) as served:
        write_aws_profile(tmp_path, served.key, monkeypatch)
        yield served


@pytest.fixture
def settings(front: LambdaFront, tmp_path: Path) -> CloudSettings:
    """The function with a folder as storage, from which everything is removed at a job's end; no patience."""
    return lambda_settings(front, (tmp_path / "storage").as_uri(), retention="always", stop_wait=0.3)


@asynccontextmanager
async def open_queue(folder: Path, settings: CloudSettings) -> AsyncIterator[JobManager]:
    """A queue over the function."""
    adapter = AwsLambdaAdapter(settings.profile, settings.context)
    try:
        async with open_manager(folder, ExecutionPolicy(concurrency=2, retries=0), adapter=adapter) as manager:
            yield manager
    finally:
        await adapter.close()


async def submit(manager: JobManager, folder: Path, *scripts: str) -> str:
    folder.mkdir(exist_ok=True)
    spec = Project(folder, None, scripts=list(scripts)).spec()  # type: ignore[arg-type]
    return await manager.submit_job(spec, JobExecutionOptions(job_dir=folder))


def left(folder: Path, job_id: str) -> list[str]:
    """What lies in storage of a job."""
    root = folder / "storage" / "jobs" / job_id
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


async def test_workers_that_hear_late_are_waited_for(
    front: LambdaFront, settings: CloudSettings, tmp_path: Path
) -> None:
    wake_up = tmp_path / "wake-up"
    front.function.handler = "tests.cloud.lambda_deaf.handler"
    front.function.environment = {"WAKE_UP": str(wake_up)}
    async with open_queue(tmp_path, settings) as manager:
        job_id = await submit(manager, tmp_path / "job", slow(60), slow(60), slow(60))
        await eventually(lambda: len(front.executions) == 2)
        seen: list[tuple[int, str]] = []
        manager.subscribe(lambda _: seen.append((job_in(manager, job_id).stopping, job_in(manager, job_id).reason)))
        await manager.cancel_job(job_id)
        job = job_in(manager, job_id)
        assert (job.state, job.stopping) == (JobState.CANCELLED, 2)
        assert job.reason.startswith(f"{STILL} (2 workers have not confirmed, until ")
        assert left(tmp_path, job_id) == [f"attempts/{job_id}.{chunk}.1/cancel" for chunk in (0, 1)]
        wake_up.touch()
        await eventually(lambda: not job_in(manager, job_id).stopping)
        job = job_in(manager, job_id)
        assert (job.state, job.reason, job.stop_note) == (JobState.CANCELLED, "cancelled", "")
        await eventually(lambda: not left(tmp_path, job_id))
        assert any(stopping and reason.startswith(STILL) for stopping, reason in seen)
        assert not any(not stopping and "bill" in reason for stopping, reason in seen)
    assert len(front.executions) == 2


async def test_a_worker_that_never_answers_may_have_billed_until_its_limit(
    front: LambdaFront, settings: CloudSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_lambda, "_SLACK", 1.0)
    front.function.handler = "tests.cloud.lambda_misbehaving.dies_of_time"
    front.function.timeout = 4
    async with open_queue(tmp_path, settings) as manager:
        job_id = await submit(manager, tmp_path / "job", QUICK)
        await eventually(lambda: front.executions)
        await manager.cancel_job(job_id)
        await eventually(lambda: not job_in(manager, job_id).stopping)
        assert job_in(manager, job_id).reason == (
            "cancelled; 1 worker did not confirm and may have billed until its 4 s limit"
        )
        await eventually(lambda: not left(tmp_path, job_id))


async def test_workers_that_hear_at_once_leave_nothing_to_say(
    front: LambdaFront, settings: CloudSettings, tmp_path: Path
) -> None:
    async with open_queue(tmp_path, settings.changed(stop_wait=60.0)) as manager:
        job_id = await submit(manager, tmp_path / "job", slow(60))
        project = Project(tmp_path / "job", None)  # type: ignore[arg-type]
        await eventually(lambda: project.runs)
        await manager.cancel_job(job_id)
        job = job_in(manager, job_id)
        assert (job.reason, job.stopping) == ("cancelled", 0)
        assert left(tmp_path, job_id) == []


@pytest.mark.parametrize(("retention", "stays"), [("always", False), ("on-success", False), ("keep", True)])
async def test_a_job_cancelled_while_it_is_paused(
    settings: CloudSettings, tmp_path: Path, retention: Any, stays: bool
) -> None:
    """Its files are in the cloud, and nothing works on it: they go as the profile says."""
    async with open_queue(tmp_path, settings.changed(retention=retention, concurrency=1)) as manager:
        job_id = await submit(manager, tmp_path / "job", slow(1), QUICK, QUICK)
        project = Project(tmp_path / "job", None)  # type: ignore[arg-type]
        await eventually(lambda: project.runs)
        await manager.pause_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.PAUSED
        assert "job.json" in left(tmp_path, job_id)
        await manager.cancel_job(job_id)
        assert job_in(manager, job_id).reason == "cancelled"
        assert bool(left(tmp_path, job_id)) is (stays or retention == "on-success")
        await manager.delete_job(job_id)
        assert bool(left(tmp_path, job_id)) is stays


async def test_workers_of_an_app_that_died_are_asked_to_stop_until_they_have(
    front: LambdaFront, settings: CloudSettings, tmp_path: Path
) -> None:
    """What asks them must not go with the rest of the job."""
    front.function.handler = "tests.cloud.lambda_deaf.handler"
    front.function.environment = {"WAKE_UP": str(tmp_path / "wake-up")}
    async with open_queue(tmp_path, settings.changed(retention="keep")) as manager:
        job_id = await submit(manager, tmp_path / "job", slow(60))
        await eventually(lambda: front.executions)
    assert job_in(manager, job_id).stop_note.startswith("1 worker had not confirmed when the app was closed")
    (tmp_path / "storage" / "jobs" / job_id / "attempts" / f"{job_id}.0.1" / "cancel").unlink()
    async with open_queue(tmp_path, settings) as manager:
        await manager.cancel_job(job_id)
        assert job_in(manager, job_id).state is JobState.CANCELLED
        assert f"attempts/{job_id}.0.1/cancel" in left(tmp_path, job_id)
        assert "job.json" not in left(tmp_path, job_id)
    (tmp_path / "wake-up").touch()
    await eventually(lambda: front.executions[0].answer is not None)
