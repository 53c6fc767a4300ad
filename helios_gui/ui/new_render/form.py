"""The fields of a new render: what becomes of the source, under which name, and in which chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QWidget,
)

from helios_gui.jobfile.frame_list import parse_frame_list
from helios_gui.sources.source import JobRequest, SourceFacts, SourceFormat
from helios_gui.sources.usual_values import FRAME_RATES, USUAL_SECONDS, UsualValues
from helios_gui.sources.wanted_frames import frames_wanted
from helios_gui.translation import tr, tr_count
from helios_gui.types import UserInputError
from helios_gui.types.frame_rate import parse_rate, write_rate
from helios_gui.ui.job.job_text import ORDERS, order_text
from helios_gui.ui.new_render.answer import Source
from helios_gui.ui.new_render.sheet_parts import say_frames
from helios_gui.ui.new_render.sheet_text import seconds_text
from helios_gui.ui.new_render.source_fields import FieldPlace, SourceFields
from helios_gui.ui.new_render.token_button import make_token_button
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.elided_combo_box import ElidedComboBox
from helios_gui.ui.widgets.elided_label import ElidedLabel
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import aligned_spin_box, set_style_property
from helios_gui.ui.widgets.tooltips import set_tooltip

_MOST_FRAME = 2**31 - 2
_MOST_PIXELS = 65_536
_USUAL_SUFFIX = ".mp4"
_USUAL_NAME, _USUAL_NAME_OF_VIDEO = "{name}", "{name}_{version}"


class RenderForm(QWidget):
    """Asks little: all fields are filled with what the source says. ``changed`` tells that one was edited."""

    changed = Signal()

    def __init__(self, source: Source, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._base = request = source.request
        self._read_part()
        facts = self._facts
        self.own = SourceFields(source.kind.own_fields(request, source.facts), request, self)
        self._frames_are_chosen = bool(
            request.frame_list or facts.frame_list or request.frames is not None or request.first_frame is not None
        )
        self.format = self._make_format()
        self.frames = QLineEdit(self)
        self.frames.setAccessibleName(tr("Frames"))
        set_tooltip(
            self.frames,
            tr("The first and the last frame, or a list such as 1-20,40,60-90x2; x2 is every second frame"),
        )
        self.length = PlainLabel(self)
        self.length.setProperty("role", "small")
        self.length.setWordWrap(True)
        self.width_field = self._spin(1, _MOST_PIXELS, tr("Width in pixels"))
        self.height_field = self._spin(1, _MOST_PIXELS, tr("Height in pixels"))
        self.rate = self._make_rate()
        self.name = QLineEdit(self)
        self.name.setAccessibleName(tr("Name of the video, without its suffix"))
        self.suffix = PlainLabel(self)
        self.suffix.setProperty("role", "muted")
        self.tokens = make_token_button(self.name, self)
        self.output = ElidedLabel("small", Qt.TextElideMode.ElideMiddle, self)
        self.taken = self._make_taken()
        self.chunk_size = self._spin(0, _MOST_FRAME, tr("Frames per chunk"))
        self.chunk_size.setSpecialValueText(tr("Automatic"))
        say_frames(self.chunk_size)
        set_tooltip(self.chunk_size, tr("Frames per chunk; the lowest value leaves it to the program"))
        self.order = self._make_order()
        self.forgiving = QCheckBox(tr("Leave out missing files"), self)
        self.forgiving.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.forgiving.setVisible(bool(facts.missing))
        self.forgiving.setChecked(bool(getattr(request, "forgiving", False)))
        self._fill()
        self._lay_out()
        self._connect()

    @property
    def part(self) -> JobRequest:
        """A request that says which part of the source is wanted, and leaves open what that says itself."""
        return self._base

    @property
    def overwrites(self) -> bool:
        """Whether the video may replace a file that is there."""
        return bool(self.taken.currentData() == "replace")

    @property
    def scout(self) -> int | None:
        """The order of the chunks; see ``utils.scouting``."""
        found: int | None = self.order.currentData()
        return found

    def choose(self, scout: int | None, *, overwrites: bool) -> None:
        """Choose what was chosen before: the order of the chunks, and whether a file is replaced."""
        if overwrites:
            self.taken.setCurrentIndex(self.taken.findData("replace"))
        orders = [self.order.itemData(place) for place in range(self.order.count())]
        if scout not in orders:  # chosen in the terminal
            self.order.addItem(order_text(scout), scout)
            orders.append(scout)
        self.order.setCurrentIndex(orders.index(scout))

    @property
    def chunks_are_automatic(self) -> bool:
        """Whether the program chooses the size of the chunks."""
        return self.chunk_size.value() == 0

    def request(self) -> JobRequest:
        """Return what is wanted.

        Raises:
            UserInputError: A field holds something that is not possible.
        """
        rate = self._read_rate()
        usual = self._usual
        size = self.width_field.value(), self.height_field.value()
        # Both or none: a side that is not given would follow the other one.
        width, height = (self._base.width, self._base.height) if size == (usual.width, usual.height) else size
        changes: dict[str, object] = {
            "fps": self._base.fps if rate == usual.fps else rate,
            "width": width,
            "height": height,
            "output": self._output(),
            "number_output": self.taken.currentData() == "number",
            "chunk_size": self.chunk_size.value() or None,
            **self._chosen_format(),
        }
        if self._facts.missing:
            changes["forgiving"] = self.forgiving.isChecked()
        if self._frames_are_chosen:
            changes |= self._read_frames()
        elif usual.is_length_assumed:
            changes["seconds"] = USUAL_SECONDS
        return replace(self._base, **changes)  # type: ignore[arg-type]

    def show_output(self, name: str) -> None:
        """Show what the name has become with its tokens replaced."""
        self.output.setText(name)

    def show_automatic_size(self, frames: int | None) -> None:
        """Say how many frames the automatic chunks have."""
        text = tr("Automatic")
        if frames is not None:
            text = tr("Automatic: {frames}", frames=tr_count("{number} frame", "{number} frames", frames))
        self.chunk_size.setSpecialValueText(text)

    def name_rows(self) -> None:
        """Put the number of the row into the usual name, which all rows would have."""
        if self.name.text() in (_USUAL_NAME, _USUAL_NAME_OF_VIDEO):
            self.name.setText(f"{self.name.text()}_{{row}}")

    # -- building

    def _spin(self, least: int, most: int, name: str) -> QSpinBox:
        spin = aligned_spin_box(self, name)
        spin.setRange(least, most)
        spin.setKeyboardTracking(True)
        spin.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        spin.setMinimumWidth(64)
        return spin

    def _make_format(self) -> QComboBox:
        box = ElidedComboBox(self)
        box.setAccessibleName(tr("Format"))
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._show_formats(box)
        return box

    def _show_formats(self, box: QComboBox) -> None:
        """Show the formats there are, and keep the chosen one."""
        chosen = box.currentData()
        fitting = [one.name for one in self._formats if _is_chosen(one, self._base)]
        with QSignalBlocker(box):
            box.clear()
            for one in self._formats:
                box.addItem(one.label, one.name)
            wanted = [box.findData(name) for name in (chosen, *fitting) if name is not None]
            box.setCurrentIndex(next((place for place in wanted if place >= 0), 0))

    def _make_rate(self) -> QComboBox:
        box = QComboBox(self)
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.addItems(FRAME_RATES)
        box.setAccessibleName(tr("Frames per second"))
        box.setMinimumWidth(84)
        set_tooltip(box, tr("Frames per second, such as 30, 23.976 or 24000/1001"))
        return box

    def _make_taken(self) -> QComboBox:
        box = ElidedComboBox(self)
        box.setAccessibleName(tr("If there is such a file"))
        box.addItem(tr("Ask before replacing"), "ask")
        box.addItem(tr("Number the name"), "number")
        box.addItem(tr("Replace it"), "replace")
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        return box

    def _make_order(self) -> QComboBox:
        box = ElidedComboBox(self)
        box.setAccessibleName(tr("Order in which chunks are rendered"))
        for scout in ORDERS:
            box.addItem(order_text(scout), scout)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        set_tooltip(box, tr("Chunks that come first show early what comes of the whole range"))
        return box

    def _fill(self) -> None:
        self._fill_values()
        suffix = self._format_suffix()
        self.name.setText(self._base.output.removesuffix(suffix) or self._usual_name())
        self.name.setCursorPosition(0)
        self.taken.setCurrentIndex(1 if self._base.number_output else 0)
        self.chunk_size.setValue(self._base.chunk_size or 0)
        self._show_suffix()

    def _fill_values(self) -> None:
        with QSignalBlocker(self.frames), QSignalBlocker(self.rate):
            self.frames.setText(self._frames_text())
            self.rate.setCurrentText(write_rate(self._usual.fps))
        self._fill_size()
        self._show_length()

    def _fill_size(self) -> None:
        with QSignalBlocker(self.width_field), QSignalBlocker(self.height_field):
            self.width_field.setValue(self._usual.width)
            self.height_field.setValue(self._usual.height)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE)
        grid.setColumnStretch(1, 1)
        rows: list[tuple[str, Sequence[QWidget | str]]] = [
            (tr("Frames"), (self.frames,)),
            ("", (self.length,)),
            (tr("Size"), (self.width_field, "×", self.height_field)),
            (tr("Frames/s"), (self.rate, "")),
            (tr("Name"), (self.name, self.suffix, self.tokens)),
            ("", (self.output,)),
            (tr("If it exists"), (self.taken,)),
            (tr("Chunks"), (self.chunk_size,)),
            (tr("Order"), (self.order,)),
            *([("", (self.forgiving,))] if self._facts.missing else []),
        ]
        if self._formats:
            rows.insert(0, (tr("Format"), (self.format,)))
        else:
            self.format.hide()
        for label, parts in rows:
            is_first, is_size = self.frames in parts, self.width_field in parts
            if is_first:
                self._add_own_rows(grid, FieldPlace.FIRST)
            self._add_row(grid, grid.rowCount(), label, parts)
            if is_size:
                self._add_own_rows(grid, FieldPlace.BESIDE_SIZE)
        self._add_own_rows(grid, FieldPlace.LAST)
        for note in (self.length, self.output):
            note.setContentsMargins(1, 0, 0, SPACE // 2)

    def _add_own_rows(self, grid: QGridLayout, place: FieldPlace) -> None:
        for label, box in self.own.rows(place):
            row = grid.rowCount()
            grid.addWidget(label, row, 0)
            grid.addWidget(box, row, 1)

    def _add_row(self, grid: QGridLayout, row: int, label: str, parts: Sequence[QWidget | str]) -> None:
        if label:
            name = PlainLabel(label, self)
            name.setProperty("role", "muted")
            grid.addWidget(name, row, 0)
        line = QHBoxLayout()
        line.setSpacing(SPACE // 2)
        for part in parts:
            if part == "":
                line.addStretch(1)
            elif isinstance(part, str):
                sign = PlainLabel(part, self)
                sign.setProperty("role", "muted")
                line.addWidget(sign)
            else:
                line.addWidget(part, 0 if isinstance(part, QToolButton) or part is self.suffix else 1)
        grid.addLayout(line, row, 1)

    def _connect(self) -> None:
        self.format.currentIndexChanged.connect(self._change_format)
        self.frames.textChanged.connect(self._choose_frames)
        self.own.changed.connect(self._change_own)
        self.width_field.valueChanged.connect(lambda _: self._change_size("width"))
        self.height_field.valueChanged.connect(lambda _: self._change_size("height"))
        self.chunk_size.valueChanged.connect(self.changed)
        self.rate.currentTextChanged.connect(self._change_rate)
        self.name.textChanged.connect(self.changed)
        self.forgiving.toggled.connect(self.changed)
        self.taken.currentIndexChanged.connect(self.changed)

    def _usual_name(self) -> str:
        """Return the source's name, with a version where the video would else be the source itself."""
        is_one_of_them = self._base.source.suffix.lower() in {one.suffix for one in self._formats}
        return _USUAL_NAME_OF_VIDEO if is_one_of_them else _USUAL_NAME

    # -- what is chosen

    def _chosen_format(self) -> Mapping[str, object]:
        place = self.format.currentIndex()
        return self._formats[place].changes if 0 <= place < len(self._formats) else {}

    def _format_suffix(self) -> str:
        place = self.format.currentIndex()
        if 0 <= place < len(self._formats):
            return self._formats[place].suffix
        return PurePath(self._base.output).suffix or _USUAL_SUFFIX

    def _output(self) -> str:
        suffix = self._format_suffix()
        name = self.name.text().strip()
        if not name:
            raise UserInputError(tr("The video has no name."))
        return name if name.lower().endswith(suffix) else name + suffix

    def _read_rate(self) -> Fraction:
        text = self.rate.currentText().strip().replace(",", ".")
        try:
            rate = parse_rate(text)
        except ValueError as error:
            set_style_property(self.rate, "invalid", value=True)
            raise UserInputError(tr("“{rate}” is no frame rate.", rate=text)) from error
        set_style_property(self.rate, "invalid", value=False)
        return rate

    def _frames_text(self) -> str:
        request = self._base
        chosen = request.frames is not None or request.first_frame is not None
        return request.frame_list or (self._facts.frame_list if not chosen else "") or _range_text(self._usual)

    def _read_frames(self) -> dict[str, object]:
        try:
            wanted = frames_wanted(self.frames.text())
        except UserInputError:
            set_style_property(self.frames, "invalid", value=True)
            raise
        set_style_property(self.frames, "invalid", value=False)
        return wanted

    def _choose_frames(self) -> None:
        self._frames_are_chosen = True
        self._show_length()
        self.changed.emit()

    def _change_format(self) -> None:
        """Show what a preset says besides how a video is encoded."""
        is_usual = (self.width_field.value(), self.height_field.value()) == (self._usual.width, self._usual.height)
        changes: dict[str, Any] = dict(self._chosen_format())
        self._base = replace(self._base, **changes)
        self._read_part()
        self.own.show_fields(self._source.kind.own_fields(self._base, self._source.facts), self._base)
        if is_usual:
            self._fill_size()
        else:
            self._base = self.own.without("width", self._base)
        self._show_suffix()
        self.changed.emit()

    def _change_own(self, name: str) -> None:
        self._base = self.own.with_change(name, self._base)
        self._read_part()
        if self.own.has_values(name):  # another scene has other frames, rates and formats
            self._frames_are_chosen = bool(self._facts.frame_list)
            self._show_formats(self.format)
            source = self._source
            self.own.show_fields(source.kind.own_fields(self._base, source.facts), self._base)
            self._fill_values()
            self._show_suffix()
        elif self.own.says_size(name):
            self._fill_size()
        self.changed.emit()

    def _change_size(self, name: str) -> None:
        self._base = self.own.without(name, self._base)
        self._read_part()
        self.changed.emit()

    def _read_part(self) -> None:
        """Find what the wanted part of the source says, such as one of several scenes."""
        source = self._source
        self._facts: SourceFacts = source.kind.facts_of(self._base, source.facts)
        self._usual = source.usual(self._base)
        self._formats = source.kind.formats(self._facts)

    def _change_rate(self) -> None:
        try:
            rate = self._read_rate()
        except UserInputError:
            self.changed.emit()
            return
        if not self._frames_are_chosen:  # the length in seconds stays what the source says
            values = self._source.usual(replace(self._base, fps=rate))
            with QSignalBlocker(self.frames):
                self.frames.setText(_range_text(values))
        self._show_length()
        self.changed.emit()

    def _show_length(self) -> None:
        text = ""
        with suppress(UserInputError):
            frames = sum(map(len, parse_frame_list(self.frames.text())))
            text = tr_count("{number} frame", "{number} frames", frames)
            try:
                length = seconds_text(float(frames / self._read_rate()))
            except UserInputError:
                length = "?"
            text = f"{text} · {length}"
            if self._usual.is_length_assumed and not self._frames_are_chosen:
                text = tr("{length}, assumed: the source does not say it", length=text)
        self.length.setText(text)

    def _show_suffix(self) -> None:
        self.suffix.setText(PurePath(f"name{self._format_suffix()}").suffix)  # the whole name is in the line below


def _range_text(values: UsualValues) -> str:
    last = values.first + values.frames - 1
    return str(last) if last == values.first else f"{values.first}-{last}"


def _is_chosen(one: SourceFormat, request: JobRequest) -> bool:
    return all(getattr(request, name) == value for name, value in one.changes.items())
