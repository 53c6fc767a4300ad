"""Metadata of objects in a folder: one small file for each version of an object, in place before the object is."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from helios_gui.storage.local_files import put_in_folder
from helios_gui.types import StoredObject


class Sidecars:
    """A folder of them.

    An object and its sidecar cannot appear in one step. So the sidecar is first, under a name that only that very file
    answers to: whoever sees an object sees its metadata, and whoever loses a race for the name has disturbed nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, key: str, stat: os.stat_result, sha256: str, metadata: Mapping[str, str]) -> None:
        """Remember checksum and metadata of the file that is about to become the object. Raises ``OSError``."""
        path = self._path(key, stat)
        part = path.with_name(f"{uuid.uuid4().hex}.part")
        content = json.dumps({"sha256": sha256, "metadata": dict(metadata)})

        def put() -> None:
            part.write_text(content, encoding="utf-8")
            part.replace(path)

        try:
            put_in_folder(path.parent, put)
        finally:
            part.unlink(missing_ok=True)

    def read(self, key: str, stat: os.stat_result) -> StoredObject | None:
        """Return what is remembered of the object that is this very file; ``None`` if nothing is."""
        try:
            content = json.loads(self._path(key, stat).read_text(encoding="utf-8"))
            return StoredObject(key, stat.st_size, str(content["sha256"]), dict(content["metadata"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def forget(self, key: str, stat: os.stat_result) -> None:
        """Forget the version of an object that was this file."""
        self._path(key, stat).unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        """Forget an object, all its versions."""
        path = self._folder / key
        shutil.rmtree(path, ignore_errors=True)
        with contextlib.suppress(OSError):
            while path.parent != self._folder:
                path = path.parent
                path.rmdir()

    def _path(self, key: str, stat: os.stat_result) -> Path:
        return self._folder / key / f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ino}.json"
