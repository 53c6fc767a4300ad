"""The menus of jobs whose entries depend on the queue: profiles for copies, priorities, groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from helios_gui.translation import mark, tr
from helios_gui.types import JobSummary, Priority
from helios_gui.ui.theme import icon
from helios_gui.ui.widgets.tooltips import set_tooltip

_PRIORITIES = {Priority.HIGH: mark("&High"), Priority.NORMAL: mark("&Normal"), Priority.LOW: mark("&Low")}


class StandingMenus(QObject):
    """Menus about the selected jobs, enabled by ``set_jobs``.

    ``copy_wanted`` names the profile for copies of them, ``priority_chosen`` a ``Priority``, ``group_chosen`` a group
    (empty for none); ``new_group_wanted``: its name is still to be asked for.

    Args:
        groups: Returns the names of the groups that there are.
        parent: The widget that the menus belong to.
    """

    copy_wanted = Signal(str)
    priority_chosen = Signal(object)  # Priority
    group_chosen = Signal(str)
    new_group_wanted = Signal()

    def __init__(self, groups: Callable[[], Sequence[str]], parent: QWidget) -> None:
        super().__init__(parent)
        self._groups = groups
        self._jobs: Sequence[JobSummary] = ()
        self.copies = QMenu(tr("Duplic&ate with profile"), parent)
        self.copies.setIcon(icon("duplicate"))
        self.priorities = QMenu(tr("Pr&iority"), parent)
        self.priorities.setIcon(icon("up"))
        self.groups = QMenu(tr("&Group"), parent)
        self.groups.setIcon(icon("folder"))
        self.groups.aboutToShow.connect(self._fill_groups)
        self._ticks = self._make_priorities()
        self._fill_groups()  # a menu without entries does not open
        self.set_profiles([])
        self.set_jobs([])

    def menus(self) -> list[QMenu]:
        """Return the menus, in their order."""
        return [self.copies, self.priorities, self.groups]

    def set_jobs(self, jobs: Sequence[JobSummary]) -> None:
        """Offer what can be done with these jobs."""
        self._jobs = jobs
        for menu in self.menus():
            menu.menuAction().setEnabled(bool(jobs))
        used = {job.standing.priority for job in jobs}
        for priority, action in self._ticks.items():
            action.setChecked(used == {priority})

    def set_profiles(self, names: Sequence[str]) -> None:
        """Set the profiles to choose from; with a single one the menu is hidden."""
        self.copies.clear()
        for name in names:
            action = self.copies.addAction(name.replace("&", "&&"))
            set_tooltip(action, name)
            action.triggered.connect(lambda _=False, name=name: self.copy_wanted.emit(name))
        self.copies.menuAction().setVisible(len(names) > 1)

    def _make_priorities(self) -> dict[Priority, QAction]:
        ticks = {}
        chosen = QActionGroup(self.priorities)
        chosen.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)  # several jobs may differ
        for priority, text in _PRIORITIES.items():
            ticks[priority] = action = self.priorities.addAction(tr(text))
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, priority=priority: self._choose_priority(priority))
            chosen.addAction(action)
        return ticks

    def _choose_priority(self, priority: Priority) -> None:
        self.priority_chosen.emit(priority)
        self.set_jobs(self._jobs)  # the tick follows the jobs

    def _fill_groups(self) -> None:
        self.groups.clear()
        used = {job.standing.group for job in self._jobs}
        for name in self._groups():
            action = self.groups.addAction(name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(used == {name})
            action.triggered.connect(lambda _=False, name=name: self.group_chosen.emit(name))
        self.groups.addSeparator()
        self.groups.addAction(tr("&New group…"), self.new_group_wanted.emit)
        leave = self.groups.addAction(tr("N&o group"), lambda: self.group_chosen.emit(""))
        leave.setEnabled(any(used))
