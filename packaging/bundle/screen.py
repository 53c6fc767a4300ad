"""An X server that nobody sees: programs open their windows on it, and its picture is read from memory."""

from __future__ import annotations

import mmap
import os
import select
import struct
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

WIDTH, HEIGHT = 1280, 800
_QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
_PATIENCE = 60.0


@dataclass(frozen=True)
class Picture:
    """What the screen shows: four bytes a pixel (blue, green, red, nothing), row by row from the top."""

    width: int
    height: int
    data: bytes

    def row(self, y: int) -> bytes:
        """One row of pixels."""
        return self.data[y * self.width * 4 : (y + 1) * self.width * 4]

    def save(self, path: Path) -> None:
        """Write it as PNG."""
        rows = bytearray()
        for y in range(self.height):
            row, line = self.row(y), bytearray(self.width * 3)
            line[0::3], line[1::3], line[2::3] = row[2::4], row[1::4], row[0::4]
            rows += b"\0" + line
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(map(_png_chunk, chunks)))


class Screen:
    """The running server: its ``display``, its picture, and hands on its keyboard."""

    def __init__(self, display: str, framebuffer: Path) -> None:
        self.display = display
        with framebuffer.open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        # The X window dump format (XWDFile.h): numbers of four bytes, the most significant first.
        fields = struct.unpack(">25I", self._memory[:100])
        self._start = fields[0] + 12 * fields[19]
        self._stride = fields[12]
        if fields[11] != 32:
            raise RuntimeError(f"the screen has {fields[11]} bits a pixel, not 32")

    def picture(self) -> Picture:
        """What it shows now."""
        data = b"".join(self._row(y) for y in range(HEIGHT))
        return Picture(WIDTH, HEIGHT, data)

    def middle(self) -> bytes:
        """The row across its middle: quick to look at."""
        return self._row(HEIGHT // 2)

    def press(self, *keys: str) -> None:
        """Press keys, one combination after the other, as ``xdotool`` names them."""
        self._xdotool("key", *keys)

    def window(self, title: str) -> str:
        """The number of the visible window with this in its title; empty if there is none."""
        return self._xdotool("search", "--onlyvisible", "--name", title).partition("\n")[0]

    def active_window(self) -> str:
        """The number of the window that has the keyboard; empty if none has."""
        return self._xdotool("getactivewindow").strip()

    def activate(self, window: str) -> None:
        """Give a window the keyboard, as a click on it would."""
        self._xdotool("windowactivate", window)

    def close(self) -> None:
        """Let go of the picture."""
        self._memory.close()

    def _row(self, y: int) -> bytes:
        start = self._start + y * self._stride
        return self._memory[start : start + WIDTH * 4]

    def _xdotool(self, *arguments: str) -> str:
        environment = {**os.environ, "DISPLAY": self.display}
        answer = subprocess.run(["xdotool", *arguments], env=environment, capture_output=True, text=True, check=False)
        return answer.stdout


@contextmanager
def open_screen(*, managed: bool) -> Iterator[Screen]:
    """A screen, with a window manager if it is ``managed``: without one no window gets the keyboard."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="screen-")))
        display = stack.enter_context(_server(folder))
        screen = Screen(display, folder / "Xvfb_screen0")
        stack.callback(screen.close)
        if managed:
            environment = {**os.environ, "DISPLAY": display}
            stack.enter_context(_running(["openbox", "--sm-disable"], env=environment))
            wait_for(lambda: screen._xdotool("get_num_desktops").strip() > "0", "openbox to start")
        yield screen


def wait_for(check: Callable[[], object], what: str, patience: float = _PATIENCE, pause: float = 0.1) -> None:
    """Wait until the check is true; raises ``TimeoutError`` after ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while not check():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience:.0f} seconds for {what}")
        time.sleep(pause)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"]
    # Else it starts anew when its last client has gone, and throws out one that is just coming.
    command += ["-noreset", "-fbdir", str(folder)]
    try:
        with _running(command, pass_fds=(writer,)):
            if not select.select([reader], [], [], _PATIENCE)[0]:
                raise TimeoutError("Xvfb does not start")
            yield ":" + os.read(reader, 16).decode().strip()
    finally:
        os.close(reader)
        os.close(writer)


@contextmanager
def _running(command: Sequence[str], **options: object) -> Iterator[None]:
    process = subprocess.Popen(command, **_QUIET, **options)  # type: ignore[call-overload]
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _png_chunk(chunk: tuple[bytes, bytes]) -> bytes:
    kind, data = chunk
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
