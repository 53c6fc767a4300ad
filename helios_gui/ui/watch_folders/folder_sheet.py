"""The sheet for one watched folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)

from helios_gui.sources.usual_values import FRAME_RATES, USUAL_FPS
from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.settings.fields import DecimalSpin, Field, FormGrid, WheelGuard
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.save_buttons import SaveButtons
from helios_gui.ui.widgets.styling import resize_on_screen, stack_with_lines
from helios_gui.utils.files import expand_home
from helios_gui.utils.folders import home_folder
from helios_gui.watch_folders.watch_folder import DONE, FAILED, MOST_MINUTES, RESULTS, WatchFolder

_WIDTH = 680  # pixels
_SHORTEST_MINUTES = 0.1


class FolderSheet(QDialog):
    """Edits a watched folder, or a new one if ``folder`` is ``None``; ``saved`` carries it. Show it with ``open()``.

    Args:
        folder: The folder as it is.
        taken: The folders that are watched already.
        profiles: The names of the profiles.
        presets: The names of the presets for videos, and how they are called.
        parent: The window it belongs to.
    """

    saved = Signal(object)  # WatchFolder

    def __init__(
        self,
        folder: WatchFolder | None,
        taken: Sequence[Path],
        profiles: Sequence[str],
        presets: Mapping[str, str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self._taken = taken
        self._enabled = folder.enabled if folder is not None else True
        self._wheel = WheelGuard(self)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(tr("Watch a folder") if folder is None else tr("Watched folder"))
        self.path = QLineEdit()
        self.browse = QPushButton(tr("Choose…"))
        self.action = self._choice({False: tr("Add to queue"), True: tr("Render")})
        self.profile = self._choice({"": tr("The default profile"), **{name: name for name in profiles}})
        self.preset = self._choice({"": tr("The usual one")} | dict(presets))
        self.sequences = QCheckBox(tr("Take image sequences"))
        self.minutes = DecimalSpin()
        self.minutes.setRange(_SHORTEST_MINUTES, MOST_MINUTES)
        self.minutes.setSuffix(tr(" min"))
        self._wheel.watch(self.minutes)
        self.rate = self._choice(
            {"": tr("The usual one: {rate}", rate=USUAL_FPS)} | {rate: rate for rate in FRAME_RATES}
        )
        self.move_files = QCheckBox(tr("Move files when their jobs have ended"))
        self.footer = SaveButtons()
        self.save_button, self.cancel_button = self.footer.save, self.footer.cancel
        self._lay_out()
        self._fill(folder or WatchFolder(path=home_folder(), sequences=True))
        self._enable_sequences()
        if folder is None:
            self.path.clear()
        self.browse.clicked.connect(self._browse)
        self.path.textEdited.connect(lambda: self.path_field.set_problem(""))
        self.sequences.toggled.connect(self._enable_sequences)
        self.save_button.clicked.connect(self._save)
        self.cancel_button.clicked.connect(self.reject)
        height = self._form.heightForWidth(_WIDTH) + self.footer.sizeHint().height() + 1
        resize_on_screen(self, QSize(_WIDTH, height))

    def _choice(self, choices: Mapping[Any, str]) -> QComboBox:
        box = QComboBox()
        for value, name in choices.items():
            box.addItem(name, value)
        self._wheel.watch(box)
        return box

    def _lay_out(self) -> None:
        self._form = QWidget()
        self._add_fields(FormGrid(self._form))
        area = QScrollArea()
        area.setWidget(self._form)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        stack_with_lines(self, area, self.footer)

    def _add_fields(self, form: FormGrid) -> None:
        place = QWidget()
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.path, 1)
        row.addWidget(self.browse)
        place.setFocusProxy(self.path)
        meaning = tr("Job files, web pages, .blend files and videos that land there are taken once they are complete.")
        self.path_field = Field(form, tr("Folder"), place, meaning)
        self.path.setAccessibleName(tr("Folder"))
        self.browse.setAccessibleName(tr("Choose the folder"))
        trust = tr("Render: whatever commands the job files bring that land there are run without a question.")
        Field(form, tr("What lands there"), self.action, trust)
        Field(form, tr("Profile"), self.profile, "")
        results = tr("Videos are made in its folder “{folder}”.", folder=RESULTS)
        Field(form, tr("Preset for videos"), self.preset, results)
        frames = tr(
            "Frames such as shot_0001.png, there or in a folder in it, become one video. Pictures that belong to pages "
            "or scenes should lie elsewhere."
        )
        Field(form, "", self.sequences, frames)
        self.sequences.setAccessibleName(self.sequences.text())
        wait = tr("For so long no frame may land or change. Give more than a frame takes to render.")
        Field(form, tr("Wait after a frame"), self.minutes, wait)
        Field(form, tr("Frame rate"), self.rate, tr("Of the videos that are made of frames, in frames per second."))
        note = tr("Into “{done}”, or into “{failed}” with the reason beside it.", done=DONE, failed=FAILED)
        Field(form, "", self.move_files, note)
        for box in (self.action, self.profile, self.preset, self.rate):
            box.setFixedWidth(max(box.width(), box.sizeHint().width()))
        self.move_files.setAccessibleName(self.move_files.text())
        form.finish()
        self.browse.setAutoDefault(False)

    def _fill(self, folder: WatchFolder) -> None:
        self.path.setText(str(folder.path))
        chosen = {self.action: folder.render, self.profile: folder.profile, self.preset: folder.preset}
        for box, value in (chosen | {self.rate: folder.fps}).items():
            if box.findData(value) < 0:  # it is not there any more, and stays what was chosen
                box.addItem(str(value), value)
            box.setCurrentIndex(box.findData(value))
        self.sequences.setChecked(folder.sequences)
        self.minutes.setValue(folder.frames_minutes)
        self.move_files.setChecked(folder.move)

    def _enable_sequences(self) -> None:
        for editor in (self.minutes, self.rate):
            editor.setEnabled(self.sequences.isChecked())

    def _browse(self) -> None:
        dialog = QFileDialog(self, tr("Choose the folder"), self.path.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        delete_on_close(dialog)
        dialog.fileSelected.connect(self.path.setText)
        dialog.open()

    def _save(self) -> None:
        path = Path(expand_home(self.path.text().strip()))
        if not self.path.text().strip():
            self.path_field.set_problem(tr("This is still missing."))
        elif not path.is_absolute() or not path.is_dir():
            self.path_field.set_problem(tr("There is no folder {folder}.", folder=path))
        elif path in self._taken:
            self.path_field.set_problem(tr("This folder is watched already."))
        else:
            folder = WatchFolder(
                path=path,
                render=bool(self.action.currentData()),
                profile=str(self.profile.currentData()),
                preset=str(self.preset.currentData()),
                move=self.move_files.isChecked(),
                sequences=self.sequences.isChecked(),
                frames_minutes=self.minutes.value(),
                fps=str(self.rate.currentData()),
                enabled=self._enabled,
            )
            self.saved.emit(folder)
