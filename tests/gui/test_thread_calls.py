"""Calls from threads to Qt objects that may be deleted meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread, current_thread, main_thread

import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from helios_gui.ui.qt_runtime.thread_calls import on_window_thread

DELETED_WHILE_THREADS_POST = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from helios_gui.ui.logs import follower

def post_often(tail, growing, post):
    for _ in range(50):
        post(follower._Block(tail, ["line"], 0))

follower._read_block = post_often
sys.setswitchinterval(1e-5)
app = QCoreApplication([])
for _ in range(200):
    parent = QObject()
    for _ in range(5):
        follower.LogFollower(parent).open(Path(sys.argv[1]), growing=True)
    app.processEvents()
    parent.deleteLater()
    del parent
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
"""

CALLED_AFTER_THE_END = """
import atexit
atexit.register(lambda: call())  # registered before PySide's own, so called after it: as a daemon thread may call
from PySide6.QtCore import QCoreApplication, QObject
from helios_gui.ui.qt_runtime.thread_calls import on_window_thread

class Receiver(QObject):
    def hear(self):
        print("heard")

app = QCoreApplication([])
receiver = Receiver()
call = on_window_thread(receiver.hear)
call()
app.processEvents()
"""


class Receiver(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[object, ...]] = []

    def hear(self, *what: object) -> None:
        self.heard.append((*what, current_thread() is main_thread()))


def in_thread(function: object, *arguments: object) -> None:
    thread = Thread(target=function, args=arguments)  # type: ignore[arg-type]
    thread.start()
    thread.join()


def test_the_window_thread_makes_the_call_in_order(qtbot: QtBot) -> None:
    receiver = Receiver()
    call = on_window_thread(receiver.hear)
    in_thread(call, 1)
    in_thread(call, 2)
    assert receiver.heard == [], "not before its turn"
    qtbot.waitUntil(lambda: receiver.heard == [(1, True), (2, True)])


def test_what_is_gone_is_not_called(qtbot: QtBot) -> None:
    deleted, forgotten, last = Receiver(), Receiver(), Receiver()
    heard = deleted.heard, forgotten.heard
    calls = [on_window_thread(one.hear) for one in (deleted, forgotten, last)]
    shiboken6.delete(deleted)
    del forgotten
    for call in calls:
        in_thread(call)
    qtbot.waitUntil(lambda: last.heard == [(True,)])
    assert heard == ([], [])


def test_an_object_that_is_deleted_while_its_threads_post_takes_nothing_down(tmp_path: Path) -> None:
    """Crashed in most runs when threads emitted the object's own signal."""
    log = tmp_path / "attempt.log"
    log.write_text("line\n")
    done = subprocess.run([sys.executable, "-c", DELETED_WHILE_THREADS_POST, log], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_call_after_the_end_of_the_program_is_none() -> None:
    """Crashed now and then: PySide deletes its objects while daemon threads still run."""
    done = subprocess.run([sys.executable, "-c", CALLED_AFTER_THE_END], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"heard\n", b"")
