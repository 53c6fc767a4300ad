"""A worker of another version renders all the same, and one notice says so."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from helios_gui import __version__
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.engine import open_engine
from helios_gui.jobfile.job_files import load_job
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import JobExecutionOptions, JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.utils.folders import AppFolders
from tests.cloud.servers.cloud_run import cloud_run
from tests.cloud.servers.cloud_run_instance import CloudRunService
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.support.cli import run_cli
from tests.support.worker import frames_command

pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support", "PulseAudioService", "No RHI backend", extend=True
)

OTHER = "99.0.0"
NEARLY = ".".join(__version__.split(".")[:2]) + ".999"
MESSAGE = f"The worker of “cloud” is {OTHER}, this app is {__version__}."
ADVICE = "Build the image again from packaging/worker, and deploy it."


@pytest.fixture
def home(tmp_path: Path) -> AppFolders:
    """The app's folders."""
    return AppFolders.at(tmp_path / "home").create()


@pytest.fixture
def job_file(tmp_path: Path) -> Path:
    """A job of two small chunks."""
    folder = tmp_path / "job"
    folder.mkdir()
    chunks = [
        {
            "id": index,
            "startFrame": 5 * index,
            "frameCount": 5,
            "outputFile": f"part_{index}.mov",
            "command": frames_command(5, f"part_{index}.mov"),
        }
        for index in range(2)
    ]
    metadata = {"totalFrames": 10, "fps": 25, "width": 64, "height": 36}
    document = {"metadata": metadata, "chunks": chunks, "outputFile": "film.mov"}
    (folder / "job.json").write_text(json.dumps(document))
    return folder / "job.json"


@contextmanager
def worker_of(version: str, gcs: GcsServer, tokens: GoogleTokenServer, home: AppFolders) -> Iterator[None]:
    """A service whose worker is the real one, but for its version; and the profile ``cloud`` for it."""
    code = (
        f"import helios_gui, sys; helios_gui.__version__ = '{version}'; "
        "from helios_gui.cli import main; sys.exit(main(['worker', 'serve']))"
    )
    service = CloudRunService(
        command=(sys.executable, "-c", code),
        max_instances=2,
        patience=5,
        invokers={tokens.authority.account()},
        environment={
            "HELIOS_STORAGE_GCS_ENDPOINT_URL": gcs.url,
            "HELIOS_STORAGE_METADATA_HOST": tokens.metadata_host,
        },
    )
    key = home.data.parent / "key.json"
    tokens.write_service_account_key(key)
    with cloud_run(service, tokens) as run:
        profile = CloudRunProfile(
            name="cloud",
            service_url=run.url,
            storage_url="gs://renders/helios",
            service_account_key=str(key),
            gcs_endpoint=gcs.url,
        )
        ProfileStore(home.profiles).save((LocalProfile(name="Local"), profile), "Local")
        yield


@pytest.mark.parametrize(("version", "lines"), [(OTHER, [f"{MESSAGE} {ADVICE}"]), (NEARLY, [])])
def test_a_terminal_says_it_in_one_line(
    gcs: GcsServer, google_tokens: GoogleTokenServer, home: AppFolders, job_file: Path, version: str, lines: list[str]
) -> None:
    with worker_of(version, gcs, google_tokens, home):
        run = run_cli(home.data.parent, "render", job_file, "--profile", "cloud", "--trust")
    assert run.returncode == 0, run.stdout + run.stderr
    assert [line for line in run.stderr.splitlines() if "this app is" in line] == lines
    assert job_file.with_name("film.mov").exists()


async def test_the_window_shows_one_notice_however_many_jobs(
    qtbot: QtBot, gcs: GcsServer, google_tokens: GoogleTokenServer, home: AppFolders, job_file: Path
) -> None:
    options = JobExecutionOptions(profile="cloud", job_dir=job_file.parent, source=job_file)
    with worker_of(OTHER, gcs, google_tokens, home):
        async with open_engine(home) as engine:
            window = MainWindow(engine)
            window.frame.show()
            try:
                for notices in ([f"{MESSAGE}\n{ADVICE}"], []):
                    job_id = await engine.manager.submit_job(load_job(job_file), options)
                    job = await engine.manager.wait_job(job_id)
                    assert job.state is JobState.COMPLETED, job.reason
                    window.bridge.flush()
                    shown = window.notices.notices()
                    assert [notice.text for notice in shown] == notices
                    for notice in shown:
                        notice.dismiss()
            finally:
                await window.shut_down()
                window.frame.deleteLater()
