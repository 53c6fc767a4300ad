"""The image sequences that lie in a watched folder and in the folders in it: which frames, and since when unchanged."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from helios_gui.jobfile.job_files import is_job_file
from helios_gui.media.numbered_pictures import FoundSequence, find_sequences
from helios_gui.types.sequences import FramePattern, contiguous_ranges
from helios_gui.watch_folders.settled_files import FileState
from helios_gui.watch_folders.unchanged import Unchanged

_MOST_FOLDERS = 1_000
"""Folders in the watched one that are looked into."""


@dataclass(frozen=True)
class LandedSequence:
    """An image sequence as it was when it was looked at.

    Attributes:
        path: What it is known by: the path of its files, with ``%d`` for the number however it is filled up.
        name: Of its files, with the pattern, for people.
        frames: The numbers of the frames that are there, in order.
        empty: The numbers of files without content: renderers make those of frames that are still to come.
        state: The bytes of all files, and a number that stands for the sizes and times of all.
        files: The files of ``frames``, in order.
    """

    path: Path
    name: str
    frames: tuple[int, ...]
    empty: tuple[int, ...]
    state: FileState
    files: tuple[Path, ...] = field(repr=False)

    @cached_property
    def missing(self) -> list[int]:
        """The frames between the first and the last one that are not there, or empty."""
        return missing_in((*self.frames, *self.empty), self.frames)

    @cached_property
    def ranges(self) -> list[range]:
        """The frames as ranges without a gap."""
        return list(contiguous_ranges(self.frames))


def missing_in(span: Collection[int], there: Collection[int]) -> list[int]:
    """Return the numbers from the first to the last one of a span that are not there."""
    return sorted(set(range(min(span), max(span) + 1)).difference(there)) if span else []


class LandedSequences:
    """Looks for image sequences now and then. All of it blocks.

    Args:
        folder: The watched folder.
        ignored: Names of folders in it that are left alone, as hidden ones are.
        is_own: Whether the sequence of a path with a pattern, or a file, is written by jobs of ours.
        quiet: Seconds for which all frames have to stay the same.
        clock: Returns seconds.
    """

    def __init__(
        self,
        folder: Path,
        ignored: Collection[str],
        is_own: Callable[[Path], bool],
        quiet: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._ignored = ignored
        self._is_own = is_own
        self._unchanged = Unchanged[Path, FileState](quiet, clock)

    def scan(self) -> dict[LandedSequence, bool]:
        """Return the sequences that are there, each with whether it has settled, in alphabetical order.

        Raises:
            OSError: The folder cannot be read.
        """
        found = sorted(self._sequences(), key=lambda one: one.path)
        settled = self._unchanged.scan({sequence.path: sequence.state for sequence in found})
        return {sequence: sequence.path in settled for sequence in found}

    def _sequences(self) -> Iterator[LandedSequence]:
        for folder in self._folders():
            try:
                sequences = find_sequences(folder)
            except OSError:
                if folder == self._folder:
                    raise
                continue  # it has just gone, or is another person's
            for sequence in sequences:
                if not self._is_own(path_of(folder, sequence.pattern)):
                    yield read_sequence(folder, sequence)

    def _folders(self) -> Iterator[Path]:
        """Yield the watched folder, and those in it that hold no job of their own."""
        yield self._folder
        for number, entry in enumerate(sorted(self._folder.iterdir())):
            if number >= _MOST_FOLDERS:
                return
            with suppress(OSError):
                if not entry.name.startswith(".") and entry.name not in self._ignored and entry.is_dir():
                    files = [file for file in entry.iterdir() if file.suffix.lower() in (".json", ".heliosjob")]
                    if not any(is_job_file(file) and not self._is_own(file) for file in files):
                        yield entry


def path_of(folder: Path, pattern: FramePattern) -> Path:
    """Return what a sequence is known by; how numbers are filled up may change as more frames land."""
    return folder / f"{pattern.head}%d{pattern.tail}"


def read_sequence(folder: Path, sequence: FoundSequence) -> LandedSequence:
    """Return a sequence with the sizes and times of its files as they are now. Blocking."""
    frames, empty, files = [], [], []
    total, digest = 0, hashlib.sha256()
    for number in sequence.frames:
        file = folder / sequence.pattern.name_of(number)
        with suppress(OSError):  # it has just gone
            found = file.stat()
            total += found.st_size
            digest.update(f"{number} {found.st_size} {found.st_mtime_ns}\n".encode("ascii"))
            if found.st_size:
                frames.append(number)
                files.append(file)
            else:
                empty.append(number)
    state = FileState(total, int.from_bytes(digest.digest()[:6], "big"))
    path = path_of(folder, sequence.pattern)
    return LandedSequence(path, str(sequence.pattern), tuple(frames), tuple(empty), state, tuple(files))


def find_landed(path: Path) -> LandedSequence | None:
    """Return the sequence that is known by a path, as it is now; ``None`` if nothing of it is there. Blocking."""
    try:
        found = find_sequences(path.parent)
    except OSError:
        return None
    wanted = next((one for one in found if path_of(path.parent, one.pattern) == path), None)
    return None if wanted is None else read_sequence(path.parent, wanted)
