"""A new kind of adapter: one folder (``tests/support/toy_kind``) and one line in the registry, and it renders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from helios_gui.adapters import registry
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.cli import main
from helios_gui.profiles.store import ProfileStore
from helios_gui.stitcher import probe
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.ui.settings.kind_forms import KIND_FORMS, KindForm
from helios_gui.ui.settings.profile_form import ProfileForm
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.utils.folders import AppFolders
from tests.support.drops import drop
from tests.support.toy_kind.profile import TOY, ToyProfile

Eventually = Callable[..., Awaitable[None]]
OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]
WriteJob = Callable[..., Path]


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which adapters of the toy kind note their calls; a profile of that kind is the default."""
    monkeypatch.setattr(registry, "KINDS", (*registry.KINDS, TOY))
    monkeypatch.setitem(KIND_FORMS, "toy", KindForm("grid", lambda: "Toy", lambda: "Play", lambda check: ToyForm()))
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    path = tmp_path / "calls.txt"
    store = ProfileStore(AppFolders.default().create().profiles)
    store.save([LocalProfile(name="Local"), ToyProfile(name="Playroom", record=path)], "Playroom")
    return path


class ToyForm(ProfileForm):
    """The page of a toy profile: what all profiles have."""

    def __init__(self) -> None:
        super().__init__()
        self._add_jobs()
        self._form.finish()


def check_calls(record: Path) -> None:
    prepare, *chunks, finish, close = record.read_text().splitlines()
    assert (prepare, finish, close) == ("prepare Test card", "finish completed", "close")
    assert sorted(chunks) == ["chunk 0", "chunk 1", "chunk 2"]


def test_renders_from_the_terminal(record: Path, write_job: WriteJob, capsys: pytest.CaptureFixture[str]) -> None:
    job = write_job()
    assert main(["render", str(job), "--trust"]) == 0
    assert "profile Playroom" in capsys.readouterr().out
    assert probe(job.parent / "film.mp4").frames == 15
    check_calls(record)
    assert main(["doctor"]) == 0
    assert "a toy, concurrency 2" in capsys.readouterr().out
    assert main(["doctor", "--profile", "Playroom"]) == 0
    assert "no connection to test" in capsys.readouterr().out


async def test_renders_from_the_window(
    record: Path, qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    job = write_job()
    async with open_window() as window:
        drop(window, job)
        await eventually(lambda: window.queue.current_job)
        window.queue.actions_of_jobs[JobAction.RENDER].trigger()
        await eventually(lambda: any(sheet.isVisible() for sheet in window.frame.findChildren(TrustSheet)))
        (sheet,) = window.frame.findChildren(TrustSheet)
        qtbot.mouseClick(sheet.run_button, Qt.MouseButton.LeftButton)
        await eventually(lambda: window.queue.model.jobs()[0].state is JobState.COMPLETED)
        assert window.queue.model.jobs()[0].profile == "Playroom"
        await eventually(lambda: window.notices.notices())
        assert "The worker of “Playroom” is 99.0.0" in window.notices.notices()[0].text
        dialog = SettingsDialog(window.engine.profiles)
        qtbot.addWidget(dialog)
        assert isinstance(dialog.form, ToyForm)
        assert dialog.form.name.text() == "Playroom"
    assert probe(job.parent / "film.mp4").frames == 15
    check_calls(record)
