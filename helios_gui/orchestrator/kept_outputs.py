"""Earlier outputs that wait beside their place while a command writes there: replaced, or put back."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from helios_gui.media.media_verifier import is_media_name
from helios_gui.orchestrator.attempt_workdirs import hidden_prefix
from helios_gui.orchestrator.job_files import chunk_files
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.made_files import record_without_digest
from helios_gui.types import FrameVerifier, MadeFile, VerificationError

_logger = logging.getLogger(__name__)
_SUFFIX = ".kept"


def kept_path(output: Path, job_id: str) -> Path:
    """Return where an earlier ``output`` waits while a command of this job writes there: on the same disk, hidden."""
    return output.with_name(f"{hidden_prefix(output.name)}.{job_id}{_SUFFIX}")


def find_kept(outputs: Iterable[Path]) -> dict[Path, list[Path]]:
    """Return what waits beside these outputs, newest first, whichever job pushed it aside. Blocking."""
    folders: dict[Path, dict[str, Path]] = defaultdict(dict)
    for output in outputs:
        folders[output.parent][hidden_prefix(output.name)] = output
    found: dict[Path, list[Path]] = defaultdict(list)
    for folder, names in folders.items():
        with suppress(OSError):
            for entry in os.listdir(folder):
                pushed_aside = names.get(entry.removesuffix(_SUFFIX).rpartition(".")[0])
                if pushed_aside is not None and entry.endswith(_SUFFIX):
                    found[pushed_aside].append(folder / entry)
    return {output: sorted(kept, key=_modified_at, reverse=True) for output, kept in found.items()}


@contextmanager
def kept_aside(place: Path, job_id: str) -> Iterator[bool]:
    """Have an earlier file wait beside its place while a merge command writes there.

    It is put back when that fails, is stopped, or leaves nothing there. Yields whether the place is empty now: what is
    there later was made meanwhile.
    """
    kept = kept_path(place, job_id)
    with suppress(OSError):  # then the command writes over it, or cannot write either
        if os.path.lexists(place):
            place.replace(kept)
    try:
        yield not os.path.lexists(place)
    except BaseException:
        _put_back(kept, place)
        raise
    if not os.path.lexists(place):
        _put_back(kept, place)
    kept.unlink(missing_ok=True)


def restore_video(place: Path) -> bool:
    """Put back the finished video that had been pushed aside for a merge command when its app died. Blocking.

    Nobody has verified what lies in its place. Returns whether there was one.
    """
    kept = find_kept([place]).get(place, [])
    if kept:
        _restore_or_remove({place: kept}, restore=True)
    return bool(kept)


def _put_back(kept: Path, place: Path) -> None:
    try:
        if os.path.lexists(kept):
            kept.replace(place)
    except OSError:
        _logger.exception("what %s was before cannot be put back", place)


async def restore_kept(job: LiveJob, verify: FrameVerifier) -> set[LiveChunk]:
    """Put back the outputs that an app had pushed aside when it died, unless what took their place is good.

    Returns:
        The chunks whose earlier output is back: it says nothing about the attempt that was to replace it.
    """
    restored = set()
    for chunk, kept_files in (await asyncio.to_thread(_find_kept_of, job)).items():
        is_replaced = await _is_replaced(job.output_of(chunk), chunk, verify)
        if not is_replaced:
            restored.add(chunk)
        await asyncio.to_thread(_restore_or_remove, kept_files, restore=not is_replaced)
    return restored


def _find_kept_of(job: LiveJob) -> dict[LiveChunk, dict[Path, list[Path]]]:
    """Return by chunk what waits beside the files of its output."""
    if not any(map(keeps_something, {job.output_of(chunk).parent for chunk in job.chunks})):
        return {}  # without a list of all frames
    by_file = {file: chunk for chunk in job.chunks for file in chunk_files(job, chunk)}
    found: dict[LiveChunk, dict[Path, list[Path]]] = defaultdict(dict)
    for file, kept in find_kept(by_file).items():
        found[by_file[file]][file] = kept
    return found


def keeps_something(folder: Path) -> bool:
    """Return whether an output waits in a folder, whichever job pushed it aside. Blocking."""
    try:
        return any(name.endswith(_SUFFIX) for name in os.listdir(folder))
    except OSError:
        return False


def _restore_or_remove(kept_files: Mapping[Path, Sequence[Path]], *, restore: bool) -> None:
    """Put the newest kept file back in each place, or none; remove all others."""
    for place, kept in kept_files.items():
        if restore:
            kept[0].replace(place)
        for file in kept:
            file.unlink(missing_ok=True)


async def _is_replaced(output: Path, chunk: LiveChunk, verify: FrameVerifier) -> bool:
    """Return whether a finished output is in its place. Only of media can that be told."""
    if not is_media_name(output) and chunk.spec.pattern is None:
        return False
    try:
        await verify(output, chunk.spec)
    except (VerificationError, OSError):
        return False
    return True


def _modified_at(path: Path) -> float:
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
        files = chunk_files(job, chunk)
        with suppress(OSError):
            if any(kept_path(file, job.id).exists() for file in files):
                found[chunk.spec.id] = record_without_digest(*files)
    return found
