"""From the start of the process to the first paint of the window, and of the queue in it, beside an empty window.

Run it by name: ``pytest -s tests/benchmarks/bench_start.py``. Both are started in turns; the ratio of the medians is
asserted for the window, which is empty then, and printed for the queue. The bundle is measured by
``packaging/bundle/compare``. What the time is spent on: ``python -X importtime -c 'import helios_gui.app'``, and the
same of ``helios_gui.ui.main_window``.
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

# Both report the clock at the first paint of a window, and of the last part of it that is named, and leave.
PROBE = """
import os, sys, time
def watch(app, part=""):
    from PySide6.QtCore import QEvent, QObject
    class Probe(QObject):
        first = 0.0
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Paint and watched.isWidgetType():
                self.first = self.first or time.monotonic()
                if not part or type(watched).__name__ == part:
                    print(self.first, time.monotonic(), flush=True)
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
                watch(app, "QueuePanel")
            Application.__init__ = make
sys.meta_path.insert(0, Finder())
from helios_gui.cli import main
sys.argv = ["helios-gui"]
main([])
"""
)


def paints(program: str, home: Path) -> tuple[float, float]:
    """Return the seconds from the start of the process to the first paint, and to that of the queue."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "QT_QPA_PLATFORM": "offscreen",
        "HELIOS_HOME": str(home),
        "PYTHONPYCACHEPREFIX": str(home / "compiled"),
    }
    started = time.monotonic()
    process = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    assert process.returncode == 0, process.stderr.decode()
    first, whole = (float(moment) - started for moment in process.stdout.split())
    return first, whole


def test_the_window_paints_soon(tmp_path: Path) -> None:
    for program in (EMPTY, OURS):  # compiled files, and what the disk holds
        paints(program, tmp_path)
    empty, window, queue = [], [], []
    for _ in range(ROUNDS):
        empty.append(paints(EMPTY, tmp_path)[0])
        ours = paints(OURS, tmp_path)
        window.append(ours[0])
        queue.append(ours[1])
    print(f"\nstart to first paint, {ROUNDS} times")
    for name, times in (("empty window", empty), ("Helios' window", window), ("its queue", queue)):
        median, least = statistics.median(times), min(times)
        ratios = f"ratio {median / statistics.median(empty):5.2f}, of the quickest {least / min(empty):5.2f}"
        print(f"  {name:15} median {median * 1000:6.0f} ms, quickest {least * 1000:6.0f} ms, {ratios}")
    assert statistics.median(window) / statistics.median(empty) <= CEILING
