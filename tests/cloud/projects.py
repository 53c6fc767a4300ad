"""Jobs for cloud adapters whose executions can be counted, and the functions and services that render them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helios_gui.adapters.adapter_kind import AdapterContext
from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.own_worker.profile import OwnWorkerProfile
from helios_gui.adapters.registry import kind_of
from helios_gui.adapters.remote.adapter import RemoteAdapter
from helios_gui.jobfile.command_line import join_command
from helios_gui.types import JobContext, JobMetadata, JobSpec, RenderChunk, WorkerJob, WorkerResult
from tests.cloud.servers.cloud_run import CloudRun
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.lambda_front import LambdaFront
from tests.cloud.servers.s3 import S3Server

FRAMES = 10


@dataclass
class Project:
    """A job of a studio: its folder, what counts its renders, and an adapter to render it with."""

    folder: Path
    adapter: RemoteAdapter
    job_id: str = "job1"
    scripts: list[str] = field(default_factory=list)
    output: str = "part_{}.txt"
    first_id: int = 0

    @property
    def runs_file(self) -> Path:
        """Gets a line whenever a chunk begins to be rendered, on whatever machine of this test that is."""
        return self.folder.parent / "runs.txt"

    @property
    def runs(self) -> list[str]:
        """The chunks rendered so far."""
        return self.runs_file.read_text().split() if self.runs_file.exists() else []

    def spec(self) -> JobSpec:
        """The job: one chunk for every script, each with 10 frames."""
        chunks = tuple(
            RenderChunk(
                id=self.first_id + index,
                start_frame=index * FRAMES,
                frame_count=FRAMES,
                output_file=self.output.format(index),
                command=self._command(index, script),
            )
            for index, script in enumerate(self.scripts)
        )
        frames = FRAMES * len(chunks)
        return JobSpec(metadata=JobMetadata(total_frames=frames, fps=30, width=64, height=36), chunks=chunks)

    async def prepare(self, *scripts: str, **changes: Any) -> JobContext:
        """Bring a job of such chunks (shell scripts, with the output as ``$0``) to the cloud."""
        self.scripts = list(scripts)
        self.folder.mkdir(parents=True, exist_ok=True)
        context = JobContext(self.job_id, self.spec(), self.folder, self.folder / "film.mov", **changes)
        await self.adapter.prepare(context)
        return context

    def job(self, index: int = 0, number: int = 1, **changes: Any) -> WorkerJob:
        """An attempt at a chunk."""
        chunk = self.spec().chunks[index]
        attempt = f"{self.job_id}.{index}.{number}"
        made = WorkerJob(
            job_id=self.job_id,
            attempt_id=attempt,
            chunk=chunk,
            chunk_index=index,
            command=("sh",),
            job_dir=self.folder,
            output=self.folder.parent / "backend" / f"{attempt}{Path(chunk.output_file).suffix}",
            log_path=self.folder.parent / "logs" / f"{attempt}.log",
        )
        made.output.parent.mkdir(parents=True, exist_ok=True)
        return replace(made, **changes)

    async def execute(self, index: int = 0, number: int = 1, **changes: Any) -> WorkerResult:
        """Have an attempt rendered."""
        return await self.adapter.execute(self.job(index, number, **changes))

    def log(self, index: int = 0, number: int = 1) -> str:
        """An attempt's log here."""
        return self.job(index, number).log_path.read_text()

    @property
    def known_capacity(self) -> float:
        """How many attempts at a time the adapter has found the service to take."""
        return self.adapter._services.limit._ceiling

    def has_told(self, words: str) -> bool:
        """Whether the first attempt's log here has these words by now."""
        return self.job().log_path.exists() and words in self.log()

    def made(self, index: int = 0, number: int = 1) -> str:
        """What an attempt rendered, as it came home."""
        return self.job(index, number).output.read_text()

    def _command(self, index: int, script: str) -> str:
        counted = f"echo {index} >> {self.runs_file}; {script}"
        return join_command(["sh", "-c", counted, self.output.format(index)])


QUICK = 'echo "made $HELIOS_CHUNK_ID"; echo made > "$0"'


def slow(seconds: float) -> str:
    """A script that takes a while, and says after half of it that 4 frames are done."""
    return f'echo frame=4; sleep {seconds}; echo made > "$0"'


def gated(go: Path) -> str:
    """A script that says that 4 frames are done, and goes on once that file is there."""
    return f'echo frame=4; while [ ! -e {go} ]; do sleep 0.02; done; echo made > "$0"'


@dataclass(frozen=True)
class CloudSettings:
    """A profile of a cloud, and what its adapter is made with."""

    profile: AwsLambdaProfile | CloudRunProfile | OwnWorkerProfile
    context: AdapterContext = field(default_factory=lambda: AdapterContext(poll_interval=0.1, stop_wait=8.0))

    def changed(self, **changes: Any) -> CloudSettings:
        """Other values for fields of the profile or the context; none is validated, so a folder may be storage."""
        ours = {name: changes.pop(name) for name in list(changes) if hasattr(self.context, name)}
        return CloudSettings(self.profile.model_copy(update=changes), replace(self.context, **ours))


def lambda_settings(front: LambdaFront, storage_url: str, **changes: Any) -> CloudSettings:
    """How the function is reached with the profile ``studio``."""
    profile = AwsLambdaProfile(
        name="studio",
        function=front.function.name,
        storage_url="s3://bucket",
        region=front.function.region,
        aws_profile="studio",
        concurrency=100,
        retention="keep",
        lambda_endpoint=front.url,
        sts_endpoint=front.url,
    )
    return CloudSettings(profile).changed(storage_url=storage_url, **changes)


def cloud_run_settings(
    run: CloudRun, tokens: GoogleTokenServer, key: Path, storage_url: str, **changes: Any
) -> CloudSettings:
    """How the service is reached with the key of the account ``renderer``, which is written there."""
    if not key.exists():
        tokens.write_service_account_key(key)
    profile = CloudRunProfile(
        name="studio",
        service_url=run.url,
        storage_url="gs://bucket",
        service_account_key=str(key),
        concurrency=100,
        retention="keep",
    )
    return CloudSettings(profile).changed(storage_url=storage_url, **changes)


@asynccontextmanager
async def open_project(folder: Path, settings: CloudSettings) -> AsyncIterator[Project]:
    """A project that renders there."""
    adapter = kind_of(settings.profile).make_adapter(settings.profile, settings.context)
    assert isinstance(adapter, RemoteAdapter)
    try:
        yield Project(folder, adapter)
    finally:
        await adapter.close()


def s3_function(front: LambdaFront, server: S3Server) -> S3Server:
    """Give the function an empty bucket and its own key for it."""
    server = server.with_new_bucket()
    front.function.environment = {
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "HELIOS_STORAGE_ENDPOINT_URL": server.endpoint_url,
    }
    return server
