#!/usr/bin/env python3
"""Write the app's icon into a folder of icons, in all sizes and as it was drawn."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from helios_gui import product  # noqa: E402

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""In pixels: those of the desktop's icon theme (freedesktop.org's hicolor)."""


def write_icons(hicolor: Path) -> None:
    """Write ``SIZESxSIZE/apps/NAME.png`` and ``scalable/apps/NAME.svg`` below ``hicolor``."""
    drawing = ROOT / "resources" / "icons" / "app.svg"
    renderer = QSvgRenderer(str(drawing))
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        path = hicolor / f"{size}x{size}" / "apps" / f"{product.PACKAGE}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(path)):
            raise OSError(f"{path} cannot be written")
    scalable = hicolor / "scalable" / "apps" / f"{product.PACKAGE}.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(drawing, scalable)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(f"usage: {sys.argv[0]} HICOLOR_FOLDER")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QGuiApplication([])
    write_icons(Path(sys.argv[1]))
