"""What Qt says about itself: the other half of ``helios_gui.cli.qt_probe``, in a process of its own."""

from __future__ import annotations

import json

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtMultimedia import QMediaFormat


def print_report() -> int:
    """Start Qt, and print its version and the number of video codecs it can decode, as JSON. Returns the exit code.

    Asking for the formats loads the media backend.
    """
    _application = QGuiApplication([])
    codecs = QMediaFormat().supportedVideoCodecs(QMediaFormat.ConversionMode.Decode)
    print(json.dumps({"version": qVersion(), "codecs": len(codecs)}))
    return 0
