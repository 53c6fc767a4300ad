"""Runs before PyInstaller's own hooks: keeps what they overwrite, the way its boot loader keeps LD_LIBRARY_PATH.

``helios_gui.process.frozen`` gives it back to child processes.
"""

from __future__ import annotations

import os

for name in ("DYLD_LIBRARY_PATH", "PATH", "QML2_IMPORT_PATH", "QT_PLUGIN_PATH"):
    if name in os.environ:
        os.environ[f"{name}_ORIG"] = os.environ[name]
