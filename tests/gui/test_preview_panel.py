"""The preview as people meet it: every claim about a frame is read from the pixels of the picture on screen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QShortcut
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.ui.preview import session
from helios_gui.ui.preview.panel import PreviewPanel
from helios_gui.ui.preview.surface import CHECKER, SURROUND, Surface
from helios_gui.ui.preview.transport import Transport
from tests.gui.preview_media import FRAMES, RECIPES, Stalls, frame_number, make_media, open_files, wait_for_frame
from tests.support.waiting import eventually

LEFT = Qt.MouseButton.LeftButton
LAST = FRAMES - 1


# --- showing frames


def test_neither_qtmultimedia_nor_pyav_is_loaded_before_the_first_file() -> None:
    code = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([])\n"
        "from helios_gui.ui.preview.panel import PreviewPanel; PreviewPanel()\n"
        "print([name for name in ('av', 'PySide6.QtMultimedia') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", RECIPES)
def test_the_first_frame_stands_when_not_told_to_play(paused: Callable[[str], PreviewPanel], name: str) -> None:
    panel = paused(name)
    assert panel.current_frame == 0
    assert not panel.is_playing


@pytest.mark.parametrize("name", RECIPES)
def test_seeking_and_stepping_land_exactly(paused: Callable[[str], PreviewPanel], qtbot: QtBot, name: str) -> None:
    panel = paused(name)
    for index in (30, 29, LAST, 12, 0, 25):
        panel.seek(index)
        wait_for_frame(qtbot, panel, index)
    for key, index in ((Qt.Key.Key_Right, 26), (Qt.Key.Key_Left, 25), (Qt.Key.Key_Left, 24)):
        qtbot.keyClick(panel, key)
        wait_for_frame(qtbot, panel, index)


@pytest.mark.parametrize("name", ["h264.mp4", "prores.mov"])
def test_playing_shows_the_frames_in_order_and_stays_on_the_last(
    panel: PreviewPanel, media: Path, qtbot: QtBot, name: str
) -> None:
    shown: list[tuple[int, int]] = []
    panel.frame_shown.connect(lambda index: shown.append((index, frame_number(panel.image()))))
    path = make_media(media, name)
    with Stalls() as stalls:
        panel.open(path)
        qtbot.waitUntil(lambda: len(shown) > 1 and not panel.is_playing)
        wait_for_frame(qtbot, panel, LAST)
    assert all(index == number for index, number in shown)
    assert shown == sorted(shown)
    left_out = round(24 * stalls.seconds)
    assert len(set(shown)) > (FRAMES - left_out) // 2  # a busy computer may leave some more out

    qtbot.keyClick(panel, Qt.Key.Key_Left)  # the file is still there to step in
    wait_for_frame(qtbot, panel, LAST - 1)
    qtbot.keyClick(panel, Qt.Key.Key_End)
    wait_for_frame(qtbot, panel, LAST)
    shown.clear()
    qtbot.keyClick(panel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(shown) > 3)
    assert shown[0] == (0, 0)


@pytest.mark.parametrize("name", ["mute.mp4", "av1.mp4"])
def test_looping_starts_over(paused: Callable[[str], PreviewPanel], qtbot: QtBot, name: str) -> None:
    panel = paused(name)
    panel.seek(LAST - 5)
    wait_for_frame(qtbot, panel, LAST - 5)
    qtbot.keyClick(panel, Qt.Key.Key_L)
    assert panel.looping
    shown: list[int] = []
    panel.frame_shown.connect(shown.append)
    panel.play()
    qtbot.waitUntil(lambda: any(later < earlier for earlier, later in pairwise(shown)))
    assert panel.is_playing
    panel.looping = False
    qtbot.waitUntil(lambda: not panel.is_playing)
    wait_for_frame(qtbot, panel, LAST)


def test_what_qtmultimedia_cannot_show_is_decoded_all_the_same(
    panel: PreviewPanel, media: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "OWN_CODECS", frozenset())  # so that QtMultimedia gets it, and fails
    panel.open(make_media(media, "av1.mp4"), autoplay=False)
    qtbot.waitUntil(lambda: frame_number(panel.image()) == 0)
    panel.seek(17)
    wait_for_frame(qtbot, panel, 17)
    assert panel.findChild(Transport)._silent.isVisible()


def test_the_newest_of_several_files_opened_in_a_row_is_shown(panel: PreviewPanel, media: Path, qtbot: QtBot) -> None:
    names = ("h264.mp4", "av1.mp4", "prores.mov", "mute.mp4")
    for path in [make_media(media, name) for name in names]:
        panel.open(path, autoplay=False)
    qtbot.waitUntil(lambda: panel.frame_count == FRAMES and frame_number(panel.image()) == 0)
    assert panel.path is not None
    assert panel.path.name == "mute.mp4"
    assert open_files() & set(names) == {"mute.mp4"}


async def test_plays_on_the_loop_of_the_window(qapp: QApplication, media: Path) -> None:
    panel = PreviewPanel()
    panel.show()
    for name in ("h264.mp4", "prores.mov"):
        panel.open(make_media(media, name))
        await eventually(lambda panel=panel: panel.current_frame >= 5)
        assert frame_number(panel.image()) == panel.current_frame
    panel.release()
    panel.close()
    panel.deleteLater()


# --- controls


def test_keys(paused: Callable[[str], PreviewPanel], qtbot: QtBot) -> None:
    panel = paused("mute.mp4")
    panel.looping = True  # however long the computer stands still, it does not come to the end
    for key in (Qt.Key.Key_Space, Qt.Key.Key_K):
        qtbot.keyClick(panel, key)
        assert panel.is_playing
        qtbot.keyClick(panel, key)
        assert not panel.is_playing
    for key, index in ((Qt.Key.Key_End, LAST), (Qt.Key.Key_PageUp, LAST - 24), (Qt.Key.Key_Home, 0)):
        qtbot.keyClick(panel, key)
        wait_for_frame(qtbot, panel, index)
    qtbot.keyClick(panel, Qt.Key.Key_M)
    assert panel.muted


def test_keys_pressed_quickly_all_count(paused: Callable[[str], PreviewPanel], qtbot: QtBot) -> None:
    panel = paused("long-gop.mp4")
    for _ in range(9):
        qtbot.keyClick(panel, Qt.Key.Key_Right)
    wait_for_frame(qtbot, panel, 9)


def test_keys_work_from_the_buttons_and_before_the_shortcuts_of_the_window(media: Path, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    panel = PreviewPanel()
    QVBoxLayout(window).addWidget(panel)
    stolen: list[str] = []
    for key in ("Right", "End"):
        QShortcut(key, window, activated=lambda key=key: stolen.append(key))
    window.show()
    qtbot.waitActive(window)
    panel.open(make_media(media, "mute.mp4"), autoplay=False)
    qtbot.waitUntil(lambda: frame_number(panel.image()) == 0)
    transport = panel.findChild(Transport)
    for widget, index in ((panel, 1), (transport.loop, 2), (transport.scrubber, 3)):
        widget.setFocus()
        qtbot.keyClick(widget, Qt.Key.Key_Right)
        wait_for_frame(qtbot, panel, index)
    assert stolen == []
    panel.release()


def test_buttons(paused: Callable[[str], PreviewPanel], qtbot: QtBot) -> None:
    panel = paused("mute.mp4")
    transport = panel.findChild(Transport)
    qtbot.mouseClick(transport.next, LEFT)
    wait_for_frame(qtbot, panel, 1)
    qtbot.mouseClick(transport.previous, LEFT)
    wait_for_frame(qtbot, panel, 0)
    qtbot.mouseClick(transport.loop, LEFT)
    assert panel.looping
    qtbot.mouseClick(transport.play, LEFT)
    assert panel.is_playing
    qtbot.mouseClick(panel.findChild(Surface), LEFT)
    assert not panel.is_playing


def test_a_click_on_the_scrubber_jumps_and_dragging_scrubs(paused: Callable[[str], PreviewPanel], qtbot: QtBot) -> None:
    panel = paused("long-gop.mp4")
    scrubber = panel.findChild(Transport).scrubber
    middle = scrubber.height() // 2
    qtbot.mouseClick(scrubber, LEFT, pos=QPoint(scrubber.width() // 2, middle))
    qtbot.waitUntil(lambda: panel.current_frame in (LAST // 2, LAST // 2 + 1))
    assert frame_number(panel.image()) == panel.current_frame

    panel.looping = True  # however long the computer stands still, it does not come to the end
    panel.play()
    qtbot.mousePress(scrubber, LEFT, pos=QPoint(scrubber.width() // 2, middle))
    assert not panel.is_playing
    for x in range(scrubber.width() // 2, 0, -20):
        qtbot.mouseMove(scrubber, QPoint(x, middle))
    qtbot.mouseMove(scrubber, QPoint(0, middle))
    wait_for_frame(qtbot, panel, 0)
    qtbot.mouseRelease(scrubber, LEFT, pos=QPoint(0, middle))
    assert panel.is_playing  # as before the hand came


def test_numbers(paused: Callable[[str], PreviewPanel], qtbot: QtBot) -> None:
    panel = paused("mute.mp4")
    panel.seek(36)
    wait_for_frame(qtbot, panel, 36)
    transport = panel.findChild(Transport)
    assert transport._now.text() == "00:01.50"
    assert transport._total.text() == "/ 00:02.00"
    assert transport._frame.text() == "frame 36 / 47"
    assert transport.scrubber.value() == 36


def test_volume_and_muting_are_remembered_from_file_to_file(paused: Callable[[str], PreviewPanel]) -> None:
    panel = paused("h264.mp4")
    transport = panel.findChild(Transport)
    transport.volume.setValue(40)
    assert (panel.volume, panel.muted) == (0.4, False)
    transport.mute.click()
    assert (panel.volume, panel.muted) == (0.4, True)
    paused("h264.mp4")
    assert (panel.volume, panel.muted) == (0.4, True)
    transport.volume.setValue(50)  # who turns the volume wants to hear it
    assert (panel.volume, panel.muted) == (0.5, False)
    panel.volume = 7
    assert transport.volume.value() == 100


def test_silence_is_explained(paused: Callable[[str], PreviewPanel]) -> None:
    def why() -> str:
        label = panel.findChild(Transport)._silent
        return label.toolTip() if label.isVisible() else ""

    panel = paused("h264.mp4")
    assert why() == ""
    paused("mute.mp4")
    assert why() == "This video has no sound."
    paused("prores.mov")
    assert "without sound" in why()


def test_a_narrow_panel_leaves_out_what_matters_least(paused: Callable[[str], PreviewPanel], qtbot: QtBot) -> None:
    panel = paused("h264.mp4")
    transport = panel.findChild(Transport)
    for width, volume, frame in ((640, True, True), (420, False, True), (300, False, False)):
        panel.resize(width, 300)
        qtbot.waitUntil(lambda width=width: transport.width() == width)
        assert (transport.volume.isVisible(), transport._frame.isVisible()) == (volume, frame)
        assert transport.more.geometry().right() < width


@pytest.mark.usefixtures("screen_reader")
def test_everything_has_a_name_and_a_tip(panel: PreviewPanel) -> None:
    controls = [*panel.findChildren(QToolButton), *panel.findChildren(QPushButton)]
    transport = panel.findChild(Transport)
    for widget in (*controls, transport.scrubber, transport.volume):
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface.text(QAccessible.Text.Name), widget
    assert all(button.toolTip() for button in controls)
    assert all(button.focusPolicy() & Qt.FocusPolicy.TabFocus for button in controls)


# --- the picture


def test_alpha_lies_over_a_checkerboard(paused: Callable[[str], PreviewPanel]) -> None:
    surface = paused("prores.mov").findChild(Surface)
    picture = surface.grab().toImage()
    lower = {picture.pixelColor(x, picture.height() - 40).name() for x in range(100, 200)}
    assert lower == {colour.name() for colour in CHECKER}
    assert picture.pixelColor(100, picture.height() // 4).name() not in lower


def test_the_picture_is_letterboxed(paused: Callable[[str], PreviewPanel]) -> None:
    panel = paused("mute.mp4")
    panel.resize(400, 700)
    picture = panel.findChild(Surface).grab().toImage()
    assert picture.pixelColor(200, 5) == SURROUND
    assert picture.pixelColor(200, picture.height() - 5) == SURROUND
    assert picture.pixelColor(5, picture.height() // 2) != SURROUND
