"""However a render ends, no browser, no encoder and no profile of a browser stays."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import psutil
import pytest

from helios_gui.types import HeliosError
from helios_gui.web import page as page_module
from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.support.cli import command, environment
from tests.support.waiting import PATIENCE, wait_until

WritePage = Callable[..., Path]
SMALL = View(64, 36)
FPS = Fraction(30)
HANGS = "<script>requestAnimationFrame((time) => { while (true); })</script>"

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX signals")


def test_a_signal_ends_the_browser_and_the_encoder_of_a_page_that_hangs(write_page: WritePage, tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # short, as the browser has a socket there
    web = ["web", write_page(HANGS), "-o", tmp_path / "film.mp4", "--count", "9", "--width", "64", "--height", "36"]
    process = subprocess.Popen(command(*web), env=environment(tmp_path, TMPDIR=str(folder)))
    wait_until(lambda: {"chromium", "ffmpeg"} <= names(process) or process.poll() is not None, "an encoder")
    children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    assert process.wait(PATIENCE) == 130
    wait_until(lambda: not [child for child in children if child.is_running()], "the end of its children")
    folder.rmdir()  # which fails unless it is empty


async def test_a_page_that_hangs_is_named(
    write_page: WritePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "_FRAME_SECONDS", 1.0)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    source = PageSource(write_page(HANGS), SMALL, FPS)
    with pytest.raises(PageError, match="did not show frame 0 within 1 s"):
        async with open_page(source, print) as page:
            await page.capture(0)
    with pytest.raises(PageError, match="did not show frame 0 within 1 s"):
        async with open_page(source, print) as page:
            await page.pass_frames(0, 3)


async def test_a_page_that_crashes_is_named(write_page: WritePage) -> None:
    async with open_page(PageSource(write_page("<p>Calm"), SMALL, FPS), print) as page:
        await page.capture(0)
        kill_renderers()
        with pytest.raises(HeliosError, match="The page crashed; it may have run out of memory"):
            await page.pass_frames(1, 1000)


def kill_renderers() -> None:
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # also a zombie: a helper of the browser that ended by itself
            if "--type=renderer" in process.cmdline():
                process.kill()


def names(process: subprocess.Popen[str]) -> set[str]:
    try:
        return {child.name() for child in psutil.Process(process.pid).children(recursive=True)}
    except psutil.NoSuchProcess:
        return set()
