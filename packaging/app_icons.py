"""The app's icon in the formats of the systems, drawn from its SVG."""

from __future__ import annotations

import os
import struct
from functools import cache
from pathlib import Path

from PySide6.QtCore import QBuffer, QCoreApplication, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWING = Path(__file__).resolve().parents[1] / "resources/icons/app.svg"

ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
"""In pixels: Windows' small and large icons at the usual scalings."""

ICNS_TYPES = {"icp4": 16, "icp5": 32, "ic07": 128, "ic08": 256, "ic09": 512}
"""Apple's names of pictures, and their pixels."""

ICNS_RETINA_TYPES = {"ic11": 32, "ic12": 64, "ic13": 256, "ic14": 512, "ic10": 1024}
"""The same at twice the resolution."""


def write_ico(path: Path) -> None:
    """Windows' icon: a directory of PNG pictures, as every Windows since Vista reads them."""
    pictures = [(size, png(size)) for size in ICO_SIZES]
    place = 6 + 16 * len(pictures)
    entries = b""
    for size, picture in pictures:
        edge = size % 256  # 0 stands for 256
        entries += struct.pack("<BBBBHHII", edge, edge, 0, 0, 1, 32, len(picture), place)
        place += len(picture)
    head = struct.pack("<HHH", 0, 1, len(pictures))
    path.write_bytes(head + entries + b"".join(picture for _, picture in pictures))


def write_icns(path: Path) -> None:
    """macOS' icon: a sequence of PNG pictures, each under its type."""
    types = {**ICNS_TYPES, **ICNS_RETINA_TYPES}
    parts = [(kind.encode(), png(size)) for kind, size in types.items()]
    body = b"".join(kind + struct.pack(">I", len(picture) + 8) + picture for kind, picture in parts)
    path.write_bytes(b"icns" + struct.pack(">I", len(body) + 8) + body)


@cache
def _application() -> QCoreApplication:
    """Qt draws only where there is one; this lives as long as the process."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication.instance() or QGuiApplication([])


def png(size: int) -> bytes:
    """The icon as a PNG picture of ``size`` pixels a side. Raises ``OSError``."""
    _application()
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise OSError(f"{DRAWING} cannot be drawn")
    return bytes(buffer.data().data())
