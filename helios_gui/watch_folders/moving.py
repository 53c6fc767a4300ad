"""Moving what was taken out of the way when its job has ended, and back. All of it blocks."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path

from helios_gui.jobfile.frame_list import parse_frame_list
from helios_gui.types.sequences import read_pattern
from helios_gui.utils.files import write_atomic
from helios_gui.watch_folders.landed_sequences import LandedSequence, find_landed
from helios_gui.watch_folders.settled_files import FileState
from helios_gui.watch_folders.taken_files import MovedInput


def is_sequence(path: Path) -> bool:
    """Return whether a path stands for the frames of a sequence."""
    return read_pattern(path.name) is not None


def numbers_in(frames: str) -> set[int]:
    """Return the numbers of a frame list."""
    return {number for one in parse_frame_list(frames) for number in one} if frames else set()


def move_file(path: Path, name: str, reason: str) -> Path | None:
    """Move a file to a folder beside it, with the reason as a text; return where it is now, ``None`` if it is gone.

    Raises:
        OSError: It cannot be moved.
    """
    folder = path.parent / name
    folder.mkdir(exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem} {number}{path.suffix}"
    try:
        path.rename(target)
    except FileNotFoundError:
        return None
    if reason:
        write_atomic(reason_beside(target), f"{reason}\n")
    return target


def place_for(sequence: LandedSequence, folder: Path, title: str) -> Path:
    """Return where a sequence can be moved to: a folder below ``folder`` that has none of its frames yet."""
    names = {file.name for file in sequence.files}
    for number in count(1):
        place = folder / (title if number == 1 else f"{title} {number}")
        try:
            there = set(os.listdir(place))
        except FileNotFoundError:
            there = set()
        if not there & names:
            return place / sequence.path.name
    raise AssertionError


def move_frames(path: Path, frames: str, target: Path, reason: str = "") -> Path | None:
    """Move frames of a sequence to the folder of ``target``, all or none; return it, ``None`` if there is none of them.

    Those that were moved there before are left there. The folder they were in stays: a renderer may still write to it.

    Raises:
        OSError: One of them cannot be moved; those before it are back.
    """
    wanted = numbers_in(frames)
    found = find_landed(path)
    files = (
        []
        if found is None
        else [file for frame, file in zip(found.frames, found.files, strict=True) if frame in wanted]
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    _move_all(files, lambda file: target.parent / file.name)
    if not files and find_landed(target) is None:
        return None
    if reason:
        write_atomic(reason_beside(target), f"{reason}\n")
    return target


def move_back(moved: MovedInput) -> FileState:
    """Move a file, or all frames of a sequence, back to where it was.

    Raises:
        OSError: It is gone, or another file is there now.
    """
    if is_sequence(moved.path):
        return _move_frames_back(moved)
    if moved.path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    moved.kept.rename(moved.path)
    reason_beside(moved.kept).unlink(missing_ok=True)
    found = moved.path.stat()
    return FileState(found.st_size, found.st_mtime_ns)


def _move_frames_back(moved: MovedInput) -> FileState:
    wanted, found = numbers_in(moved.frames), find_landed(moved.kept)
    if found is None or not wanted <= set(found.frames):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    files = [file for frame, file in zip(found.frames, found.files, strict=True) if frame in wanted]
    if any((moved.path.parent / file.name).exists() for file in files):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    moved.path.parent.mkdir(exist_ok=True)
    _move_all(files, lambda file: moved.path.parent / file.name)
    reason_beside(moved.kept).unlink(missing_ok=True)
    with suppress(OSError):  # there are others
        moved.kept.parent.rmdir()
    back = find_landed(moved.path)
    if back is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return back.state


def _move_all(files: Iterable[Path], place_of: Callable[[Path], Path]) -> None:
    """Rename files, all or none."""
    done: list[Path] = []
    try:
        for file in files:
            file.rename(place_of(file))
            done.append(file)
    except OSError:
        for file in reversed(done):
            with suppress(OSError):
                place_of(file).rename(file)
        raise


def reason_beside(file: Path) -> Path:
    """Return the text beside a file that says why its job has failed."""
    return file.with_name(f"{file.name}.txt")
