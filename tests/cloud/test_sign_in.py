"""Credentials that end in the middle of a job, and jobs that go on when somebody has signed in again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.engine import Engine, open_engine
from helios_gui.orchestrator import blocked_profile_monitor
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import CredentialsError, JobExecutionOptions, JobState, JobSummary
from helios_gui.ui.main_window import MainWindow
from helios_gui.utils.folders import AppFolders
from tests.cloud.projects import QUICK, Project, gated, lambda_settings, open_project
from tests.cloud.servers.cloud_run import CloudRun, cloud_run
from tests.cloud.servers.cloud_run_instance import CloudRunService
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.s3 import AwsKey, S3Server
from tests.cloud.storage_backends import write_aws_profile
from tests.support.cli import run_cli
from tests.support.terminal import CTRL_C, Terminal
from tests.support.waiting import eventually, wait_until

pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support", "PulseAudioService", "No RHI backend", extend=True
)

PATIENCE = 90.0
CHUNKS = 4


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody in these tests needs half a minute to sign in."""
    monkeypatch.setattr(blocked_profile_monitor, "_FIRST_PAUSE", 0.2)
    monkeypatch.setattr(blocked_profile_monitor, "_LONGEST_PAUSE", 0.5)


@pytest.fixture
def home(tmp_path: Path) -> AppFolders:
    """The app's folders."""
    return AppFolders.at(tmp_path / "home").create()


def save(home: AppFolders, profile: Profile) -> None:
    """Make the profile one that the app knows."""
    ProfileStore(home.profiles).save((LocalProfile(name="Local", concurrency=1), profile), "Local")


@dataclass
class Lambda:
    """A function behind a front, with S3 that checks keys and policies, and one key for both in the AWS files."""

    front: LambdaFront
    server: S3Server
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    key: AwsKey

    def sign_in(self) -> None:
        """Let a new key be valid, and write it where the profile looks."""
        self.key = self.server.new_key()
        self.front.keys.add(self.key)
        write_aws_profile(self.folder, self.key, self.monkeypatch)

    def sign_out(self) -> None:
        """From now on the key is good for nothing."""
        self.front.keys.expire(self.key)
        self.server.revoke(self.key)


@pytest.fixture
def on_lambda(moto: S3Server, home: AppFolders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    """A profile ``cloud`` for a function whose workers have credentials of their own."""
    server = moto.with_new_bucket()
    environment = {
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "HELIOS_STORAGE_ENDPOINT_URL": server.endpoint_url,
    }
    with lambda_front(LambdaFunction(environment=environment, timeout=120, concurrency=3)) as front:
        cloud = Lambda(front, server, tmp_path, monkeypatch, server.key)
        cloud.sign_in()
        profile = AwsLambdaProfile(
            name="cloud",
            aws_profile="studio",
            region=front.function.region,
            function=front.function.name,
            storage_url=f"s3://{server.bucket}/helios",
            concurrency=2,
            lambda_endpoint=front.url,
            s3_endpoint=server.endpoint_url,
            sts_endpoint=front.url,
        )
        save(home, profile)
        yield cloud


@dataclass
class Job:
    """A job in a folder of its own, whose renders are counted."""

    project: Project
    id: str = ""

    @property
    def runs(self) -> Counter[str]:
        """How often each chunk was rendered."""
        return Counter(self.project.runs)

    def write(self) -> Path:
        """The job file."""
        path = self.project.folder / "job.json"
        path.write_text(self.project.spec().to_json())
        return path


def make_job(root: Path, name: str, seconds: float = 0.4, go: Path | None = None) -> Job:
    """A job whose chunks take so long, or all but the first until there is a file ``go``."""
    folder = root / name / "job"  # renders are counted beside it
    folder.mkdir(parents=True)
    scripts = [f'sleep {seconds}; echo made > "$0"'] * CHUNKS if go is None else [QUICK, *[gated(go)] * (CHUNKS - 1)]
    return Job(Project(folder, None, scripts=scripts))  # type: ignore[arg-type]


async def submit(engine: Engine, job: Job, profile: str = "cloud") -> None:
    options = JobExecutionOptions(job_dir=job.project.folder, profile=profile)
    job.id = await engine.manager.submit_job(job.project.spec(), options)


def summary(engine: Engine, job: Job) -> JobSummary:
    return next(found for found in engine.manager.list_jobs() if found.id == job.id)


def assert_rendered_once(*jobs: Job) -> None:
    """Every chunk was rendered once, and is where it belongs."""
    for job in jobs:
        assert job.runs == {str(chunk): 1 for chunk in range(CHUNKS)}
        for chunk in range(CHUNKS):
            assert (job.project.folder / f"part_{chunk}.txt").read_text() == "made\n"


@asynccontextmanager
async def open_window(home: AppFolders) -> AsyncIterator[MainWindow]:
    """The main window on a real engine."""
    async with open_engine(home) as engine:
        window = MainWindow(engine)
        window.frame.show()
        try:
            yield window
        finally:
            await window.shut_down()
            window.frame.deleteLater()


async def test_readiness_is_found_out_with_what_lies_on_disk_now(on_lambda: Lambda, tmp_path: Path) -> None:
    """And nothing is executed for it, nor stored."""
    front, server = on_lambda.front, on_lambda.server
    settings = lambda_settings(front, f"s3://{server.bucket}/r", s3_endpoint=server.endpoint_url)
    async with open_project(tmp_path / "a" / "job", settings) as project:
        await project.prepare(QUICK)
        assert await project.adapter.ready() is None
        stored = server.keys()
        on_lambda.sign_out()
        for _ in range(2):  # the second one finds a storage that was opened a moment ago, with the same bad key
            with pytest.raises(CredentialsError):
                await project.prepare(QUICK)
        problem = await project.adapter.ready()
        assert isinstance(problem, CredentialsError)
        assert "aws sso login --profile studio" in problem.hint
        on_lambda.sign_in()
        assert await project.adapter.ready() is None
        assert (server.keys(), front.counts["invocations"], project.runs) == (stored, 0, [])
        await project.prepare(QUICK)
        assert (await project.execute()).ok


async def test_readiness_is_of_all_that_is_needed(on_lambda: Lambda, tmp_path: Path) -> None:
    front, server = on_lambda.front, on_lambda.server
    settings = lambda_settings(front, f"s3://{server.bucket}/r", s3_endpoint=server.endpoint_url)
    async with open_project(tmp_path / "a" / "job", settings) as project:
        front.denied.add("lambda:InvokeFunction")
        assert "do not allow" in str(await project.adapter.ready())
        front.denied.clear()
        server.revoke(on_lambda.key)
        assert isinstance(await project.adapter.ready(), CredentialsError), (
            "the function can be called, storage not read"
        )


async def test_jobs_in_the_window_go_on_after_signing_in(
    qtbot: QtBot, on_lambda: Lambda, home: AppFolders, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    first, second = make_job(tmp_path, "a", go=go), make_job(tmp_path, "b", go=go)
    local = make_job(tmp_path, "c", 0.1)
    async with open_window(home) as window:
        engine, notices = window.engine, window.notices
        await submit(engine, first)
        await submit(engine, second)
        await eventually(lambda: summary(engine, first).chunks_done, "the first chunk")
        on_lambda.sign_out()
        go.touch()
        await submit(engine, local, "Local")
        both = (first, second)
        await eventually(lambda: all(summary(engine, job).blocked for job in both), "both are blocked")
        await eventually(lambda: summary(engine, local).state is JobState.COMPLETED, "the local job")
        for job in both:
            assert (await engine.manager.wait_job(job.id)).state is JobState.PAUSED
        await eventually(notices.notices, "a notice")
        (notice,) = notices.notices()
        assert "continue automatically once this is fixed" in notice.text
        calls = on_lambda.front.counts["invocations"]
        await asyncio.sleep(1)
        assert on_lambda.front.counts["invocations"] == calls, "looking whether it works again renders nothing"
        assert all(summary(engine, job).state is JobState.PAUSED for job in both)
        on_lambda.sign_in()
        await eventually(lambda: all(summary(engine, job).state is JobState.COMPLETED for job in both), "the end")
        assert all("works again" in notice.text for notice in notices.notices())
    assert_rendered_once(first, second, local)


def test_a_terminal_waits_for_somebody_to_sign_in(on_lambda: Lambda, home: AppFolders, tmp_path: Path) -> None:
    go = tmp_path / "go"
    job = make_job(tmp_path, "a", go=go)
    root = home.data.parent
    with Terminal(root, "render", job.write(), "--profile", "cloud", "--trust") as terminal:
        wait_until(lambda: job.runs)
        on_lambda.sign_out()
        go.touch()
        terminal.wait_for("the job continues as soon as this is solved. Press Ctrl-C to leave")
        assert "--resume" in terminal.text
        on_lambda.sign_in()
        assert terminal.wait() == 0, terminal.text
        assert "Solved: the job continues." in terminal.text
    assert_rendered_once(job)


def test_a_terminal_can_be_left_while_it_waits(on_lambda: Lambda, home: AppFolders, tmp_path: Path) -> None:
    go = tmp_path / "go"
    job = make_job(tmp_path, "a", go=go)
    root = home.data.parent
    path = job.write()
    with Terminal(root, "render", path, "--profile", "cloud", "--trust") as terminal:
        wait_until(lambda: job.runs)
        on_lambda.sign_out()
        go.touch()
        terminal.wait_for("Press Ctrl-C to leave")
        terminal.press(CTRL_C)
        assert terminal.wait() == 130, terminal.text
    piped = run_cli(root, "render", path, "--resume", "--trust")
    assert piped.returncode == 1, piped.stdout + piped.stderr
    assert "Failed: " in piped.stderr
    assert "--resume" in piped.stderr
    on_lambda.sign_in()
    done = run_cli(root, "render", path, "--resume", "--trust")
    assert done.returncode == 0, done.stdout + done.stderr
    assert_rendered_once(job)


@pytest.fixture
def run(gcs: GcsServer, google_tokens: GoogleTokenServer, home: AppFolders, tmp_path: Path) -> Iterator[CloudRun]:
    """A profile ``cloud`` for a service that the account ``renderer`` may call."""
    service = CloudRunService(
        max_instances=2,
        patience=5,
        invokers={google_tokens.authority.account()},
        environment={
            "HELIOS_STORAGE_GCS_ENDPOINT_URL": gcs.url,
            "HELIOS_STORAGE_METADATA_HOST": google_tokens.metadata_host,
        },
    )
    key = tmp_path / "key.json"
    google_tokens.write_service_account_key(key)
    with cloud_run(service, google_tokens) as front:
        profile = CloudRunProfile(
            name="cloud",
            service_url=front.url,
            storage_url="gs://renders/helios",
            service_account_key=str(key),
            concurrency=2,
            gcs_endpoint=gcs.url,
        )
        save(home, profile)
        yield front


async def test_cloud_run_goes_on_when_the_token_server_does(
    run: CloudRun, google_tokens: GoogleTokenServer, home: AppFolders, tmp_path: Path
) -> None:
    authority = google_tokens.authority
    go = tmp_path / "go"
    first, second = make_job(tmp_path, "a", go=go), make_job(tmp_path, "b", go=go)
    async with open_engine(home) as engine:
        await submit(engine, first)
        await submit(engine, second)
        both = (first, second)
        await eventually(lambda: summary(engine, first).chunks_done, "the first chunk")
        authority.disabled.add(authority.account())
        go.touch()
        await eventually(lambda: all(summary(engine, job).blocked for job in both), "both are blocked")
        authority.disabled.clear()
        await eventually(lambda: all(summary(engine, job).state is JobState.COMPLETED for job in both), "the end")
    assert_rendered_once(first, second)


async def test_a_key_file_that_is_put_in_place_is_read(
    run: CloudRun, google_tokens: GoogleTokenServer, home: AppFolders, tmp_path: Path
) -> None:
    key = tmp_path / "key.json"
    good = key.read_text()
    key.write_text("{}")
    job = make_job(tmp_path, "a")
    async with open_engine(home) as engine:
        await submit(engine, job)
        await eventually(lambda: summary(engine, job).blocked, "it is blocked")
        assert "is not the key file of a service account" in summary(engine, job).reason
        assert job.runs == {}
        key.write_text(good)
        await eventually(lambda: summary(engine, job).state is JobState.COMPLETED, "the end")
    assert_rendered_once(job)
