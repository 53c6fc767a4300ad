"""Load QtMultimedia, and report what it can play.

It is loaded when the first file is opened: it would take a tenth of the window's start.
"""

from __future__ import annotations

import json
from types import ModuleType

from PySide6.QtCore import QLoggingCategory, qVersion
from PySide6.QtGui import QGuiApplication

_CHATTER = "\n".join(
    (
        # Each optional hardware library this computer lacks, and every stream of every file opened, is announced.
        # A file that cannot be opened comes as the player's error too, and one closed while opening is no trouble.
        "qt.multimedia.symbolsresolver.warning=false",
        "qt.multimedia.ffmpeg*.info=false",
        "qt.multimedia.ffmpeg.mediadataholder.warning=false",
        "qt.multimedia.playbackengine*.info=false",
    )
)


def load_multimedia() -> ModuleType:
    """Return the module ``PySide6.QtMultimedia``, with its harmless log messages switched off.

    ``QT_LOGGING_RULES`` in the environment overrides that.

    Raises:
        ImportError: The system lacks a library that QtMultimedia needs.
    """
    QLoggingCategory.setFilterRules(_CHATTER)
    from PySide6 import QtMultimedia

    return QtMultimedia


def print_qt_report() -> int:
    """Print Qt's version and the number of video codecs it can decode, as JSON, and return the exit code 0.

    It runs in a process of its own, the counterpart of ``helios_gui.cli.doctor.qt_probe``. Asking for the formats
    loads the media backend.
    """
    from PySide6.QtMultimedia import QMediaFormat

    _application = QGuiApplication([])
    codecs = QMediaFormat().supportedVideoCodecs(QMediaFormat.ConversionMode.Decode)
    print(json.dumps({"version": qVersion(), "codecs": len(codecs)}))
    return 0
