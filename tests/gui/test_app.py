"""The whole app as a process of its own: starts, takes files, leaves nothing when told to go."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from helios_gui.jobfile.job_files import load_job
from helios_gui.profiles.review import review_job
from helios_gui.profiles.trust import TrustStore
from helios_gui.ui.qt_runtime.feature_search import stop_feature_search
from helios_gui.utils.folders import AppFolders
from tests.support.waiting import PATIENCE, wait_until

WriteJob = Callable[..., Path]

START = """
import sys
from pathlib import Path
from helios_gui.app import run_window
{before}
raise SystemExit(run_window([Path(name) for name in sys.argv[1:]]))
"""

# Presses Render as soon as there is a job: what a person would do.
PRESS_RENDER = """
import asyncio
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
added = MainWindow._select_added
def and_render(self, job_id):
    added(self, job_id)
    self.queue.actions_of_jobs[JobAction.RENDER].trigger()
MainWindow._select_added = and_render
"""


def is_rendering(process: psutil.Process) -> bool:
    try:
        return "libx264" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


@contextmanager
def running_app(home: Path, *files: Path, before: str = "") -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "HELIOS_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", START.format(before=before), *map(str, files)]
    app = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield app
    finally:
        if app.poll() is None:
            app.kill()
        app.communicate()


def job_states(home: Path) -> list[str]:
    journal = AppFolders.at(home).journal
    if not journal.exists():
        return []
    database = sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=10)
    try:
        return [state for (state,) in database.execute("select state from jobs")]
    except sqlite3.OperationalError:  # the tables are being made
        return []
    finally:
        database.close()


def noise(text: str) -> list[str]:
    """What a person would see on the terminal, less Qt's remarks about the platform of tests."""
    return [line for line in text.splitlines() if line and "This plugin does not support" not in line]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.skipif(os.name == "nt", reason="no such signals")
def test_a_signal_ends_it_quietly(tmp_path: Path, write_job: WriteJob, number: signal.Signals) -> None:
    with running_app(tmp_path / "home", write_job()) as app:
        wait_until(lambda: job_states(tmp_path / "home"))
        app.send_signal(number)
        _, errors = app.communicate(timeout=PATIENCE)
    assert app.returncode == 0
    assert noise(errors) == []
    assert job_states(tmp_path / "home") == ["pending"]


@pytest.mark.skipif(os.name == "nt", reason="no such signal")
def test_leaving_in_the_middle_of_a_render_leaves_no_process(tmp_path: Path, write_job: WriteJob) -> None:
    home, path = tmp_path / "home", write_job(chunks=8, slow=2.0)
    folders = AppFolders.at(home).create()
    TrustStore(folders.trust).remember(review_job(load_job(path), path.parent, path))
    with running_app(home, path, before=PRESS_RENDER) as app:
        process = psutil.Process(app.pid)
        wait_until(lambda: any(is_rendering(child) for child in process.children(recursive=True)))
        children = process.children(recursive=True)
        app.send_signal(signal.SIGTERM)
        _, errors = app.communicate(timeout=PATIENCE)
    assert app.returncode == 0
    assert noise(errors) == []
    assert not [child for child in children if child.is_running()]
    assert job_states(home) == ["interrupted"]


def test_folders_that_cannot_be_used_are_explained(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be", encoding="utf-8")
    answer = """
from helios_gui import app
async def print_it(error, frame):
    print(error, "|", error.hint)
app._show_start_error = print_it
"""
    with running_app(tmp_path / "home", before=answer) as app:
        output, _ = app.communicate(timeout=PATIENCE)
    assert app.returncode == 1
    assert "cannot be written to" in output
    assert "HELIOS_HOME" in output


def test_starting_loads_no_player_and_no_media_library(tmp_path: Path) -> None:
    look = """
import asyncio
from helios_gui.ui.main_window import MainWindow
made = MainWindow.__init__
def and_look(self, *arguments):
    made(self, *arguments)
    heavy = {"PySide6.QtMultimedia", "av", "imageio_ffmpeg", "boto3", "aiohttp", "httpx", "keyring"}
    print(sorted(set(sys.modules) & heavy))
    self.closed.set()
MainWindow.__init__ = and_look
"""
    with running_app(tmp_path / "home", before=look) as app:
        output, errors = app.communicate(timeout=PATIENCE)
    assert (output.strip(), noise(errors)) == ("[]", [])


def test_the_frame_is_shown_before_anything_is_loaded_that_takes_time(tmp_path: Path) -> None:
    look = """
from helios_gui.ui.window_frame import WindowFrame
shown = WindowFrame.showEvent
def and_look(self, event):
    heavy = {"pydantic", "sqlite3", "psutil", "PySide6.QtNetwork", "helios_gui.engine", "helios_gui.ui.main_window"}
    print(sorted(set(sys.modules) & heavy))
    self.close()
WindowFrame.showEvent = and_look
"""
    with running_app(tmp_path / "home", before=look) as app:
        output, errors = app.communicate(timeout=PATIENCE)
    assert (output.strip(), noise(errors)) == ("[]", []), "and it is closed, though it was asked to before it was full"
    assert app.returncode == 0


def test_pyside_has_the_search_that_is_stopped_at_the_start() -> None:
    """Without it the start only takes longer; then ``stop_feature_search`` can go."""
    assert stop_feature_search()
