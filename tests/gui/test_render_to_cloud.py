"""Render to cloud, from the toolbar to the finished film. What stands for the cloud here is this machine's adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.engine import Engine
from helios_gui.orchestrator.manager import JobManager
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.profiles.store import ProfileStore
from helios_gui.profiles.trust import TrustStore, review_job
from helios_gui.stitcher import FfmpegStitcher, MediaVerifier
from helios_gui.types import ExecutionPolicy, JobState, WorkerPool
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.queue.columns import Column, cell_text
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.widgets.confirm import ConfirmSheet
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.format import format_money
from tests.gui.window_steps import only_job, sheet_of
from tests.support.drops import drop

LOCAL = LocalProfile(name="Local")
STUDIO = AwsLambdaProfile(
    name="studio-aws", function="render", storage_url="s3://studio/renders", price_per_gb_second=0.25
)
RUN = CloudRunProfile(name="studio-run", service_url="https://render.run.app", storage_url="gs://studio")
LEFT = Qt.MouseButton.LeftButton

Eventually = Callable[..., Awaitable[None]]
OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]
WriteJob = Callable[..., Path]


@pytest.fixture
def open_cloud_window(tmp_path: Path) -> OpenWindow:
    """``async with open_cloud_window(profile, …) as window``: a window that offers cloud profiles."""

    @asynccontextmanager
    async def opened(
        *profiles: Profile, default: str = "Local", kinds: Sequence[str] | None = None
    ) -> AsyncIterator[MainWindow]:
        folders = AppFolders.at(tmp_path / "home").create()
        store = ProfileStore(folders.profiles, kinds)
        store.save([LOCAL, *profiles], default)
        verifier = MediaVerifier()
        manager = JobManager(
            SqliteJobRepository(folders.journal),
            pools=lambda name: pool(store.get(name)),
            verify=verifier,
            stitcher=FfmpegStitcher(),
            local=LocalAdapter(),
            log_root=folders.logs,
        )
        await manager.open()
        window = MainWindow(Engine(manager, store, TrustStore(folders.trust), folders))
        window.frame.show()
        try:
            yield window
        finally:
            await window.shut_down()
            window.frame.deleteLater()
            await manager.close()
            verifier.close()

    return opened


def pool(profile: Profile) -> WorkerPool:
    policy = ExecutionPolicy(concurrency=2, retries=0)
    return WorkerPool(profile.name, LocalAdapter(grace=1), policy, price_of=profile.price_of)


async def add(window: MainWindow, path: Path, eventually: Eventually) -> None:
    """Drop a job file and wait until it is the current job."""
    drop(window, path)
    await eventually(lambda: window.queue.current_job)


def cloud_button(window: MainWindow) -> QToolButton:
    button = window.actions_of_window.toolbar.widgetForAction(window.queue.actions_of_jobs[JobAction.RENDER_CLOUD])
    assert isinstance(button, QToolButton)
    return button


async def ask(qtbot: QtBot, window: MainWindow, eventually: Eventually) -> TrustSheet:
    """Press Render to cloud and wait for the sheet, with everything on it."""
    qtbot.mouseClick(cloud_button(window), LEFT)
    return await asked(window, eventually)


async def asked(window: MainWindow, eventually: Eventually) -> TrustSheet:
    await eventually(lambda: sheet_of(window, TrustSheet))
    sheet = sheet_of(window, TrustSheet)
    assert isinstance(sheet, TrustSheet)
    await eventually(sheet.run_button.isEnabled)
    return sheet


def pick(qtbot: QtBot, menu: QMenu, text: str) -> None:
    action = next(action for action in menu.actions() if action.text() == text)
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


async def test_with_only_local_profiles_offered_nothing_speaks_of_the_cloud(
    open_cloud_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_cloud_window(kinds=("local",)) as window:
        await add(window, write_job(), eventually)
        assert not cloud_button(window).isVisible()
        assert not window.actions_of_window.cloud_picker.isVisible()
        assert not window.queue.actions_of_jobs[JobAction.RENDER_CLOUD].isVisible()


async def test_dropped_job_is_rendered_in_the_cloud_after_a_look_at_what_goes_there(
    qtbot: QtBot, open_cloud_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_cloud_window(STUDIO) as window:
        path = write_job("Opening titles")
        (path.parent / "texture.bin").write_bytes(bytes(2500))
        (path.parent / "film.mp4").write_bytes(bytes(9999))  # an earlier output is not uploaded
        (path.parent / "scratch").write_bytes(bytes(9999))
        (path.parent / ".heliosignore").write_text("scratch\n", encoding="utf-8")
        assert not cloud_button(window).isEnabled(), "nothing is selected"
        await add(window, path, eventually)
        assert (only_job(window).profile, only_job(window).state) == ("Local", JobState.PENDING)
        assert "studio-aws" in cloud_button(window).toolTip()
        assert window.actions_of_window.cloud_picker.text() == "studio-aws"

        sheet = await ask(qtbot, window, eventually)
        text = sheet.details.toPlainText()
        size = f"{(path.stat().st_size + 2500) / 1000:.1f} kB"
        assert f"2 files of the working folder, {size}" in text
        assert "s3://studio/renders" in text
        assert "studio-aws" in text
        qtbot.mouseClick(sheet.run_button, LEFT)
        await eventually(lambda: sheet_of(window, ConfirmSheet))
        question = sheet_of(window, ConfirmSheet)
        assert isinstance(question, ConfirmSheet)
        assert "film.mp4" in question.windowTitle() + "".join(label.text() for label in question.findChildren(QLabel))
        qtbot.mouseClick(question.yes, LEFT)
        await eventually(lambda: only_job(window).state is JobState.COMPLETED)
        job = only_job(window)
        assert job.profile == "studio-aws"
        assert job.cost > 0
        shown = f"· {format_money(job.cost)}"
        await eventually(lambda: shown in window.job_view.header.figures.text())
        assert shown in cell_text(job, Column.PROGRESS)


async def test_looking_at_a_job_does_not_change_it(
    qtbot: QtBot, open_cloud_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_cloud_window(STUDIO) as window:
        await add(window, write_job(), eventually)
        for _ in range(2):
            sheet = await ask(qtbot, window, eventually)
            qtbot.mouseClick(sheet.cancel_button, LEFT)
            await eventually(lambda: sheet_of(window, TrustSheet) is None)
        assert (only_job(window).profile, only_job(window).state) == ("Local", JobState.PENDING)


async def test_job_trusted_here_is_still_shown_before_it_first_leaves_and_then_no_more(
    qtbot: QtBot, open_cloud_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_cloud_window(STUDIO, RUN) as window:
        await add(window, write_job(), eventually)
        status = await window.engine.manager.get_job(only_job(window).id)
        assert status is not None
        window.engine.trust.remember(review_job(status.spec, status.summary.job_dir, status.summary.source))
        sheet = await ask(qtbot, window, eventually)
        qtbot.mouseClick(sheet.run_button, LEFT)
        await eventually(lambda: only_job(window).state is JobState.COMPLETED)

        qtbot.mouseClick(cloud_button(window), LEFT)  # finished: a question, and no second sheet
        await eventually(lambda: sheet_of(window, ConfirmSheet))
        again = sheet_of(window, ConfirmSheet)
        assert isinstance(again, ConfirmSheet)
        first = only_job(window).started_at
        qtbot.mouseClick(again.yes, LEFT)
        await eventually(lambda: only_job(window).state is JobState.COMPLETED and only_job(window).started_at != first)
        assert sheet_of(window, TrustSheet) is None

        window.engine.profiles.save([LOCAL, STUDIO, RUN], "Local", "studio-run")  # another place: asked anew
        qtbot.mouseClick(cloud_button(window), LEFT)
        await eventually(lambda: sheet_of(window, ConfirmSheet))
        again = sheet_of(window, ConfirmSheet)
        assert isinstance(again, ConfirmSheet)
        qtbot.mouseClick(again.yes, LEFT)
        sheet = await asked(window, eventually)
        assert "gs://studio" in sheet.details.toPlainText()
        qtbot.mouseClick(sheet.cancel_button, LEFT)
        await eventually(lambda: sheet_of(window, TrustSheet) is None)
        assert only_job(window).profile == "studio-aws"


async def test_what_it_may_cost_is_told_from_what_was_measured_before(
    qtbot: QtBot, open_cloud_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_cloud_window(STUDIO) as window:
        await add(window, write_job(), eventually)
        sheet = await ask(qtbot, window, eventually)
        assert "No estimate: Nothing was rendered with “studio-aws” yet." in sheet.details.toPlainText()
        qtbot.mouseClick(sheet.run_button, LEFT)
        await eventually(lambda: only_job(window).state is JobState.COMPLETED)

        cost = only_job(window).cost
        limited = STUDIO.model_copy(update={"storage_url": "s3://elsewhere", "spend_limit": 1.5 * cost})
        window.engine.profiles.save([LOCAL, limited], "Local")
        qtbot.mouseClick(cloud_button(window), LEFT)
        await eventually(lambda: sheet_of(window, ConfirmSheet))
        again = sheet_of(window, ConfirmSheet)
        assert isinstance(again, ConfirmSheet)
        told = "\n".join(label.text() for label in again.findChildren(QLabel))
        assert f"Estimated cost: About {format_money(cost)} for 3 chunks." in told
        qtbot.mouseClick(again.yes, LEFT)
        text = (await asked(window, eventually)).details.toPlainText()
        assert f"About {format_money(cost)} for 3 chunks" in text
        assert "Measured on 3 chunks of this job with “studio-aws”" in text
        assert f"With the {format_money(cost)} spent before, that is more than the {format_money(1.5 * cost)}" in text
        sheet = await asked(window, eventually)
        qtbot.mouseClick(sheet.cancel_button, LEFT)
        await eventually(lambda: sheet_of(window, TrustSheet) is None)


async def test_details_of_a_job_that_is_ready_say_what_it_may_cost(
    qtbot: QtBot, open_cloud_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_cloud_window(STUDIO) as window:

        def told() -> str:
            return "\n".join(label.text() for label in window.job_view.details.findChildren(QLabel))

        await add(window, write_job(), eventually)
        sheet = await ask(qtbot, window, eventually)
        qtbot.mouseClick(sheet.run_button, LEFT)
        await eventually(lambda: only_job(window).state is JobState.COMPLETED)
        await eventually(lambda: format_money(only_job(window).cost) in told())
        assert "Estimated cost" not in told(), "it has been rendered"
        drop(window, write_job("Another"))
        await eventually(lambda: "measured on 1 other job with “studio-aws”" in told())
        assert "Roughly $" in told()
        assert "Estimated cost" in told()


async def test_plain_render_through_a_cloud_profile_asks_the_same(
    qtbot: QtBot, open_cloud_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_cloud_window(STUDIO, default="studio-aws") as window:
        await add(window, write_job(), eventually)
        assert only_job(window).profile == "studio-aws"
        window.queue.actions_of_jobs[JobAction.RENDER].trigger()
        sheet = await asked(window, eventually)
        assert "s3://studio/renders" in sheet.details.toPlainText()
        qtbot.mouseClick(sheet.cancel_button, LEFT)
        await eventually(lambda: sheet_of(window, TrustSheet) is None)


async def test_folder_that_cannot_be_read_cannot_be_agreed_to(
    qtbot: QtBot, open_cloud_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_cloud_window(STUDIO) as window:
        path = write_job()
        (path.parent / ".heliosignore").write_bytes(b"\xff\xfe")
        await add(window, path, eventually)
        qtbot.mouseClick(cloud_button(window), LEFT)
        await eventually(lambda: sheet_of(window, TrustSheet))
        sheet = sheet_of(window, TrustSheet)
        assert isinstance(sheet, TrustSheet)
        await eventually(lambda: ".heliosignore cannot be read" in sheet.details.toPlainText())
        assert not sheet.run_button.isEnabled()
        qtbot.mouseClick(sheet.cancel_button, LEFT)
        await eventually(lambda: sheet_of(window, TrustSheet) is None)


async def test_picking_a_profile_remembers_it_and_starts_nothing(
    qtbot: QtBot, open_cloud_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_cloud_window(STUDIO, RUN) as window:
        await add(window, write_job(), eventually)
        picker = window.actions_of_window.cloud_picker
        qtbot.mouseClick(picker, LEFT)
        await eventually(picker.menu_of_profiles.isVisible)
        ticked = [action.text() for action in picker.menu_of_profiles.actions() if action.isChecked()]
        assert ticked == ["studio-aws"]
        pick(qtbot, picker.menu_of_profiles, "studio-run")
        await eventually(lambda: picker.text() == "studio-run")
        assert ProfileStore(window.engine.profiles.path).cloud_default == RUN
        assert "studio-run" in cloud_button(window).toolTip()
        assert (only_job(window).profile, only_job(window).state) == ("Local", JobState.PENDING)


async def test_choice_that_cannot_be_saved_is_said(
    qtbot: QtBot, open_cloud_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_cloud_window(STUDIO, RUN) as window:
        path = window.engine.profiles.path
        path.unlink()
        path.mkdir()  # a folder where the file should go
        picker = window.actions_of_window.cloud_picker
        qtbot.mouseClick(picker, LEFT)
        await eventually(picker.menu_of_profiles.isVisible)
        pick(qtbot, picker.menu_of_profiles, "studio-run")
        await eventually(window.notices.notices)
        assert picker.text() == "studio-aws"


async def test_settings_open_from_the_picker(
    qtbot: QtBot, open_cloud_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_cloud_window(STUDIO) as window:
        picker = window.actions_of_window.cloud_picker
        qtbot.mouseClick(picker, LEFT)
        await eventually(picker.menu_of_profiles.isVisible)
        pick(qtbot, picker.menu_of_profiles, "Settings…")
        await eventually(lambda: sheet_of(window, SettingsDialog))
        dialog = sheet_of(window, SettingsDialog)
        assert dialog is not None
        dialog.reject()


async def test_without_a_cloud_profile_the_button_leads_to_making_one(
    qtbot: QtBot, open_cloud_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_cloud_window() as window:
        assert not window.actions_of_window.cloud_picker.isVisible()
        qtbot.mouseClick(cloud_button(window), LEFT)
        await eventually(lambda: sheet_of(window, SettingsDialog))
        dialog = sheet_of(window, SettingsDialog)
        assert isinstance(dialog, SettingsDialog)
        await eventually(dialog.side.add_menu.isVisible)
        pick(qtbot, dialog.side.add_menu, "AWS Lambda")
        for setting, text in {"function": "render", "storage_url": "s3://studio"}.items():
            dialog.form.line(setting).setFocus()
            qtbot.keyClicks(dialog.form.line(setting), text)
        qtbot.mouseClick(dialog.ok_button, LEFT)
        await eventually(window.actions_of_window.cloud_picker.isVisible)
        assert window.actions_of_window.cloud_picker.text() == "New profile"
        assert not cloud_button(window).isEnabled(), "there is a profile now, but no job"
        await add(window, write_job(), eventually)
        assert cloud_button(window).isEnabled()
