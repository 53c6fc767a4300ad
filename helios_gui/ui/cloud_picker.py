"""The second half of "Render to cloud" in the toolbar: through which profile."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from helios_gui.translation import tr
from helios_gui.ui.theme import icon
from helios_gui.ui.widgets.tooltips import set_tooltip

_MAX_NAME_WIDTH = 140  # logical pixels


class CloudPicker(QToolButton):
    """Shows the profile in use; its menu lists the others. Picking one starts nothing.

    ``profile_chosen`` carries a profile's name; ``settings_requested``: none of them will do.
    """

    profile_chosen = Signal(str)
    settings_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(icon("chevron-down", "muted"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.menu_of_profiles = QMenu(self)
        # popup(), not setMenu(): a tool button's own menu runs an event loop of its own, which asyncio cannot bear
        self.clicked.connect(self._open)

    def show_profiles(self, names: Sequence[str], current: str) -> None:
        """Offer these, and show ``current`` as the one in use."""
        shown = self.fontMetrics().elidedText(current, Qt.TextElideMode.ElideRight, _MAX_NAME_WIDTH)
        self.setText(shown.replace("&", "&&"))
        set_tooltip(self, tr("Render to cloud uses “{profile}”", profile=current))
        self.setAccessibleName(tr("Profile for Render to cloud: {profile}", profile=current))
        menu = self.menu_of_profiles
        menu.clear()
        group = QActionGroup(menu)
        for name in names:
            action = menu.addAction(name.replace("&", "&&"))
            set_tooltip(action, name)
            action.setCheckable(True)
            action.setChecked(name == current)
            action.triggered.connect(lambda _=False, name=name: self.profile_chosen.emit(name))
            group.addAction(action)
        menu.addSeparator()
        menu.addAction(icon("settings"), tr("Settings…")).triggered.connect(self.settings_requested)

    def _open(self) -> None:
        self.menu_of_profiles.popup(self.mapToGlobal(QPoint(0, self.height())))
