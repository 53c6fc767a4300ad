"""Files of the queue in the window: exported, imported, opened again; and the search in logs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.types import JobState, Priority
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.columns import Column
from helios_gui.ui.queue.state_filter import JobKind
from helios_gui.ui.submit.trust_sheet import TrustSheet
from tests.gui.window_steps import Eventually, OpenWindow, add_trusted, press_render, state
from tests.support.drops import drop
from tests.support.jobs import python

WriteJob = Callable[..., Path]


def names(window: MainWindow) -> list[str]:
    return [job.name for job in window.queue.model.jobs()]


async def chosen_file(window: MainWindow, path: Path, eventually: Eventually) -> None:
    """Answer the file dialog that is open."""
    await eventually(lambda: window.frame.findChild(QFileDialog))
    dialog = window.frame.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.close()


async def test_a_queue_is_exported_and_imported_where_its_jobs_are_asked_about(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, tmp_path: Path
) -> None:
    file = tmp_path / "night.helios-queue.json"
    async with open_window() as window:
        window.engine.profiles.save([LocalProfile(name="Local"), LocalProfile(name="Studio")], "Local")
        ids = [await add_trusted(window, write_job(name), eventually) for name in ("One", "Two", "Three")]
        manager = window.engine.manager
        await manager.standings.set_after(ids[1], [ids[0]])
        await manager.standings.set_priority(ids[1], Priority.LOW)
        await manager.standings.set_group(ids[0], "Trailer")
        await manager.options.set_profile(ids[1], "Studio")
        window.queue.select_all(ids[:2])
        window.actions_of_window.export_queue.trigger()
        await chosen_file(window, file, eventually)
        await eventually(file.is_file)
        await eventually(lambda: window.notices.notices())
        assert "2 jobs were exported" in window.notices.notices()[0].text
    async with open_window(tmp_path / "elsewhere") as window:
        window.actions_of_window.import_queue.trigger()
        await chosen_file(window, file, eventually)
        await eventually(lambda: names(window) == ["One", "Two"])
        one, two = window.queue.model.jobs()
        assert not {one.id, two.id} & set(ids)
        assert one.standing.group == "Trailer"
        await eventually(lambda: window.queue.model.jobs()[1].standing.after == (one.id,))
        assert two.standing.priority is Priority.LOW
        await eventually(lambda: window.notices.notices())
        assert "Studio" in window.notices.notices()[0].text
        assert two.profile == "Local"
        assert [job.id for job in window.queue.selected_jobs()] == [one.id, two.id]
        window.queue.select(one.id)
        press_render(qtbot, window)  # nobody has agreed to its commands here
        await eventually(lambda: [sheet for sheet in window.frame.findChildren(TrustSheet) if sheet.isVisible()])
        assert state(window, one.id) is JobState.PENDING
        window.frame.findChildren(TrustSheet)[0].reject()


async def test_a_queue_does_not_use_the_trust_in_a_folder_that_it_names(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, tmp_path: Path
) -> None:
    """Its commands come from somewhere else, whatever folder they are to run in."""
    trusted = write_job("Mine").parent
    spec = json.loads((trusted / "job.json").read_text()) | {"name": "Theirs"}
    spec["chunks"][0]["command"] = python("open('stolen', 'w')")
    options = {"job_dir": str(trusted), "source": str(trusted / "job.json")}
    file = tmp_path / "theirs.helios-queue.json"
    file.write_text(json.dumps({"heliosQueue": 1, "jobs": [{"id": "1", "job": spec, "options": options}]}))
    async with open_window() as window:
        window.engine.trust.trust_folder(trusted)
        assert drop(window, file)
        await eventually(lambda: names(window) == ["Theirs"])
        (job,) = window.queue.model.jobs()
        window.queue.select(job.id)
        press_render(qtbot, window)
        await eventually(lambda: [sheet for sheet in window.frame.findChildren(TrustSheet) if sheet.isVisible()])
        assert state(window, job.id) is JobState.PENDING
        assert not (trusted / "stolen").exists()
        window.frame.findChildren(TrustSheet)[0].reject()


async def test_a_dropped_queue_is_imported_and_a_bad_one_named(
    open_window: OpenWindow, eventually: Eventually, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.helios-queue.json", tmp_path / "bad.helios-queue.json"
    good.write_text(json.dumps({"heliosQueue": 1, "jobs": []}))
    bad.write_text("{")
    async with open_window() as window:
        assert drop(window, bad)
        await eventually(lambda: window.notices.notices())
        assert "is not a queue" in window.notices.notices()[0].text
        assert window.recent.paths() == [bad]


async def test_files_are_opened_again(
    open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, tmp_path: Path
) -> None:
    one, two = write_job("One"), write_job("Two & three")
    async with open_window() as window:
        assert not window.recent.menu.menuAction().isEnabled()
        window.add([one, two])
        await eventually(lambda: len(names(window)) == 2)
    async with open_window(tmp_path / "home") as window:
        assert window.recent.paths() == [one, two]
        assert window.recent.menu.actions()[1].text().endswith("two-&&-three/job.json")
        await window.engine.manager.delete_job(window.queue.model.jobs()[1].id)
        await eventually(lambda: len(names(window)) == 1)
        window.recent.menu.actions()[1].trigger()
        await eventually(lambda: len(names(window)) == 2)
        assert window.recent.paths() == [two, one]
        window.recent.menu.actions()[-1].trigger()
        assert window.recent.paths() == []
        assert not window.recent.menu.menuAction().isEnabled()


async def test_jobs_are_found_by_what_their_logs_say(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        ids = [await add_trusted(window, write_job(name, chunks=1), eventually) for name in ("One", "Two")]
        logs = window.engine.folders.logs / ids[1]
        logs.mkdir(parents=True)
        (logs / "chunk-0-attempt-1.log").write_text("CUDA error: out of memory\n")
        qtbot.keyClicks(window.queue.filter, "out of memory")
        await eventually(lambda: window.queue.model.rowCount() == 0)
        window.queue.state_filter.logs.trigger()
        await eventually(lambda: window.queue.model.rowCount() == 1)
        assert window.queue.model.summary_at(0).id == ids[1]
        qtbot.keyClicks(window.queue.filter, " at all")
        await eventually(lambda: window.queue.model.rowCount() == 0)
        window.queue.no_match.button.click()
        assert window.queue.model.rowCount() == 2
        assert not window.queue.state_filter.searches_logs


async def test_the_chosen_columns_and_folded_groups_are_remembered(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, tmp_path: Path
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job("One"), eventually)
        await window.engine.manager.standings.set_group(job_id, "Trailer")
        await eventually(lambda: window.queue.model.rowCount() == 2)
        view = window.queue.view
        assert view.isColumnHidden(Column.COST)
        view.columns_menu.aboutToShow.emit()
        texts = [action.text() for action in view.columns_menu.actions()]
        view.columns_menu.actions()[texts.index("Cost")].trigger()
        view.columns_menu.actions()[texts.index("Progress")].trigger()
        assert not view.isColumnHidden(Column.COST)
        assert view.isColumnHidden(Column.PROGRESS)
        window.queue.model.set_collapsed({"Trailer"})
    async with open_window(tmp_path / "home") as window:
        view = window.queue.view
        assert not view.isColumnHidden(Column.COST)
        assert view.isColumnHidden(Column.PROGRESS)
        assert view.columns_menu in [action.menu() for action in window.actions_of_window.view_menu.actions()]
        assert window.queue.model.rowCount() == 1
        view.columns_menu.actions()[-1].trigger()
        assert view.isColumnHidden(Column.COST)
        assert not view.isColumnHidden(Column.PROGRESS)


async def test_states_are_filtered_with_a_menu(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        for name in ("One", "Two"):
            await add_trusted(window, write_job(name), eventually)
        press_render(qtbot, window)
        await eventually(lambda: [job.state for job in window.queue.model.jobs()][1] is JobState.COMPLETED)
        button = window.queue.state_filter
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        texts = [action.text().replace("&", "") for action in button.menu().actions()]
        button.menu().actions()[texts.index("Done")].trigger()
        assert [window.queue.model.summary_at(row).name for row in range(window.queue.model.rowCount())] == ["Two"]
        assert "Done" in button.toolTip()
        button.choose({JobKind.FAILED})
        assert window.queue.no_match.isVisible()
        button.everything.trigger()
        assert window.queue.model.rowCount() == 2
