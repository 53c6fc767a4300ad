"""Small videos whose every frame carries its own number in its pixels, so that a picture can say which one it is."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import imageio_ffmpeg
import psutil
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from helios_gui.ui.preview.panel import PreviewPanel

WIDTH, HEIGHT, FRAMES = 320, 180, 48
BITS = 8
BLOCK = WIDTH // BITS

X264 = "-c:v libx264 -pix_fmt yuv420p -g 12"
RECIPES = {
    # name: (options before the inputs, filter, codecs)
    "h264.mp4": ("-r 24", "null", f"{X264} -c:a aac"),
    "mute.mp4": ("-r 24", "null", f"{X264} -an"),
    "ntsc.mp4": ("-r 30000/1001", "null", f"{X264} -an"),
    "long-gop.mp4": ("-r 60", "null", "-c:v libx264 -pix_fmt yuv420p -g 250 -an"),
    "variable.mp4": (
        "-r 24",
        "settb=1/12288,setpts='if(lt(N,24),N*512,24*512+(N-24)*1024)'",
        f"{X264} -bf 0 -enc_time_base 1/12288 -fps_mode vfr -an",
    ),
    "late.mkv": ("-r 24", "null", f"{X264} -c:a aac"),
    "stream.ts": ("-r 24", "null", f"{X264} -c:a aac"),
    "av1.mp4": ("-r 24", "null", "-c:v libsvtav1 -preset 12 -svtav1-params log-level=1 -c:a aac"),
    "prores.mov": ("-r 24", "null", "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le -c:a pcm_s16le"),
}
AUDIO_ONLY = "sound.m4a"


def make_media(folder: Path, name: str) -> Path:
    """The file of that name (made once); the lower half of ``prores.mov`` is transparent."""
    path = folder / name
    if path.exists():
        return path
    sound = f"-f lavfi -i sine=frequency=440:duration={FRAMES / 24}"
    if name == AUDIO_ONLY:
        arguments = [*sound.split(), "-c:a", "aac", str(path)]
        _ffmpeg(arguments, b"")
        return path
    rate, picture_filter, codecs = RECIPES[name]
    alpha = name == "prores.mov"
    layout = f"-f rawvideo -pix_fmt {'rgba' if alpha else 'rgb24'} -s {WIDTH}x{HEIGHT} {rate} -i -"
    options = [*layout.split(), *sound.split(), "-map", "0:v", "-map", "1:a", "-vf", picture_filter]
    _ffmpeg([*options, *codecs.split(), str(path)], b"".join(_pictures(alpha)))
    return path


def _ffmpeg(arguments: list[str], data: bytes) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    subprocess.run(command, input=data, check=True, capture_output=True)


def _pictures(alpha: bool) -> Iterator[bytes]:
    for index in range(FRAMES):
        row = b"".join(_block(bool(index >> bit & 1), alpha) for bit in range(BITS))
        lower = bytes(4 * WIDTH) if alpha else row
        yield row * (HEIGHT // 2) + lower * (HEIGHT // 2)


def _block(white: bool, alpha: bool) -> bytes:
    level = 235 if white else 20
    return bytes([level, level, level, 255] if alpha else [level] * 3) * BLOCK


def frame_number(image: QImage) -> int:
    """The number in the picture's pixels; -1 when there is no picture."""
    if image.isNull():
        return -1
    bits = (image.pixelColor(bit * BLOCK + BLOCK // 2, HEIGHT // 4).lightness() > 127 for bit in range(BITS))
    return sum(1 << bit for bit, white in enumerate(bits) if white)


def make_plain(path: Path, size: str, colour: str, matrix: str) -> Path:
    """A still video of one colour, encoded with that YUV matrix but without a tag that says so."""
    source = f"color=c={colour}:s={size}:r=24:d=0.25"
    filters = f"scale=out_color_matrix={matrix},format=yuv420p,setparams=colorspace=unknown"
    _ffmpeg(["-f", "lavfi", "-i", source, "-vf", filters, "-c:v", "libx264", "-qp", "4", str(path)], b"")
    return path


def wait_for_frame(qtbot: QtBot, panel: PreviewPanel, index: int) -> None:
    """Until the picture on screen is that frame, and the panel says so."""

    def arrived() -> None:
        assert (panel.current_frame, frame_number(panel.image())) == (index, index)

    qtbot.waitUntil(arrived)


class Stalls:
    """Counts, as a context, the ``seconds`` in which this process got no time, as a thread that only ticks sees it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._over = threading.Event()
        self._ticking = threading.Thread(target=self._tick)

    def __enter__(self) -> Self:
        self._ticking.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._ticking.join()

    def _tick(self) -> None:
        last = time.monotonic()
        while not self._over.wait(0.01):
            now = time.monotonic()
            if now - last > 0.1:
                self.seconds += now - last
            last = now


def open_files() -> set[str]:
    return {Path(file.path).name for file in psutil.Process().open_files()}
