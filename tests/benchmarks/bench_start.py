"""From the start of the process to the first paint of the window, beside an empty PySide6 window.

Run it by name: ``pytest -s tests/benchmarks/bench_start.py``. Both are started in turns; the ratio of the medians is
asserted. The bundle is measured by ``packaging/bundle/compare``. What the time is spent on:
``python -X importtime -c 'import helios_gui.app'``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROUNDS = 9
CEILING = 1.8

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

# Both report the clock at the first paint of a window, and leave.
PROBE = """
import os, sys, time
def watch(app):
    from PySide6.QtCore import QEvent, QObject
    class Probe(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Paint and watched.isWidgetType() and watched.isWindow():
                print(time.monotonic(), flush=True)
                os._exit(0)
            return False
    app.probe = Probe(app)
    app.installEventFilter(app.probe)
"""

EMPTY = (
    PROBE
    + """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication(sys.argv)
watch(app)
window = QMainWindow()
window.resize(1280, 800)
window.show()
app.exec()
"""
)

# The application is watched from the moment it is made; nothing is imported earlier than the program does.
OURS = (
    PROBE
    + """
class Finder:
    def find_spec(self, name, path, target=None):
        if name == "helios_gui.app":
            sys.meta_path.remove(self)
            from helios_gui.ui.desktop.application import Application
            made = Application.__init__
            def make(app, arguments):
                made(app, arguments)
                watch(app)
            Application.__init__ = make
sys.meta_path.insert(0, Finder())
from helios_gui.cli import main
sys.argv = ["helios-gui"]
main([])
"""
)


def first_paint(program: str, home: Path) -> float:
    """Return the seconds from the start of the process to the first paint."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "QT_QPA_PLATFORM": "offscreen",
        "HELIOS_HOME": str(home),
        "PYTHONPYCACHEPREFIX": str(home / "compiled"),
    }
    started = time.monotonic()
    process = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    assert process.returncode == 0, process.stderr.decode()
    return float(process.stdout) - started


def test_the_window_paints_soon(tmp_path: Path) -> None:
    for program in (EMPTY, OURS):  # compiled files, and what the disk holds
        first_paint(program, tmp_path)
    empty, ours = [], []
    for _ in range(ROUNDS):
        empty.append(first_paint(EMPTY, tmp_path))
        ours.append(first_paint(OURS, tmp_path))
    ratio = statistics.median(ours) / statistics.median(empty)
    print(f"\nstart to first paint, median of {ROUNDS}")
    print(f"  empty window  {statistics.median(empty) * 1000:6.0f} ms, quickest {min(empty) * 1000:6.0f} ms")
    print(f"  Helios        {statistics.median(ours) * 1000:6.0f} ms, quickest {min(ours) * 1000:6.0f} ms")
    print(f"  ratio         {ratio:6.2f}, of the quickest {min(ours) / min(empty):.2f}")
    assert ratio <= CEILING
