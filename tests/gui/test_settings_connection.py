"""Testing a profile's connection from its page, on the window's loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import CheckLine, CredentialsError
from helios_gui.ui.settings.cloud_form import CloudForm
from helios_gui.ui.settings.connection_check import ConnectionCheck, ConnectionChecks
from helios_gui.ui.settings.dialog import SettingsDialog
from tests.gui.settings_steps import LEFT, choose_row, discard, type_into

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

STUDIO = AwsLambdaProfile(name="studio-aws", function="render", storage_url="s3://studio")
RUN = CloudRunProfile(name="studio-run", service_url="https://render.run.app", storage_url="gs://studio")
READY = "Ready to render, as far as can be checked without rendering."
Eventually = Callable[..., Awaitable[None]]


class Lines:
    """Yields what the test puts in, and remembers what became of every run."""

    def __init__(self) -> None:
        self.profiles: list[Profile] = []
        self.cancelled = 0
        self._lines: asyncio.Queue[CheckLine | Exception | None] = asyncio.Queue()

    def put(self, *lines: CheckLine | Exception | None) -> None:
        for line in lines:
            self._lines.put_nowait(line)

    async def __call__(self, profile: Profile) -> AsyncGenerator[CheckLine, None]:
        self.profiles.append(profile)
        try:
            while (line := await self._lines.get()) is not None:
                if isinstance(line, Exception):
                    raise line
                yield line
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    store = ProfileStore(tmp_path / "profiles.json")
    store.save([STUDIO, RUN, LocalProfile(name="Local")], "studio-aws")
    return store


def shown(
    qtbot: QtBot, store: ProfileStore, look: Lines, render: Lines | None = None, **options: Any
) -> SettingsDialog:
    dialog = SettingsDialog(store, checks=ConnectionChecks(look, render), **options)
    qtbot.addWidget(dialog, before_close_func=discard)
    dialog.open()
    return dialog


def check_of(dialog: SettingsDialog) -> ConnectionCheck:
    assert isinstance(dialog.form, CloudForm)
    assert dialog.form.check is not None
    return dialog.form.check


def rows(check: ConnectionCheck) -> list[list[str]]:
    """What each line shows: glyph, name, detail, advice."""
    return [
        [label.text() for label in row.findChildren(QLabel) if not label.isHidden()] for row in check.lines.values()
    ]


async def test_lines_appear_as_they_come_and_a_later_one_replaces_its_forerunner(
    qtbot: QtBot, store: ProfileStore, eventually: Eventually
) -> None:
    checks = Lines()
    check = check_of(shown(qtbot, store, checks))
    assert "Renders nothing" in check.note.text()
    qtbot.mouseClick(check.button, LEFT)
    await eventually(lambda: checks.profiles)
    assert checks.profiles == [STUDIO]
    assert (check.button.text(), check.note.text()) == ("Stop", "Checking …")
    checks.put(CheckLine("Sign-in", None))
    await eventually(lambda: rows(check) == [["…", "Sign-in"]])
    checks.put(CheckLine("Sign-in", True, "as anna"), CheckLine("Bucket", False, "no such bucket", "Make it."))
    expected = [["✓", "Sign-in", "as anna"], ["✕", "Bucket", "no such bucket", "Make it."]]
    await eventually(lambda: rows(check) == expected)
    assert check.lines["Bucket"].accessibleName() == "Bucket: failed. no such bucket Make it."
    checks.put(None)
    await eventually(lambda: not check.is_running)
    assert (check.button.text(), check.note.text()) == ("Test connection", "Not ready yet: see what to do below.")

    checks.put(CheckLine("Sign-in", True), CheckLine("Bucket", True), None)
    qtbot.mouseClick(check.button, LEFT)
    await eventually(lambda: check.note.text() == READY)
    assert rows(check) == [["✓", "Sign-in"], ["✓", "Bucket"]]


async def test_what_could_not_be_looked_at_is_no_success(
    qtbot: QtBot, store: ProfileStore, eventually: Eventually
) -> None:
    checks = Lines()
    check = check_of(shown(qtbot, store, checks))
    checks.put(CheckLine("Sign-in", True), CheckLine("Bucket", None, "not allowed to look"), None)
    qtbot.mouseClick(check.button, LEFT)
    await eventually(
        lambda: check.note.text() == "No problem was found. Lines that could not be checked are marked “–”."
    )
    assert rows(check)[1] == ["–", "Bucket", "not allowed to look"]


async def test_the_profile_as_it_is_typed_is_tested_and_typing_on_disturbs_nothing(
    qtbot: QtBot, store: ProfileStore, eventually: Eventually
) -> None:
    checks = Lines()
    dialog = shown(qtbot, store, checks)
    check = check_of(dialog)
    type_into(qtbot, dialog.form.line("function"), "other")
    qtbot.mouseClick(check.button, LEFT)
    await eventually(lambda: checks.profiles)
    assert checks.profiles == [STUDIO.model_copy(update={"function": "other"})]
    type_into(qtbot, dialog.form.line("function"), "b a d")
    checks.put(CheckLine("Sign-in", True), None)
    await eventually(lambda: not check.is_running)
    assert checks.cancelled == 0
    assert rows(check) == [["✓", "Sign-in"]]
    assert check.note.text() == "The profile was changed after this test."
    assert not check.button.isEnabled()
    type_into(qtbot, dialog.form.line("function"), "other")
    assert check.note.text() == READY
    assert check.button.isEnabled()


@pytest.mark.parametrize("way", ["stop", "close", "other profile of the kind", "other kind", "appearance"])
async def test_a_test_ends_when_nobody_looks_any_more(
    qtbot: QtBot, store: ProfileStore, eventually: Eventually, way: str
) -> None:
    store.save([*store.profiles(), STUDIO.model_copy(update={"name": "second"})], "studio-aws")
    checks = Lines()
    dialog = shown(qtbot, store, checks)
    check = check_of(dialog)
    checks.put(CheckLine("Sign-in", True))
    qtbot.mouseClick(check.button, LEFT)
    await eventually(lambda: check.lines)
    if way == "stop":
        qtbot.mouseClick(check.button, LEFT)
    elif way == "close":
        qtbot.mouseClick(dialog.cancel_button, LEFT)
    else:
        choose_row(qtbot, dialog, {"other profile of the kind": 4, "other kind": 2, "appearance": 6}[way])
    await eventually(lambda: checks.cancelled == 1)
    assert not check.is_running
    if way == "stop":
        assert check.note.text() == "The test was not completed."
    else:
        assert not check.lines
    if way == "other profile of the kind":
        assert check_of(dialog) is check
        assert "Renders nothing" in check.note.text()


async def test_new_test_right_after_a_stopped_one_is_not_taken_for_it(
    qtbot: QtBot, store: ProfileStore, eventually: Eventually
) -> None:
    checks = Lines()
    check = check_of(shown(qtbot, store, checks))
    qtbot.mouseClick(check.button, LEFT)
    await eventually(lambda: len(checks.profiles) == 1)
    qtbot.mouseClick(check.button, LEFT)
    qtbot.mouseClick(check.button, LEFT)  # before the first one had a chance to end
    await eventually(lambda: len(checks.profiles) == 2 and checks.cancelled == 1)
    assert check.is_running
    checks.put(CheckLine("Sign-in", True), None)
    await eventually(lambda: check.note.text() == READY)


async def test_error_of_a_test_is_a_line_with_what_to_do(
    qtbot: QtBot, store: ProfileStore, eventually: Eventually
) -> None:
    checks = Lines()
    check = check_of(shown(qtbot, store, checks))
    checks.put(CredentialsError("Your sign-in has expired.", "Sign in again."))
    qtbot.mouseClick(check.button, LEFT)
    await eventually(lambda: not check.is_running)
    assert rows(check) == [["✕", "Test", "Your sign-in has expired.", "Sign in again."]]
    assert check.note.text() == "Not ready yet: see what to do below."


async def test_fault_of_ours_goes_to_the_owner_of_the_task_and_is_no_success(
    qtbot: QtBot, store: ProfileStore, eventually: Eventually
) -> None:
    tasks: list[asyncio.Task[None]] = []

    def run(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        tasks.append(asyncio.get_running_loop().create_task(work))
        return tasks[-1]

    checks = Lines()
    check = check_of(shown(qtbot, store, checks, run=run))
    checks.put(CheckLine("Sign-in", True), ZeroDivisionError("a fault"))
    qtbot.mouseClick(check.button, LEFT)
    await eventually(lambda: tasks and tasks[0].done())
    assert isinstance(tasks[0].exception(), ZeroDivisionError)
    assert check.note.text() == "The test was not completed."
    assert check.button.text() == "Test connection"


async def test_profile_with_a_gap_cannot_be_tested(qtbot: QtBot, store: ProfileStore) -> None:
    dialog = shown(qtbot, store, Lines())
    dialog.side.add_requested.emit("cloud-run")
    assert not check_of(dialog).button.isEnabled()
    type_into(qtbot, dialog.form.line("service_url"), "https://render.run.app")
    type_into(qtbot, dialog.form.line("storage_url"), "gs://studio")
    assert check_of(dialog).button.isEnabled()


def test_without_checks_there_is_nothing_to_press(qtbot: QtBot, store: ProfileStore) -> None:
    dialog = SettingsDialog(store)
    qtbot.addWidget(dialog)
    dialog.open()
    assert isinstance(dialog.form, CloudForm)
    assert dialog.form.check is None
    assert not dialog.findChildren(ConnectionCheck)


async def test_a_test_frame_is_the_second_step(qtbot: QtBot, store: ProfileStore, eventually: Eventually) -> None:
    looks, renders = Lines(), Lines()
    check = check_of(shown(qtbot, store, looks, renders))
    assert "a few kB" in check.render_button.toolTip()
    assert "fraction of a cent" in check.render_button.toolTip()
    looks.put(CheckLine("Sign-in", True, "as anna"), None)
    qtbot.mouseClick(check.button, LEFT)
    await eventually(lambda: check.note.text() == READY)
    qtbot.mouseClick(check.render_button, LEFT)
    await eventually(lambda: renders.profiles)
    assert (check.render_button.text(), check.note.text()) == ("Stop", "Rendering a test frame …")
    assert not check.button.isEnabled()
    renders.put(CheckLine("Upload", None), CheckLine("Upload", True), CheckLine("Clean-up", True), None)
    await eventually(lambda: not check.is_running)
    assert rows(check) == [["✓", "Sign-in", "as anna"], ["✓", "Upload"], ["✓", "Clean-up"]]
    assert check.note.text() == "Ready to render: a test frame was rendered and downloaded."
    assert check.render_button.text() == "Render a test frame"

    renders.put(CheckLine("Upload", False, "no such bucket", "Make it."), None)
    qtbot.mouseClick(check.render_button, LEFT)
    await eventually(lambda: check.note.text() == "Not ready yet: see what to do below.")
    assert rows(check) == [["✓", "Sign-in", "as anna"], ["✕", "Upload", "no such bucket", "Make it."]]
    looks.put(CheckLine("Sign-in", True), None)
    qtbot.mouseClick(check.button, LEFT)
    await eventually(lambda: check.note.text() == READY)
    assert rows(check) == [["✓", "Sign-in"]]


async def test_a_test_frame_needs_no_first_step_and_forgets_other_profiles(
    qtbot: QtBot, store: ProfileStore, eventually: Eventually
) -> None:
    looks, renders = Lines(), Lines()
    dialog = shown(qtbot, store, looks, renders)
    check = check_of(dialog)
    looks.put(CheckLine("Sign-in", True), None)
    qtbot.mouseClick(check.button, LEFT)
    await eventually(lambda: check.lines and not check.is_running)
    type_into(qtbot, dialog.form.line("function"), "other")
    renders.put(CheckLine("Upload", True), None)
    qtbot.mouseClick(check.render_button, LEFT)
    await eventually(lambda: not check.is_running)
    assert rows(check) == [["✓", "Upload"]]
    assert renders.profiles == [STUDIO.model_copy(update={"function": "other"})]


async def test_a_test_frame_can_be_stopped(qtbot: QtBot, store: ProfileStore, eventually: Eventually) -> None:
    renders = Lines()
    check = check_of(shown(qtbot, store, Lines(), renders))
    renders.put(CheckLine("Upload", None))
    qtbot.mouseClick(check.render_button, LEFT)
    await eventually(lambda: check.lines)
    qtbot.mouseClick(check.render_button, LEFT)
    await eventually(lambda: renders.cancelled == 1)
    assert check.note.text() == "The test was not completed. What it uploaded is being deleted."
    assert rows(check) == [["–", "Upload"]]
    assert check.button.isEnabled()


async def test_where_nothing_can_be_rendered_there_is_no_button_for_it(qtbot: QtBot, store: ProfileStore) -> None:
    check = check_of(shown(qtbot, store, Lines()))
    assert check.button.isVisible()
    assert not check.render_button.isVisible()
