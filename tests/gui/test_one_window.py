"""``helios-gui FILE`` while the window is open: real processes, and a real screen for what comes to the front."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from helios_gui.utils.folders import AppFolders
from helios_gui.utils.single_instance import address_of
from tests.support.cli import ROOT
from tests.support.display import display, process
from tests.support.runtime import runtime_folder
from tests.support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Unix signals")
WriteJob = Callable[..., Path]
TOOLS = ("Xvfb", "openbox", "xdotool", "xprop", "xev")

# The program, telling what a person would see: one JSON object a line.
PROGRAM = """
import json, sys
{before}
from helios_gui import cli
def tell(**words):
    print(json.dumps(words), flush=True)
if {watched}:
    from helios_gui import app
    from helios_gui.ui.main_window import MainWindow
    selected, answer, made = MainWindow._select_added, app._handle_request, MainWindow.__init__
    def and_tell_selected(self, job_ids):
        selected(self, job_ids)
        job = self.queue.model.job(self.queue.current_job)
        tell(selected=str(job.source), also=len(self.queue.selected_jobs()) - 1, jobs=len(self.queue.model.jobs()))
    def and_tell_asked(window, request):
        answer(window, request)
        tell(asked=len(request.files), visible=window.isVisible())
    def and_tell_open(self, *arguments):
        made(self, *arguments)
        from PySide6.QtCore import QTimer
        QTimer.singleShot(0, self, lambda: tell(window="open", title=self.frame.windowTitle()))
    MainWindow._select_added, MainWindow.__init__ = and_tell_selected, and_tell_open
    app._handle_request = and_tell_asked
raise SystemExit(cli.main(sys.argv[1:]))
"""

OPEN_A_FILE = """
import os
from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QFileOpenEvent
from helios_gui.ui.desktop import request_inbox
receive = request_inbox.RequestInbox.__init__
def and_open(self, app):
    receive(self, app)
    for url in (QUrl.fromLocalFile(os.environ["OPENED"]), QUrl("helios:no-file")):
        QCoreApplication.sendEvent(app, QFileOpenEvent(url))
request_inbox.RequestInbox.__init__ = and_open
"""


class Desk:
    """One person's session: starts the program and hears what it tells."""

    def __init__(self, runtime: Path, home: Path, stack: ExitStack, **environment: str) -> None:
        self.home = home
        self._stack = stack
        self._environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(runtime),
            "HELIOS_HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "QT_QPA_PLATFORM": "offscreen",
            **environment,
        }

    def open_window(self, *arguments: str, before: str = "", **options: Any) -> Window:
        command = [sys.executable, "-c", PROGRAM.format(before=before, watched=True), *arguments]
        environment = {**self._environment, **options}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        window = Window(process)
        self._stack.callback(window.end)
        return window

    def start(self, *arguments: str, cwd: Path | None = None, **options: str) -> tuple[int, str]:
        """The program without a screen, to its end: exit code and what it printed."""
        command = [sys.executable, "-c", PROGRAM.format(before="", watched=False), *arguments]
        environment = {**self._environment, "QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": "", **options}
        done = subprocess.run(
            command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        return done.returncode, done.stdout + done.stderr


class Window:
    """A running program that tells what it does."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._heard = b""

    def until(self, *keys: str) -> dict[str, Any]:
        """The next thing it tells that has all these keys."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + PATIENCE
        while True:
            line, found, rest = self._heard.partition(b"\n")
            if found:
                self._heard = rest
                told = json.loads(line)
                if set(keys) <= set(told):
                    return dict(told)
                continue
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"never told: {keys}"
            more = os.read(self.process.stdout.fileno(), 65536)
            assert more, f"it ended: {self.process.communicate()}"
            self._heard += more

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        self.process.communicate(timeout=PATIENCE)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with runtime_folder() as runtime, ExitStack() as stack:
        yield Desk(runtime, tmp_path / "home", stack)


@pytest.fixture
def jobs(write_job: WriteJob) -> list[Path]:
    """Job files with spaces and other letters in their folders."""
    return [write_job(name) for name in ("First", "Sömmer ☀ 二", "a  b's")]


def test_a_second_start_hands_its_files_over(desk: Desk, jobs: list[Path]) -> None:
    window = desk.open_window(str(jobs[0]))
    assert window.until("selected")["selected"] == str(jobs[0])
    folder = jobs[1].parent
    other = os.path.relpath(jobs[2], folder)
    assert desk.start(jobs[1].name, other, cwd=folder) == (0, "")
    assert window.until("asked") == {"asked": 2, "visible": True}
    assert window.until("selected") == {"selected": str(jobs[1]), "also": 1, "jobs": 3}
    assert desk.start() == (0, ""), "without files it only comes to the front"
    assert window.until("asked") == {"asked": 0, "visible": True}


def test_files_asked_for_while_it_opens_are_not_lost(desk: Desk, jobs: list[Path]) -> None:
    window = desk.open_window(before=OPEN_A_FILE, OPENED=str(jobs[0]))
    assert window.until("asked") == {"asked": 1, "visible": True}
    assert window.until("selected") == {"selected": str(jobs[0]), "also": 0, "jobs": 1}


def test_after_a_kill_the_next_start_is_the_window(desk: Desk, jobs: list[Path]) -> None:
    first = desk.open_window(str(jobs[0]))
    first.until("selected")
    first.process.kill()
    first.process.wait(PATIENCE)
    second = desk.open_window()
    second.until("window")
    assert desk.start(str(jobs[1])) == (0, "")
    assert second.until("selected") == {"selected": str(jobs[1]), "also": 0, "jobs": 2}


def test_other_folders_have_a_window_of_their_own(desk: Desk, jobs: list[Path], tmp_path: Path) -> None:
    one = desk.open_window()
    one.until("window")
    other = desk.open_window(str(jobs[0]), HELIOS_HOME=str(tmp_path / "other"))
    assert other.until("selected") == {"selected": str(jobs[0]), "also": 0, "jobs": 1}


def test_a_window_that_hangs_holds_nobody_up(desk: Desk, jobs: list[Path]) -> None:
    hung = desk.open_window()
    hung.until("window")
    hung.process.send_signal(signal.SIGSTOP)
    second = desk.open_window(
        str(jobs[0]),
        before="from helios_gui.cli import single_instance_client as c; c.GREETING_TIMEOUT = .2",
    )
    assert second.until("selected") == {"selected": str(jobs[0]), "also": 0, "jobs": 1}


def test_nonsense_on_the_socket_harms_nobody(desk: Desk, jobs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    window = desk.open_window()
    window.until("window")
    monkeypatch.setenv("XDG_RUNTIME_DIR", desk._environment["XDG_RUNTIME_DIR"])
    address = address_of(AppFolders.at(desk.home))
    assert address is not None
    for words in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100_000 + b"\n", b""):
        with socket.socket(socket.AF_UNIX) as visitor:
            visitor.connect(address.name)
            visitor.sendall(words)
    assert desk.start(str(jobs[0])) == (0, "")
    assert window.until("selected") == {"selected": str(jobs[0]), "also": 0, "jobs": 1}


def test_it_leaves_nothing_in_the_session_s_folder(desk: Desk) -> None:
    window = desk.open_window()
    window.until("window")
    folder = Path(desk._environment["XDG_RUNTIME_DIR"])
    assert len(list(folder.rglob("*.sock"))) == 1
    window.process.terminate()
    _, errors = window.process.communicate(timeout=PATIENCE)
    assert window.process.returncode == 0, errors
    assert list(folder.iterdir()) == []


COVER = """
from PySide6.QtWidgets import QApplication, QTextEdit
app = QApplication([])
window = QTextEdit("in front")
window.setWindowTitle("Another program")
window.showMaximized()
app.exec()
"""


def active_window(environment: dict[str, str]) -> str:
    """The title of the window that has the keyboard; empty when none."""
    command = ("xdotool", "getactivewindow", "getwindowname")
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout.strip()


@contextmanager
def desktop_messages(environment: dict[str, str], told: Path) -> Iterator[Path]:
    """What programs tell the whole desktop meanwhile, as text in a file."""
    with (
        told.open("wb") as stream,
        process("stdbuf", "-oL", "xev", "-root", "-event", "property", env=environment, stdout=stream),
    ):
        marked = ("xprop", "-root", "-f", "MARK", "8s", "-set", "MARK", "x")  # something to see that it listens
        wait_until(lambda: subprocess.run(marked, env=environment, check=True) and told.stat().st_size)
        yield told


@pytest.mark.xvfb
@pytest.mark.skipif(not os.environ.get("CI") and not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
def test_it_comes_to_the_front_of_other_windows(tmp_path: Path, jobs: list[Path]) -> None:
    with display() as environment, runtime_folder() as runtime, ExitStack() as stack:
        desk = Desk(runtime, tmp_path / "home", stack, **environment)
        window = desk.open_window()
        title = window.until("window")["title"]
        wait_until(lambda: active_window(environment) == title)
        with process(sys.executable, "-c", COVER, env=environment):
            wait_until(lambda: active_window(environment) == "Another program")
            with desktop_messages(environment, tmp_path / "messages") as messages:
                assert desk.start(str(jobs[0]), DESKTOP_STARTUP_ID="file-manager/7_TIME12") == (0, "")
                window.until("selected")
                wait_until(lambda: active_window(environment) == title)
                wait_until(lambda: "_NET_STARTUP_INFO_BEGIN" in messages.read_text())  # no busy pointer stays
