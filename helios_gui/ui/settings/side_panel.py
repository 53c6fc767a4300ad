"""The list of what can be set, with the buttons that change which profiles there are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from helios_gui.adapters.registry import DEFAULT_KIND
from helios_gui.translation import tr
from helios_gui.ui.settings.kind_forms import find_form
from helios_gui.ui.settings.sidebar import Sidebar
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.styling import hairline
from helios_gui.ui.widgets.tooltips import set_tooltip

_WIDTH = 240


class SidePanel(QFrame):
    """``add_requested`` carries the kind of profile to add, asked for in a menu where there are several.

    Profiles can be handed on (``import_button``, ``export_button``) where others than local ones are offered.
    """

    add_requested = Signal(str)

    def __init__(self, kinds: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kinds = kinds
        self.setProperty("role", "panel")
        self.setFixedWidth(_WIDTH)
        self.list = Sidebar()
        self.add_menu = self._make_add_menu()
        self.add_button = _tool("add", tr("Add a profile"))
        self.add_button.clicked.connect(self.ask_to_add)
        self.duplicate_button = _tool("duplicate", tr("Duplicate this profile"))
        self.remove_button = _tool("trash", tr("Remove this profile"))
        self.default_button = _tool("", tr("New jobs use this profile by default"))
        self.default_button.setText(tr("Make default"))
        self.default_button.setAccessibleName(self.default_button.text())
        self.import_button = _tool("import", tr("Add profiles from a file"), tr("Import…"))
        self.export_button = _tool("export", tr("Save this profile to a file, to share it"), tr("Export…"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.list, 1)
        layout.addWidget(hairline())
        layout.addWidget(self._make_tools())
        layout.addWidget(self._make_exchange())

    def ask_to_add(self) -> None:
        """Add a profile, after a choice of its kind where there is one."""
        if len(self._kinds) == 1:
            self.add_requested.emit(self._kinds[0])
        else:
            size = self.add_menu.sizeHint()
            self.add_menu.popup(self.add_button.mapToGlobal(QPoint(0, -size.height())))

    def _make_add_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for kind in self._kinds:
            form = find_form(kind)
            action = menu.addAction(icon(form.icon), form.label())
            set_tooltip(action, form.purpose())
            action.triggered.connect(lambda _=False, kind=kind: self.add_requested.emit(kind))
        return menu

    def _make_tools(self) -> QWidget:
        row, layout = _row()
        for button in (self.add_button, self.duplicate_button, self.remove_button):
            layout.addWidget(button)
        layout.addStretch()
        layout.addWidget(self.default_button)
        return row

    def _make_exchange(self) -> QWidget:
        row, layout = _row()
        layout.addWidget(self.import_button)
        layout.addWidget(self.export_button)
        layout.addStretch()
        if all(kind == DEFAULT_KIND for kind in self._kinds):
            row.hide()
        return row


def _row() -> tuple[QWidget, QHBoxLayout]:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
    layout.setSpacing(2)
    return row, layout


def _tool(picture: str, meaning: str, text: str = "") -> QToolButton:
    button = QToolButton()
    if picture:
        button.setIcon(icon(picture))
    if text:
        button.setText(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    set_tooltip(button, meaning)
    button.setAccessibleName(meaning)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
