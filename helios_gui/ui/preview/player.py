"""Plays files with QtMultimedia: hardware decoding where there is any, and sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl

from helios_gui.translation import tr
from helios_gui.ui.preview.backend import Backend
from helios_gui.ui.preview.timeline import Timeline

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QMediaPlayer, QVideoFrame

FIRST_FRAME_SECONDS = 5
"""QtMultimedia fails silently on what it cannot decode: no frame for this long is a failure."""


class QtPlayer(Backend):
    """A ``QMediaPlayer`` whose frames arrive in a ``QVideoSink``, addressed by frame number.

    Import ``PySide6.QtMultimedia`` through ``load_multimedia`` before making one.
    """

    def __init__(self, path: Path, timeline: Timeline, parent: QObject | None = None) -> None:
        super().__init__(parent)
        from PySide6.QtMultimedia import QMediaDevices, QMediaPlayer, QVideoSink

        self._timeline = timeline
        self._origin: float | None = None
        self._looping = False
        self._wants_to_play = False
        self._name = path.name
        self._stopped = QMediaPlayer.PlaybackState.StoppedState
        self._end = QMediaPlayer.MediaStatus.EndOfMedia
        self._player = QMediaPlayer(self)
        self._sink = QVideoSink(self)
        self._devices = QMediaDevices(self)
        self._sound: tuple[float, bool] = (1.0, False)
        self._player.setVideoSink(self._sink)
        self._sink.videoFrameChanged.connect(self._receive)
        self._player.mediaStatusChanged.connect(self._follow_status)
        self._player.errorOccurred.connect(self._fail)
        self._devices.audioOutputsChanged.connect(self._attach_sound)
        self._first_frame_timer = QTimer(self, singleShot=True, interval=FIRST_FRAME_SECONDS * 1000)
        self._first_frame_timer.timeout.connect(self._fail_without_frame)
        self._attach_sound()
        self._first_frame_timer.start()
        self._player.setSource(QUrl.fromLocalFile(str(path)))
        self._player.pause()

    def play(self) -> None:
        self._wants_to_play = True
        self._player.play()

    def pause(self) -> None:
        self._wants_to_play = False
        self._player.pause()

    def seek(self, index: int) -> None:
        was_stopped = self._player.playbackState() == self._stopped
        milliseconds = int((self._timeline.middle(index) + (self._origin or 0.0)) * 1000)
        self._player.setPosition(min(milliseconds, max(0, self._player.duration() - 1)))
        if was_stopped:  # after the end; the position must come first, or the first frame flashes up
            self._player.pause()

    def set_looping(self, looping: bool) -> None:
        self._looping = looping
        self._player.setLoops(-1 if looping else 1)  # QMediaPlayer.Loops.Infinite is -1

    def set_volume(self, volume: float, muted: bool) -> None:
        self._sound = (volume, muted)
        output = self._player.audioOutput()
        if output is not None:
            output.setVolume(volume**3)  # amplitude; the ear hears its cube root, near enough
            output.setMuted(muted)

    def close(self) -> None:
        self._first_frame_timer.stop()
        self._sink.blockSignals(True)
        self._player.blockSignals(True)
        self._player.setSource(QUrl())

    def _attach_sound(self) -> None:
        """Use the computer's default sound device; without one there is no output (making one would complain)."""
        from PySide6.QtMultimedia import QAudioOutput

        device = self._devices.defaultAudioOutput()
        output = self._player.audioOutput()
        if device.isNull():
            return
        if output is None:
            output = QAudioOutput(device, self)
            self._player.setAudioOutput(output)
        else:
            output.setDevice(device)
        self.set_volume(*self._sound)

    def _receive(self, frame: QVideoFrame) -> None:
        if not frame.isValid():  # the end, or an emptied sink: the last picture stays
            return
        start = frame.startTime() / 1e6
        if self._origin is None:  # files need not start at 0
            self._origin = start
            self._first_frame_timer.stop()
        self.shown.emit(self._timeline.nearest(start - self._origin), frame)

    def _follow_status(self, status: QMediaPlayer.MediaStatus) -> None:
        if status != self._end:
            return
        if self._origin is None:
            self._fail_without_frame()
        elif self._looping and self._wants_to_play:  # setLoops came when the file's end was read already
            self._player.play()
        else:
            self.ended.emit()

    def _fail_without_frame(self) -> None:
        self._fail(None, tr("No frame of {name} could be decoded.", name=self._name))

    def _fail(self, error: object, words: str) -> None:
        self._first_frame_timer.stop()
        self.failed.emit(words)
