"""How a worker is set up, read from its environment: that is how containers and functions are configured."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from helios_gui.storage import StorageSettings, parse_url
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.worker.job_hosts import JobHosts

_PREFIX = "HELIOS_WORKER_"
_STORAGE_PREFIX = "HELIOS_STORAGE_"
_PRIVATE = ("AWS_", "GOOGLE_", _PREFIX, _STORAGE_PREFIX)
"""Variables that start so hold the worker's credentials, or lead to them: renderers do not get them."""

_ROOT = "helios-worker"
_MEGABYTE = 1024 * 1024
_LARGEST_CACHE = 4 * 1024 * _MEGABYTE
_PROGRESS_INTERVAL = 3.0


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """``work_root`` holds attempts' folders and the cache, which keeps at most ``cache_bytes`` of asset blobs.

    ``poll_interval`` is the time between looks for a cancel object, ``grace`` what renderers get between SIGTERM and
    SIGKILL, ``time_limit`` what an attempt may take at most, ``progress_interval`` the least time between two notes of
    progress (0: none are left); all in seconds. ``environment`` is the renderers'. ``job_hosts`` are the hosts from
    which jobs are read over HTTP, as in ``JobHosts``; the outputs of jobs whose caller names no place for them go below
    the storage URL ``output_url``.
    """

    work_root: Path
    storage: StorageSettings = field(default_factory=StorageSettings)
    cache_bytes: int = 1024 * _MEGABYTE
    poll_interval: float = 2.0
    grace: float = 2.0
    time_limit: float | None = None
    progress_interval: float = _PROGRESS_INTERVAL
    environment: Mapping[str, str] = field(default_factory=dict)
    job_hosts: JobHosts = field(default_factory=JobHosts)
    output_url: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> WorkerSettings:
        """Return the settings that the environment holds.

        They are in ``HELIOS_WORKER_DIR``, ``…_CACHE_MB``, ``…_TIME_LIMIT``, ``…_PROGRESS_INTERVAL``, ``…_JOB_HOSTS``,
        ``…_OUTPUT_URL`` and ``HELIOS_STORAGE_<NAME>``, the latter being the fields of ``StorageSettings`` in capitals.
        The cache is at most half of the disk unless told otherwise. Raises ``UserInputError``.
        """
        chosen = environment.get(f"{_PREFIX}DIR")
        root = Path(chosen).absolute() if chosen else _usual_root()
        cache = _number(environment, f"{_PREFIX}CACHE_MB")
        interval = _number(environment, f"{_PREFIX}PROGRESS_INTERVAL")
        return cls(
            work_root=root,
            storage=_storage_settings(environment),
            cache_bytes=_usual_cache(root) if cache is None else int(cache * _MEGABYTE),
            time_limit=_number(environment, f"{_PREFIX}TIME_LIMIT") or None,
            progress_interval=_PROGRESS_INTERVAL if interval is None else interval,
            environment={name: value for name, value in environment.items() if not name.startswith(_PRIVATE)},
            job_hosts=JobHosts.parse(environment.get(f"{_PREFIX}JOB_HOSTS", "")),
            output_url=_storage_url(environment.get(f"{_PREFIX}OUTPUT_URL", "")),
        )


def _usual_root() -> Path:
    """Return a folder among the temporary files that is this user's alone.

    Whoever could write to it could change what is rendered, and run programs as the worker. Raises ``UserInputError``.
    """
    temporary = Path(tempfile.gettempdir()).absolute()
    if sys.platform == "win32":
        return temporary / _ROOT  # each user's own
    for folder in (temporary / _ROOT, temporary / f"{_ROOT}-{os.getuid()}"):
        if _make_private(folder):
            return folder
    raise UserInputError(
        tr("The work folder {folder} belongs to another user, or others can write to it.", folder=folder),
        tr("Remove it, or set HELIOS_WORKER_DIR to a folder of your own."),
    )


def _make_private(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
            return False
        folder.chmod(0o700)
    except OSError:
        return False
    return True


def _storage_url(text: str) -> str:
    return parse_url(text.strip()).url if text.strip() else ""


def _storage_settings(environment: Mapping[str, str]) -> StorageSettings:
    given: dict[str, Any] = {}
    for known in fields(StorageSettings):
        name = f"{_STORAGE_PREFIX}{known.name.upper()}"
        number = _number(environment, name) if known.name == "concurrency" else None
        if environment.get(name):
            given[known.name] = environment[name] if number is None else max(1, int(number))
    return StorageSettings(**given)


def _usual_cache(root: Path) -> int:
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    return min(_LARGEST_CACHE, shutil.disk_usage(existing).total // 2)


def _number(environment: Mapping[str, str], name: str) -> float | None:
    text = environment.get(name, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e12:
        raise UserInputError(
            tr("{name} is {text!r}, which is not a number of 0 or more.", name=name, text=text),
            tr("Correct it, or leave it out."),
        )
    return value
