"""What is in the main window: the queue on the left, the selected job on the right."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QSplitter, QVBoxLayout, QWidget

from helios_gui import product
from helios_gui.engine import Engine
from helios_gui.power.keep_awake import KeepAwake
from helios_gui.sources.examples import Example, copy_example, example_folder
from helios_gui.translation import tr, tr_count
from helios_gui.types import EngineProblem, Event, HeliosError, JobAdded, JobState, JobSummary, ProfileNotice
from helios_gui.ui.about import AboutSheet
from helios_gui.ui.blocked_notices import BlockedNotices
from helios_gui.ui.bridge import EngineBridge
from helios_gui.ui.desktop.activation import bring_to_front
from helios_gui.ui.desktop.after_queue import AfterQueueMenu, after_queue_text
from helios_gui.ui.desktop.background import Background
from helios_gui.ui.desktop.handover import open_externally
from helios_gui.ui.desktop.job_notifications import JobNotifications
from helios_gui.ui.job.presenter import JobPresenter
from helios_gui.ui.job.view import JobView
from helios_gui.ui.job_commands import JobCommands
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.qt_runtime.paced_call import PacedCall
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.queue.commands import QueueCommands
from helios_gui.ui.queue.import_export import QueueImportExport
from helios_gui.ui.queue.log_search import LogSearch
from helios_gui.ui.queue.panel import QueuePanel
from helios_gui.ui.recent_files import RecentFiles
from helios_gui.ui.shortcuts import ShortcutsSheet
from helios_gui.ui.status_line import status_text, window_title
from helios_gui.ui.submit.file_choosers import FileChoosers
from helios_gui.ui.submit.job_adder import JobAdder
from helios_gui.ui.theme import ThemeMode, theme
from helios_gui.ui.update_notices import UpdateNotices
from helios_gui.ui.watch_folders.watching import WatchedFolders
from helios_gui.ui.widgets.confirm import confirm
from helios_gui.ui.widgets.drops import DropTarget
from helios_gui.ui.widgets.notice_bar import NoticeBoard
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.ui.window_actions import WindowActions
from helios_gui.ui.window_frame import WindowFrame
from helios_gui.ui.window_state import WindowState
from helios_gui.utils.queue_progress import QueueMeter

if TYPE_CHECKING:  # the settings are loaded when they are first opened
    from helios_gui.ui.settings.connection_check import ConnectionChecks
    from helios_gui.ui.settings.dialog import SettingsDialog

_DIALOG_PLACEMENT_MS = 100
"""Milliseconds a desktop gets to place a new dialog before a menu is opened over it."""
_STATE_NAMES = ("window/panels", "window/queue", "window/job")


class MainWindow(QWidget):
    """Everything a person does with an open ``Engine``.

    Closing never destroys the window by itself: whoever made it awaits ``closed``, then ``shut_down``.

    Args:
        engine: The engine.
        checks: Test a profile's connection for the settings; without them none can be tested.
        frame: The window, which this fills, with its menus; ``None`` makes one, which is not shown yet.

    Attributes:
        closed: Is set when the person wants to leave.
        frame: The window.
    """

    def __init__(
        self, engine: Engine, checks: ConnectionChecks | None = None, frame: WindowFrame | None = None
    ) -> None:
        self._state = WindowState(engine.folders.settings) if frame is None else frame.state
        self.frame = WindowFrame(self._state) if frame is None else frame
        super().__init__(self.frame)
        self._checks = checks
        self.closed = asyncio.Event()
        self.engine = engine
        self._asking = False
        self._queue_meter = QueueMeter()
        self.bridge = EngineBridge(engine.manager, self)
        self.notices = NoticeBoard(self)
        self.blocked = BlockedNotices(self.notices, self._take_over_changes, self)
        self.queue = QueuePanel(self)
        self.job_view = JobView(self)
        self.commands = JobCommands(engine, self.bridge, self.notices, self)
        self.queue_commands = QueueCommands(engine, self.bridge, self.notices, self.queue, self)
        self.import_export = QueueImportExport(engine, self.bridge, self.notices, self.queue, self)
        self.log_search = LogSearch(self.queue, engine.folders.logs, self.bridge.run)
        self.recent = RecentFiles(self._state, self)
        self.adder = JobAdder(engine, self.bridge, self.commands, self.notices)
        self.file_choosers = FileChoosers(self, self.add)
        self.presenter = JobPresenter(engine, self.bridge, self.job_view)
        self.updates = UpdateNotices(self.notices, self._state, self.bridge.run, self)
        self.actions_of_window = WindowActions(self.frame, self.queue.actions_of_jobs)
        self.after_queue = AfterQueueMenu(self.actions_of_window.after_queue_menu, self.bridge.run, self)
        self._status = PacedCall(self._show_status, self)
        self.keep_awake = KeepAwake(self._status.now)
        self.notifications = JobNotifications(self.bridge.run, self._state, self.isActiveWindow, self)
        whole_queue = self.actions_of_window.whole_queue
        self.background = Background(self.frame, whole_queue, self._state, self.bridge.run)
        self.watched_folders = WatchedFolders(engine, self.notices, self.bridge.run)
        self.drops = DropTarget(self.frame)
        self._lay_out()
        self._connect()
        self._restore_state()
        self._fill()
        self.updates.start()
        self.watched_folders.start()

    def add(self, paths: Sequence[Path]) -> None:
        """Add job files, the job files in folders, sources, and the jobs of exported queues to the queue."""
        queues = [path for path in paths if path.name.lower().endswith(product.QUEUE_SUFFIX)]
        for path in queues:
            self.bridge.run(self.import_export.import_jobs(path))
        self.adder.add([path for path in paths if path not in queues])
        self.recent.remember(paths)

    async def shut_down(self) -> None:
        """Remember the window's state, hide it and end what it runs; the engine is closed by its owner."""
        self._save_state()
        self._forget_profiles()
        self.frame.hide()
        await self.watched_folders.close()
        self._status.stop()
        self.job_view.release_preview()
        await self.bridge.close()
        await self.notifications.close()
        self.background.close()
        await self.keep_awake.close()

    # -- building

    def _lay_out(self) -> None:
        self._panels = QSplitter(Qt.Orientation.Horizontal)
        self._panels.setChildrenCollapsible(False)
        self._panels.setHandleWidth(1)
        self._panels.addWidget(self.queue)
        self._panels.addWidget(self.job_view)
        self._panels.setStretchFactor(0, 2)
        self._panels.setStretchFactor(1, 3)
        self._panels.setSizes([480, 800])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notices)
        layout.addWidget(self._panels, 1)
        self.frame.setCentralWidget(self)
        self.show()  # a frame on screen would show it later
        self.status_label = PlainLabel(self)
        set_tooltip(
            self.status_label, tr("Running chunks and concurrency per profile, and the progress of all jobs together")
        )
        self.frame.statusBar().addWidget(self.status_label, 1)
        self.frame.statusBar().setSizeGripEnabled(False)

    def _connect(self) -> None:
        self._connect_actions()
        self._connect_queue()
        self.drops.dropped.connect(self.add)
        self.bridge.events.connect(self._take_events)
        self.bridge.events.connect(self.blocked.apply)
        self.bridge.events.connect(self.notifications.apply)
        self.bridge.failed.connect(self._show_failure)
        self.notifications.show_requested.connect(self._show_job)
        self.notifications.folder_requested.connect(lambda job: self.commands.run_action(JobAction.SHOW_FOLDER, [job]))
        self.notifications.retry_requested.connect(lambda job: self.commands.run_action(JobAction.RETRY_FAILED, [job]))
        self.background.tray.show_requested.connect(lambda: bring_to_front(self.frame))
        self.background.tray.quit_requested.connect(self._quit)
        self.after_queue.quit_requested.connect(self.closed.set)
        self.after_queue.chosen.connect(self._status.now)
        self.frame.close_requested.connect(self._close)
        self._forget_profiles = self.engine.profiles.subscribe(self._show_profiles)

    def _connect_actions(self) -> None:
        actions = self.actions_of_window
        actions.new.triggered.connect(self.file_choosers.choose_source)
        actions.command.triggered.connect(lambda: self.adder.add_command())
        actions.add.triggered.connect(self.file_choosers.choose_files)
        actions.add_folder.triggered.connect(self.file_choosers.choose_folder)
        actions.file_menu.insertMenu(actions.after_adding, self.recent.menu)
        self.recent.chosen.connect(lambda path: self.add([path]))
        actions.export_queue.triggered.connect(self.import_export.ask_where_to_export)
        actions.import_queue.triggered.connect(self.import_export.ask_what_to_import)
        actions.undo_remove.triggered.connect(self.commands.removals.undo)
        actions.whole_queue.finish.triggered.connect(self.commands.finish_and_stop)
        actions.whole_queue.resume.triggered.connect(self.commands.resume_paused)
        actions.quit.triggered.connect(self._quit)
        actions.view_menu.addMenu(self.queue.view.columns_menu)
        actions.theme_chosen.connect(self._set_theme_mode)
        actions.find.triggered.connect(self.queue.focus_filter)
        actions.settings.triggered.connect(self._open_settings)
        actions.cloud_picker.settings_requested.connect(self._open_settings)
        actions.cloud_picker.profile_chosen.connect(self._use_in_cloud, Qt.ConnectionType.QueuedConnection)
        actions.check_updates.triggered.connect(self.updates.check_now)
        self.updates.checking_changed.connect(actions.check_updates.setDisabled)
        actions.licences.triggered.connect(self._show_licences)
        actions.shortcuts.triggered.connect(lambda: ShortcutsSheet(self.frame.menuBar(), self.job_view, self).open())
        actions.getting_started.triggered.connect(self._show_first_steps)
        actions.example.triggered.connect(lambda: self.bridge.run(self._try_example()))
        actions.diagnostics.triggered.connect(lambda: self.bridge.run(self._copy_diagnostics()))
        actions.log_folder.triggered.connect(self._open_log_folder)
        actions.about.triggered.connect(lambda: AboutSheet(self).open())

    def _connect_queue(self) -> None:
        """Connect the queue, the selected job, and what is done with jobs."""
        self.queue.actions_of_jobs.cloud_setup_requested.connect(self._set_up_cloud)
        self.queue.add_requested.connect(self.file_choosers.choose_files)
        self.queue.emptied.connect(self.job_view.offer_example)
        self.queue.action_requested.connect(self._run_action)
        self.queue.move_requested.connect(self.commands.move)
        self.queue.profile_requested.connect(self.commands.set_profile)
        self.queue.order_requested.connect(self.commands.set_order)
        self.queue.current_changed.connect(self.presenter.show)
        self.queue.activated.connect(self._open_if_done)
        self.job_view.example.activated.connect(self.actions_of_window.example.trigger)
        self.presenter.retry_requested.connect(self.commands.retry)
        self.commands.removals.undoable.connect(self.actions_of_window.undo_remove.setEnabled)
        self.commands.removals.restored.connect(self._select_restored)
        self.commands.change_requested.connect(lambda status: self.bridge.run(self.adder.change(status)))
        self.adder.started.connect(self.queue.expect_jobs)
        self.adder.added.connect(self._select_added)

    def _fill(self) -> None:
        jobs = self.engine.manager.list_jobs()
        known = [JobAdded(job) for job in jobs]
        self.queue.apply(known)
        self.notifications.apply(known)
        shown = [job for job in jobs if self.queue.model.row_of(job.id) is not None]  # not in a folded group
        first = next((job for job in shown if not job.state.is_finished), shown[0] if shown else None)
        if first is not None:
            self.queue.select(first.id)
        else:
            self.queue.view.selectRow(0)
        if jobs:
            self.queue.view.setFocus()
        else:
            self.queue.empty.setFocus()
        self._show_profiles()
        for problem in self.engine.problems:
            self.notices.show_error(HeliosError(problem))

    # -- what happens

    def _take_events(self, events: list[Event]) -> None:
        self.queue.apply(events)
        self._status()
        for event in events:
            if isinstance(event, EngineProblem):
                self.notices.show_error(HeliosError(event.message))
            elif isinstance(event, ProfileNotice):
                self.notices.show_info(event.message, event.advice)

    def _show_status(self) -> None:
        model, meter = self.queue.model, self._queue_meter
        jobs = model.busy_jobs()
        progress = meter.measure([*jobs, *model.jobs_at_rest(meter.counted)])
        self.keep_awake.set_active(self._state.keeps_awake and any(job.needs_the_computer for job in jobs))
        self.after_queue.take(jobs)
        self.actions_of_window.whole_queue.take(jobs)
        awake = self.keep_awake.wakefulness
        afterwards = after_queue_text(self.after_queue.choice)
        text = status_text(jobs, model.counts.profiles, self.engine.profiles, progress, awake, afterwards)
        self.status_label.setText(text)
        self.frame.setWindowTitle(window_title(progress))
        self.background.take(jobs, progress, text)

    def _show_job(self, job_id: str) -> None:
        bring_to_front(self.frame)
        self.queue.select(job_id)

    def _show_profiles(self) -> None:
        self.queue.actions_of_jobs.set_profiles([profile.name for profile in self.engine.profiles.profiles()])
        profiles = self.engine.profiles
        clouds = [profile.name for profile in profiles.cloud_profiles()]
        current = profiles.cloud_default.name if profiles.cloud_default is not None else ""
        self.actions_of_window.show_cloud_profiles(clouds, current, offered=profiles.offers_cloud)
        self._show_status()

    def _take_over_changes(self) -> None:
        """Take over what a person did while another app was in front: sign in, or change profiles in a terminal."""
        self.engine.profiles.refresh()
        self.engine.manager.check_blocked()

    def _use_in_cloud(self, name: str) -> None:
        profiles = self.engine.profiles
        try:
            profiles.save(profiles.profiles(), profiles.default_name, name)
        except OSError as error:
            self.notices.show_error(error)
            self._show_profiles()

    def _select_added(self, job_ids: list[str]) -> None:
        self.bridge.flush()  # the rows may be in the batch that waits
        self.queue.take_expected(job_ids)

    def _select_restored(self, job_ids: list[str]) -> None:
        self.bridge.flush()
        self.queue.select_all(job_ids)
        self.queue.view.setFocus()

    def _run_action(self, action: JobAction, job_ids: list[str]) -> None:
        if action is JobAction.START_AFTER:
            self.queue_commands.choose_after(job_ids)
        else:
            self.commands.run_action(action, job_ids)

    def _open_if_done(self, job_id: str) -> None:
        job = self.queue.model.job(job_id)
        if job is not None and job.state is JobState.COMPLETED:
            self.presenter.play()

    def _show_failure(self, error: Exception) -> None:
        self.notices.show_error(error)
        if not isinstance(error, HeliosError | OSError):
            sys.excepthook(type(error), error, error.__traceback__)

    # -- dialogs

    async def _try_example(self) -> None:
        self.add([await asyncio.to_thread(copy_example, Example.SUNRISE, example_folder())])

    def _open_settings(self) -> SettingsDialog:
        from helios_gui.ui.hooks.page import HooksPage
        from helios_gui.ui.settings.dialog import SettingsDialog

        dialog = SettingsDialog(self.engine.profiles, self, checks=self._checks, run=self.bridge.run)
        delete_on_close(dialog)
        dialog.theme_mode_changed.connect(self._set_theme_mode)
        dialog.pages.appearance.updates.setChecked(self._state.checks_for_updates)
        dialog.updates_chosen.connect(self.updates.set_automatic)
        dialog.pages.appearance.bind(self._state)
        dialog.pages.appearance.tray.clicked.connect(self.background.show_tray)
        names = [profile.name for profile in self.engine.profiles.profiles()]
        hooks = HooksPage(self.engine.folders, names, self.bridge.run)
        dialog.add_page(tr("Hooks and e-mail"), "bell", hooks)
        dialog.add_page(tr("Watched folders"), "folder", self.watched_folders.make_page(names))
        dialog.open()
        return dialog

    def _open_log_folder(self) -> None:
        folder = self.engine.folders.logs
        if not open_externally(folder):
            self.notices.show_info(tr("No program opens folders here"), str(folder))

    async def _copy_diagnostics(self) -> None:
        from helios_gui.ui.diagnostics import describe_program, diagnostics_text

        program = await asyncio.to_thread(describe_program)
        text = diagnostics_text(program, self.engine.profiles.profiles(), self.queue.model.jobs())
        QGuiApplication.clipboard().setText(text)
        self.notices.show_info(tr("Diagnostics copied"), tr("Paste them where you ask for help."))

    def _show_first_steps(self) -> None:
        from helios_gui.ui.getting_started import GettingStartedSheet, first_steps

        actions = self.actions_of_window
        steps = first_steps(
            example=actions.example, new=actions.new, settings=actions.settings, shortcuts=actions.shortcuts
        )
        GettingStartedSheet(steps, self).open()

    def _show_licences(self) -> None:
        from helios_gui.ui.licences import LicencesDialog

        LicencesDialog(self, self.bridge.run).open()

    def _set_up_cloud(self) -> None:
        dialog = self._open_settings()
        QTimer.singleShot(_DIALOG_PLACEMENT_MS, dialog, dialog.offer_adding)

    def _set_theme_mode(self, mode: ThemeMode | str) -> None:
        app = QCoreApplication.instance()
        assert isinstance(app, QApplication)
        theme().apply(app, mode)
        self._state.theme_mode = theme().mode
        self.actions_of_window.set_theme_mode(theme().mode)

    # -- leaving

    def _close(self) -> None:
        if not self._asking and not self.closed.is_set():
            self.bridge.run(self._leave(may_stay=True))

    def _quit(self) -> None:
        if not self._asking and not self.closed.is_set():
            self.bridge.run(self._leave(may_stay=False))

    async def _leave(self, *, may_stay: bool) -> None:
        """Close the window; ``may_stay``: the program may go on in the tray without it."""
        active = [job for job in self.queue.model.jobs() if job.is_at_work or job.in_line]
        self._asking = True
        try:
            if may_stay and await self.background.stays_in_tray(is_working=bool(active)):
                self.frame.hide()
                return
            if active:
                if not self.frame.isVisible():  # it is the tray that asks
                    bring_to_front(self.frame)
                if not await self._may_interrupt(active):
                    return
        finally:
            self._asking = False
        self.closed.set()

    async def _may_interrupt(self, jobs: Sequence[JobSummary]) -> bool:
        title = tr("Stop {jobs} and quit?", jobs=tr_count("{number} job", "{number} jobs", len(jobs)))
        if any(job.is_at_work for job in jobs):
            text = tr("Running chunks are stopped. Finished chunks are kept: press Render next time to continue.")
        else:
            text = tr_count(
                "It waits, and does not begin by itself once this app is closed: press Render next time.",
                "They wait, and do not begin by themselves once this app is closed: press Render next time.",
                len(jobs),
            )
        return await confirm(self, title, text, tr("Stop and quit"), keep=tr("Keep rendering"))

    # -- memory

    def _save_state(self) -> None:
        self.frame.remember_place()
        values = (self._panels.saveState(), self.queue.view.save_layout(), self.job_view.save_layout())
        for name, value in zip(_STATE_NAMES, values, strict=True):
            self._state.set_bytes(name, value)
        self._state.chunk_colours = self.job_view.grid.mode
        self._state.save()

    def _restore_state(self) -> None:
        self.job_view.grid_bar.choose_mode(self._state.chunk_colours)
        panels, queue, job = (self._state.bytes(name) for name in _STATE_NAMES)
        if not panels.isEmpty():
            self._panels.restoreState(panels)
        if not queue.isEmpty():
            self.queue.view.restore_layout(queue)
        if not job.isEmpty():
            self.job_view.restore_layout(job)
