"""Reads one small picture of a file. Loads PyAV: imported in the thread that reads."""

from __future__ import annotations

from pathlib import Path

import av
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from helios_gui.media.stream_facts import open_media
from helios_gui.types import HeliosError
from helios_gui.types.sequences import PICTURE_SUFFIXES
from helios_gui.ui.preview.media import to_image
from helios_gui.ui.preview.pictures import decode_picture


def first_picture(path: Path, largest: QSize) -> QImage:
    """Return the first frame of a video, or a picture, not larger than asked for; a null one if it cannot be read."""
    try:
        if path.suffix.lower() in PICTURE_SUFFIXES:
            frame = decode_picture(path)
        else:
            with open_media(path) as container:
                frame = next(container.decode(container.streams.video[0]))
    except (av.FFmpegError, HeliosError, OSError, IndexError, StopIteration):
        return QImage()
    return shrink_picture(to_image(frame), largest)


def shrink_picture(image: QImage, largest: QSize) -> QImage:
    """Return a picture made smaller, where it is larger than asked for, without transparency."""
    if image.width() > largest.width() or image.height() > largest.height():
        size = image.size().scaled(largest, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
        if image.width() > 4 * size.width():  # a large step at once leaves pixels out
            image = image.scaled(size * 2, Qt.AspectRatioMode.IgnoreAspectRatio)
        image = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    kind = QImage.Format.Format_ARGB32_Premultiplied if image.hasAlphaChannel() else QImage.Format.Format_RGB32
    return image.convertToFormat(kind)
