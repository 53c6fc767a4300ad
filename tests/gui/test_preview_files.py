"""Files in the preview: letting go of them, those that cannot be shown, and handing them to the desktop."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import enumerate as running_threads

import psutil
import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from helios_gui.ui.preview.panel import PreviewPanel
from helios_gui.ui.preview.transport import Transport
from tests.gui.preview_media import AUDIO_ONLY, FRAMES, frame_number, make_media, open_files

LEFT = Qt.MouseButton.LeftButton


def notice(panel: PreviewPanel) -> str:
    """The words in the picture's place."""
    page = panel._pages.currentWidget()
    return "" if page is panel._surface else f"{page.accessibleName()}: {page.accessibleDescription()}"


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


def test_release_while_opening(panel: PreviewPanel, media: Path, qtbot: QtBot) -> None:
    for name in ("h264.mp4", "av1.mp4"):
        panel.open(make_media(media, name))
        panel.release()
        assert name not in open_files()
    with qtbot.assertNotEmitted(panel.frame_shown, wait=300):
        pass


def test_a_file_overwritten_after_release_is_shown_anew(
    panel: PreviewPanel, media: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "output.mp4"
    path.write_bytes(make_media(media, "mute.mp4").read_bytes())
    panel.open(path, autoplay=False)
    qtbot.waitUntil(lambda: panel.frame_count == FRAMES)
    panel.release()
    path.write_bytes(make_media(media, "av1.mp4").read_bytes())
    panel.open(path, autoplay=False)
    panel.seek(0)
    qtbot.waitUntil(lambda: panel.frame_count == FRAMES and frame_number(panel.image()) == 0)
    assert panel.findChild(Transport)._silent.isVisible()


def test_a_panel_destroyed_without_release_leaves_no_thread(media: Path, qtbot: QtBot) -> None:
    panel = PreviewPanel()
    panel.open(make_media(media, "av1.mp4"))
    qtbot.waitUntil(lambda: panel.current_frame > 2)
    panel.deleteLater()
    qtbot.waitUntil(lambda: not [thread for thread in running_threads() if thread.name.startswith("preview")])


# --- what cannot be shown


def test_an_empty_preview_says_what_will_come(panel: PreviewPanel) -> None:
    assert notice(panel).startswith("Nothing to play yet")
    assert not panel.findChild(QPushButton).isVisible()


def test_files_that_are_not_there_or_no_videos_are_explained(
    panel: PreviewPanel, media: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    empty, garbage = tmp_path / "empty.mp4", tmp_path / "garbage.mp4"
    empty.touch()
    garbage.write_bytes(b"no video" * 500)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(make_media(media, "mute.mp4").read_bytes()[:2000])
    cases = {
        tmp_path / "gone.mp4": ("gone.mp4 cannot be shown: There is no such file", False),
        tmp_path: ("It is a folder", False),
        empty: ("It is empty", True),
        garbage: ("garbage.mp4 cannot be read as a video", True),
        cut: ("cut.mp4 cannot be read as a video", True),
        make_media(media, AUDIO_ONLY): ("sound.m4a contains no video", True),
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
    said: list[str] = []
    panel.open(tmp_path / "gone.mp4")
    assert "cannot be shown" in notice(panel)
    show = panel._session.open
    panel._session.open = lambda *given, **more: (said.append(notice(panel)), show(*given, **more))  # type: ignore[method-assign]
    paused("mute.mp4")
    assert said == ["Opening mute.mp4 …: "]
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
        "from tests.gui.test_preview_files import Desktop; desktop = Desktop()\n"
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
