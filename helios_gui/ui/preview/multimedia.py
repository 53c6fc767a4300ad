"""QtMultimedia, loaded when the first file is opened (it costs a tenth of the window's start)."""

from __future__ import annotations

from types import ModuleType

from PySide6.QtCore import QLoggingCategory

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
    """The module ``PySide6.QtMultimedia``, told to keep quiet about what is no trouble.

    ``QT_LOGGING_RULES`` in the environment has the last word. Raises ``ImportError`` where the system lacks a
    library it needs.
    """
    QLoggingCategory.setFilterRules(_CHATTER)
    from PySide6 import QtMultimedia

    return QtMultimedia
