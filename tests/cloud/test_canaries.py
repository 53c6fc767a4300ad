"""No credential shows anywhere: canaries in every one of them, in both clouds, through terminal and window."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication
from pytestqt.qtbot import QtBot

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.cli import main
from helios_gui.engine import open_engine
from helios_gui.profiles.import_export import export_profiles
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import JobExecutionOptions, JobState, NotFoundError
from helios_gui.ui.main_window import MainWindow
from helios_gui.utils.folders import AppFolders
from tests.cloud.clouds import Cloud
from tests.cloud.projects import Project
from tests.cloud.servers.cloud_run import CloudRun
from tests.cloud.servers.faults import echo
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.lambda_front import LambdaFront
from tests.cloud.servers.s3 import AwsKey
from tests.cloud.storage_backends import write_aws_profile
from tests.support.waiting import eventually

SECRET = "canary1SECRETcanary2/SECRET+canary3456789"
TOKEN = "IQoJcanary4TOKEN//" + "canary5TOKEN/canary6+" * 12 + "canary7TOKEN=="
ARTIST = AwsKey("AKIACANARYCANARY1234", SECRET, TOKEN)
WORKER = {
    "AWS_SECRET_ACCESS_KEY": "worker1SECRETworker2/SECRET+worker3456789",
    "AWS_SESSION_TOKEN": "worker4TOKEN/" + "worker5TOKEN+worker6/" * 12,
    "HELIOS_WORKER_TOKEN": "worker7-shared-token-worker8",
}
PRINTS_ALL = "tests.cloud.lambda_misbehaving.raises_all_it_knows"
STRIDE, WINDOW = 9, 18
"""A secret counts as shown when so many characters of it are."""
FOOTAGE = "footage.bin"


@dataclass
class Studio:
    """A cloud whose credentials hold canaries; ``secrets`` are those there are by now."""

    cloud: Cloud
    home: AppFolders
    secrets: Callable[[], list[str]]
    spoil: Callable[[], None]
    mend: Callable[[], None]
    worker_logs: list[str] = field(default_factory=list)

    def job(self, folder: Path, script: str) -> Project:
        """A job; the first one with a file large enough for an upload in several requests."""
        folder.mkdir()
        if folder.name.endswith("0"):
            (folder / FOOTAGE).write_bytes(bytes(9 * 1024 * 1024))
        project = Project(folder, None, scripts=[script])  # type: ignore[arg-type]
        (folder / "job.json").write_text(project.spec().to_json())
        return project


def fragments(secret: str) -> Iterator[bytes]:
    """Parts of a secret that are long enough to be of use, in all the ways they are written."""
    for text in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode()):
        for start in range(0, max(1, len(text) - WINDOW + 1), STRIDE):
            yield text[start : start + WINDOW].encode()


def places(studio: Studio, folders: list[Path]) -> dict[str, bytes]:
    """The files of the folders, what lies in storage, and what the workers printed."""
    cloud = studio.cloud
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.name != FOOTAGE]
    found = {str(path): path.read_bytes() for path in files}
    found |= {f"the object {key}": cloud.data(key) for key in cloud.objects() if "/blobs/" not in key}
    if isinstance(cloud.service, LambdaFront):
        logs = [execution.answer.log for execution in cloud.service.executions if execution.answer]
    else:
        logs = [instance.log.encode() for instance in cloud.service.instances]
        logs += [log.encode() for log in studio.worker_logs]
    assert logs
    return found | {f"worker's log {number}": log for number, log in enumerate(logs)}


def assert_hidden(studio: Studio, told: str, folders: list[Path]) -> None:
    """No secret is in the text, or anywhere else where it could be found."""
    found = places(studio, folders) | {"what was said": told.encode()}
    everything = b"\n".join(found.values())
    for secret in studio.secrets():
        for fragment in fragments(secret):
            if fragment in everything:
                names = [name for name, data in found.items() if fragment in data]
                raise AssertionError(f"{fragment!r} is in {names}")


@pytest.fixture
def studio(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Studio:
    """A profile ``cloud`` in the settings, and canaries in all that it leads to."""
    home = AppFolders.at(tmp_path / "home").create()
    ProfileStore(home.profiles).save((LocalProfile(name="Local"), cloud.profile), "Local")
    if isinstance(cloud.service, LambdaFront):
        front = cloud.service
        front.keys.add(ARTIST)
        front.function.environment = {**front.function.environment, **WORKER}
        write_aws_profile(tmp_path, ARTIST, monkeypatch)
        secrets = [SECRET, TOKEN, *WORKER.values()]

        def mend() -> None:
            again = replace(ARTIST, access_key="AKIACANARYCANARY5678")
            front.keys.add(again)
            write_aws_profile(tmp_path, again, monkeypatch)

        return Studio(cloud, home, lambda: secrets, lambda: front.keys.expire(ARTIST), mend)
    tokens: GoogleTokenServer = request.getfixturevalue("google_tokens")
    gcs: GcsServer = request.getfixturevalue("gcs")
    authority, account = tokens.authority, tokens.authority.account()
    key = json.loads((tmp_path / "key.json").read_text())
    lines = [line for line in key["private_key"].splitlines() if len(line) > WINDOW and "KEY" not in line]

    def spoil() -> None:
        authority.disabled.add(account)
        authority.expire_now()

    return Studio(
        cloud,
        home,
        lambda: [*lines, key["private_key_id"], *authority.minted, *gcs.sessions.begun],
        spoil,
        lambda: authority.disabled.discard(account),
    )


def troubles(studio: Studio) -> Iterator[str]:
    """Things that go wrong, one at a time; mended when the next is asked for. Yields the chunk's script."""
    cloud = studio.cloud
    yield 'env; env > "$0"'
    yield "env; exit 3"
    studio.spoil()
    yield "true"
    studio.mend()
    for proxy, status in ((cloud.calls, 400), (cloud.calls, 403), (cloud.ours, 400), (cloud.theirs, 403)):
        proxy.script(echo(status), method="POST" if proxy is cloud.calls else "", times=None)
        yield "true"
        assert any(seen.fault.echo for seen in proxy.requests), "nobody was repeated anything"
        proxy.heal()
    if isinstance(cloud.service, LambdaFront):
        cloud.service.function.handler = PRINTS_ALL
    else:
        assert isinstance(cloud.service, CloudRun)
        studio.worker_logs.extend(instance.log for instance in cloud.service.instances)
        cloud.service.service.command = (sys.executable, "-c", "import os; raise SystemExit(str(os.environ))")
        cloud.kill()
        for instance in list(cloud.service.instances):
            instance.kill()
    yield "true"


def test_through_the_terminal(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    codes = []
    for number, script in enumerate(troubles(studio)):
        job = studio.job(tmp_path / f"job{number}", script).folder / "job.json"
        options = ["--profile", "cloud", "--trust", "--no-merge", "--retries", "0"]
        codes.append(main(["render", str(job), *options, *(["--json"] if number % 2 else [])]))
    main(["jobs"])
    told = "\n".join(capfd.readouterr())
    assert codes[0] == 0, told
    assert all(codes[1:]), codes
    assert_hidden(studio, told, [tmp_path / "home", *tmp_path.glob("job*")])


def shown(window: MainWindow) -> str:
    """All that the widgets of the app say, be it seen, hovered over or read aloud."""
    said: list[object] = []
    for widget in QApplication.allWidgets():
        said += [widget.windowTitle(), widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        for name in ("text", "toPlainText", "title", "placeholderText"):
            with suppress(TypeError, RuntimeError):
                said.append(getattr(widget, name, str)())
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            said += table(widget)
    return "\n".join(map(str, said))


def table(view: QAbstractItemView) -> list[object]:
    """Everything in an item view."""
    model = view.model()
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
    cells = [model.index(row, column) for row in range(model.rowCount()) for column in range(model.columnCount())]
    return [model.data(cell, role) for cell in cells for role in roles]


async def test_through_the_window(
    qtbot: QtBot,
    studio: Studio,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "qasync")  # whose messages make Python remember Qt's threads
    told, states = "", []
    async with open_engine(studio.home) as engine:
        window = MainWindow(engine)
        window.frame.show()
        for number, script in enumerate(troubles(studio)):
            project = studio.job(tmp_path / f"job{number}", script)
            options = JobExecutionOptions(profile="cloud", job_dir=project.folder, merge=False, retries=0)
            job_id = await engine.manager.submit_job(project.spec(), options)
            states.append((await engine.manager.wait_job(job_id)).state)
            await eventually(lambda job_id=job_id: window.queue.model.row_of(job_id) is not None)
            window.queue.select(job_id)
            await asyncio.sleep(0.3)
            told += shown(window)
            with suppress(NotFoundError):
                await engine.manager.cancel_job(job_id)
        export_profiles(engine.profiles.profiles(), studio.home.data / "exported.json")
        told += shown(window)
        assert_hidden(studio, told, [studio.home.data, studio.home.config])  # … while the journal is open
        await window.shut_down()
        window.frame.deleteLater()
    assert states[0] is JobState.COMPLETED
    assert JobState.COMPLETED not in states[1:]
    out, errors = capfd.readouterr()
    logged = "\n".join(f"{record.getMessage()} {record.exc_info} {record.exc_text}" for record in caplog.records)
    assert_hidden(studio, told + out + errors + logged, [tmp_path / "home", *tmp_path.glob("job*")])
    assert "cloud" in told
