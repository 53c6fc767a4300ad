"""A job's files as the original lays them out: as they are, beside the job, without a manifest."""

from __future__ import annotations

from pathlib import Path

from helios_gui.storage.manifest import check_path, find_clash
from helios_gui.storage.object_transfer import run_workers
from helios_gui.storage.settings import DEFAULT_CONCURRENCY
from helios_gui.translation import tr
from helios_gui.types import ArtifactStorage, FailureKind, StorageError

MOST_FILES = 50_000
"""Files of a job; more are a folder of something else."""

_MADE = ("attempts/", "output/")
"""What workers put beside a job."""


async def fetch_folder(storage: ArtifactStorage, target: Path, *, job: str) -> None:
    """Put all files of a storage below ``target``, but for the ``job`` file there and what workers have made of it.

    Raises ``StorageError``: a transfer failed, there are too many files, one has a name that leads elsewhere, or two
    are the same file on some systems.
    """
    keys = [found.key for found in await storage.list("")]
    wanted = [key for key in keys if key != job and not key.startswith(_MADE) and not key.endswith("/")]
    if len(wanted) > MOST_FILES:
        raise StorageError(
            tr(
                "There are {count} files beside the job; at most {most_files} are fetched.",
                count=len(wanted),
                most_files=MOST_FILES,
            ),
            tr("Put the job into a folder of its own."),
            kind=FailureKind.FATAL,
        )
    remaining = iter(_checked(wanted))

    async def download_some() -> None:
        for key in remaining:
            path = target / key
            path.parent.mkdir(parents=True, exist_ok=True)
            await storage.download(key, path)

    await run_workers(min(DEFAULT_CONCURRENCY, len(wanted)), download_some)


def _checked(keys: list[str]) -> list[str]:
    for key in keys:
        try:
            check_path(key)
        except ValueError as error:
            raise StorageError(
                tr("The file {key!r:.200} beside the job cannot be fetched: its name {error}.", key=key, error=error),
                tr("Rename it."),
                kind=FailureKind.FATAL,
            ) from error
    clash = find_clash(keys)
    if clash:
        raise StorageError(
            tr("The files {first!r:.200} and {second!r:.200} beside the job are the same file on some systems.",
               first=clash[0], second=clash[1]),
            tr("Rename one of them."),
            kind=FailureKind.FATAL,
        )  # fmt: skip
    return keys
