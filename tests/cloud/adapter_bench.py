"""Jobs for cloud adapters whose executions can be counted, and the functions and services that render them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helios_gui.adapters.aws_lambda.adapter import AwsLambdaAdapter, AwsLambdaSettings
from helios_gui.adapters.cloud_run.adapter import CloudRunAdapter, CloudRunSettings
from helios_gui.adapters.remote.adapter import RemoteAdapter
from helios_gui.jobfile.command_line import join_command
from helios_gui.types import JobContext, JobMetadata, JobSpec, RenderChunk, WorkerJob, WorkerResult
from tests.cloud.servers.cloud_run import CloudRun
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.lambda_front import LambdaFront

FRAMES = 10


@dataclass
class Shop:
    """A job of a studio: its folder, what counts its renders, and an adapter to render it with."""

    folder: Path
    adapter: RemoteAdapter
    job_id: str = "job1"
    scripts: list[str] = field(default_factory=list)
    output: str = "part_{}.txt"

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
                id=index,
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
            output=self.folder.parent / "bench" / f"{attempt}{Path(chunk.output_file).suffix}",
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


def lambda_settings(front: LambdaFront, storage_url: str, **changes: Any) -> AwsLambdaSettings:
    """How the function is reached with the profile ``studio``."""
    settings = AwsLambdaSettings(
        function=front.function.name,
        storage_url=storage_url,
        region=front.function.region,
        aws_profile="studio",
        lambda_endpoint_url=front.url,
        sts_endpoint_url=front.url,
        poll_interval=0.1,
        stop_wait=8.0,
    )
    return replace(settings, **changes)


def cloud_run_settings(
    run: CloudRun, tokens: GoogleTokenServer, key: Path, storage_url: str, **changes: Any
) -> CloudRunSettings:
    """How the service is reached with the key of the account ``renderer``, which is written there."""
    if not key.exists():
        tokens.write_service_account_key(key)
    settings = CloudRunSettings(
        service_url=run.url,
        storage_url=storage_url,
        service_account_key=str(key),
        poll_interval=0.1,
        stop_wait=8.0,
    )
    return replace(settings, **changes)


@asynccontextmanager
async def open_shop(folder: Path, settings: AwsLambdaSettings | CloudRunSettings) -> AsyncIterator[Shop]:
    """A shop that renders there."""
    on_lambda = isinstance(settings, AwsLambdaSettings)
    adapter = AwsLambdaAdapter(settings) if on_lambda else CloudRunAdapter(settings)
    try:
        yield Shop(folder, adapter)
    finally:
        await adapter.close()
