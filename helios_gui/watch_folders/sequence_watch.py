"""Takes the image sequences of a watched folder: each whole, once, and anew where more of its frames land later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from helios_gui.engine import Engine
from helios_gui.jobfile.frame_list import list_of
from helios_gui.media.frame_files import frames_in_words
from helios_gui.media.numbered_pictures import find_sequences
from helios_gui.translation import tr, tr_count
from helios_gui.types import HeliosError, JobState, JobSummary
from helios_gui.types.errors import error_in_words
from helios_gui.watch_folders.intake import Intake
from helios_gui.watch_folders.landed_sequences import LandedSequence, LandedSequences, find_landed, missing_in
from helios_gui.watch_folders.moving import move_back, move_frames, numbers_in, place_for
from helios_gui.watch_folders.settled_files import open_for_writing
from helios_gui.watch_folders.taken_files import MovedInput, TakenFiles
from helios_gui.watch_folders.watch_events import Tell, WatchEvent
from helios_gui.watch_folders.watch_folder import DONE, FAILED, RESULTS, WatchFolder

_LONGEST_PERIOD = 10.0
_LOOKS = 4
"""Looks within the time for which a sequence has to stay the same."""
_REMEMBERED = 7 * 24 * 3600.0
"""Seconds for which frames that land are taken for more of those that were moved away."""
_FEWEST = 2
"""Frames; one picture alone is none of a sequence."""


PutAway = Callable[[Path, str, str], Awaitable[None]]


class SequenceWatch:
    """Watches the sequences of one folder.

    Args:
        engine: Where the jobs are.
        folder: The folder.
        intake: Makes the jobs.
        taken_files: Remembers what was taken.
        tell: Is told what happens.
        put_away: Moves a sequence to ``done`` or ``failed``, with the reason, where that is wanted.
        quiet: Seconds for which no frame may change or land.
    """

    def __init__(
        self,
        engine: Engine,
        folder: WatchFolder,
        intake: Intake,
        taken_files: TakenFiles,
        tell: Tell,
        put_away: PutAway,
        quiet: float,
    ) -> None:
        self._engine = engine
        self._folder = folder
        self._intake = intake
        self._taken_files = taken_files
        self._tell = tell
        self._put_away = put_away
        self._landed = LandedSequences(folder.path, (RESULTS, DONE, FAILED), taken_files.is_own, quiet)
        self._period = min(_LONGEST_PERIOD, quiet / _LOOKS)
        self._next_scan = 0.0
        self.is_settling = True

    async def scan(self) -> None:
        """Take the sequences that have settled, and stop the jobs of those that have not been whole.

        Raises:
            OSError: The folder cannot be read, or what was taken cannot be written down.
        """
        if time.monotonic() < self._next_scan:
            return
        found = await asyncio.to_thread(self._landed.scan)
        self._next_scan = time.monotonic() + self._period
        for sequence in found:
            await self._stop_half(sequence)
        new = [sequence for sequence in found if self._taken_files.is_new(sequence.path, sequence.state)]
        for sequence in new:
            if found[sequence] and not await asyncio.to_thread(open_for_writing, sequence.files):
                await self._add_job(sequence)
        self.is_settling = any(
            self._taken_files.is_new(one.path, one.state) and len(one.frames) >= _FEWEST for one in new
        )

    async def leave_alone(self, source: Path) -> None:
        """Leave the sequences alone that are there with a page or a scene: they may belong to it."""
        found = await asyncio.to_thread(self._landed.scan)
        beside = [one for one in found if self._taken_files.taken(one.path) is None and len(one.frames) >= _FEWEST]
        for sequence in beside:
            await asyncio.to_thread(self._taken_files.take, sequence.path, sequence.state)
        if beside:
            words = tr(
                "{names} landed with {source} and may belong to it: they are left alone.",
                names=", ".join(self._shown(one) for one in beside),
                source=source.name,
            )
            self._tell(WatchEvent.WAITS, words)

    async def has_changed(self, path: Path, job: JobSummary) -> bool:
        """Return whether a sequence has changed since a job was made of it, which has ended; say so if it is done."""
        taken, now = self._taken_files.taken(path), await asyncio.to_thread(find_landed, path)
        if taken is None or taken.target is not None or now is None or now.state == taken.state:
            return False
        if job.state is JobState.COMPLETED:
            words = tr(
                "“{job}” is done, but with the frames {frames} as they were then: {name} has changed since. A new job "
                "is made of all its frames.",
                job=job.name,
                frames=taken.frames,
                name=self._shown(now),
            )
            self._tell(WatchEvent.MORE, words)
            await asyncio.to_thread(self._taken_files.take, path, taken.state)
        return True

    async def move(self, path: Path, name: str, reason: str) -> Path | None:
        """Move the frames that were taken to the folder ``name``; return where they are known by then.

        Raises:
            OSError: They cannot be moved, and are where they were.
        """
        taken = self._taken_files.taken(path)
        if taken is None:
            return None
        target = taken.target
        if target is None:
            now = await asyncio.to_thread(find_landed, path)
            if now is None:
                return None
            target = await asyncio.to_thread(place_for, now, self._folder.path / name, self._title(path))
            await asyncio.to_thread(self._taken_files.begin_move, path, target)
        return await asyncio.to_thread(move_frames, path, taken.frames, target, reason)

    # -- inside

    async def _stop_half(self, sequence: LandedSequence) -> None:
        """Stop the job of a sequence of which more frames have landed, before it is done without them."""
        taken = self._taken_files.taken(sequence.path)
        if taken is None or not taken.job or taken.state == sequence.state or taken.target is not None:
            return
        jobs = {job.id: job for job in self._engine.manager.list_jobs()}
        job = jobs.get(taken.job)
        if job is not None and job.state.is_finished:
            return  # which is told when it is put away
        if job is not None:
            try:
                await self._engine.manager.delete_job(job.id)
            except HeliosError as error:  # another process renders it, say
                words = tr("“{job}” cannot be stopped: {reason}", job=job.name, reason=error_in_words(error))
                self._tell(WatchEvent.TROUBLE, words)
                return
            await asyncio.to_thread(_remove_job_file, job)
            words = tr(
                "{name} has changed: more frames have landed, or others. The job of the frames {frames} is taken out "
                "of the queue, and a new one is made of all.",
                name=self._shown(sequence),
                frames=taken.frames,
            )
            self._tell(WatchEvent.MORE, words)
        await asyncio.to_thread(self._taken_files.take, sequence.path, taken.state)

    async def _add_job(self, sequence: LandedSequence) -> None:
        """Add the job of a sequence that has settled, with the frames that were moved away before it was whole."""
        earlier = self._taken_files.moved_from(sequence.path)
        if earlier is not None and await asyncio.to_thread(_goes_on, sequence, earlier):
            before = numbers_in(earlier.frames)
            missing = missing_in((*before, *sequence.frames, *sequence.empty), before.union(sequence.frames))
            if not missing:
                whole = await self._bring_back(sequence, earlier)
                if whole is None:
                    return
                sequence = whole
        else:
            earlier, missing = None, sequence.missing
        if not missing and len(sequence.frames) < _FEWEST:
            return
        if missing:
            await self._refuse(sequence, missing, earlier)
        else:
            await self._add(sequence)

    async def _add(self, sequence: LandedSequence) -> None:
        path, state, frames = sequence.path, sequence.state, list_of(sequence.ranges)
        name, before = self._shown(sequence), self._taken_files.taken(path)
        try:
            title = await asyncio.to_thread(self._title_of_job, path)
            taken = await self._intake.take_sequence(sequence, title, self._taken_files)
        except HeliosError as error:
            await asyncio.to_thread(self._taken_files.take, path, state, frames=frames)
            reason = error_in_words(error)
            self._tell(WatchEvent.FAILED, tr("{file} cannot be used: {reason}", file=name, reason=reason))
            await self._put_away(path, FAILED, reason)
            return
        await asyncio.to_thread(self._taken_files.take, path, state, taken.job_id, frames)
        if before is not None and before.frames:
            words = tr(
                "{name} has changed after a job was made of the frames {before}: a new one is made of {frames}.",
                name=name,
                before=before.frames,
                frames=frames,
            )
            self._tell(WatchEvent.MORE, words)
        if taken.refusal:
            words = tr("“{job}” waits in the queue: {reason}", job=taken.name, reason=taken.refusal)
            self._tell(WatchEvent.WAITS, words)
        else:
            words = tr("{name} was added to the queue: frames {frames}", name=name, frames=frames)
            self._tell(WatchEvent.ADDED, words)

    async def _refuse(self, sequence: LandedSequence, missing: list[int], earlier: MovedInput | None) -> None:
        """Say which frames are missing, once for the sequence as it is. It is looked at again when it changes."""
        await asyncio.to_thread(self._taken_files.take, sequence.path, sequence.state)
        name, gaps = self._shown(sequence), frames_in_words(missing)
        if earlier is None:
            words = tr_count(
                "{name} is not complete: frame {frames} is missing. It is taken once that has landed.",
                "{name} is not complete: frames {frames} are missing. It is taken once they have landed.",
                len(missing),
                name=name,
                frames=gaps,
            )
        else:
            words = tr_count(
                "More frames of {name} have landed, but frame {frames} is missing between them and those that were "
                "taken before ({before}). It is taken once that has landed; put the new ones into another folder to "
                "have a video of them alone.",
                "More frames of {name} have landed, but frames {frames} are missing between them and those that were "
                "taken before ({before}). It is taken once they have landed; put the new ones into another folder to "
                "have a video of them alone.",
                len(missing),
                name=name,
                before=earlier.frames,
                frames=gaps,
            )
        self._tell(WatchEvent.WAITS, words)

    async def _bring_back(self, sequence: LandedSequence, earlier: MovedInput) -> LandedSequence | None:
        """Bring the frames back that were moved away before all had landed; return the whole sequence."""
        try:
            state = await asyncio.to_thread(move_back, earlier)
        except OSError as error:
            await asyncio.to_thread(self._taken_files.take, sequence.path, sequence.state)
            words = tr(
                "More frames of {name} have landed, but those of before cannot be brought back from {place}: {reason}",
                name=self._shown(sequence),
                place=earlier.kept.parent,
                reason=error.strerror or error,
            )
            self._tell(WatchEvent.TROUBLE, words)
            return None
        await asyncio.to_thread(self._taken_files.take_back, earlier, state, again=False)
        whole = await asyncio.to_thread(find_landed, sequence.path)
        words = tr(
            "More frames of {name} have landed after a job was made of {before} alone: a new one is made of all.",
            name=self._shown(sequence),
            before=earlier.frames,
        )
        self._tell(WatchEvent.MORE, words)
        return whole

    def _shown(self, sequence: LandedSequence) -> str:
        """Return the name of a sequence, with its folder where that is not the watched one."""
        return (sequence.path.parent / sequence.name).relative_to(self._folder.path).as_posix()

    def _title(self, path: Path) -> str:
        """Return what the job of a sequence, and the folder it is moved to, are called."""
        return path.parent.name if path.parent != self._folder.path else _head(path) or path.parent.name

    def _title_of_job(self, path: Path) -> str:
        """Return what the job is called, also where the folder has several sequences. Blocking."""
        title = self._title(path)
        is_alone = sum(len(one.frames) >= _FEWEST for one in find_sequences(path.parent)) < 2
        return title if is_alone or path.parent == self._folder.path else f"{title}_{_head(path)}".rstrip("_")


def _head(path: Path) -> str:
    """Return what is before the numbers in the names of a sequence's files, without what parts them."""
    return path.name[: path.name.index("%d")].rstrip(" ._-")


def _goes_on(sequence: LandedSequence, earlier: MovedInput) -> bool:
    """Return whether a sequence has other frames than those that were moved away not long ago, and these are there."""
    before = numbers_in(earlier.frames)
    if not before or before & {*sequence.frames, *sequence.empty} or time.time() - earlier.seconds > _REMEMBERED:
        return False
    return find_landed(earlier.kept) is not None


def _remove_job_file(job: JobSummary) -> None:
    """Remove the job file of a sequence that we made, so that the next one has its name."""
    if job.source is not None and job.source.parent.name == RESULTS:
        job.source.unlink(missing_ok=True)
