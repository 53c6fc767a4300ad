"""Earlier outputs that wait beside their place while a command writes there: replaced, or put back."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from helios_gui.media.media_verifier import is_media_name
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.made_files import glance
from helios_gui.types import FrameVerifier, MadeFile, VerificationError

_SUFFIX = ".kept"
_LONGEST_NAME = 180  # bytes: with the job's id, well below the 255 that file systems allow


def kept_path(output: Path, job_id: str) -> Path:
    """Return where an earlier ``output`` waits while a command of this job writes there: on the same disk, hidden."""
    return output.with_name(f"{_prefix(output.name)}.{job_id}{_SUFFIX}")


def _prefix(name: str) -> str:
    encoded = os.fsencode(name)
    return f".{name}" if len(encoded) <= _LONGEST_NAME else f".{hashlib.sha256(encoded).hexdigest()[:32]}"


def find_kept(outputs: Iterable[Path]) -> dict[Path, list[Path]]:
    """Return what waits beside these outputs, newest first, whichever job pushed it aside. Blocking."""
    folders: dict[Path, dict[str, Path]] = defaultdict(dict)
    for output in outputs:
        folders[output.parent][_prefix(output.name)] = output
    found: dict[Path, list[Path]] = defaultdict(list)
    for folder, names in folders.items():
        with suppress(OSError):
            for entry in os.listdir(folder):
                pushed_aside = names.get(entry.removesuffix(_SUFFIX).rpartition(".")[0])
                if pushed_aside is not None and entry.endswith(_SUFFIX):
                    found[pushed_aside].append(folder / entry)
    return {output: sorted(kept, key=_modified, reverse=True) for output, kept in found.items()}


async def restore_kept(job: LiveJob, verify: FrameVerifier) -> set[LiveChunk]:
    """Put back the outputs that an app had pushed aside when it died, unless what took their place is good.

    Returns:
        The chunks whose earlier output is back: it says nothing about the attempt that was to replace it.
    """
    by_output = {job.output_of(chunk): chunk for chunk in job.chunks}
    restored = set()
    for output, kept in (await asyncio.to_thread(find_kept, by_output)).items():
        chunk = by_output[output]
        if not await _is_replaced(output, chunk, verify):
            await asyncio.to_thread(kept[0].replace, output)
            restored.add(chunk)
        for file in kept:
            await asyncio.to_thread(file.unlink, missing_ok=True)
    return restored


async def _is_replaced(output: Path, chunk: LiveChunk, verify: FrameVerifier) -> bool:
    """Return whether a finished output is in its place. Only of media can that be told."""
    if not is_media_name(output):
        return False
    try:
        await verify(output, chunk.spec)
    except (VerificationError, OSError):
        return False
    return True


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def find_written_in_place(job: LiveJob) -> dict[int, MadeFile]:
    """Return what commands of this job wrote in the place of outputs that were pushed aside for them, by chunk id.

    Blocking.
    """
    found = {}
    for chunk in job.unverified:
        output = job.output_of(chunk)
        with suppress(OSError):
            if kept_path(output, job.id).exists():
                found[chunk.spec.id] = glance(output)
    return found
