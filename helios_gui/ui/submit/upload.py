"""What rendering a job in the cloud would send there, for a person to look at first."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

from helios_gui.translation import tr
from helios_gui.types import JobStatus


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a job's files would go: through which profile, to which storage URL."""

    profile: str
    url: str


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """How many files, of how many bytes together; ``notes`` say in words what was passed over."""

    files: int
    bytes: int
    notes: tuple[str, ...] = ()


async def plan_upload(status: JobStatus) -> UploadPlan:
    """Look through a job's folder, without reading its files; may take long, and ends soon after it is cancelled.

    Raises ``UserInputError`` where the folder cannot be read.
    """
    from helios_gui.storage.bundle import scan_job

    stopped = threading.Event()

    def check() -> None:
        if stopped.is_set():
            raise InterruptedError(tr("nobody waits for it any more"))

    def scan() -> UploadPlan:
        found = scan_job(status.spec, status.summary.job_dir, status.summary.output, check)
        return UploadPlan(len(found.files), found.total_bytes, found.notes)

    try:
        return await asyncio.to_thread(scan)
    finally:
        stopped.set()
