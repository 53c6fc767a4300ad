"""A real X display with a window manager, of the test's own."""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.waiting import PATIENCE


@contextmanager
def process(*command: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A child process that is ended when the context is left."""
    running = subprocess.Popen(command, **options)
    try:
        yield running
    finally:
        running.terminate()
        running.communicate(timeout=PATIENCE)


@contextmanager
def display() -> Iterator[dict[str, str]]:
    """Xvfb on a free display, with openbox as its window manager; yields the environment to use it."""
    reader, writer = os.pipe()
    server = ("Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        with process(*server, pass_fds=(writer,), **quiet):
            ready, _, _ = select.select([reader], [], [], PATIENCE)
            assert ready, "Xvfb does not start"
            name = ":" + os.read(reader, 16).decode().strip()
            environment = {**os.environ, "DISPLAY": name, "QT_QPA_PLATFORM": "xcb"}
            with process("openbox", env=environment, **quiet):
                yield environment
    finally:
        os.close(reader)
        os.close(writer)
