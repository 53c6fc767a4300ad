"""What can be done with jobs, as actions shared by the toolbar, the menu bar and the queue's context menu."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from helios_gui.translation import tr
from helios_gui.types import ChunkState, JobState, JobSummary
from helios_gui.ui.job.job_text import ORDERS, order_text
from helios_gui.ui.queue.standing_menus import StandingMenus
from helios_gui.ui.theme import icon
from helios_gui.ui.widgets.tooltips import set_tooltip


class JobAction(StrEnum):
    """A command about one or more jobs."""

    RENDER = "render"
    RENDER_CLOUD = "render-cloud"
    CHANGE = "change"
    PAUSE = "pause"
    CANCEL = "cancel"
    RETRY_FAILED = "retry-failed"
    RESTITCH = "restitch"
    RESTITCH_REENCODE = "restitch-reencode"
    MOVE_TOP = "move-top"
    MOVE_UP = "move-up"
    MOVE_DOWN = "move-down"
    DUPLICATE = "duplicate"
    START_AFTER = "start-after"
    SHOW_FOLDER = "show-folder"
    OPEN_OUTPUT = "open-output"
    COPY_ERROR = "copy-error"
    REPORT = "report"
    REMOVE = "remove"


_STARTABLE = frozenset(
    {JobState.PENDING, JobState.PAUSED, JobState.INTERRUPTED, JobState.FAILED, JobState.CANCELLED, JobState.COMPLETED}
)
_STOPPABLE = frozenset({JobState.PENDING, JobState.RUNNING, JobState.STITCHING, JobState.PAUSED})

MOVES = {JobAction.MOVE_TOP: -1, JobAction.MOVE_UP: -1, JobAction.MOVE_DOWN: 1}
"""The actions that move jobs in the queue, and whether to its beginning (-1) or its end (1)."""

_LOOKING = frozenset(
    {*MOVES, JobAction.DUPLICATE, JobAction.SHOW_FOLDER, JobAction.OPEN_OUTPUT, JobAction.COPY_ERROR, JobAction.REPORT}
)
"""The actions that leave a job as it is: for jobs that another process works on, too."""

_OFFERED: dict[JobAction, Callable[[JobSummary], bool]] = {
    JobAction.RENDER: lambda job: job.state in _STARTABLE and not job.in_line,
    JobAction.RENDER_CLOUD: lambda job: job.state in _STARTABLE and not job.in_line,
    JobAction.CHANGE: lambda job: job.state is JobState.PENDING and not job.in_line and job.started_at is None,
    JobAction.PAUSE: lambda job: job.can_pause,
    JobAction.START_AFTER: lambda job: not job.state.is_active,
    JobAction.CANCEL: lambda job: job.state in _STOPPABLE,
    JobAction.RETRY_FAILED: lambda job: job.counts.get(ChunkState.FAILED, 0) > 0,
    JobAction.RESTITCH: lambda job: _is_rendered(job),
    JobAction.REPORT: lambda job: job.started_at is not None,
    JobAction.RESTITCH_REENCODE: lambda job: _is_rendered(job),
    JobAction.OPEN_OUTPUT: lambda job: job.state is JobState.COMPLETED,
    JobAction.COPY_ERROR: lambda job: bool(job.reason),
}


def is_offered(action: JobAction, job: JobSummary) -> bool:
    """Return whether the action makes sense for the job as it is; the engine has the last word."""
    if job.elsewhere and action not in _LOOKING:
        return False
    rule = _OFFERED.get(action)
    return rule is None or rule(job)


def _one_of_each(jobs: Iterable[JobSummary]) -> list[JobSummary]:
    """Return one of the jobs that can do the same and look the same in menus: of thousands, a few are left."""
    return list({_likeness(job): job for job in jobs}.values())


def _likeness(job: JobSummary) -> tuple[object, ...]:
    failed = job.counts.get(ChunkState.FAILED, 0) > 0
    done = job.started_at is not None, job.chunks_done == job.chunks_total, bool(job.reason)
    waits = job.in_line, job.held_up, job.blocked, job.is_finishing, job.elsewhere
    return job.state, failed, *done, *waits, job.profile, job.scout, job.standing.priority, job.standing.group


def _is_rendered(job: JobSummary) -> bool:
    return job.chunks_done == job.chunks_total and not job.state.is_active


@dataclass(frozen=True)
class _ActionStyle:
    text: str
    icon: str
    tip: str
    shortcut: str = ""
    in_table: bool = False  # the shortcut works only while the table has the keyboard


class JobActions(QObject):
    """One ``QAction`` per ``JobAction``, enabled by ``set_jobs``; ``triggered`` names the one chosen.

    ``profile_chosen`` names the profile picked for the selected jobs, once ``set_profiles`` gave several.
    ``order_chosen`` carries the order of chunks that was picked (see ``utils.scouting``).
    ``cloud_setup_requested``: Render to cloud was chosen, and there is no cloud profile yet.
    """

    triggered = Signal(object)  # JobAction
    profile_chosen = Signal(str)
    order_chosen = Signal(object)  # int | None
    cloud_setup_requested = Signal()

    def __init__(self, parent: QWidget, groups: Callable[[], Sequence[str]]) -> None:
        super().__init__(parent)
        self._jobs: Sequence[JobSummary] = ()
        self.menus = StandingMenus(groups, parent)
        self._cloud_profile = ""
        self.profile_menu = QMenu(tr("Pro&file"), parent)
        self.profile_menu.setIcon(icon("grid"))
        self.order_menu = QMenu(tr("Render or&der"), parent)
        self.order_menu.setIcon(icon("grid"))
        self.place_menu = QMenu(tr("Place in &queue"), parent)
        self.place_menu.setIcon(icon("top"))
        self.stitch_menu = QMenu(tr("&Stitch again"), parent)
        self.stitch_menu.setIcon(icon("stitch"))
        self._fill_orders()
        self.set_profiles([])
        self._actions = {action: self._make(action, style) for action, style in self._styles().items()}
        self._fill_submenus()
        self.set_jobs([])
        self.set_cloud(offered=False, profile="")

    def __getitem__(self, action: JobAction) -> QAction:
        return self._actions[action]

    def set_jobs(self, jobs: Sequence[JobSummary], *, can_rise: bool = True, can_sink: bool = True) -> None:
        """Enable what at least one of the selected jobs can do.

        Args:
            jobs: The selected jobs.
            can_rise: Whether moving them towards the beginning of the queue would change their places.
            can_sink: The same, towards its end.
        """
        self._jobs = jobs = _one_of_each(jobs)
        for name, action in self._actions.items():
            action.setEnabled(any(is_offered(name, job) for job in jobs))
        for name, step in MOVES.items():
            self._actions[name].setEnabled(bool(jobs) and (can_rise if step < 0 else can_sink))
        self._enable_cloud()
        self.menus.set_jobs(jobs)
        self.place_menu.menuAction().setEnabled(bool(jobs))
        self.stitch_menu.menuAction().setEnabled(self._actions[JobAction.RESTITCH].isEnabled())
        for each in (self.profile_menu, self.order_menu):
            each.menuAction().setEnabled(any(not (job.is_at_work or job.elsewhere) for job in jobs))
        orders = {job.scout for job in jobs}
        for action in self.order_menu.actions():
            action.setChecked({action.data()} == orders)
        self._tick_profile()

    def set_profiles(self, names: Sequence[str]) -> None:
        """Set the profiles to choose from; with a single one the menu is hidden."""
        self.profile_menu.clear()
        for name in names:
            action = self.profile_menu.addAction(name.replace("&", "&&"))
            action.setData(name)
            set_tooltip(action, name)
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, name=name: self.profile_chosen.emit(name))
        self.profile_menu.menuAction().setVisible(len(names) > 1)
        self.menus.set_profiles(names)
        self._tick_profile()

    def _fill_orders(self) -> None:
        for scout in ORDERS:
            action = self.order_menu.addAction(order_text(scout))
            action.setData(scout)
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, scout=scout: self.order_chosen.emit(scout))

    def set_cloud(self, *, offered: bool, profile: str) -> None:
        """Set whether to offer rendering in the cloud, and through which profile (``""``: one is still to be made)."""
        self._cloud_profile = profile
        action = self._actions[JobAction.RENDER_CLOUD]
        action.setVisible(offered)
        tip = tr("Render the unfinished chunks of the selected jobs with “{profile}”", profile=profile)
        set_tooltip(action, _with_shortcut(tip if profile else tr("Set up a profile to render in the cloud"), action))
        self._enable_cloud()

    def _enable_cloud(self) -> None:
        able = any(is_offered(JobAction.RENDER_CLOUD, job) for job in self._jobs)
        self._actions[JobAction.RENDER_CLOUD].setEnabled(able or not self._cloud_profile)

    def _trigger(self, name: JobAction) -> None:
        if name is JobAction.RENDER_CLOUD and not self._cloud_profile:
            self.cloud_setup_requested.emit()
        else:
            self.triggered.emit(name)

    def _tick_profile(self) -> None:
        used = {job.profile for job in self._jobs}
        for action in self.profile_menu.actions():
            action.setChecked({action.data()} == used)

    def for_table(self) -> list[QAction]:
        """Return the actions whose shortcuts work in the table only (add them to it)."""
        return [self._actions[name] for name, style in self._styles().items() if style.in_table]

    def fill(self, menu: QMenu) -> None:
        """Put every action into a menu, in groups; what is used less, into menus of it: a low screen has to hold it."""
        groups: tuple[tuple[JobAction | QMenu, ...], ...] = (
            (JobAction.RENDER, JobAction.RENDER_CLOUD, JobAction.PAUSE, JobAction.CANCEL, JobAction.RETRY_FAILED),
            (self.profile_menu, self.order_menu, self.place_menu, self.menus.groups, self.stitch_menu),
            (JobAction.CHANGE, JobAction.DUPLICATE, self.menus.copies),
            (JobAction.OPEN_OUTPUT, JobAction.SHOW_FOLDER, JobAction.REPORT, JobAction.COPY_ERROR),
            (JobAction.REMOVE,),
        )
        self._fill(menu, groups)

    def _fill_submenus(self) -> None:
        moves = (JobAction.MOVE_TOP, JobAction.MOVE_UP, JobAction.MOVE_DOWN)
        self._fill(self.place_menu, (moves, (JobAction.START_AFTER, self.menus.priorities)))
        self._fill(self.stitch_menu, ((JobAction.RESTITCH, JobAction.RESTITCH_REENCODE),))

    def _fill(self, menu: QMenu, groups: Iterable[Iterable[JobAction | QMenu]]) -> None:
        for group in groups:
            if not menu.isEmpty():
                menu.addSeparator()
            for entry in group:
                menu.addAction(entry.menuAction() if isinstance(entry, QMenu) else self._actions[entry])

    def _make(self, name: JobAction, style: _ActionStyle) -> QAction:
        action = QAction(icon(style.icon), style.text, self)
        action.setObjectName(name.value)
        if style.shortcut:
            action.setShortcut(QKeySequence(style.shortcut))
        if style.in_table:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        set_tooltip(action, _with_shortcut(style.tip, action))
        action.triggered.connect(lambda: self._trigger(name))
        return action

    def _styles(self) -> dict[JobAction, _ActionStyle]:
        return {
            JobAction.RENDER: _ActionStyle(
                tr("&Render"), "render", tr("Render the unfinished chunks of the selected jobs"), "Ctrl+R"
            ),
            JobAction.RENDER_CLOUD: _ActionStyle(tr("Render to c&loud"), "cloud", "", "Ctrl+Alt+R"),
            JobAction.CHANGE: _ActionStyle(
                tr("C&hange…"), "edit", tr("Choose format, frames and place of a job that was made here"), "F2", True
            ),
            JobAction.PAUSE: _ActionStyle(
                tr("&Pause"), "pause", tr("Finish the running chunks, start no new ones"), "Ctrl+P"
            ),
            JobAction.CANCEL: _ActionStyle(tr("&Cancel"), "stop", tr("Stop the selected jobs now"), "Ctrl+."),
            JobAction.RETRY_FAILED: _ActionStyle(
                tr("Re&try failed chunks"), "retry", tr("Render the failed chunks again"), "Ctrl+Shift+R"
            ),
            JobAction.RESTITCH: _ActionStyle(tr("Re-&stitch"), "stitch", tr("Join the chunks again without rendering")),
            JobAction.RESTITCH_REENCODE: _ActionStyle(
                tr("Re-stitch, re-&encoding"), "stitch", tr("Join chunks of different formats by re-encoding them")
            ),
            JobAction.MOVE_TOP: _ActionStyle(tr("Move to t&op"), "top", tr("Render these next"), "Alt+Home", True),
            JobAction.MOVE_UP: _ActionStyle(tr("Move &up"), "up", tr("Earlier in the queue"), "Alt+Up", True),
            JobAction.MOVE_DOWN: _ActionStyle(tr("Move &down"), "down", tr("Later in the queue"), "Alt+Down", True),
            JobAction.DUPLICATE: _ActionStyle(tr("Dupl&icate"), "duplicate", tr("Add a copy of the job"), "Ctrl+D"),
            JobAction.START_AFTER: _ActionStyle(
                tr("Start &after…"), "timeline", tr("Start the selected jobs when other jobs are completed")
            ),
            JobAction.SHOW_FOLDER: _ActionStyle(
                tr("Show in fold&er"), "folder", tr("Open the folder of the output"), "Ctrl+Shift+F"
            ),
            JobAction.OPEN_OUTPUT: _ActionStyle(
                tr("&Open output"), "open-external", tr("Open the finished video in its player"), "Ctrl+Shift+O"
            ),
            JobAction.REPORT: _ActionStyle(
                tr("Sho&w report"), "info", tr("Open a page about chunks, attempts, times and checksums of the job")
            ),
            JobAction.COPY_ERROR: _ActionStyle(
                tr("Cop&y error"), "copy", tr("Copy the error message of the job"), "Ctrl+C", True
            ),
            JobAction.REMOVE: _ActionStyle(
                tr("Re&move"), "trash", tr("Remove the selected jobs from the queue"), "Del", True
            ),
        }


def _with_shortcut(tip: str, action: QAction) -> str:
    """Append the keyboard shortcut to a tooltip."""
    if action.shortcut().isEmpty():
        return tip
    return f"{tip} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"
