"""A browser's profile is gone after its page: at the end, and where the render is stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from helios_gui.web import browser as browser_module
from helios_gui.web.browser import run_browser
from tests.support.cli import command, environment
from tests.support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and folders")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files with a short name."""
    folder = Path(tempfile.mkdtemp(prefix="left-", dir="/tmp"))
    yield folder
    folder.rmdir()


def start(page: Path, frames: int, temporary: Path) -> subprocess.Popen[str]:
    home = page.parent
    size = ("--width", "64", "--height", "36", "--count", str(frames))
    return subprocess.Popen(
        command("web", page, "-o", home / "film.mp4", *size),
        env=environment(home, TMPDIR=str(temporary)),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_finished_render_leaves_nothing(write_page: Callable[..., Path], temporary: Path) -> None:
    with start(write_page("<p>Hello"), 2, temporary) as process:
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert not list(temporary.iterdir())


def test_a_stopped_render_leaves_nothing(write_page: Callable[..., Path], temporary: Path) -> None:
    with start(write_page("<p>Hello"), 100_000, temporary) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Rendered 1/")
        assert list(temporary.iterdir())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert not list(temporary.iterdir())


def test_a_folder_for_temporary_files_with_a_long_name_is_no_obstacle(
    write_page: Callable[..., Path], tmp_path: Path
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    with start(write_page("<p>Hello"), 1, long) as process:
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert not list(long.iterdir())


async def test_a_browser_that_a_script_starts_ends_at_once(
    browser: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_module, "_STOP_SECONDS", PATIENCE)
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\n"{browser}" "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    others = set(psutil.Process().children(recursive=True))

    def started() -> list[psutil.Process]:
        return [one for one in psutil.Process().children(recursive=True) if one not in others]

    async with run_browser(script):
        wait_until(lambda: started()[1:], "what the script starts")
        processes = started()
        began = time.monotonic()
    assert time.monotonic() - began < PATIENCE
    assert not [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
