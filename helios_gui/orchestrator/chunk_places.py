"""Whose the files are that lie where a job's chunks go: of a job that is known here, or of somebody else."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from helios_gui.orchestrator.job_files import chunk_files, ends_as_frames
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.made_files import recognise_files
from helios_gui.orchestrator.output_notes import OutputNotes
from helios_gui.translation import tr, tr_count
from helios_gui.types import ChunkState, ChunkStatus, KnownOutput, MadeFile, ReplacedFiles, UserInputError

_CLOCK_SLACK_SECONDS = 2.0  # file systems may keep times that coarsely


@runtime_checkable
class OutputRecords(Protocol):
    """Remembers what the chunks of all jobs have made, and where. Its methods may raise ``HeliosError``."""

    @property
    def notes(self) -> OutputNotes | None:
        """What is noted until it is recorded; ``None`` where nothing is left of this process when it dies."""
        ...

    async def find_outputs(self, places: Sequence[Path]) -> Mapping[Path, Sequence[KnownOutput]]:
        """Return what is recorded of places, and what is noted of them."""
        ...

    async def settle_notes(self, job_id: str) -> None:
        """Record what is noted of a job at which nobody works now. Nothing is noted of it any more."""
        ...


def note_output(job: LiveJob, chunk: LiveChunk, status: ChunkStatus) -> dict[Path, KnownOutput]:
    """Return what is to be recorded of a chunk's place after a change of its state, by places.

    Nothing is of a chunk that was never tried: it may have been taken as somebody else has left it.
    """
    if not status.attempts:
        return {}
    now = time.time()
    begun_at = status.started_at or now
    place = job.output_of(chunk)
    if status.state is ChunkState.COMPLETED:
        known = KnownOutput(now, made=status.made) if status.made is not None else None
    else:
        is_running = status.state in (ChunkState.RUNNING, ChunkState.UNKNOWN)
        known = KnownOutput(now, begun_at, None if is_running else status.finished_at or now)
    notes = {} if known is None else {output_key(job, chunk): known}
    if chunk.spec.pattern is not None:
        notes[place] = KnownOutput(begun_at)
    return notes


def finished_by_notes(job: LiveJob, notes: OutputNotes) -> dict[int, MadeFile]:
    """Return the outputs of which is noted that this job was about to put them in their places, by chunk. Blocking."""
    noted = notes.read(job.id)
    found = ((chunk.spec.id, noted.get(output_key(job, chunk))) for chunk in job.unverified) if noted else ()
    return {chunk_id: known.made for chunk_id, known in found if known is not None and known.made is not None}


def output_key(job: LiveJob, chunk: LiveChunk) -> Path:
    """Return under which path a chunk's output is recorded: its own, or that of its first frame to its last."""
    output, pattern, frames = job.output_of(chunk), chunk.spec.pattern, chunk.spec.frames
    if pattern is None:
        return output
    return output.with_name(f"{pattern.name_of(frames[0])}..{pattern.name_of(frames[-1])}")


async def find_others_files(job: LiveJob, records: OutputRecords) -> ReplacedFiles | None:
    """Return the files that chunks would replace when they are tried for the first time, and that no known job made.

    The frames of a job that ends as its frames are its end result: ``replacements`` looks after them.
    """
    if ends_as_frames(job) or job.options.keep_finished:
        return None
    asked = job.chunks_to_render() or job.selected_chunks()
    untried = [chunk for chunk in asked if chunk.state is not ChunkState.COMPLETED and not chunk.attempts]
    present = await asyncio.to_thread(_find_present, job, untried)
    if not present:
        return None
    keys = {place for chunk in present for place in (output_key(job, chunk), job.output_of(chunk))}
    known = await records.find_outputs(sorted(keys))
    return await asyncio.to_thread(_find_unknown, job, present, known)


async def refuse_others_files(job: LiveJob, records: OutputRecords) -> None:
    """Raise ``UserInputError`` if chunks would replace files of others, and nobody has agreed to that."""
    found = None if job.options.overwrite else await find_others_files(job, records)
    if found is not None:
        raise UserInputError(others_files_in_words(found), tr("Agree to replace them, or move them away."))


def others_files_in_words(found: ReplacedFiles) -> str:
    """Return a sentence for a person: which files would be replaced."""
    return tr_count(
        "{first} exists already, where a chunk of this job goes, and no job known here made it as it is now.",
        "{number} files exist already where chunks of this job go, and no job known here made them as they are now: "
        "{first} is the first.",
        found.count,
        first=found.first,
    )


def _find_present(job: LiveJob, chunks: Iterable[LiveChunk]) -> dict[LiveChunk, list[Path]]:
    folders: dict[Path, bool] = {}
    found = {}
    for chunk in chunks:
        folder = job.output_of(chunk).parent
        if folder not in folders:
            folders[folder] = folder.is_dir()
        files = [file for file in chunk_files(job, chunk) if os.path.lexists(file)] if folders[folder] else []
        if files:
            found[chunk] = files
    return found


def _find_unknown(
    job: LiveJob, present: Mapping[LiveChunk, Sequence[Path]], known: Mapping[Path, Sequence[KnownOutput]]
) -> ReplacedFiles | None:
    unknown = []
    for chunk, files in present.items():
        whole = chunk_files(job, chunk)
        since = known.get(job.output_of(chunk), ()) if chunk.spec.pattern is not None else ()
        frames_since = min((record.noted_at for record in since), default=None)
        unknown += _Maker(known.get(output_key(job, chunk), ()), frames_since, len(whole)).others_of(files)
    return ReplacedFiles(unknown[0], len(unknown)) if unknown else None


@dataclass(frozen=True, slots=True)
class _Maker:
    """What is known of who made the files of a chunk.

    Attributes:
        known: What is recorded, or noted, of exactly this output.
        frames_since: Since when frames of this pattern are rendered here at all, in chunks of any length.
        count: How many files the output has.
    """

    known: Sequence[KnownOutput]
    frames_since: float | None
    count: int

    def others_of(self, files: Sequence[Path]) -> list[Path]:
        """Return the files that no job made. Blocking."""
        made = [record.made for record in self.known if record.made is not None and len(files) == self.count]
        if any(recognise_files(files, one) is not None for one in made):
            return []
        is_changed = bool(made)
        return [file for file in files if not self._may_be_ours(file, is_changed=is_changed)]

    def _may_be_ours(self, file: Path, *, is_changed: bool) -> bool:
        """Return whether a file was written while an attempt was at work of which nothing else is recorded.

        It may have been cut short. Of frames of other chunks, and where some of a chunk's were removed, it is only
        known since when there are any.
        """
        try:
            changed = file.lstat().st_mtime
        except OSError:
            return True  # it is gone
        known = max(self.known, key=lambda record: record.noted_at, default=None)
        if known is not None and known.begun_at is not None:
            ended_at = float("inf") if known.ended_at is None else known.ended_at
            if known.begun_at - _CLOCK_SLACK_SECONDS <= changed <= ended_at + _CLOCK_SLACK_SECONDS:
                return True
        since = self.frames_since
        return since is not None and not is_changed and since - _CLOCK_SLACK_SECONDS <= changed
