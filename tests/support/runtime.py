"""A session's runtime folder, whose path is short enough for sockets."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def runtime_folder() -> Iterator[Path]:
    """An empty, private folder, for ``XDG_RUNTIME_DIR``."""
    with tempfile.TemporaryDirectory(prefix="run-") as folder:
        yield Path(folder)
