"""The preview as people meet it: every claim about a frame is read from the pixels of the picture on screen."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from threading import enumerate as running_threads

import psutil
import pytest
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QAccessible, QDesktopServices, QShortcut
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.ui.preview import session
from helios_gui.ui.preview.panel import PreviewPanel
from helios_gui.ui.preview.surface import CHECKER, SURROUND, Surface
from helios_gui.ui.preview.transport import Transport
from tests.gui.preview_media import AUDIO_ONLY, FRAMES, RECIPES, frame_number, make_media

LEFT = Qt.MouseButton.LeftButton
LAST = FRAMES - 1
Open = Callable[..., PreviewPanel]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[PreviewPanel]:
    panel = PreviewPanel()
    qtbot.addWidget(panel)
    panel.resize(640, 420)
    panel.show()
    yield panel
    panel.release()


@pytest.fixture
def paused(panel: PreviewPanel, folder: Path, qtbot: QtBot) -> Callable[[str], PreviewPanel]:
    """Opens a file by name, without playing it, and waits for its first frame."""

    def show(name: str) -> PreviewPanel:
        panel.open(make_media(folder, name), autoplay=False)
        qtbot.waitUntil(lambda: panel.frame_count == FRAMES and frame_number(panel.image()) == 0, timeout=20_000)
        return panel

    return show


def wait_for_frame(qtbot: QtBot, panel: PreviewPanel, index: int) -> None:
    """Until the picture on screen is that frame, and the panel says so."""

    def arrived() -> None:
        assert (panel.current_frame, frame_number(panel.image())) == (index, index)

    qtbot.waitUntil(arrived, timeout=20_000)


def open_files() -> set[str]:
    return {Path(file.path).name for file in psutil.Process().open_files()}


def notice(panel: PreviewPanel) -> str:
    """The words in the picture's place."""
    page = panel._pages.currentWidget()
    return "" if page is panel._surface else f"{page.accessibleName()}: {page.accessibleDescription()}"


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
    panel: PreviewPanel, folder: Path, qtbot: QtBot, name: str
) -> None:
    shown: list[tuple[int, int]] = []
    panel.frame_shown.connect(lambda index: shown.append((index, frame_number(panel.image()))))
    panel.open(make_media(folder, name))
    qtbot.waitUntil(lambda: len(shown) > 1 and not panel.is_playing, timeout=20_000)
    wait_for_frame(qtbot, panel, LAST)
    assert all(index == number for index, number in shown)
    assert shown == sorted(shown)
    assert len(set(shown)) > FRAMES // 2  # a busy computer may leave some out

    qtbot.keyClick(panel, Qt.Key.Key_Left)  # the file is still there to step in
    wait_for_frame(qtbot, panel, LAST - 1)
    qtbot.keyClick(panel, Qt.Key.Key_End)
    wait_for_frame(qtbot, panel, LAST)
    shown.clear()
    qtbot.keyClick(panel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(shown) > 3, timeout=20_000)
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
    qtbot.waitUntil(lambda: not panel.is_playing, timeout=20_000)
    wait_for_frame(qtbot, panel, LAST)


def test_what_qtmultimedia_cannot_show_is_decoded_all_the_same(
    panel: PreviewPanel, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "OWN_CODECS", frozenset())  # so that QtMultimedia gets it, and fails
    panel.open(make_media(folder, "av1.mp4"), autoplay=False)
    qtbot.waitUntil(lambda: frame_number(panel.image()) == 0, timeout=20_000)
    panel.seek(17)
    wait_for_frame(qtbot, panel, 17)
    assert panel.findChild(Transport)._silent.isVisible()


def test_the_newest_of_several_files_opened_in_a_row_is_shown(panel: PreviewPanel, folder: Path, qtbot: QtBot) -> None:
    names = ("h264.mp4", "av1.mp4", "prores.mov", "mute.mp4")
    for path in [make_media(folder, name) for name in names]:
        panel.open(path, autoplay=False)
    qtbot.waitUntil(lambda: panel.frame_count == FRAMES and frame_number(panel.image()) == 0)
    assert panel.path is not None
    assert panel.path.name == "mute.mp4"
    assert open_files() & set(names) == {"mute.mp4"}


async def test_plays_on_the_loop_of_the_window(qapp: QApplication, folder: Path) -> None:
    panel = PreviewPanel()
    panel.show()
    for name in ("h264.mp4", "prores.mov"):
        panel.open(make_media(folder, name))
        while panel.current_frame < 5:
            await asyncio.sleep(0.01)
        assert frame_number(panel.image()) == panel.current_frame
    panel.release()
    panel.close()
    panel.deleteLater()


# --- controls


def test_keys(paused: Callable[[str], PreviewPanel], qtbot: QtBot) -> None:
    panel = paused("mute.mp4")
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


def test_keys_work_from_the_buttons_and_before_the_shortcuts_of_the_window(folder: Path, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    panel = PreviewPanel()
    QVBoxLayout(window).addWidget(panel)
    stolen: list[str] = []
    for key in ("Right", "End"):
        QShortcut(key, window, activated=lambda key=key: stolen.append(key))
    window.show()
    qtbot.waitActive(window)
    panel.open(make_media(folder, "mute.mp4"), autoplay=False)
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
    qtbot.mouseClick(transport.play, LEFT)
    assert panel.is_playing
    qtbot.mouseClick(panel.findChild(Surface), LEFT)
    assert not panel.is_playing
    qtbot.mouseClick(transport.loop, LEFT)
    assert panel.looping


def test_a_click_on_the_scrubber_jumps_and_dragging_scrubs(paused: Callable[[str], PreviewPanel], qtbot: QtBot) -> None:
    panel = paused("long-gop.mp4")
    scrubber = panel.findChild(Transport).scrubber
    middle = scrubber.height() // 2
    qtbot.mouseClick(scrubber, LEFT, pos=QPoint(scrubber.width() // 2, middle))
    qtbot.waitUntil(lambda: panel.current_frame in (LAST // 2, LAST // 2 + 1))
    assert frame_number(panel.image()) == panel.current_frame

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
    assert transport._frame.text() == "frame 37 / 48"
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


def test_everything_has_a_name_and_a_tip(panel: PreviewPanel) -> None:
    QAccessible.setActive(True)
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


# --- letting go of the file


@pytest.mark.parametrize("name", ["h264.mp4", "av1.mp4"])
def test_release_lets_go_of_the_file_at_once_and_keeps_the_picture(
    paused: Callable[[str], PreviewPanel], qtbot: QtBot, name: str
) -> None:
    panel = paused(name)
    panel.play()
    qtbot.waitUntil(lambda: panel.current_frame > 3)
    assert name in open_files()
    frame = frame_number(panel.image())
    panel.release()
    assert name not in open_files()
    assert frame_number(panel.image()) == frame
    assert (panel.is_playing, panel.frame_count) == (False, 0)
    qtbot.keyClick(panel, Qt.Key.Key_Space)  # harmless
    qtbot.keyClick(panel, Qt.Key.Key_Right)


def test_release_while_opening(panel: PreviewPanel, folder: Path, qtbot: QtBot) -> None:
    for name in ("h264.mp4", "av1.mp4"):
        panel.open(make_media(folder, name))
        panel.release()
        assert name not in open_files()
    with qtbot.assertNotEmitted(panel.frame_shown, wait=300):
        pass


def test_a_file_overwritten_after_release_is_shown_anew(
    panel: PreviewPanel, folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "output.mp4"
    path.write_bytes(make_media(folder, "mute.mp4").read_bytes())
    panel.open(path, autoplay=False)
    qtbot.waitUntil(lambda: panel.frame_count == FRAMES)
    panel.release()
    path.write_bytes(make_media(folder, "av1.mp4").read_bytes())
    panel.open(path, autoplay=False)
    panel.seek(0)
    qtbot.waitUntil(lambda: panel.frame_count == FRAMES and frame_number(panel.image()) == 0)
    assert panel.findChild(Transport)._silent.isVisible()


def test_a_panel_destroyed_without_release_leaves_no_thread(folder: Path, qtbot: QtBot) -> None:
    panel = PreviewPanel()
    panel.open(make_media(folder, "av1.mp4"))
    qtbot.waitUntil(lambda: panel.current_frame > 2)
    panel.deleteLater()
    qtbot.waitUntil(lambda: not [thread for thread in running_threads() if thread.name.startswith("preview")])


# --- what cannot be shown


def test_an_empty_preview_says_what_will_come(panel: PreviewPanel) -> None:
    assert notice(panel).startswith("Nothing to play yet")
    assert not panel.findChild(QPushButton).isVisible()


def test_files_that_are_not_there_or_no_videos_are_explained(
    panel: PreviewPanel, folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    empty, garbage = tmp_path / "empty.mp4", tmp_path / "garbage.mp4"
    empty.touch()
    garbage.write_bytes(b"no video" * 500)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(make_media(folder, "mute.mp4").read_bytes()[:2000])
    cases = {
        tmp_path / "gone.mp4": ("gone.mp4 cannot be shown: There is no such file", False),
        tmp_path: ("It is a folder", False),
        empty: ("It is empty", True),
        garbage: ("garbage.mp4 cannot be read as a video", True),
        cut: ("cut.mp4 cannot be read as a video", True),
        make_media(folder, AUDIO_ONLY): ("sound.m4a contains no video", True),
    }
    for path, (words, can_open) in cases.items():
        panel.open(path)
        qtbot.waitUntil(lambda words=words: words in notice(panel))
        assert panel.findChild(QPushButton).isVisible() == can_open
        assert not panel.is_playing
        assert path.name not in open_files()


def test_a_good_file_after_a_bad_one(
    panel: PreviewPanel, paused: Callable[[str], PreviewPanel], tmp_path: Path
) -> None:
    panel.open(tmp_path / "gone.mp4")
    paused("mute.mp4")
    assert notice(panel) == ""
    panel.clear()
    assert notice(panel).startswith("Nothing to play yet")
    assert panel.path is None


class Desktop(QObject):
    """Takes the files that are handed to the desktop."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.files.append(url.toLocalFile())


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    desktop = Desktop()
    QDesktopServices.setUrlHandler("file", desktop, "take")
    yield desktop
    QDesktopServices.unsetUrlHandler("file")


def test_open_externally(panel: PreviewPanel, desktop: Desktop, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "a film.mp4"
    path.write_bytes(b"no video" * 500)
    panel.open(path)
    button = panel.findChild(QPushButton)
    qtbot.waitUntil(button.isVisible)
    qtbot.mouseClick(button, LEFT)
    assert desktop.files == [str(path)]


@pytest.mark.skipif(sys.platform != "linux", reason="Windows and macOS select the file in a window of their own")
def test_show_in_folder_without_a_session_bus_opens_the_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from PySide6.QtGui import QDesktopServices\n"
        "from PySide6.QtWidgets import QApplication; app = QApplication([])\n"
        "from tests.gui.test_preview_panel import Desktop; desktop = Desktop()\n"
        "QDesktopServices.setUrlHandler('file', desktop, 'take')\n"
        "from helios_gui.ui.desktop.handover import show_in_folder\n"
        "print(show_in_folder(Path(sys.argv[1]) / 'film.mp4'), desktop.files[0])"
    )
    environment = {**psutil.Process().environ(), "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none"}
    environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [sys.executable, "-c", code, str(tmp_path)]
    root = Path(__file__).parents[2]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=root)
    assert result.stdout.split() == ["True", str(tmp_path)]
