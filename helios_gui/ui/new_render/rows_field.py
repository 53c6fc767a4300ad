"""A table of rows for a source with props: one video for each row."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from helios_gui.sources.rows import Row, read_rows
from helios_gui.translation import tr, tr_count
from helios_gui.types import HeliosError
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.elided_label import ElidedLabel
from helios_gui.ui.widgets.styling import aligned_spin_box, text_label
from helios_gui.ui.widgets.tooltips import set_tooltip


class RowsField(QWidget):
    """Chooses a table, and the row of it that the sheet shows.

    ``changed`` tells that another table or row was chosen. Why a table cannot be used stands below it.

    Args:
        start: Starts a task that the sheet owns.
        folder: Where a table is looked for first: beside the page.
        parent: The sheet.
    """

    changed = Signal()

    def __init__(
        self,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        folder: Path,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._start = start
        self._folder = folder
        self._rows: Sequence[Row] = ()
        self.path: Path | None = None
        self.choose = QPushButton(tr("Choose a table…"), self)
        self.choose.setAutoDefault(False)
        set_tooltip(self.choose, tr("CSV or JSON: one video for each row, whose columns are the page’s props"))
        self.columns = ElidedLabel("small", parent=self)
        self.number = aligned_spin_box(self, tr("Row that is shown"))
        self.number.setPrefix(tr("Row "))
        self.remove = QToolButton(self)
        self.remove.setIcon(icon("cross", "muted"))
        self.remove.setAccessibleName(tr("Render without the table"))
        set_tooltip(self.remove, tr("Render without the table"))
        self.problem = text_label("", "danger", self)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.choose)
        line.addWidget(self.columns, 1)
        line.addWidget(self.number)
        line.addWidget(self.remove)
        line.addStretch(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(line)
        layout.addWidget(self.problem)
        self.choose.clicked.connect(self._choose)
        self.remove.clicked.connect(lambda: self._set_rows(None, ()))
        self.number.valueChanged.connect(self.changed)
        self._show_problem("")
        self._show()

    @property
    def rows(self) -> Sequence[Row]:
        """The rows; none where there is no table."""
        return self._rows

    @property
    def row(self) -> Row | None:
        """The row that the sheet shows."""
        return self._rows[self.number.value() - 1] if self._rows else None

    def load(self, path: Path) -> None:
        """Read a table."""
        self._start(self._load(path))

    async def _load(self, path: Path) -> None:
        try:
            rows = await asyncio.to_thread(read_rows, path)
        except HeliosError as error:
            if isValid(self):
                self._show_problem(f"{error} {error.hint}".strip())
            return
        if isValid(self):
            self._set_rows(path, rows)

    def _show_problem(self, problem: str) -> None:
        """Say why a table cannot be used until there is one that can: nobody shall think that it was taken."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def _set_rows(self, path: Path | None, rows: Sequence[Row]) -> None:
        self.path, self._rows = path, rows
        self._show_problem("")
        self.number.blockSignals(True)
        self.number.setRange(1, max(1, len(rows)))
        self.number.setValue(1)
        self.number.blockSignals(False)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        has_rows = bool(self._rows)
        self.choose.setVisible(not has_rows)
        for widget in (self.columns, self.number, self.remove):
            widget.setVisible(has_rows)
        if has_rows:
            words = tr_count("{number} row", "{number} rows", len(self._rows))
            names = ", ".join(self._rows[0].values)
            self.columns.setText(f"{words}: {names}")
            set_tooltip(self.columns, str(self.path))

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Choose a table"), str(self._folder))
        delete_on_close(dialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Tables (*.csv *.tsv *.json)"), tr("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.load(Path(name)))
        dialog.open()
