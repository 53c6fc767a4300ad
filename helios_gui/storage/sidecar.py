"""Metadata of objects in a folder: one small file each, believed only while it describes the object at hand."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path

from helios_gui.types import StoredObject


class Sidecars:
    """A folder of them. An object and its sidecar cannot be replaced in one step, so each names the other's time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, key: str, stat: os.stat_result, sha256: str, metadata: Mapping[str, str]) -> None:
        """Remember checksum and metadata of the object with that size and time. Raises ``OSError``."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"size": stat.st_size, "mtime": stat.st_mtime_ns, "sha256": sha256, "metadata": dict(metadata)}
        part = path.with_name(f"{uuid.uuid4().hex}.part")
        try:
            part.write_text(json.dumps(content), encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def read(self, key: str, stat: os.stat_result) -> StoredObject | None:
        """What is remembered of the object with that size and time; ``None`` if nothing is."""
        try:
            content = json.loads(self._path(key).read_text(encoding="utf-8"))
            if (content["size"], content["mtime"]) != (stat.st_size, stat.st_mtime_ns):
                return None
            return StoredObject(key, stat.st_size, str(content["sha256"]), dict(content["metadata"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def delete(self, key: str) -> None:
        """Forget an object."""
        path = self._path(key)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            while path.parent != self._folder:
                path = path.parent
                path.rmdir()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"
