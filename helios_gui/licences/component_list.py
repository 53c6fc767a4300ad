"""The list of third-party components of this installation, shown under Help.

A bundle carries the list as a file that was collected when it was built. Elsewhere the list is made from the metadata
of the installed packages.
"""

from __future__ import annotations

import sys
from pathlib import Path

from helios_gui.licences.components import Component, read_components
from helios_gui.licences.installed import installed_components

FOLDER_NAME = "licences"
"""The folder inside a bundle that holds the collected list."""

FILE_NAME = "third-party-licences.json"


def list_components(collected: Path | None = None) -> list[Component]:
    """Return all components, sorted by name.

    Where nothing was collected this reads dozens of files and takes tens of milliseconds.

    Args:
        collected: A list written by ``write_components``; by default this bundle's own. If it cannot be read, the
            installed packages are listed instead.
    """
    path = collected or collected_file()
    if path is not None:
        try:
            return read_components(path)
        except (OSError, ValueError, TypeError, KeyError):
            pass
    return installed_components()


def collected_file() -> Path | None:
    """Return the path of this bundle's list; ``None`` if this is no bundle or it has no list."""
    bundle = getattr(sys, "_MEIPASS", None)
    path = Path(bundle, FOLDER_NAME, FILE_NAME) if bundle else None
    return path if path is not None and path.is_file() else None
