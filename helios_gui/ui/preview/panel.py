"""The preview: plays the finished video, and before that what is there of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.ui.preview.file_actions import FileActions, file_problem
from helios_gui.ui.preview.footage import Footage
from helios_gui.ui.preview.placeholder import PreviewPlaceholder
from helios_gui.ui.preview.reader_thread import Playable
from helios_gui.ui.preview.return_place import ReturnPlace
from helios_gui.ui.preview.session import Session
from helios_gui.ui.preview.surface import Surface
from helios_gui.ui.preview.transport import Transport
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.seams.seams import Seams
from helios_gui.ui.widgets.keyboard_frame import KeyboardFrame
from helios_gui.ui.widgets.tooltips import set_tooltip

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QVideoFrame

    from helios_gui.ui.preview.media import MediaFacts
    from helios_gui.ui.seams.inspector import SeamInspector

_ROOM_FOR_STRIP = 260
"""Pixels of height; a lower preview has no filmstrip, so that the picture keeps its room."""


@guarded()
class PreviewPanel(QWidget):
    """Shows one video file at a time, with sound where QtMultimedia can play it. Frames are counted from 0.

    Call ``release()`` before the file is overwritten, and before the panel goes away.
    """

    frame_shown = Signal(int)
    """The index of the frame now on screen."""
    render_requested = Signal(list)
    """The ids of chunks that shall be rendered again, because a seam between them is to be seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._volume = 1.0
        self._muted = False
        self._looping = False
        self._footage: Footage | None = None
        self._playable = Playable()
        self._seams = Seams()
        self._inspector: SeamInspector | None = None
        self._place = ReturnPlace()
        self._session = Session(self)
        self._surface = Surface()
        self._placeholder = PreviewPlaceholder()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._placeholder)
        self._pages.addWidget(self._surface)
        self._transport = Transport()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._transport)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Preview"))
        set_tooltip(self._surface, tr("Click to play or pause"))
        self._actions = FileActions(self)
        for action in (self._actions.open_action, self._actions.folder_action):
            self._transport.add_menu_action(action)
        self._open_button = QPushButton(self._actions.open_action.icon(), self._actions.open_action.text())
        set_tooltip(self._open_button, self._actions.open_action.toolTip())
        self._open_button.clicked.connect(self._actions.open_action.trigger)
        self._placeholder.add_button(self._open_button)
        KeyboardFrame(self, self._pages)
        self._keys = self._make_keys()
        self._connect()
        self._set_sound(self._volume, self._muted)
        self._show_empty()

    # --- the file

    @property
    def path(self) -> Path | None:
        """The file shown last, released or not; ``None`` before the first."""
        return self._path

    @property
    def current_frame(self) -> int:
        """The index of the frame on screen."""
        return self._session.current

    @property
    def frame_count(self) -> int:
        """How many frames the open file has; 0 while none is open."""
        return self._session.timeline.frames if self._session.is_ready else 0

    @property
    def is_playing(self) -> bool:
        """Whether the file plays, or will as soon as it is open."""
        return self._session.is_playing

    def open(
        self,
        path: Path,
        *,
        rate: Fraction | None = None,
        frames: int | None = None,
        autoplay: bool = True,
        numbers: Sequence[int] | None = None,
        seams: Seams | None = None,
    ) -> None:
        """Show a file, and play it unless ``autoplay`` is off (its first frame stands then).

        ``rate`` (frames per second) and ``frames`` are used where the file itself does not say. A file that
        cannot be shown is explained in the picture's place; nothing is raised. ``path`` may be the pattern of an image
        sequence, of which the frames of these ``numbers`` are shown, by default all that are there. ``seams`` are the
        places where its chunks meet.
        """
        self._change_to(path, seams)
        self._actions.set_path(path)
        problem = file_problem(path)
        if problem:
            self._show_error(problem)
        else:
            self._open(Playable(path, rate, frames, numbers), autoplay=autoplay)

    def open_footage(self, footage: Footage, *, name: Path, seams: Seams | None = None) -> None:
        """Show what is there of a video that is being rendered, from its first frame; ``name`` is the video's path.

        Tell ``footage_grew`` when chunks were added.
        """
        self._change_to(name, seams)
        self._actions.set_path(None)
        self._footage = footage
        self._open(Playable(name, footage=footage), autoplay=False)

    def _change_to(self, path: Path, seams: Seams | None) -> None:
        """Let go of the file; another version of the same video is gone on with at the frame that was on screen."""
        self.release()
        if path != self._path:
            self._place.forget()
        self._seams = seams or Seams()
        self._path = path

    def _open(self, playable: Playable, *, autoplay: bool) -> None:
        self._playable = playable
        if self._path is not None:  # in place of what was said of an earlier file, until there is a picture
            self._placeholder.show_message("film", tr("Opening {name} …", name=self._path.name), "")
            self._open_button.hide()
        self._session.open(playable, autoplay=autoplay)

    def footage_grew(self) -> None:
        """Show that there is more to play, and play on where playing had to stop for it."""
        if self._footage is not None:
            self._transport.set_ranges(self._footage.ranges())
            self._transport.filmstrip.grew()
            self._session.go_on()

    def release(self) -> None:
        """Let go of the file: when this returns it may be overwritten. The last picture stays, dimmed."""
        if self._inspector is not None:
            self._inspector.close()
        self._surface.dim()
        self._footage = None
        if self._session.is_ready:
            self._place.leave(self._session.position)
        self._session.close()
        self._transport.filmstrip.close_file()
        self._transport.set_ready(False)
        self._transport.set_silence("")

    def clear(self) -> None:
        """Release the file and forget it: the empty preview."""
        self.release()
        self._path = None
        self._place.forget()
        self._actions.set_path(None)
        self._show_empty()

    def image(self) -> QImage:
        """Return the picture on screen in its original size; a null image if there is none."""
        return self._surface.image()

    # --- playing

    def play(self) -> None:
        """Play from here, or from the beginning when the last frame is on screen."""
        self._session.play()

    def pause(self) -> None:
        """Stay on the current frame."""
        self._session.pause()

    def seek(self, frame: int) -> None:
        """Go to exactly that frame (the nearest there is)."""
        self._session.seek(frame)

    def step(self, frames: int) -> None:
        """Pause and go that many frames on, or back."""
        self._session.step(frames)

    @property
    def looping(self) -> bool:
        """Whether playing starts over at the end."""
        return self._looping

    @looping.setter
    def looping(self, looping: bool) -> None:
        self._set_looping(looping)

    @property
    def volume(self) -> float:
        """0 to 1, as the ear measures it."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._set_sound(max(0.0, min(1.0, volume)), self._muted)

    @property
    def muted(self) -> bool:
        """Whether the sound is off."""
        return self._muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._set_sound(self._volume, muted)

    def _set_looping(self, looping: bool) -> None:
        self._looping = looping
        self._transport.set_looping(looping)
        self._session.set_looping(looping)

    def _set_sound(self, volume: float, muted: bool) -> None:
        self._volume, self._muted = volume, muted
        self._transport.set_volume(volume)
        self._transport.set_muted(muted)
        self._session.set_sound(volume, muted)

    # --- seams

    def step_seam(self, step: int) -> None:
        """Go to the next seam between chunks (1), or to the one before (-1)."""
        if self._has_seams:
            now = self._session.position  # keys may come faster than seeks
            seam = self._seams.next(now) if step > 0 else self._seams.previous(now)
            if seam is not None:
                self._session.pause()
                self._session.seek(seam.frame)

    def inspect_seam(self) -> None:
        """Open the seam inspector at the seam that is nearest to the frame on screen."""
        seam = self._seams.nearest(self._session.position) if self._has_seams else None
        if seam is None or self._inspector is not None:
            return
        from helios_gui.ui.seams.inspector import SeamInspector

        self._session.pause()
        self._session.seek(seam.frame)
        self._inspector = SeamInspector(self._playable, self._seams, seam, self.window())
        self._inspector.seam_shown.connect(self._session.seek)
        self._inspector.render_requested.connect(self.render_requested)
        self._inspector.finished.connect(self._forget_inspector)
        self._inspector.show()

    def _forget_inspector(self) -> None:
        self._inspector = None

    @property
    def _has_seams(self) -> bool:
        return len(self._seams) > 0 and self._shows_chunks

    @property
    def _shows_chunks(self) -> bool:
        """Whether the frames on show are those of the chunks: a merge command may have made others of them."""
        return self._session.timeline.frames == self._seams.total

    # --- keys

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._transport.filmstrip.setVisible(self.height() >= _ROOM_FOR_STRIP)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._act_on(event, do=True):
            super().keyPressEvent(event)

    @guarded(False)
    def event(self, event: QEvent) -> bool:
        # The preview's keys are its own while it has the focus, whatever shortcuts the window has.
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._act_on(event):
            event.accept()
            return True
        return super().event(event)

    def _act_on(self, event: QKeyEvent, *, do: bool = False) -> bool:
        """Return whether the key is one of ours, and ``do`` what it stands for."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
        action = self._keys.get(event.key()) if plain else None
        if action is not None and do:
            action()
        return action is not None

    # --- making

    def _connect(self) -> None:
        session, transport = self._session, self._transport
        session.opened.connect(self._show_opened)
        session.shown.connect(self._show_picture)
        session.playing_changed.connect(transport.set_playing)
        session.playing_changed.connect(self._surface.set_moving)
        session.silenced.connect(self._show_silence)
        session.failed.connect(self._show_error)
        transport.play_toggled.connect(session.toggle)
        transport.stepped.connect(session.step)
        transport.sought.connect(session.seek)
        transport.seam_stepped.connect(self.step_seam)
        transport.seam_inspected.connect(self.inspect_seam)
        transport.scrub_begun.connect(session.begin_scrub)
        transport.scrub_ended.connect(session.end_scrub)
        transport.looping_changed.connect(self._set_looping)
        transport.sound_changed.connect(self._set_sound)
        self._surface.clicked.connect(session.toggle)

    def _make_keys(self) -> dict[int, Callable[[], None]]:
        key, session = Qt.Key, self._session
        return {
            key.Key_Space: session.toggle,
            key.Key_K: session.toggle,
            key.Key_Left: lambda: session.step(-1),
            key.Key_Right: lambda: session.step(1),
            key.Key_PageUp: lambda: session.step(-round(session.timeline.rate)),
            key.Key_PageDown: lambda: session.step(round(session.timeline.rate)),
            key.Key_Home: lambda: session.seek(0),
            key.Key_End: lambda: session.step(session.timeline.frames),
            key.Key_Up: lambda: self.step_seam(-1),
            key.Key_Down: lambda: self.step_seam(1),
            key.Key_S: self.inspect_seam,
            key.Key_L: lambda: self._set_looping(not self._looping),
            key.Key_M: lambda: self._set_sound(self._volume, not self._muted),
        }

    # --- states

    def _show_empty(self) -> None:
        title = tr("Nothing to play yet")
        self._show_placeholder("film", title, tr("The finished video opens here by itself."), can_open=False)

    def _show_error(self, words: str) -> None:
        name = self._path.name if self._path else ""
        title = tr("{name} cannot be shown", name=name)
        self._show_placeholder("warning", title, words, can_open=self._actions.open_action.isEnabled())

    def _show_placeholder(self, sign: str, title: str, words: str, *, can_open: bool) -> None:
        self._surface.clear()
        self._transport.filmstrip.clear()
        self._transport.clear()
        self._placeholder.show_message(sign, title, words)
        self._open_button.setVisible(can_open)
        self._pages.setCurrentWidget(self._placeholder)

    def _show_opened(self, facts: MediaFacts) -> None:
        self._transport.set_timeline(facts.timeline)
        if self._shows_chunks:
            self._transport.set_numbers(self._seams.number)
        self._transport.set_ranges([] if self._footage is None else self._footage.ranges())
        self._transport.show_frame(0)
        self._transport.filmstrip.open(self._playable)
        self._transport.set_ready(True)
        self._transport.set_seams(self._seams.frames if self._has_seams else ())
        if self._footage is not None:
            self._transport.set_silence(tr("Sound plays once the video is done."), is_for_now=True)
        elif not facts.has_audio:
            self._transport.set_silence(tr("This video has no sound."))

    def _show_picture(self, index: int, picture: QImage | QVideoFrame) -> None:
        self._surface.show_picture(picture)
        self._pages.setCurrentWidget(self._surface)
        self._transport.show_frame(index)
        self.frame_shown.emit(index)
        place = self._place.come_back(self._session.nearest)
        if place is not None and not (self.is_playing and place == self._session.timeline.last):
            self._session.seek(place)

    def _show_silence(self) -> None:
        if self._footage is not None:
            return  # of which it was said that sound comes later
        words = tr("This format is played by the built-in decoder, without sound. Open it externally to hear it.")
        self._transport.set_silence(words)
