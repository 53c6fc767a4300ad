"""What is remembered of the queue's table: widths, order and sorting of columns, which are shown, folded groups."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QByteArray

from helios_gui.ui.queue.columns import Column


@dataclass(frozen=True)
class ViewLayout:
    """``header`` is the state of the header, ``chosen`` which columns a person has shown or hidden.

    ``is_state_fitted``: the column of the states has a width that no person has chosen. ``language``: the code of the
    language whose headings the widths have room for.
    """

    header: QByteArray
    chosen: Mapping[Column, bool] = field(default_factory=dict)
    collapsed: frozenset[str] = frozenset()
    is_state_fitted: bool = True
    language: str = ""

    def to_bytes(self) -> QByteArray:
        """Return it as bytes."""
        document = {
            "header": bytes(self.header.toBase64().data()).decode(),
            "columns": {column.name: shown for column, shown in self.chosen.items()},
            "collapsed": sorted(self.collapsed),
            "stateFitted": self.is_state_fitted,
            "language": self.language,
        }
        return QByteArray(json.dumps(document).encode())

    @classmethod
    def from_bytes(cls, data: QByteArray) -> ViewLayout:
        """Return what ``to_bytes`` wrote; of anything else, what can be made of it."""
        try:
            document = json.loads(bytes(data.data()))
            header = QByteArray.fromBase64(document["header"].encode())
            columns = {Column[name]: bool(shown) for name, shown in document["columns"].items() if name in _NAMES}
            fitted = bool(document.get("stateFitted", True))
            collapsed = frozenset(map(str, document["collapsed"]))
            return cls(header, columns, collapsed, fitted, str(document.get("language", "")))
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls(QByteArray())


_NAMES = frozenset(column.name for column in Column)
