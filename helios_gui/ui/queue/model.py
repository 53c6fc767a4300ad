"""The queue as a table model. It sorts and filters by itself: a proxy needs seconds for ten thousand rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
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

from helios_gui.translation import tr, tr_count
from helios_gui.types import Event, JobAdded, JobChanged, JobRemoved, JobSummary, QueueReordered
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.queue.columns import (
    COLUMNS,
    Column,
    cell_text,
    counts_text,
    header_text,
    priority_signs,
    tooltip_text,
)
from helios_gui.ui.queue.groups import group_key, group_of_key, total_of
from helios_gui.ui.queue.job_filter import JobFilter
from helios_gui.ui.queue.queue_counts import QueueCounts
from helios_gui.ui.queue.state_filter import JobKind
from helios_gui.ui.theme import job_style
from helios_gui.ui.widgets.tooltips import plain_tooltip

JOB_MIME_TYPE = "application/x-helios-jobs"
SummaryRole = int(Qt.ItemDataRole.UserRole) + 1
GroupRole = int(Qt.ItemDataRole.UserRole) + 2
"""Of a group's row its ``GroupRow``; of a job's row the name of its group, empty for none."""
_TOO_MANY_RANGES = 32  # beyond this, telling a view about each range costs more than a reset

Index = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_USUAL = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_DRAGGED = _USUAL | Qt.ItemFlag.ItemIsDragEnabled
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The row of a group: its name, how many jobs it has, and whether they are hidden."""

    name: str
    jobs: int
    collapsed: bool


@guarded()
class JobQueueModel(QAbstractTableModel):
    """Rows are jobs, and groups with their jobs below them. Fed by ``apply`` with the engine's events.

    ``sort(-1)`` is the queue's own order.

    Attributes:
        resets: Whether rows are put into another order by a reset. To be set while many rows are selected, and their
            selection survives a reset: Qt would follow each of their cells.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[str, JobSummary] = {}
        self._places: dict[str, int] = {}
        """Where jobs are in the queue. In their summaries it may be out of date: to replace those takes too long."""
        self._ordered: list[str] | None = []
        """The ids of all jobs in queue order; ``None`` until somebody asks."""
        self.counts = QueueCounts()
        self.resets = False
        self._rows: list[str] = []
        self._row_of: dict[str, int] = {}
        self._filter = JobFilter()
        self._members: dict[str, list[str]] = {}
        self._totals: dict[str, JobSummary] = {}
        self._collapsed: set[str] = set()
        self._sorted_by: Column | None = None
        self._descending = False

    # -- what it holds

    def job(self, job_id: str) -> JobSummary | None:
        """Return a job by id, even if the filter hides it."""
        return self._jobs.get(job_id)

    def jobs(self) -> list[JobSummary]:
        """Return all jobs, in queue order, whether or not the filter shows them."""
        return [self._jobs[job_id] for job_id in self.job_ids()]

    def job_ids(self) -> Sequence[str]:
        """Return the ids of all jobs, in queue order."""
        if self._ordered is None:
            self._ordered = [job.id for job in sorted(self._jobs.values(), key=self._place)]
        return self._ordered

    def busy_jobs(self) -> list[JobSummary]:
        """Return the jobs that are not at rest, in queue order."""
        return sorted(self.counts.busy.values(), key=self._place)

    def jobs_at_rest(self, job_ids: Iterable[str]) -> list[JobSummary]:
        """Return those of some jobs that are in the queue, and at rest."""
        jobs = (self._jobs.get(job_id) for job_id in job_ids)
        return [job for job in jobs if job is not None and job.is_at_rest]

    def summary_at(self, row: int) -> JobSummary:
        """Return the job in a row, or the total of the group; raise ``IndexError`` if there is no such row."""
        key = self._rows[row]
        return self._jobs[key] if key in self._jobs else self._total(key)

    def jobs_at(self, row: int) -> list[JobSummary]:
        """Return the job in a row, or the jobs of the group that the filter shows."""
        key = self._rows[row]
        members = [key] if key in self._jobs else self._members.get(key, [])
        return [self._jobs[member] for member in members if member in self._jobs]  # some may be about to leave

    def group_at(self, row: int) -> str:
        """Return the name of the group whose row this is; empty for a job's row."""
        return group_of_key(self._rows[row])

    def row_of(self, job_id: str) -> int | None:
        """Return the row of a job, or ``None`` if the filter or its group hides it."""
        return self._row_of.get(job_id)

    def groups(self) -> list[str]:
        """Return the names of all groups, in alphabetical order."""
        return sorted({name for job in self._jobs.values() if (name := job.standing.group)}, key=str.casefold)

    @property
    def collapsed(self) -> Collection[str]:
        """The names of the groups whose jobs are hidden."""
        return self._collapsed

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
                rearranged = rearranged or known is None or self._moves_row(known, event.summary)
                self.counts.change(known, event.summary)
                self._jobs[event.summary.id] = event.summary
                if self._places.get(event.summary.id) != event.summary.position:
                    self._places[event.summary.id] = event.summary.position
                    self._ordered = None
                changed.add(event.summary.id)
            elif isinstance(event, JobRemoved):
                self.counts.change(self._jobs.pop(event.job_id, None), None)
                self._places.pop(event.job_id, None)
                self._ordered = None
                rearranged = True
            elif isinstance(event, QueueReordered):
                self._places = {job_id: place for place, job_id in enumerate(event.job_ids) if job_id in self._jobs}
                self._ordered = list(self._places) if len(self._places) == len(self._jobs) else None
                rearranged = True
        if rearranged:
            self._show(self._wanted_rows(), changed)
        else:
            self._announce(changed)

    def set_collapsed(self, names: Collection[str]) -> None:
        """Hide the jobs of these groups, and show those of all others."""
        if set(names) != self._collapsed:
            self._collapsed = set(names)
            self._show(self._wanted_rows(), set())

    def set_filter(self, text: str, kinds: Collection[JobKind] = (), found: Collection[str] = ()) -> None:
        """Show only jobs whose name, state, group or profile contain every word of ``text``.

        Args:
            text: The words.
            kinds: Show only jobs of these kinds; none means all.
            found: Ids of jobs that count as if they contained the words.
        """
        self._filter.set(text, kinds, found)
        self._reset(self._wanted_rows())

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the queue's own order."""
        self._sorted_by = None if column < 0 else Column(column)
        self._descending = self._sorted_by is not None and order is Qt.SortOrder.DescendingOrder
        self._rearrange(self._wanted_rows())

    def _place(self, job: JobSummary) -> tuple[int, float]:
        return self._places.get(job.id, job.position), job.added_at

    def _wanted_rows(self) -> list[str]:
        ordered = self.jobs()
        if self._filter.is_on:
            ordered = list(filter(self._filter.matches, ordered))
        if self._sorted_by is not None:
            ordered.sort(key=COLUMNS[self._sorted_by].sort_key, reverse=self._descending)
        self._members = {}
        for job in ordered:
            if job.standing.group:
                self._members.setdefault(group_key(job.standing.group), []).append(job.id)
        # The rows of groups that are about to leave may still be looked at.
        self._totals = {key: total for key, total in self._totals.items() if key not in self._members}
        if not self._members:
            return [job.id for job in ordered]
        tops = list(dict.fromkeys(group_key(job.standing.group) if job.standing.group else job.id for job in ordered))
        if self._sorted_by is not None:
            key = COLUMNS[self._sorted_by].sort_key
            tops.sort(key=lambda top: key(self._jobs.get(top) or self._total(top)), reverse=self._descending)
        return list(self._with_members(tops))

    def _with_members(self, tops: Iterable[str]) -> Iterator[str]:
        for top in tops:
            yield top
            if top in self._members and (self._filter.is_on or group_of_key(top) not in self._collapsed):
                yield from self._members[top]

    def _total(self, key: str) -> JobSummary:
        if key not in self._totals:
            self._totals[key] = total_of(group_of_key(key), [self._jobs[member] for member in self._members[key]])
        return self._totals[key]

    def _moves_row(self, before: JobSummary, after: JobSummary) -> bool:
        """Return whether the change can alter which rows there are, or their order: most changes cannot."""
        if before.standing.group != after.standing.group:
            return True
        if (self._places.get(after.id), before.added_at) != (after.position, after.added_at):
            return True
        if self._filter.matches(before) != self._filter.matches(after):
            return True
        if self._sorted_by is None:
            return False
        key = COLUMNS[self._sorted_by].sort_key
        return bool(key(before) != key(after))

    # -- telling the views, as little as possible

    def _show(self, wanted: list[str], changed: set[str]) -> None:
        now = set(wanted)
        gone = row_ranges(row for row, job_id in enumerate(self._rows) if job_id not in now)
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
        keys = set(changed)
        for job_id in changed if self._members else ():
            if job_id in self._jobs and self._jobs[job_id].standing.group:
                key = group_key(self._jobs[job_id].standing.group)
                self._totals.pop(key, None)
                keys.add(key)
        rows = sorted(self._row_of[key] for key in keys if key in self._row_of)
        for first, last in row_ranges(rows):
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))

    def _rearrange(self, wanted: list[str]) -> None:
        if self.resets:
            self._reset(wanted)
            return
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
        job, column = self.summary_at(index.row()), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(job, column)
        if role == SummaryRole:
            return job
        if role == GroupRole:
            return self._group_role(self._rows[index.row()])
        if role == Qt.ItemDataRole.ToolTipRole:
            after = self._named(job.standing.after)
            return plain_tooltip(tooltip_text(job, after, is_group=job.id not in self._jobs))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if COLUMNS[column].is_number else _LEFT
        if role == Qt.ItemDataRole.AccessibleTextRole:
            spoken = _spoken(job, column, self._group_role(self._rows[index.row()]))
            signs = [*self._named(job.standing.after), *priority_signs(job)] if column is Column.NAME else []
            return ", ".join([spoken, *signs])
        return None

    def _named(self, job_ids: Iterable[str]) -> list[str]:
        """Say after which jobs a job starts, if after any."""
        names = ", ".join(f"“{self._jobs[job_id].name}”" for job_id in job_ids if job_id in self._jobs)
        return [tr("Starts after {jobs}", jobs=names)] if names else []

    def _group_role(self, key: str) -> GroupRow | str:
        if key in self._jobs:
            return self._jobs[key].standing.group
        name = group_of_key(key)
        return GroupRow(name, len(self._members.get(key, [])), not self._filter.is_on and name in self._collapsed)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return header_text(Column(section))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if COLUMNS[Column(section)].is_number else _LEFT
        return None

    @guarded(Qt.ItemFlag.NoItemFlags)
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled if self.in_queue_order else Qt.ItemFlag.NoItemFlags
        if not self.in_queue_order:
            return _USUAL
        return _DRAGGED if self._rows[index.row()] in self._jobs else _DRAGGED | Qt.ItemFlag.ItemIsDropEnabled

    def mimeTypes(self) -> list[str]:
        return [JOB_MIME_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        rows = sorted({index.row() for index in indexes})
        ids = list(dict.fromkeys(job.id for row in rows for job in self.jobs_at(row)))
        data = QMimeData()
        data.setData(JOB_MIME_TYPE, "\n".join(ids).encode())
        return data

    @guarded(Qt.DropAction.IgnoreAction)
    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction


def _spoken(job: JobSummary, column: Column, group: GroupRow | str) -> str:
    if column is Column.NAME and isinstance(group, GroupRow):
        jobs = tr_count("{number} job", "{number} jobs", group.jobs)
        shown = tr("collapsed") if group.collapsed else tr("expanded")
        return ", ".join((tr("Group {name}", name=group.name), jobs, job_style(job).word, shown))
    if column is Column.NAME:
        return f"{job.name}, {job_style(job).word}"
    if column is Column.PROGRESS:
        return f"{cell_text(job, column)}, {counts_text(job)}"
    return cell_text(job, column)


def row_ranges(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending rows as (first, last) runs."""
    runs = []
    for _, group in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
        run = [row for _, row in group]
        runs.append((run[0], run[-1]))
    return runs
