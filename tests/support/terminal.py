"""Runs the real command on a terminal of its own, on which keys can be pressed. POSIX only."""

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
from pathlib import Path

from tests.support.cli import PATIENCE, command, environment

CTRL_C = "\x03"
CTRL_BACKSLASH = "\x1c"

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\r")
# Makes the terminal the controlling one, so that Ctrl-C on it is a signal, then becomes the command.
_ON_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
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
