"""The window on a real X display: a file dragged in with a real mouse, rendered, and seen playing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage

from tests.support.display import display, process
from tests.support.waiting import wait_until

TOOLS = ("Xvfb", "openbox", "xdotool")

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(
        not os.environ.get("CI") and not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}"
    ),
]

# Runs the app and tells, ten times a second, what is where on the screen and what the preview shows.
APP = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton, QToolButton
from helios_gui.app import run_window
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.preview.surface import Surface
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.widgets.drops import _DropOverlay

told, picture = Path(sys.argv[1]), sys.argv[2]
told_before = {}

def resting(name, place):  # a place that is where it was when it was told last: a new window is still moved
    before, told_before[name] = told_before.get(name), place
    return place if place == before else None

def centre(widget):
    point = widget.mapToGlobal(widget.rect().center())
    return [point.x(), point.y()]

def clickable(button):
    return centre(button) if button.isVisible() and button.isEnabled() else None

def tell(window):
    buttons = window.actions_of_window.toolbar.findChildren(QToolButton)
    sheets = [sheet for sheet in window.frame.findChildren(TrustSheet) if sheet.isVisible()]
    preview = window.job_view.preview
    frame = 0
    if preview is not None and preview.frame_count:
        frame = preview.current_frame
        preview.findChild(Surface).image().save(picture + ".part", "PNG")
        Path(picture + ".part").replace(picture)
    state = {
        "jobs": [[job.name, job.state.value, job.chunks_done] for job in window.queue.model.jobs()],
        "render": resting("render", clickable(next(one for one in buttons if one.accessibleName() == "Render"))),
        "queue": centre(window.queue),
        "run": resting("run", clickable(sheets[0].run_button) if sheets else None),
        "hovered": any(overlay.isVisible() for overlay in window.frame.findChildren(_DropOverlay)),
        "frame": frame,
        "frames": preview.frame_count if preview is not None else 0,
    }
    told.with_suffix(".part").write_text(json.dumps(state))
    told.with_suffix(".part").replace(told)

made = MainWindow.__init__
def and_tell(self, *arguments):
    made(self, *arguments)
    self.resize(1000, 640)
    self.telling = QTimer(self, interval=100, timeout=lambda: tell(self))
    self.telling.start()
MainWindow.__init__ = and_tell
raise SystemExit(run_window([]))
"""

# A window to drag a file from, as a file manager is; it says when it is up.
FILE_MANAGER = """
import sys
from pathlib import Path
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QLabel
class Source(QLabel):
    def paintEvent(self, event):
        super().paintEvent(event)
        Path(sys.argv[2]).touch()
    def mouseMoveEvent(self, event):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)
app = QApplication([])
source = Source("drag me")
source.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
source.setGeometry(1100, 20, 120, 60)
source.show()
app.exec()
"""


class Screen:
    """The app as somebody at the screen sees and handles it."""

    def __init__(self, environment: dict[str, str], told: Path) -> None:
        self._environment = environment
        self._told = told

    def now(self) -> dict[str, Any]:
        return dict(json.loads(self._told.read_text())) if self._told.exists() else {}

    def until(self, check: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        wait_until(lambda: self._told.exists() and check(self.now()), lambda: f"last seen: {self.now()}")
        return self.now()

    def mouse(self, *words: object) -> None:
        subprocess.run(["xdotool", *map(str, words)], env=self._environment, check=True)

    def click(self, place: list[int]) -> None:
        self.mouse("mousemove", "--sync", *place, "sleep", 0.2, "click", 1)

    def drag(self, start: tuple[int, int], end: list[int]) -> None:
        self.mouse("mousemove", "--sync", *start, "sleep", 0.3, "mousedown", 1)
        x, y = start
        for step in range(1, 11):  # as a hand does: a drag starts, and is noticed, by moving
            self.mouse("mousemove", x + (end[0] - x) * step // 10, y + (end[1] - y) * step // 10, "sleep", 0.1)

        def is_welcome() -> object:
            self.mouse("mousemove", end[0] + 1, end[1], "sleep", 0.1, "mousemove", *end, "sleep", 0.2)
            return self.now()["hovered"]

        wait_until(is_welcome, "the window shows that it would take what hovers above it")
        self.mouse("sleep", 0.4, "mouseup", 1)


def test_a_file_dragged_in_is_rendered_and_plays(tmp_path: Path, write_job: Callable[..., Path]) -> None:
    job, told, picture = write_job("Dragged in", chunks=6), tmp_path / "told.json", tmp_path / "frame.png"
    with display() as environment:
        environment["HELIOS_HOME"] = str(tmp_path / "home")
        screen = Screen(environment, told)
        app = (sys.executable, "-c", APP, str(told), str(picture))
        up = tmp_path / "up"
        files = (sys.executable, "-c", FILE_MANAGER, str(job), str(up))
        with process(*app, env=environment), process(*files, env=environment):
            screen.until(lambda now: now["queue"][0] > 0)
            wait_until(up.exists, "the other window")
            screen.drag((1160, 50), screen.now()["queue"])
            screen.until(lambda now: now["jobs"] == [["Dragged in", "pending", 0]])
            screen.click(screen.until(lambda now: now["render"])["render"])
            screen.click(screen.until(lambda now: now["run"])["run"])
            screen.until(lambda now: now["jobs"] == [["Dragged in", "completed", 6]])
            screen.until(lambda now: now["frames"] == 30 and now["frame"] > 0)
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (64, 36)
    shades = {image.pixel(x, y) for x in range(64) for y in range(36)}
    assert len(shades) > 50, "the test card has many colours"
