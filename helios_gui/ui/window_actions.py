"""The window's own actions, its menus and its toolbar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from helios_gui.translation import tr
from helios_gui.ui.cloud_picker import CloudPicker
from helios_gui.ui.queue.actions import JobAction, JobActions
from helios_gui.ui.queue.whole_queue import WholeQueueActions
from helios_gui.ui.theme import ThemeMode, icon, theme
from helios_gui.ui.widgets.tooltips import set_tooltip

_TOOL_ICON = QSize(18, 18)


class WindowActions(QObject):
    """Makes the actions and puts them, with those of the jobs, into menus and the toolbar."""

    theme_chosen = Signal(object)  # ThemeMode

    def __init__(self, window: QMainWindow, jobs: JobActions) -> None:
        super().__init__(window)
        self._window = window
        self._jobs = jobs
        self.new = self._action(
            "film", tr("&New render…"), tr("Make a job of a web page or another source, and render it"), "Ctrl+N"
        )
        self.command = self._action(
            "terminal",
            tr("New render of a &command…"),
            tr("Make a job of any command that renders frames"),
            "Ctrl+Shift+N",
        )
        self.add = self._action("add", tr("&Add jobs…"), tr("Add job files to the queue"), "Ctrl+O")
        self.add_folder = self._action(
            "folder", tr("Add &folder…"), tr("Add every job file in a folder"), "Ctrl+Shift+A"
        )
        self.settings = self._action("settings", tr("&Settings…"), tr("Profiles and appearance"), "Ctrl+,")
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.quit = self._action("", tr("&Quit"), tr("Close the window and stop all jobs"), "Ctrl+Q")
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.find = self._action("search", tr("&Filter jobs"), tr("Show only jobs that contain these words"), "Ctrl+K")
        self.about = self._action("info", tr("&About Helios Render Manager"), "")
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.check_updates = self._action("", tr("Check for &updates…"), tr("Check whether there is a newer version"))
        self.licences = self._action("", tr("Third-party l&icences"), tr("Licences of the software that this app uses"))
        self.shortcuts = self._action("", tr("&Keyboard shortcuts"), tr("Show all keyboard shortcuts"), "F1")
        self.getting_started = self._action("play", tr("&Getting started"), tr("From a file to a finished video"))
        self.example = self._action("", tr("Try the &example"), tr("Add a page of ten seconds with sound"))
        self.log_folder = self._action("folder", tr("Open &log folder"), tr("Open the folder of the attempts' logs"))
        self.diagnostics = self._action(
            "copy", tr("&Copy diagnostics"), tr("Copy versions, profiles and the last errors, without secrets")
        )
        self.export_queue = self._action(
            "export", tr("&Export queue…"), tr("Save the selected jobs, or all, with their settings to a file")
        )
        self.import_queue = self._action(
            "import", tr("&Import queue…"), tr("Add the jobs of an exported queue, to be rendered when you say so")
        )
        self.undo_remove = self._action(
            "retry", tr("&Undo remove"), tr("Bring back the jobs that were removed last"), "Ctrl+Z"
        )
        self.undo_remove.setEnabled(False)
        self.whole_queue = WholeQueueActions(self)
        self._make_menus()
        self._make_toolbar()

    def set_theme_mode(self, mode: ThemeMode) -> None:
        """Tick the look in use."""
        self._theme_actions[mode].setChecked(True)

    def show_cloud_profiles(self, names: Sequence[str], current: str, *, offered: bool) -> None:
        """Offer to render in the cloud through these profiles; ``current`` is the one in use (``""``: none is)."""
        self._jobs.set_cloud(offered=offered, profile=current)
        self.cloud_picker.show_profiles(names, current)
        self._cloud_picker_action.setVisible(offered and bool(current))

    def _make_menus(self) -> None:
        bar = self._window.menuBar()
        file = bar.addMenu(tr("&File"))
        file.addActions([self.new, self.command, self.add, self.add_folder])
        self.file_menu = file
        self.after_adding = file.addSeparator()
        file.addActions([self.export_queue, self.import_queue])
        file.addSeparator()
        file.addAction(self.settings)
        file.addSeparator()
        self.whole_queue.fill(file)
        self.after_queue_menu = file.addMenu(tr("When the queue is &done"))
        file.addAction(self.quit)
        job_menu = bar.addMenu(tr("&Job"))
        self._jobs.fill(job_menu)
        job_menu.addAction(self.undo_remove)
        view = bar.addMenu(tr("&View"))
        view.addAction(self.find)
        self.view_menu = view
        view.addSeparator()
        self._make_theme_menu(view.addMenu(tr("&Appearance")))
        help_menu = bar.addMenu(tr("&Help"))
        help_menu.addActions([self.getting_started, self.example, self.shortcuts])
        help_menu.addSeparator()
        help_menu.addActions([self.log_folder, self.diagnostics])
        help_menu.addSeparator()
        help_menu.addActions([self.check_updates, self.licences])
        help_menu.addSeparator()
        help_menu.addAction(self.about)

    def _make_theme_menu(self, menu: QMenu) -> None:
        names = {
            ThemeMode.SYSTEM: tr("&Same as system"),
            ThemeMode.DARK: tr("&Dark"),
            ThemeMode.LIGHT: tr("&Light"),
            ThemeMode.CONTRAST: tr("High &contrast"),
        }
        group = QActionGroup(menu)
        self._theme_actions: dict[ThemeMode, QAction] = {}
        for mode, name in names.items():
            action = menu.addAction(name)
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, mode=mode: self.theme_chosen.emit(mode))
            group.addAction(action)
            self._theme_actions[mode] = action
        self.set_theme_mode(theme().mode)

    def _make_toolbar(self) -> None:
        bar = QToolBar(tr("Main toolbar"), self._window)
        bar.setObjectName("main-toolbar")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.setIconSize(_TOOL_ICON)
        self._add_button(bar, self.add, tr("Add"))
        render = self._add_button(bar, self._render_action(), tr("Render"))
        render.setProperty("role", "primary")
        self._add_button(bar, self._jobs[JobAction.RENDER_CLOUD], tr("Render to cloud"))
        self.cloud_picker = CloudPicker(bar)
        self._cloud_picker_action = bar.addWidget(self.cloud_picker)
        bar.addSeparator()
        for name in (JobAction.PAUSE, JobAction.CANCEL, JobAction.RETRY_FAILED):
            self._add_button(bar, self._jobs[name])
        stretch = QWidget(bar)
        stretch.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(stretch)
        self._add_button(bar, self.settings)
        self._window.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
        self.toolbar = bar

    def _render_action(self) -> QAction:
        """Render as the toolbar's main button: the same action, with an icon for accented ground."""
        job_action = self._jobs[JobAction.RENDER]
        action = QAction(icon("render", "on_accent"), job_action.text(), self)
        set_tooltip(action, job_action.toolTip())
        action.triggered.connect(job_action.trigger)
        job_action.enabledChanged.connect(action.setEnabled)
        action.setEnabled(job_action.isEnabled())
        return action

    def _add_button(self, bar: QToolBar, action: QAction, text: str = "") -> QToolButton:
        bar.addAction(action)
        button = bar.widgetForAction(action)
        assert isinstance(button, QToolButton)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(text or action.text().replace("&", ""))
        if text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            action.setIconText(text)
        return button

    def _action(self, icon_name: str, text: str, tip: str, shortcut: str = "") -> QAction:
        action = QAction(text, self)
        if icon_name:
            action.setIcon(icon(icon_name))
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
            tip += f" ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"
        set_tooltip(action, tip)
        return action
