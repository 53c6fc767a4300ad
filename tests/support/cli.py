"""Runs the real command: in a child process, or on a terminal of its own that keys can be pressed on."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
"""Seconds after which a test gives up waiting; nothing is asserted about time."""

CTRL_C = "\x03"

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\r")
# Makes the terminal the controlling one, so that Ctrl-C on it is a signal, then becomes the command.
_ON_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


def command(*arguments: str | Path) -> list[str]:
    """The argument list that runs ``helios-gui`` with these arguments from the checkout."""
    return [sys.executable, "-m", "helios_gui", *map(str, arguments)]


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a command that keeps its things in ``home``."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "HELIOS_HOME": str(home), "TERM": "xterm-256color", **more}


def run_cli(
    home: Path, *arguments: str | Path, cwd: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, with pipes for a terminal."""
    return subprocess.run(
        command(*arguments),
        env=environment(home),
        cwd=cwd or home,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class Terminal:
    """A command on a pseudo-terminal of 30 lines and 100 columns, ended at the latest when the context is left."""

    def __init__(self, home: Path, *arguments: str | Path, cwd: Path | None = None, **more: str) -> None:
        self._written = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", _ON_TERMINAL, *command(*arguments)],
            env=environment(home, **more),
            cwd=cwd or home,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self._master >= 0:
            os.close(self._master)

    @property
    def text(self) -> str:
        """All that was written so far, without colours and cursor moves."""
        return _ESCAPES.sub("", self.raw)

    @property
    def raw(self) -> str:
        """All that was written so far."""
        return self._written.decode("utf-8", "replace")

    def press(self, keys: str) -> None:
        """Type on the terminal."""
        os.write(self._master, keys.encode())

    def hang_up(self) -> None:
        """Close the terminal's window."""
        os.close(self._master)
        self._master = -1

    def wait_for(self, text: str) -> None:
        """Read until ``text`` was written."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.text:
            assert time.monotonic() < deadline, f"never wrote {text!r}:\n{self.text}"
            assert self._read(), f"ended without writing {text!r}:\n{self.text}"

    def wait(self) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._master >= 0 and self._read():
            assert time.monotonic() < deadline, f"does not end:\n{self.text}"
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        """Read what is there; ``False`` at the end."""
        if select.select([self._master], [], [], 0.1)[0]:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # Linux' way to say that nobody holds the other end any more
                return False
            self._written += data
            return bool(data)
        return True


def processes_in(folder: Path) -> Sequence[psutil.Process]:
    """The living processes that work in ``folder``."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until(check: Callable[[], object]) -> None:
    """Wait until ``check()`` is true."""
    deadline = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
