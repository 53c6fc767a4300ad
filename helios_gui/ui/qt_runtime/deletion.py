"""Deleting Qt objects without a crash.

While Qt deletes an object, Shiboken 6.11 may let go of Python's side of it, and then read that once more: a rare crash
inside ``exec()``, on qasync's event loop as on ours, and with ``PYTHONMALLOC=debug`` once in 50 finished previews. So
Python's side is kept, with all that it holds, until Qt's is gone.
"""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

_kept: list[QObject] = []


def delete_later(thing: QObject) -> None:
    """Call ``thing.deleteLater()``, and keep its Python object until Qt has deleted it."""
    _keep(thing)
    thing.deleteLater()


def delete_on_close(widget: QWidget) -> None:
    """Delete the widget, which must have a parent, when it is closed; its Python object is kept until then."""
    _keep(widget)
    widget.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


def _keep(thing: QObject) -> None:
    _kept.append(thing)
    thing.destroyed.connect(_forget_soon)


def _forget_soon() -> None:
    """Forget deleted objects a turn later: children are deleted after their parent emits ``destroyed``."""
    QTimer.singleShot(0, _forget)


def _forget() -> None:
    _kept[:] = [thing for thing in _kept if shiboken6.isValid(thing)]
