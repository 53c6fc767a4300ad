"""The open file of the preview: the choice of its decoder, and control of playing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from helios_gui.ui.preview.backend import Backend
from helios_gui.ui.preview.fallback import FallbackPlayer
from helios_gui.ui.preview.reader_thread import Playable, ReaderThread
from helios_gui.ui.preview.seeking import Seeker
from helios_gui.ui.preview.timeline import Timeline
from helios_gui.ui.qt_runtime.deletion import delete_later

if TYPE_CHECKING:
    from helios_gui.ui.preview.media import MediaFacts

OWN_CODECS = frozenset({"av1"})
"""Codecs that QtMultimedia's software decoders lack: it would fail, noisily and late."""

OWN_CONTAINERS = frozenset({"mpegts", "image2", "footage"})
"""Containers in which QtMultimedia only finds key frames, image sequences, and chunks that are played as one."""


class Session(QObject):
    """Opens files, one at a time, and controls their playing. Frames are counted from 0.

    A file's first frame is shown as soon as possible, whether it plays or not. Looping, volume and muting
    outlive the file.
    """

    opened = Signal(object)
    """``MediaFacts``: the file is known; its first frame follows."""
    shown = Signal(int, object)
    """A frame is due on screen: its index, and a ``QImage`` or ``QVideoFrame``."""
    playing_changed = Signal(bool)
    silenced = Signal()
    """The file has sound, but what shows it cannot play that."""
    failed = Signal(str)
    """Words: the file cannot be shown; it has been closed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.timeline = Timeline()
        self.current = 0
        self._looping = False
        self._sound = (1.0, False)
        self._playing = False
        self._resume = False
        self._playable = Playable()
        self._waits_for_more = False
        self._reader: ReaderThread | None = None
        self._backend: Backend | None = None
        self._seeker = Seeker(self)
        self._seeker.shown.connect(self._show)
        self._seeker.seek_now.connect(self._seek_backend)

    # --- the file

    def open(self, playable: Playable, *, autoplay: bool) -> None:
        """Begin to open what is to be played: ``opened`` or ``failed`` follows."""
        self.close()
        self._playable = playable
        self._set_playing(autoplay)
        self._open_reader().opened.connect(self._choose_backend)

    def close(self) -> None:
        """Let go of the file: when this returns it may be overwritten."""
        self._seeker.clear()
        self._set_playing(False)
        self._resume = self._waits_for_more = False
        self.current = 0
        self.timeline = Timeline()
        self._close_decoders()

    def go_on(self) -> None:
        """Play on, as more of the footage is there, if playing had come to the end of what there was."""
        footage = self._playable.footage
        if self._waits_for_more and footage is not None and footage.last > self.current:
            self.seek(self.current + 1)
            self.play()

    @property
    def position(self) -> int:
        """The frame on screen, or the one that seeks under way will end at."""
        wanted = self._seeker.wanted
        return self.current if wanted is None else wanted

    def nearest(self, index: int) -> int:
        """Return the frame that stands for another: itself, if there is such a one."""
        index = max(0, min(index, self.timeline.last))
        footage = self._playable.footage
        return index if footage is None else footage.nearest(index)

    @property
    def is_ready(self) -> bool:
        """Whether there is something to play."""
        return self._backend is not None

    # --- controls

    @property
    def is_playing(self) -> bool:
        """Whether the file plays, or will as soon as it is open."""
        return self._playing

    def play(self) -> None:
        """Go on from here; from the first frame when the last one is showing."""
        self._waits_for_more = False
        if self._backend is None:
            return
        footage = self._playable.footage
        if self.position >= (self.timeline.last if footage is None else footage.last):
            self.seek(0)
        self._set_playing(True)
        self._backend.play()

    def pause(self) -> None:
        """Stay on the current frame."""
        self._waits_for_more = False
        if self._backend is not None and self._playing:
            self._set_playing(False)
            self._backend.pause()

    def toggle(self) -> None:
        """Play when paused and the other way round."""
        if self._playing:
            self.pause()
        else:
            self.play()

    def seek(self, index: int) -> None:
        """Go to that frame, or the nearest there is."""
        index = self.nearest(index)
        if self._backend is not None and (self._playing or index != self.position):
            self._seeker.request(index)

    def step(self, frames: int) -> None:
        """Pause, and go that many frames on (or back): from where the seeks under way will end."""
        self.pause()
        self.seek(self.position + frames)

    def begin_scrub(self) -> None:
        """Pause until ``end_scrub``."""
        self._resume = self._playing
        self.pause()

    def end_scrub(self) -> None:
        """Play on if it played before ``begin_scrub``."""
        if self._resume:
            self._resume = False
            self.play()

    def set_looping(self, looping: bool) -> None:
        """Start over at the end, or stay on the last frame."""
        self._looping = looping
        if self._backend is not None:
            self._backend.set_looping(looping)

    def set_sound(self, volume: float, muted: bool) -> None:
        """Set a volume of 0 to 1, as the ear measures it."""
        self._sound = (volume, muted)
        if self._backend is not None:
            self._backend.set_volume(volume, muted)

    # --- decoders

    def _choose_backend(self, facts: MediaFacts) -> None:
        self.timeline = facts.timeline
        self.opened.emit(facts)
        if _needs_own_decoder(facts) or not self._use_multimedia():
            self._use_own_decoder(facts)

    def _use_multimedia(self) -> bool:
        from helios_gui.ui.preview.multimedia import load_multimedia

        try:
            load_multimedia()
        except ImportError:  # a system library is missing: pictures without sound are better than none
            return False
        from helios_gui.ui.preview.player import QtPlayer

        self._close_decoders()
        player = QtPlayer(self._playable.path, self.timeline, self)
        player.failed.connect(self._fall_back, Qt.ConnectionType.QueuedConnection)  # not inside the player's own call
        self._start(player)
        return True

    def _fall_back(self) -> None:
        if self.sender() is self._backend:
            self._seeker.clear()
            self._close_decoders()
            self._open_reader().opened.connect(self._use_own_decoder)

    def _use_own_decoder(self, facts: MediaFacts) -> None:
        assert self._reader is not None
        self._reader.failed.disconnect(self._fail)
        player = FallbackPlayer(self._reader, facts.timeline, self)
        self._reader = None
        player.failed.connect(self._fail)
        if facts.has_audio:
            self.silenced.emit()
        self._start(player)

    def _start(self, backend: Backend) -> None:
        self._backend = backend
        backend.shown.connect(self._receive)
        backend.ended.connect(self._end)
        backend.set_looping(self._looping)
        backend.set_volume(*self._sound)
        if self._playing:
            backend.play()

    def _open_reader(self) -> ReaderThread:
        self._reader = ReaderThread(self)
        self._reader.failed.connect(self._fail)
        self._reader.start(self._playable)
        return self._reader

    def _close_decoders(self) -> None:
        for decoder in (self._reader, self._backend):
            if decoder is not None:
                decoder.close()
                delete_later(decoder)
        self._reader = None
        self._backend = None

    def _fail(self, words: str) -> None:
        self.close()
        self.failed.emit(words)

    # --- frames

    def _receive(self, index: int, picture: object) -> None:
        self._seeker.receive(index, picture, self._playing)

    def _show(self, index: int, picture: object) -> None:
        self.current = index
        self.shown.emit(index, picture)

    def _seek_backend(self, index: int) -> None:
        if self._backend is not None:
            self._backend.seek(index)

    def _end(self) -> None:
        if not self._playing:  # a seek met the end: the file is shorter than it says
            self._seeker.give_up()
            return
        self._set_playing(False)
        if self._playable.footage is not None:
            self._waits_for_more = self.current < self.timeline.last
        elif self.current != self.timeline.last:  # it was late, and left out
            self._seeker.request(self.timeline.last)

    def _set_playing(self, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            self.playing_changed.emit(playing)


def _needs_own_decoder(facts: MediaFacts) -> bool:
    """Return whether QtMultimedia is known to show the file wrongly or not at all (it drops alpha, for one)."""
    unfit = facts.codec in OWN_CODECS or facts.container in OWN_CONTAINERS
    return unfit or facts.has_alpha or facts.ends_early
