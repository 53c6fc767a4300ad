"""The queue as a table model. It sorts and filters by itself: a proxy needs seconds for ten thousand rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from helios_gui.types import Event, JobAdded, JobChanged, JobRemoved, JobSummary, QueueReordered
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.queue.columns import SORT_KEYS, Column, cell_text, counts_text, header_text, tooltip_text
from helios_gui.ui.theme import job_style
from helios_gui.ui.widgets.tooltips import plain_tooltip

JOB_MIME_TYPE = "application/x-helios-jobs"
SummaryRole = int(Qt.ItemDataRole.UserRole) + 1
_TOO_MANY_RANGES = 32  # beyond this, telling a view about each range costs more than a reset

Index = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@guarded()
class JobQueueModel(QAbstractTableModel):
    """Rows are jobs. Fed by ``apply`` with the engine's events; ``sort(-1)`` is the queue's own order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[str, JobSummary] = {}
        self._rows: list[str] = []
        self._row_of: dict[str, int] = {}
        self._words: tuple[str, ...] = ()
        self._sorted_by: Column | None = None
        self._descending = False

    # -- what it holds

    def job(self, job_id: str) -> JobSummary | None:
        """Return a job by id, even if the filter hides it."""
        return self._jobs.get(job_id)

    def jobs(self) -> list[JobSummary]:
        """All jobs, in queue order, whether or not the filter shows them."""
        return sorted(self._jobs.values(), key=_place)

    def job_at(self, row: int) -> JobSummary:
        """Return the job in a row; raise ``IndexError`` if there is none."""
        return self._jobs[self._rows[row]]

    def row_of(self, job_id: str) -> int | None:
        """Return the row of a job, or ``None`` if the filter hides it."""
        return self._row_of.get(job_id)

    @property
    def in_queue_order(self) -> bool:
        """Rows are in the order in which jobs run, so that dragging a row means something."""
        return self._sorted_by is None

    # -- what changes it

    def apply(self, events: Iterable[Event]) -> None:
        """Take a batch of events, and tell the views once."""
        changed: set[str] = set()
        rearranged = False
        for event in events:
            if isinstance(event, JobAdded | JobChanged):
                known = self._jobs.get(event.summary.id)
                if known is None and isinstance(event, JobChanged):
                    continue  # a last word about a job that was removed
                self._jobs[event.summary.id] = event.summary
                changed.add(event.summary.id)
                rearranged = rearranged or known is None or self._moves_row(known, event.summary)
            elif isinstance(event, JobRemoved):
                self._jobs.pop(event.job_id, None)
                rearranged = True
            elif isinstance(event, QueueReordered):
                self._renumber(event.job_ids)
                rearranged = True
        if rearranged:
            self._show(self._wanted_rows(), changed)
        else:
            self._announce(changed)

    def set_filter(self, text: str) -> None:
        """Show only jobs whose name, state or profile contain every word of ``text``."""
        self._words = tuple(text.casefold().split())
        self._reset(self._wanted_rows())

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the queue's own order."""
        self._sorted_by = None if column < 0 else Column(column)
        self._descending = self._sorted_by is not None and order is Qt.SortOrder.DescendingOrder
        self._rearrange(self._wanted_rows())

    def _renumber(self, job_ids: Sequence[str]) -> None:
        for place, job_id in enumerate(job_ids):
            if job_id in self._jobs and self._jobs[job_id].position != place:
                self._jobs[job_id] = replace(self._jobs[job_id], position=place)

    def _wanted_rows(self) -> list[str]:
        ordered = sorted((job for job in self._jobs.values() if self._matches(job)), key=_place)
        if self._sorted_by is not None:
            ordered.sort(key=SORT_KEYS[self._sorted_by], reverse=self._descending)
        return [job.id for job in ordered]

    def _moves_row(self, before: JobSummary, after: JobSummary) -> bool:
        """Whether the change can alter which rows there are, or their order: most changes cannot."""
        if _place(before) != _place(after) or self._matches(before) != self._matches(after):
            return True
        if self._sorted_by is None:
            return False
        key = SORT_KEYS[self._sorted_by]
        return bool(key(before) != key(after))

    def _matches(self, job: JobSummary) -> bool:
        if not self._words:
            return True
        text = f"{job.name}\n{job.profile}\n{job_style(job).word}".casefold()
        return all(word in text for word in self._words)

    # -- telling the views, as little as possible

    def _show(self, wanted: list[str], changed: set[str]) -> None:
        now = set(wanted)
        gone = _ranges(row for row, job_id in enumerate(self._rows) if job_id not in now)
        new = [job_id for job_id in wanted if job_id not in self._row_of]
        if len(gone) > _TOO_MANY_RANGES:
            self._reset(wanted)
            return
        for first, last in reversed(gone):
            self.beginRemoveRows(QModelIndex(), first, last)
            self._set_rows(self._rows[:first] + self._rows[last + 1 :])
            self.endRemoveRows()
        if new:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(new) - 1)
            self._set_rows(self._rows + new)
            self.endInsertRows()
        if self._rows != wanted:
            self._rearrange(wanted)
        self._announce(changed.difference(new))

    def _announce(self, changed: Iterable[str]) -> None:
        rows = sorted(self._row_of[job_id] for job_id in changed if job_id in self._row_of)
        for first, last in _ranges(rows):
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))

    def _rearrange(self, wanted: list[str]) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._rows[index.row()] for index in before]
        self._set_rows(wanted)
        after = [self.index(self._row_of[job_id], index.column()) for job_id, index in zip(ids, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _reset(self, wanted: list[str]) -> None:
        self.beginResetModel()
        self._set_rows(wanted)
        self.endResetModel()

    def _set_rows(self, rows: list[str]) -> None:
        self._rows = rows
        self._row_of = {job_id: row for row, job_id in enumerate(rows)}

    # -- what Qt asks

    @guarded(0)
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    @guarded(0)
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        job, column = self.job_at(index.row()), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(job, column)
        if role == SummaryRole:
            return job
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(tooltip_text(job))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column is Column.ETA else _LEFT
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(job, column)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return header_text(Column(section))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section == Column.ETA else _LEFT
        return None

    @guarded(Qt.ItemFlag.NoItemFlags)
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled if self.in_queue_order else Qt.ItemFlag.NoItemFlags
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return usual | Qt.ItemFlag.ItemIsDragEnabled if self.in_queue_order else usual

    def mimeTypes(self) -> list[str]:
        return [JOB_MIME_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        ids = [self._rows[row] for row in sorted({index.row() for index in indexes})]
        data = QMimeData()
        data.setData(JOB_MIME_TYPE, "\n".join(ids).encode())
        return data

    @guarded(Qt.DropAction.IgnoreAction)
    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction


def _place(job: JobSummary) -> tuple[int, float]:
    return job.position, job.added_at


def _spoken(job: JobSummary, column: Column) -> str:
    if column is Column.NAME:
        return f"{job.name}, {job_style(job).word}"
    if column is Column.PROGRESS:
        return f"{cell_text(job, column)}, {counts_text(job)}"
    return cell_text(job, column)


def _ranges(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending rows as (first, last) runs."""
    runs = []
    for _, group in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
        run = [row for _, row in group]
        runs.append((run[0], run[-1]))
    return runs
