"""What a person may choose that only one kind of source has, such as the scene of a Blender file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from enum import Enum
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QSpinBox, QWidget

from helios_gui.sources.source import JobRequest, SourceField
from helios_gui.ui.widgets.elided_combo_box import ElidedComboBox
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import aligned_spin_box

_ROW = 36


class FieldPlace(Enum):
    """Where fields stand in the form."""

    FIRST = "first"
    BESIDE_SIZE = "beside-size"
    LAST = "last"


class SourceFields(QObject):
    """Makes a box for each field, in ``rows``. ``changed`` carries the name of the field that a person has changed."""

    changed = Signal(str)

    def __init__(self, fields: Sequence[SourceField], request: JobRequest, parent: QWidget) -> None:
        super().__init__(parent)
        self._fields = {one.name: one for one in fields}
        self._boxes = {one.name: self._make(one, parent) for one in fields}
        self._labels = {one.name: PlainLabel(one.label, parent) for one in fields}
        for label in self._labels.values():
            label.setProperty("role", "muted")
        self.show_fields(fields, request)

    def rows(self, place: FieldPlace) -> Iterator[tuple[PlainLabel, QWidget]]:
        """Yield the label and the box of each field that belongs to a place of the form."""
        for name, box in self._boxes.items():
            if self._place(name) is place:
                yield self._labels[name], box

    @property
    def height(self) -> int:
        """About how many pixels the fields take that are shown."""
        return _ROW * sum(one.is_shown for one in self._fields.values())

    def box(self, name: str) -> QComboBox | QSpinBox:
        """Return the box of a field."""
        return self._boxes[name]

    def show_fields(self, fields: Sequence[SourceField], request: JobRequest) -> None:
        """Show other choices, and what is chosen of them."""
        for field in fields:
            self._fields[field.name] = field
            box, chosen = self._boxes[field.name], getattr(request, field.name)
            with QSignalBlocker(box):
                if isinstance(box, QComboBox):
                    box.clear()
                    for value, label in field.options:
                        box.addItem(label, value)
                    box.setCurrentIndex(max(0, box.findData(chosen)))
                else:
                    is_open = any(getattr(request, name) is not None for name in field.instead_of)
                    box.setRange(0 if field.instead_of else 1, field.most)
                    box.setSpecialValueText("–" if field.instead_of else "")
                    box.setSuffix(field.suffix)
                    box.setValue(chosen or (0 if is_open else field.usual))
            for widget in (box, self._labels[field.name]):
                widget.setVisible(field.is_shown)

    def with_change(self, name: str, request: JobRequest) -> JobRequest:
        """Return the request with a field as its box says, and without what that takes the place of."""
        field, box = self._fields[name], self._boxes[name]
        value: Any
        if isinstance(box, QComboBox):
            value = box.currentData()
        else:
            value = box.value() if box.value() not in (0, field.usual) else None
        changes: dict[str, Any] = {name: value}
        return replace(_left_open(request, (*field.resets, *field.instead_of)), **changes)

    def without(self, name: str, request: JobRequest) -> JobRequest:
        """Return the request without the fields that say the same as ``name``, which a person has changed."""
        others = [one.name for one in self._fields.values() if name in one.instead_of]
        for other in others:
            box = self._boxes[other]
            assert isinstance(box, QSpinBox)
            with QSignalBlocker(box):
                box.setValue(0)
        return _left_open(request, others)

    def has_values(self, name: str) -> bool:
        """Return whether values of other fields belong to that of this one."""
        return bool(self._fields[name].resets)

    def says_size(self, name: str) -> bool:
        """Return whether a field says the size in another way."""
        return bool(self._fields[name].instead_of)

    def _place(self, name: str) -> FieldPlace:
        if self._fields[name].is_minor:
            return FieldPlace.LAST
        return FieldPlace.BESIDE_SIZE if self.says_size(name) else FieldPlace.FIRST

    def _make(self, field: SourceField, parent: QWidget) -> QComboBox | QSpinBox:
        box: QComboBox | QSpinBox
        if field.options:
            box = ElidedComboBox(parent)
            box.setAccessibleName(field.label)
            box.currentIndexChanged.connect(lambda _: self.changed.emit(field.name))
        else:
            box = aligned_spin_box(parent, field.label)
            box.valueChanged.connect(lambda _: self.changed.emit(field.name))
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        return box


def _left_open(request: JobRequest, names: Sequence[str]) -> JobRequest:
    defaults: dict[str, Any] = {one.name: one.default for one in fields(request) if one.name in names}
    return replace(request, **defaults)
