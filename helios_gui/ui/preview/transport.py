"""The controls under the picture: a slim scrubber and one calm row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.ui.preview.filmstrip import Filmstrip
from helios_gui.ui.preview.scrubber import Scrubber
from helios_gui.ui.preview.timeline import Timeline, timecode
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme.icons import icon
from helios_gui.ui.theme.theme import monospace_font
from helios_gui.ui.theme.tokens import SPACE
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.tooltips import set_tooltip

ICON = QSize(18, 18)
VOLUME_WIDTH = 72
VOLUME_STEPS = 100
FULL_WIDTH = 520
"""Narrower than this (in pixels), the row leaves out the volume slider and the total time."""

SEAM_WIDTH = 110
"""What the buttons for seams take of it."""

SMALL_WIDTH = 360
"""Narrower than this it leaves out the frame number too."""

MINIMUM_WIDTH = 264


@guarded()
class _Button(QToolButton):
    """A tool button that takes the space bar and leaves all other keys (arrows!) to the preview around it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            super().keyPressEvent(event)
        else:
            event.ignore()


@guarded()
class Transport(QFrame):
    """Shows where the video is and emits what the person wants; it knows nothing of players."""

    play_toggled = Signal()
    stepped = Signal(int)
    """Frames to go on (negative: back)."""
    sought = Signal(int)
    """The index of a frame to go to."""
    scrub_begun = Signal()
    scrub_ended = Signal()
    seam_stepped = Signal(int)
    """1 for the next seam between chunks, -1 for the one before."""
    seam_inspected = Signal()
    looping_changed = Signal(bool)
    sound_changed = Signal(float, bool)
    """Volume of 0 to 1, and whether it is muted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._timeline = Timeline()
        self._number_of: Callable[[int], int] = int
        self._has_seams = False
        self.filmstrip = Filmstrip()
        self.filmstrip.sought.connect(self.sought)
        self.scrubber = Scrubber()
        self.scrubber.scrubbed.connect(self.sought)
        self.scrubber.sliderPressed.connect(self.scrub_begun)
        self.scrubber.sliderReleased.connect(self.scrub_ended)
        self._make_buttons()
        self._make_labels()
        self._make_volume()
        self._lay_out()
        self.set_playing(False)
        self.set_muted(False)
        self.clear()

    # --- what is shown

    def set_ready(self, ready: bool) -> None:
        """Set whether there is anything to control."""
        for control in (self.previous, self.play, self.next, self.loop, self.mute, self.volume, self.scrubber):
            control.setEnabled(ready)
        self.set_seams(())
        self._fit()

    def set_seams(self, frames: Sequence[int]) -> None:
        """Show where chunks meet, as the first frames of the later ones; none: there are no seams to go to."""
        self.scrubber.set_seams(frames)
        self._has_seams = bool(frames)
        self._fit()

    def clear(self) -> None:
        """Show that there is no file: nothing to control, no numbers."""
        self.set_ready(False)
        self.set_silence("")
        for label in (self._now, self._total, self._frame):
            label.clear()

    def set_timeline(self, timeline: Timeline) -> None:
        """Set the frames of the file."""
        self._timeline = timeline
        self.scrubber.set_timeline(timeline)
        self._total.setText("/ " + timecode(timeline.duration))
        self._now.setFixedWidth(self._now.fontMetrics().horizontalAdvance(timecode(timeline.duration)) + 2)
        self.set_numbers(lambda index: index)

    def set_numbers(self, number: Callable[[int], int]) -> None:
        """Set which number the frame of an index has for people; its index, unless this is called."""
        self._number_of = self.scrubber.number_of = self.filmstrip.number_of = number
        digits = len(str(number(self._timeline.last)))
        text = tr("frame {frame} / {last}", frame="0" * digits, last="0" * digits)
        self._frame.ensurePolished()
        self._frame.setMinimumWidth(self._frame.fontMetrics().horizontalAdvance(text) + 2)

    def set_ranges(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Show which frames are there, as first and last frames of each run; none: all of them."""
        self.scrubber.set_ranges(ranges)

    def show_frame(self, index: int) -> None:
        """Show that frame ``index`` (counted from 0) is on screen."""
        self.scrubber.show_frame(index)
        self.filmstrip.show_frame(index)
        self._now.setText(timecode(self._timeline.start(index)))
        last = self._number_of(self._timeline.last)
        self._frame.setText(tr("frame {frame} / {last}", frame=self._number_of(index), last=last))

    def set_playing(self, playing: bool) -> None:
        """Show Pause on the play button while playing, else Play."""
        self.play.setIcon(icon("pause" if playing else "play"))
        word = tr("Pause") if playing else tr("Play")
        self.play.setAccessibleName(word)
        set_tooltip(self.play, tr("{word} (Space)", word=word))

    def set_looping(self, looping: bool) -> None:
        """Show whether the loop button is pressed."""
        with QSignalBlocker(self.loop):
            self.loop.setChecked(looping)

    def set_muted(self, muted: bool) -> None:
        """Show whether the mute button is pressed."""
        with QSignalBlocker(self.mute):
            self.mute.setChecked(muted)
        self.mute.setIcon(icon("mute" if muted else "volume", "muted" if muted else "text"))
        word = tr("Unmute") if muted else tr("Mute")
        self.mute.setAccessibleName(word)
        set_tooltip(self.mute, tr("{word} (M)", word=word))

    def set_volume(self, volume: float) -> None:
        """Set the position of the volume slider, 0 to 1."""
        with QSignalBlocker(self.volume):
            self.volume.setValue(round(volume * VOLUME_STEPS))

    def set_silence(self, reason: str, *, is_for_now: bool = False) -> None:
        """Show why nothing is heard; an empty reason hides the note.

        Args:
            reason: Why, in a sentence.
            is_for_now: Whether the finished video may have sound, so that it is not said to have none.
        """
        self._silent.setText(tr("no sound yet") if is_for_now else tr("no sound"))
        self._silent.setVisible(bool(reason))
        set_tooltip(self._silent, reason)
        self._silent.setAccessibleDescription(reason)
        self._fit()

    def add_menu_action(self, action: QAction) -> None:
        """Add an entry to the menu at the end of the row."""
        self._menu.addAction(action)
        action.enabledChanged.connect(lambda: self.more.setEnabled(any(a.isEnabled() for a in self._menu.actions())))
        self.more.setEnabled(action.isEnabled())

    # --- making

    def _make_buttons(self) -> None:
        self.previous = self._button("previous-frame", tr("Previous frame"), tr("Previous frame (←)"))
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.previous.setAutoRepeat(True)
        self.play = self._button("play", tr("Play"), "")
        self.play.clicked.connect(self.play_toggled)
        self.next = self._button("next-frame", tr("Next frame"), tr("Next frame (→)"))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.next.setAutoRepeat(True)
        self.loop = self._button("loop", tr("Loop"), tr("Restart at the end (L)"))
        self.loop.setCheckable(True)
        self.loop.toggled.connect(self.looping_changed)
        self.previous_seam = self._button("previous-seam", tr("Previous seam"), tr("Previous seam (↑)"))
        self.previous_seam.clicked.connect(lambda: self.seam_stepped.emit(-1))
        self.next_seam = self._button("next-seam", tr("Next seam"), tr("Next seam (↓)"))
        self.next_seam.clicked.connect(lambda: self.seam_stepped.emit(1))
        self.seam = self._button("seam", tr("Look at the seam"), tr("Look at the seam between two chunks (S)"))
        self.seam.clicked.connect(self.seam_inspected)
        self.more = self._button("more", tr("More"), tr("More actions for this file"))
        self._menu = QMenu(self.more)
        self.more.setMenu(self._menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _make_labels(self) -> None:
        self._now = self._number(tr("Time"), tr("Minutes, seconds and hundredths from the start"))
        self._total = self._number(tr("Length"), tr("Length of the video"))
        self._total.setProperty("role", "small")
        self._frame = self._number(tr("Frame"), tr("The number of the frame on screen, and of the last one"))
        self._frame.setProperty("role", "small")
        self._frame.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._silent = PlainLabel(tr("no sound"))
        self._silent.setProperty("role", "small")
        self._silent.hide()

    def _make_volume(self) -> None:
        self.mute = self._button("volume", "", "")
        self.mute.setCheckable(True)
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setRange(0, VOLUME_STEPS)
        self.volume.setPageStep(10)
        self.volume.setFixedWidth(VOLUME_WIDTH)
        self.volume.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_tooltip(self.volume, tr("Volume"))
        self.volume.setAccessibleName(tr("Volume"))
        self.mute.toggled.connect(self._emit_sound)
        self.volume.valueChanged.connect(self._emit_sound)

    def _emit_sound(self) -> None:
        if self.sender() is self.volume and self.mute.isChecked():
            self.set_muted(False)  # who turns the volume wants to hear it
        self.set_muted(self.mute.isChecked())
        self.sound_changed.emit(self.volume.value() / VOLUME_STEPS, self.mute.isChecked())

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(2)
        row.setContentsMargins(0, 0, 0, 0)
        for button in (self.previous, self.play, self.next, self.loop):
            row.addWidget(button)
        for button in (self.previous_seam, self.next_seam, self.seam):
            row.addWidget(button)
        row.addSpacing(SPACE)
        row.addWidget(self._now)
        row.addSpacing(SPACE // 2)
        row.addWidget(self._total)
        row.addStretch()
        row.addWidget(self._frame)
        row.addSpacing(SPACE)
        for widget in (self._silent, self.mute, self.volume, self.more):
            row.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        layout.setSpacing(0)
        layout.addWidget(self.filmstrip)
        layout.addWidget(self.scrubber)
        layout.addLayout(row)

    def _button(self, name: str, word: str, tip: str) -> QToolButton:
        button = _Button()
        button.setIcon(icon(name))
        button.setIconSize(ICON)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must not take the keys away from the picture
        button.setAccessibleName(word)
        set_tooltip(button, tip)
        return button

    def _number(self, name: str, tip: str) -> QLabel:
        label = PlainLabel()
        label.setFont(monospace_font())
        label.setAccessibleName(name)
        set_tooltip(label, tip)
        return label

    @guarded(QSize(MINIMUM_WIDTH, 0))
    def minimumSizeHint(self) -> QSize:
        return QSize(MINIMUM_WIDTH, super().minimumSizeHint().height())  # the row leaves things out before that

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        heard = self._silent.isHidden()
        self.mute.setVisible(heard)
        self.volume.setVisible(heard and self.volume.isEnabled() and self.width() >= FULL_WIDTH)
        wide = self.width() >= FULL_WIDTH + (SEAM_WIDTH if self._has_seams else 0)
        for button in (self.previous_seam, self.next_seam):
            button.setVisible(self._has_seams and wide)
        self.seam.setVisible(self._has_seams and self.width() >= SMALL_WIDTH)
        self._total.setVisible(wide)
        self._frame.setVisible(self.width() >= SMALL_WIDTH)
