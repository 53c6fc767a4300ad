"""Opening several files or folders at once, without flooding the desktop."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from helios_gui.ui.desktop.open_externally import open_externally, show_in_folder

MOST_AT_ONCE = 5


def open_all(paths: Iterable[Path]) -> None:
    """Open the first few files with the desktop's programs for them."""
    for path in islice(paths, MOST_AT_ONCE):
        open_externally(path)


def show_all(paths: Iterable[Path]) -> None:
    """Show the first few files in their folders; each folder once."""
    folders = {path.parent: path for path in paths}
    for path in islice(folders.values(), MOST_AT_ONCE):
        show_in_folder(path)
