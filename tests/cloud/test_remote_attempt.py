"""Attempts whose storage, a bucket behind a proxy, is busy or refuses while a worker, here a script, is at work."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helios_gui.adapters.adapter_kind import AdapterContext
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.remote.adapter import RemoteAdapter
from helios_gui.adapters.remote.invoker import Accepted, Answered, EndedUnanswered, Outcome, TimeBounds
from helios_gui.adapters.remote.round_trip_check import check_round_trip
from helios_gui.media.media_verifier import MediaVerifier
from helios_gui.types import AttemptResult, CheckLine, FailureKind, JobContext, StoredOutput, WorkerRequest
from tests.cloud.projects import QUICK, Project
from tests.cloud.servers.fault_proxy import FaultProxy, fault_proxy
from tests.cloud.servers.faults import answer
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.support.waiting import eventually

MADE = b"made\n"
BUSY = answer(403, json.dumps({"error": {"message": "busy", "errors": [{"reason": "rateLimitExceeded"}]}}).encode())
REFUSED = answer(403, json.dumps({"error": {"message": "no access"}}).encode())
OpenStudio = Callable[[], AbstractAsyncContextManager["Studio"]]
RESULTS = r"result\.json\?.*alt=media"


@dataclass
class ScriptedWorker:
    """An ``Invoker`` that answers what the test says; without an outcome it renders until it is cancelled."""

    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.3
    asked: list[WorkerRequest] = field(default_factory=list)
    name: str = "the worker"

    async def bounds(self, timeout: float | None) -> TimeBounds:
        return TimeBounds(None, self.seconds, self.seconds)

    async def invoke(self, request: WorkerRequest) -> Outcome:
        self.asked.append(request)
        if not self.outcomes:
            await asyncio.Event().wait()
        return self.outcomes.pop(0)

    async def capabilities(self) -> None:
        return None

    async def ready(self) -> None:
        return None

    async def close(self) -> None:
        return None


@dataclass
class Studio:
    """A job whose chunk a script renders, and the bucket that it and the adapter share."""

    project: Project
    worker: ScriptedWorker
    storage: FaultProxy
    gcs: GcsServer
    profile: CloudRunProfile

    def store(self, name: str, data: bytes, number: int = 1) -> None:
        """Have an attempt leave an object."""
        key = f"studio/jobs/job1/attempts/job1.0.{number}/{name}"
        self.gcs.buckets.store("renders", key, data, {}, {}, "")

    def leave(self, result: AttemptResult, number: int = 1) -> None:
        """Have an attempt leave its result, and its output if it has one."""
        if result.artifact is not None:
            self.store("output/part_0.txt", MADE, number)
        self.store("result.json", result.model_dump_json(by_alias=True, exclude_none=True).encode(), number)


def done(number: int = 1, **changes: object) -> AttemptResult:
    """The result of a render that came to its end."""
    url = f"gs://renders/studio/jobs/job1/attempts/job1.0.{number}/output/part_0.txt"
    artifact = StoredOutput(url=url, size=len(MADE), sha256=hashlib.sha256(MADE).hexdigest())
    return AttemptResult(exit_code=0, chunk_id=0, artifact=artifact, **changes)  # type: ignore[arg-type]


@pytest.fixture
def open_studio(gcs: GcsServer, google_tokens: GoogleTokenServer, tmp_path: Path) -> OpenStudio:
    return lambda: _open_studio(gcs, google_tokens, tmp_path)


@asynccontextmanager
async def _open_studio(gcs: GcsServer, tokens: GoogleTokenServer, folder: Path) -> AsyncIterator[Studio]:
    tokens.write_service_account_key(folder / "key.json")
    worker = ScriptedWorker()
    with fault_proxy(gcs.url) as storage:
        profile = CloudRunProfile(
            name="studio",
            service_url="http://127.0.0.1:9",
            storage_url="gs://renders/studio",
            service_account_key=str(folder / "key.json"),
            gcs_endpoint=storage.url,
            retention="always",
        )
        adapter = RemoteAdapter(worker, profile, AdapterContext(poll_interval=0.02, stop_wait=0.2))
        try:
            yield Studio(Project(folder / "job", adapter), worker, storage, gcs, profile)
        finally:
            await adapter.close()


async def test_a_result_that_nobody_could_read_is_fetched_by_a_later_attempt(open_studio: OpenStudio) -> None:
    """Of all attempts while the storage is busy nobody knows what became; nothing is rendered again for it."""
    async with open_studio() as studio:
        studio.worker.outcomes = [Accepted()]
        await studio.project.prepare(QUICK)
        studio.leave(done())
        studio.storage.script(BUSY, method="GET", path=RESULTS, times=None)
        for number in (1, 2):
            result = await studio.project.execute(number=number)
            assert result.failure is FailureKind.UNKNOWN if number == 1 else FailureKind.THROTTLED, result
        assert "What became of the attempt at the worker is unknown" in studio.project.log()
        studio.storage.heal()
        result = await studio.project.execute(number=3)
        assert result.ok, result
        assert studio.project.made(number=3) == "made\n"
        assert "The output is that of attempt job1.0.1" in studio.project.log(number=3)
        assert len(studio.worker.asked) == 1


async def test_an_earlier_attempt_that_failed_is_no_reason_not_to_render(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        studio.worker.outcomes = [Accepted(), Answered(done(2))]
        await studio.project.prepare(QUICK)
        studio.leave(AttemptResult(exit_code=1, chunk_id=0, message="broken"))
        studio.leave(done(2), number=2)
        studio.storage.script(BUSY, method="GET", path=RESULTS, times=None)
        assert (await studio.project.execute()).failure is FailureKind.UNKNOWN
        studio.storage.heal()
        assert (await studio.project.execute(number=2)).ok
        assert len(studio.worker.asked) == 2


async def test_refused_credentials_end_the_wait_for_a_result(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        studio.worker.outcomes, studio.worker.seconds = [Accepted()], 60
        await studio.project.prepare(QUICK)
        studio.storage.script(REFUSED, method="GET", path=RESULTS, times=None)
        result = await studio.project.execute()
        assert result.failure is FailureKind.BLOCKED
        assert "do not allow access" in result.message


async def cancelled(studio: Studio) -> None:
    """Cancel an attempt once its worker renders, and wait until the adapter has passed that on."""
    working = asyncio.create_task(studio.project.execute())
    await eventually(lambda: studio.worker.asked)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_worker_that_cannot_be_asked_to_stop_may_still_bill(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        studio.worker.seconds = 60
        await studio.project.prepare(QUICK)
        studio.storage.script(REFUSED, method="POST", path="/upload/", times=None)
        await cancelled(studio)
        assert "may still" in studio.project.log()
        assert not [name for name in studio.gcs.names("renders") if name.endswith("/cancel")]


async def test_a_worker_whose_end_cannot_be_seen_may_still_bill(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        studio.worker.seconds = 60
        await studio.project.prepare(QUICK)
        studio.storage.script(BUSY, method="GET", path=RESULTS, times=None)
        await cancelled(studio)
        assert "may still" in studio.project.log()


async def test_what_was_done_when_it_was_cancelled_is_not_rendered_again(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        studio.worker.seconds = 60
        await studio.project.prepare(QUICK)
        studio.leave(done())
        await cancelled(studio)
        assert (await studio.project.execute(number=2)).ok
        assert studio.project.made(number=2) == "made\n"
        assert len(studio.worker.asked) == 1


async def test_a_log_is_never_worth_a_failure(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        for number, fault in enumerate((BUSY, REFUSED), start=1):
            studio.worker.outcomes = [Answered(done(number, output="the last words", log_url="gs://renders/log.txt"))]
            await studio.project.prepare(QUICK)
            studio.leave(done(number), number=number)
            studio.storage.script(fault, method="GET", path="log.txt", times=None)
            assert (await studio.project.execute(number=number)).ok
            assert studio.project.log(number=number) == "the last words\n"
            studio.storage.heal()


async def test_frames_that_are_no_archive_are_rendered_again(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        studio.project.output = "part_{}_%04d.png"
        studio.worker.outcomes = [Answered(done())]
        await studio.project.prepare(QUICK)
        studio.leave(done())
        result = await studio.project.execute()
        assert result.failure is FailureKind.TRANSIENT, result


async def test_a_job_says_which_of_its_inputs_stay_here(
    open_studio: OpenStudio, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_studio() as studio:
        caplog.set_level(logging.INFO)
        studio.project.scripts = [QUICK]
        studio.project.folder.mkdir()
        (studio.project.folder / "words.txt").write_text("words")
        inputs = ("words.txt", "../sound.wav", "gone.wav")
        spec = studio.project.spec().model_copy(update={"input_files": inputs})
        folder = studio.project.folder
        await studio.project.adapter.prepare(JobContext("job1", spec, folder, folder / "film.mov"))
        assert "The job reads ../sound.wav, outside its folder; it is not uploaded." in caplog.text
        assert "The job reads gone.wav, which is not uploaded." in caplog.text
        assert "words.txt" not in caplog.text


async def test_workers_of_an_earlier_run(open_studio: OpenStudio, caplog: pytest.LogCaptureFixture) -> None:
    """One that was asked to stop then is not asked again; one that cannot be asked is told of."""
    async with open_studio() as studio:
        await studio.project.prepare(QUICK, QUICK)
        studio.store("cancel", b"")
        assert await studio.project.adapter.reclaim(["job1.0.1"]) == 0
        studio.storage.script(REFUSED, method="POST", path="/upload/", times=None)
        assert await studio.project.adapter.reclaim(["job1.1.1"]) == 0
        assert "cannot be asked to stop" in caplog.text
        studio.storage.heal()
        assert await studio.project.adapter.reclaim(["job1.1.1"]) == 1
        assert studio.gcs.data("renders", "studio/jobs/job1/attempts/job1.1.1/cancel") == b""


async def test_what_cannot_be_cleared_away_when_all_workers_have_ended(
    open_studio: OpenStudio, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_studio() as studio:
        studio.worker.seconds = 60
        await studio.project.prepare(QUICK)
        await cancelled(studio)
        await studio.project.adapter.finish("job1", completed=False)
        stopping = studio.project.adapter.stopping("job1")
        studio.leave(AttemptResult(exit_code=1, failure=FailureKind.FATAL, message="cancelled"))
        studio.storage.script(REFUSED, method="DELETE", times=None)
        assert (await stopping.follow(lambda: None)).workers == 0
        assert "What job job1 left in storage could not be removed" in caplog.text


async def test_a_worker_that_died_without_a_word(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        studio.worker.outcomes = [EndedUnanswered(FailureKind.TRANSIENT, "It ran out of memory.", log="frame=4")]
        await studio.project.prepare(QUICK)
        result = await studio.project.execute()
        assert (result.failure, result.message) == (FailureKind.TRANSIENT, "It ran out of memory.")
        assert studio.project.log() == "frame=4\nIt ran out of memory.\n"


async def checked(studio: Studio) -> AsyncGenerator[CheckLine, None]:
    """Render a test frame; the script's answer is that of a worker, its output no video."""

    class Worker(ScriptedWorker):
        async def invoke(self, request: WorkerRequest) -> Outcome:
            place = f"{request.attempt_url}/output/part_0.txt"
            studio.gcs.buckets.store("renders", place.removeprefix("gs://renders/"), MADE, {}, {}, "")
            artifact = StoredOutput(url=place, size=len(MADE), sha256=hashlib.sha256(MADE).hexdigest())
            return Answered(AttemptResult(exit_code=0, artifact=artifact))

    def make(profile: CloudRunProfile, context: AdapterContext) -> RemoteAdapter:
        return RemoteAdapter(Worker(), profile, context)

    verifier = MediaVerifier()
    try:
        async with aclosing(check_round_trip(make, studio.profile, verifier)) as lines:
            async for line in lines:
                yield line
    finally:
        await verifier.aclose()


async def test_a_test_frame_that_is_no_video(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        found = {line.name: line async for line in checked(studio)}
        assert [(line.name, line.ok) for line in found.values()] == [
            ("Upload", True),
            ("Test frame", True),
            ("Output", False),
            ("Clean-up", True),
        ]
        assert studio.gcs.names("renders") == []


async def test_a_storage_that_says_it_removes(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        studio.storage.script(answer(204), method="DELETE", times=None)
        found = {line.name: line async for line in checked(studio)}
        assert found["Clean-up"].ok is False
        assert found["Clean-up"].detail.endswith("is still there.")


async def test_what_is_left_of_a_test_frame_that_nobody_waits_for(
    open_studio: OpenStudio, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_studio() as studio:
        studio.storage.script(REFUSED, method="DELETE", times=None)
        async with aclosing(checked(studio)) as lines:
            async for line in lines:
                if line.name == "Test frame" and line.ok:
                    break
        assert "cannot be removed" in caplog.text
        assert "Remove it by hand." in caplog.text


async def test_a_test_frame_without_a_storage(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        studio.profile = studio.profile.model_copy(update={"storage_url": "nonsense"})
        (line,) = [line async for line in checked(studio)]
        assert (line.name, line.ok) == ("Upload", False)
