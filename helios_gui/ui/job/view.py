"""The right side of the window: everything about one job."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QImage, QShowEvent
from PySide6.QtWidgets import QFrame, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.types import JobStatus
from helios_gui.ui.chunks.bar import GridBar
from helios_gui.ui.chunks.grid import ChunkGrid
from helios_gui.ui.job.details import DetailsPanel
from helios_gui.ui.job.example_page import ExamplePage
from helios_gui.ui.job.header import JobHeader
from helios_gui.ui.logs.panel import LogPanel
from helios_gui.ui.preview.newest_frame import NewestFrame
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.seams.seams import Seams
from helios_gui.ui.theme import icon
from helios_gui.ui.thumbnails.chunk_pictures import ChunkPictures
from helios_gui.ui.timeline.view import TimelineView
from helios_gui.ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from helios_gui.ui.preview.footage import Footage
    from helios_gui.ui.preview.panel import PreviewPanel


class JobView(QStackedWidget):
    """Header, chunk grid and tabs for one job; an empty state for none. It shows, and decides nothing."""

    render_requested = Signal(list)
    """The ids of chunks that shall be rendered again, as the preview showed that they do not fit."""
    came_into_view = Signal()
    """The view is shown, again or for the first time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = JobHeader()
        self.grid = ChunkGrid()
        self.pictures = ChunkPictures(self)
        self.grid.set_pictures(self.pictures.picture)
        self.pictures.made.connect(self.grid.repaint_chunk)
        self.grid_bar = GridBar(self.grid)
        self.log = LogPanel()
        self.timeline = TimelineView()
        self.details = DetailsPanel()
        self.preview: PreviewPanel | None = None
        self.tabs = QTabWidget()
        self._preview_page = QStackedWidget()
        self._preview_page.addWidget(
            EmptyState("film", tr("The video plays here"), tr("as soon as its first chunk is done"))
        )
        self._newest = NewestFrame()
        self._preview_page.addWidget(self._newest)
        self._lay_out()

    @guarded()
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.came_into_view.emit()

    # -- showing

    def show_status(self, status: JobStatus) -> None:
        """Show a job with its chunks."""
        self.pictures.show(status)
        self.grid.set_chunks(status.chunks)
        self.log.clear()
        self.update_status(status)
        self.setCurrentWidget(self._job_page)

    def update_status(self, status: JobStatus, estimate: str = "") -> None:
        """Show changes of the same job; ``estimate`` is its expected cost in words, or empty."""
        self.header.show_job(status.summary)
        self.grid_bar.set_counts(status.summary.counts)
        self.grid.show_order(status.summary.scout, status.summary.chunks_total)
        self.details.show_status(status, estimate)

    def show_nothing(self) -> None:
        """Show that no job is selected."""
        self.pictures.show(None)
        self.grid.set_chunks([])
        self.log.clear()
        self.clear_preview()
        self.setCurrentWidget(self._nothing)

    def offer_example(self, offered: bool) -> None:
        """Set whether the example is offered while no job is selected, as there is none."""
        self._nothing.setCurrentWidget(self.example if offered else self._unselected)

    def show_log(self) -> None:
        """Bring the log forward."""
        self.tabs.setCurrentWidget(self.log)

    def show_details(self) -> None:
        """Bring the details forward."""
        self.tabs.setCurrentWidget(self.details)

    # -- the preview, whose player is loaded when first needed

    def open_preview(
        self,
        path: Path,
        rate: Fraction,
        *,
        autoplay: bool,
        numbers: Sequence[int] | None = None,
        seams: Seams | None = None,
    ) -> None:
        """Show the finished video, or frames; ``autoplay`` also brings the tab forward and plays."""
        preview = self._load_preview()
        if autoplay:
            self.tabs.setCurrentWidget(self._preview_page)
        preview.open(path, rate=rate, autoplay=autoplay, numbers=numbers, seams=seams)

    def open_footage(self, footage: Footage, path: Path, seams: Seams | None = None) -> None:
        """Show what is there of a video, whose ``path`` it will be, while it is rendered."""
        self._load_preview().open_footage(footage, name=path, seams=seams)

    def footage_grew(self) -> None:
        """Show that there is more to play."""
        if self.preview is not None:
            self.preview.footage_grew()

    def release_preview(self) -> None:
        """Let go of the file, so that it can be replaced; its last picture stays."""
        if self.preview is not None:
            self.preview.release()

    def clear_preview(self) -> None:
        """Show nothing: there is no finished video."""
        if self.preview is not None:
            self.preview.clear()
        self._preview_page.setCurrentIndex(0)

    @property
    def is_preview_watched(self) -> bool:
        """Whether a person looks at the preview, and not at another tab or window: nothing else is to begin to play."""
        return self._preview_page.isVisible() and self.window().isActiveWindow()

    @property
    def awaits_preview(self) -> bool:
        """Whether there is nothing to play yet."""
        return self._preview_page.currentWidget() is not self.preview

    def show_newest_frame(self, picture: QImage, words: str) -> None:
        """Show a frame that was rendered just now, while there is nothing to play yet."""
        if self.awaits_preview:
            self._newest.show_frame(picture, words)
            self._preview_page.setCurrentWidget(self._newest)

    def _load_preview(self) -> PreviewPanel:
        if self.preview is None:
            from helios_gui.ui.preview.panel import PreviewPanel

            self.preview = PreviewPanel()
            self.preview.render_requested.connect(self.render_requested)
            self._preview_page.addWidget(self.preview)
        self._preview_page.setCurrentWidget(self.preview)
        return self.preview

    # -- layout

    def save_layout(self) -> QByteArray:
        """Return how the room is shared, to be remembered."""
        return self._splitter.saveState()

    def restore_layout(self, state: QByteArray) -> None:
        """Bring back what ``save_layout`` gave."""
        self._splitter.restoreState(state)

    def _lay_out(self) -> None:
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self._preview_page, icon("film", "muted"), tr("Preview"))
        self.tabs.addTab(self.log, icon("log", "muted"), tr("Log"))
        self.tabs.addTab(self.timeline, icon("timeline", "muted"), tr("Timeline"))
        self.tabs.addTab(self.details, icon("info", "muted"), tr("Details"))
        self.grid.setFrameShape(QFrame.Shape.NoFrame)
        chunks = QWidget()
        layout = QVBoxLayout(chunks)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.grid_bar)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        self._splitter.addWidget(chunks)
        self._splitter.addWidget(self.tabs)
        self._splitter.setStretchFactor(0, 2)
        self._splitter.setStretchFactor(1, 5)
        self._job_page = QWidget()
        page = QVBoxLayout(self._job_page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.header)
        page.addWidget(self._splitter, 1)
        self.example = ExamplePage()
        self._unselected = EmptyState(
            "grid", tr("Nothing selected"), tr("Select a job to see its chunks, its log and its video")
        )
        self._nothing = QStackedWidget()
        self._nothing.addWidget(self.example)
        self._nothing.addWidget(self._unselected)
        self.addWidget(self._nothing)
        self.addWidget(self._job_page)
