"""The row below the grid: what its colours mean, what they stand for, and how near one looks."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from helios_gui.translation import mark, tr
from helios_gui.types import ChunkState
from helios_gui.ui.chunks.grid import ChunkGrid
from helios_gui.ui.chunks.heat import Scale
from helios_gui.ui.chunks.heat_legend import HeatLegend
from helios_gui.ui.chunks.heat_mode import HeatMode
from helios_gui.ui.chunks.legend import ChunkLegend
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, TEXT_SMALL
from helios_gui.ui.widgets.tooltips import set_tooltip

_ICON = QSize(14, 14)
_MODES = {
    HeatMode.STATE: mark("State"),
    HeatMode.DURATION: mark("Duration"),
    HeatMode.ATTEMPTS: mark("Attempts"),
    HeatMode.COST: mark("Cost"),
    HeatMode.WORKER: mark("Worker"),
}


@guarded()
class GridBar(QWidget):
    """Legend and filter on the left, scale, colour mode and zoom on the right."""

    mode_chosen = Signal(HeatMode)

    def __init__(self, grid: ChunkGrid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = ChunkLegend()
        self.scale = HeatLegend()
        self.modes = QToolButton()
        font = self.modes.font()
        font.setPixelSize(TEXT_SMALL)
        self.modes.setFont(font)
        self.modes.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_tooltip(self.modes, tr("What the colours of the chunks stand for"))
        self._menu = QMenu(self.modes)
        self._group = QActionGroup(self)
        self.mode_actions = {mode: self._mode_action(mode) for mode in HeatMode}
        self.modes.setMenu(self._menu)
        self._mode = HeatMode.STATE
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, SPACE, 0)
        layout.setSpacing(SPACE // 4)
        layout.addWidget(self.legend, 1)
        layout.addWidget(self.scale)
        layout.addWidget(self.modes)
        self._buttons: list[QToolButton] = []
        for action in (grid.actions_of_chunks.zoom_out, grid.actions_of_chunks.zoom_in):
            button = QToolButton(autoRaise=True)
            button.setDefaultAction(action)
            button.setIconSize(_ICON)
            button.setAccessibleName(action.text())
            layout.addWidget(button)
            self._buttons.append(button)
        self.legend.filter_chosen.connect(grid.set_filter)
        grid.filter_changed.connect(self.legend.set_filter)
        grid.scale_changed.connect(self._show_scale)
        self.mode_chosen.connect(grid.set_mode)
        self.show_mode(HeatMode.STATE)

    def show_mode(self, mode: HeatMode) -> None:
        """Show what colours stand for."""
        self._mode = mode
        self.mode_actions[mode].setChecked(True)
        self.modes.setAccessibleName(tr("Colour: {mode}", mode=tr(_MODES[mode])))
        self._fit()

    def set_counts(self, counts: Mapping[ChunkState, int]) -> None:
        """Show so many chunks per state."""
        self.legend.set_counts(counts)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _show_scale(self, scale: Scale | None) -> None:
        self.scale.show_scale(scale)
        self._fit()

    def _fit(self) -> None:
        """Leave out what has no room: first that the mode is a colour, then the scale; the legend always stays."""
        has_scale = self._mode is not HeatMode.STATE
        scale = self.scale.sizeHint().width() if has_scale else 0
        rest = self.width() - self.legend.least_width - 3 * SPACE
        rest -= sum(button.sizeHint().width() for button in self._buttons)
        text = self.modes.accessibleName()
        self.modes.setText(f"{text}  ▾")
        if self.modes.sizeHint().width() + scale > rest:
            self.modes.setText(f"{tr(_MODES[self._mode])}  ▾")
        self.scale.setVisible(has_scale and self.modes.sizeHint().width() + scale <= rest)

    def _mode_action(self, mode: HeatMode) -> QAction:
        action = self._menu.addAction(tr(_MODES[mode]))
        action.setCheckable(True)
        self._group.addAction(action)
        action.triggered.connect(lambda: self.choose_mode(mode))
        return action

    def choose_mode(self, mode: HeatMode) -> None:
        """Let colours stand for something else, and show that."""
        self.show_mode(mode)
        self.mode_chosen.emit(mode)
