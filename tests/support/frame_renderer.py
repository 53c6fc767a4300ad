"""A renderer of image sequences in PNG, without any library: each frame is of one colour, which tells its number.

Run as ``python frame_renderer.py PATTERN START COUNT [NAME=VALUE …]``. The pattern is as for printf or with ``#``.
"""

from __future__ import annotations

import re
import struct
import sys
import time
import zlib
from pathlib import Path

WIDTH, HEIGHT = 32, 16


def colour_of(frame: int) -> tuple[int, int, int]:
    """The colour of a frame: red, green, blue of 0 to 255."""
    return (frame * 37) % 256, (frame * 91 + 40) % 256, 200 - (frame * 13) % 160


def png(frame: int, *, width: int = WIDTH, height: int = HEIGHT, bits: int = 8, alpha: int | None = None) -> bytes:
    """The content of a PNG file; ``alpha`` (0 to 255) makes it transparent."""
    values = [*colour_of(frame), *([] if alpha is None else [alpha])]
    pixel = b"".join(struct.pack(">H", value * 257) if bits == 16 else bytes([value]) for value in values)
    rows = (b"\0" + pixel * width) * height
    header = struct.pack(">IIBBBBB", width, height, bits, 2 if alpha is None else 6, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def frame_name(pattern: str, frame: int) -> str:
    """The name of a frame's file."""
    if "#" in pattern:
        return re.sub(r"#+(?=[^#/]*$)", lambda place: f"{frame:0{len(place[0])}d}", pattern)
    return pattern % frame


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    kind, content = chunk
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def main(pattern: str, start: str, count: str, *settings: str) -> None:
    """Write the frames. Settings leave some out, or make them wrong, in the ways that renderers do."""
    values = dict(setting.split("=") for setting in settings)
    step = int(values.get("step", 1))
    frames = range(int(start), int(start) + (int(count) + int(values.get("more", 0))) * step, step)
    look = {"bits": int(values.get("bits", 8)), "alpha": int(values["alpha"]) if "alpha" in values else None}
    with Path("runs.txt").open("a") as notes:
        notes.write(f"{start}\n")
    wrong = not Path("mended").exists()
    for frame in frames:
        odd = wrong and str(frame) in values.get("odd", "").split(",")
        content = png(int(values.get("colour", frame)), **look)
        if odd and values.get("how") == "missing":
            continue
        if odd and values.get("how") == "cut":
            content = content[: len(content) // 2]
        if odd and values.get("how") == "empty":
            content = b""
        if odd and values.get("how") == "larger":
            content = png(frame, width=WIDTH * 2, **look)
        if odd and values.get("how") == "wait":
            Path("waiting").touch()
            while wrong:
                time.sleep(0.01)
        path = Path(frame_name(pattern, frame))
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
