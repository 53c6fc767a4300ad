"""The test card rendered in the cloud, from a job file to the stitched film, the way a person does it."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.engine import open_engine
from helios_gui.profiles.store import ProfileStore
from helios_gui.resources import resource_path
from helios_gui.stitcher import probe
from helios_gui.types import ChunkState, ChunkStatus, JobState, JobSummary
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.utils.folders import AppFolders
from tests.cloud.servers.cloud_run import CloudRun, cloud_run
from tests.cloud.servers.cloud_run_instance import CloudRunService
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.lambda_front import lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.s3 import S3Server
from tests.cloud.storage_backends import write_aws_profile
from tests.support.cli import run_cli
from tests.support.drops import drop
from tests.support.waiting import eventually

pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support", "PulseAudioService", "No RHI backend", extend=True
)

CHUNKS = 5  # of its twelve
FRAMES = 30 * CHUNKS
WIDTH, HEIGHT = 480, 270
PATIENCE = 120.0
LEFT = Qt.MouseButton.LeftButton
CANARY = "canary-session-token"


@pytest.fixture
def home(tmp_path: Path) -> AppFolders:
    """The app's folders."""
    return AppFolders.at(tmp_path / "home").create()


@pytest.fixture
def job_file(tmp_path: Path) -> Path:
    """The test card, where it can be written to."""
    folder = tmp_path / "test-card"
    shutil.copytree(resource_path("examples", "test-card"), folder)
    path = folder / "test-card.helios.json"
    # As it comes, but its beginning only, and in a size that takes less time to encode.
    small = f"-preset ultrafast -s {WIDTH}x{HEIGHT}"
    job = json.loads(path.read_text().replace("-preset veryfast", small))
    left_out = {chunk["outputFile"] for chunk in job["chunks"][CHUNKS:]}
    job["mergeCommand"] = " ".join(word for word in job["mergeCommand"].split() if word not in left_out)
    job["chunks"] = job["chunks"][:CHUNKS]
    job["metadata"] |= {"totalFrames": FRAMES, "width": WIDTH, "height": HEIGHT, "duration": CHUNKS}
    text = json.dumps(job)
    assert text.count(small) == CHUNKS
    path.write_text(text)
    return path


def save(home: AppFolders, profile: Profile) -> None:
    """Make the profile one that the app knows."""
    ProfileStore(home.profiles).save((LocalProfile(name="Local"), profile), "Local")


@pytest.fixture
def on_lambda(
    ministack: S3Server, home: AppFolders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[S3Server]:
    """A profile ``studio`` for a Lambda function that renders, with S3 in between."""
    server = ministack.with_new_bucket()
    environment = {
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "AWS_SESSION_TOKEN": CANARY,
        "HELIOS_STORAGE_ENDPOINT_URL": server.endpoint_url,
    }
    with lambda_front(LambdaFunction(environment=environment, timeout=120, concurrency=3)) as front:
        write_aws_profile(tmp_path, front.key, monkeypatch)
        profile = AwsLambdaProfile(
            name="cloud",
            aws_profile="studio",
            region=front.function.region,
            function=front.function.name,
            storage_url=f"s3://{server.bucket}/helios",
            concurrency=6,
            retention="keep",
            lambda_endpoint=front.url,
            s3_endpoint=server.endpoint_url,
            sts_endpoint=front.url,
        )
        save(home, profile)
        yield server
        assert len(front.executions) == CHUNKS, "every chunk was rendered once"


@pytest.fixture
def on_cloud_run(
    gcs: GcsServer, google_tokens: GoogleTokenServer, home: AppFolders, tmp_path: Path
) -> Iterator[CloudRun]:
    """A profile ``cloud`` for a Cloud Run service that renders, with Cloud Storage in between."""
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
    with cloud_run(service, google_tokens) as run:
        profile = CloudRunProfile(
            name="cloud",
            service_url=run.url,
            storage_url="gs://renders/helios",
            service_account_key=str(key),
            concurrency=6,
            gcs_endpoint=gcs.url,
        )
        save(home, profile)
        yield run


def assert_film(job_file: Path) -> None:
    film = probe(job_file.with_name("test-card.mp4"))
    assert film.frames == FRAMES
    assert film.audio is not None


def assert_no_secret(home: AppFolders, *secrets: str) -> None:
    """Neither journal nor logs nor settings hold any of these."""
    for path in home.data.parent.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        for secret in secrets:
            assert secret.encode() not in data, path


def test_a_terminal_renders_on_lambda(on_lambda: S3Server, home: AppFolders, job_file: Path) -> None:
    run = run_cli(home.data.parent, "render", job_file, "--profile", "cloud", "--trust")
    assert run.returncode == 0, run.stdout + run.stderr
    assert_film(job_file)
    assert_no_secret(home, on_lambda.secret_key, CANARY)
    assert any(key.endswith("result.json") for key in on_lambda.keys("helios/jobs/"))


def test_a_terminal_renders_on_cloud_run(on_cloud_run: CloudRun, home: AppFolders, job_file: Path) -> None:
    run = run_cli(home.data.parent, "render", job_file, "--profile", "cloud", "--trust")
    assert run.returncode == 0, run.stdout + run.stderr
    assert_film(job_file)
    assert on_cloud_run.counts["forwarded"] == CHUNKS, "every chunk was rendered once"


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


def watch_turning(window: MainWindow) -> dict[int, list[ChunkState]]:
    """What states the grid's cells have, by chunk, as they come."""
    grid = window.job_view.grid
    seen: dict[int, list[ChunkState]] = {}

    def record(chunks: Sequence[ChunkStatus]) -> None:
        for chunk in chunks:
            states = seen.setdefault(chunk.id, [])
            if states[-1:] != [chunk.state]:
                states.append(chunk.state)

    def listening(show: Callable[[Sequence[ChunkStatus]], None]) -> Callable[[Sequence[ChunkStatus]], None]:
        def show_and_record(chunks: Sequence[ChunkStatus]) -> None:
            show(chunks)
            record([grid.cells[grid.cells.index_of(chunk.id)] for chunk in chunks])

        return show_and_record

    grid.set_chunks = listening(grid.set_chunks)  # type: ignore[method-assign]
    grid.update_chunks = listening(grid.update_chunks)  # type: ignore[method-assign]
    record(list(grid.cells))
    return seen


def assert_it_turned(seen: dict[int, list[ChunkState]]) -> None:
    """Every cell went from waiting over running to done, and no other way."""
    assert len(seen) == CHUNKS
    for states in seen.values():
        assert (states[0], states[-1]) == (ChunkState.PENDING, ChunkState.COMPLETED), seen
        assert set(states) <= {ChunkState.PENDING, ChunkState.RUNNING, ChunkState.COMPLETED}, seen
    assert sum(ChunkState.RUNNING in states for states in seen.values()) > CHUNKS / 2, seen


def assert_real_frame(image: QImage) -> None:
    """The picture is that of the test card: its size, and the bars' colours."""
    assert (image.width(), image.height()) == (WIDTH, HEIGHT)
    colours = {image.pixelColor(x, HEIGHT // 4).hue() // 30 for x in range(0, WIDTH, 4)}
    assert len(colours) >= 5, colours


async def render_in_the_window(qtbot: QtBot, home: AppFolders, job_file: Path) -> JobSummary:
    """Drop the job, press Render to cloud, agree, and wait for the film to play; the job at its end."""
    async with open_window(home) as window:
        drop(window, job_file)
        await eventually(lambda: window.queue.current_job and len(window.job_view.grid.cells) == CHUNKS)
        turning = watch_turning(window)
        action = window.queue.actions_of_jobs[JobAction.RENDER_CLOUD]
        qtbot.mouseClick(window.actions_of_window.toolbar.widgetForAction(action), LEFT)
        await eventually(lambda: any(sheet.isVisible() for sheet in window.frame.findChildren(TrustSheet)))
        sheet = next(sheet for sheet in window.frame.findChildren(TrustSheet) if sheet.isVisible())
        await eventually(sheet.run_button.isEnabled)
        qtbot.mouseClick(sheet.run_button, LEFT)

        def job() -> JobSummary:
            (found,) = window.queue.model.jobs()
            return found

        await eventually(lambda: job().state is JobState.RUNNING and job().chunks_done)
        await eventually(lambda: job().state.is_finished or job().blocked)
        assert job().state is JobState.COMPLETED, job().reason
        await eventually(lambda: window.job_view.preview is not None and window.job_view.preview.frame_count == FRAMES)
        preview = window.job_view.preview
        assert preview is not None
        await eventually(lambda: not preview.image().isNull())
        assert_real_frame(preview.image())
        assert_it_turned(turning)
        return job()


async def test_the_window_renders_on_lambda(
    qtbot: QtBot, on_lambda: S3Server, home: AppFolders, job_file: Path
) -> None:
    job = await render_in_the_window(qtbot, home, job_file)
    assert job.profile == "cloud"
    assert job.cost > 0
    assert_film(job_file)


async def test_the_window_renders_on_cloud_run(
    qtbot: QtBot, on_cloud_run: CloudRun, home: AppFolders, job_file: Path
) -> None:
    job = await render_in_the_window(qtbot, home, job_file)
    assert job.cost > 0
    assert_film(job_file)
    assert on_cloud_run.counts["forwarded"] == CHUNKS, "every chunk was rendered once"


def test_a_terminal_tests_a_connection(on_cloud_run: CloudRun, home: AppFolders, gcs: GcsServer) -> None:
    looked = run_cli(home.data.parent, "doctor", "--profile", "cloud")
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert [line.split()[1] for line in looked.stdout.splitlines()] == [
        "Sign-in",
        "Worker",
        "Renderers",
        "Storage",
    ]
    went = run_cli(home.data.parent, "doctor", "--profile", "cloud", "--round-trip")
    assert went.returncode == 0, went.stdout + went.stderr
    assert [line[:13].split()[1:] for line in went.stdout.splitlines()[4:]] == [
        ["Upload"],
        ["Test", "frame"],
        ["Output"],
        ["Clean-up"],
    ]
    assert went.stderr == ""
    assert gcs.names("renders") == []
