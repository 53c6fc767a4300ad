"""Deleting Qt objects without a crash."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QObject, QTimer

_dying: list[QObject] = []


def delete_later(thing: QObject) -> None:
    """``thing.deleteLater()``, with Python's side of it, and of what it holds, kept until Qt's side is gone.

    Shiboken 6.11 may let go of the former while it deletes the latter, and read it once more: seen as a rare crash
    inside ``exec()``, on qasync's event loop as on ours; with ``PYTHONMALLOC=debug`` once in 50 finished previews.
    """
    _dying.append(thing)
    thing.destroyed.connect(_forget_soon)
    thing.deleteLater()


def _forget_soon() -> None:
    """Children are deleted after their parent has said that it is."""
    QTimer.singleShot(0, _forget)


def _forget() -> None:
    _dying[:] = [thing for thing in _dying if shiboken6.isValid(thing)]
