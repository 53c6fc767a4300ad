"""What attempts are about to make, noted before the journal has it: an app may die while the journal is written late.

Changes are collected before they are written, and while another program holds the journal's file, or its disk is full,
they are not written at all. Without a note, nobody would know afterwards whose the file in a chunk's place is.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from helios_gui.types import KnownOutput, MadeFile

_ROOM = b"]".ljust(80) + b"\n"
"""The end of a note of which what is made takes the place, so that it fits on a disk that is full by then."""


@dataclass(slots=True)
class _OpenFile:
    """The notes of a job that is rendered by this process: where that of each place is that is being made, and it."""

    descriptor: int
    notes: dict[Path, tuple[int, bytes]] = field(default_factory=dict)


class OutputNotes:
    """The notes of all jobs, one file a job in a ``folder`` of their own. Calls take microseconds, but for reading.

    What is noted counts until the journal has something newer of the same place.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open_files: dict[str, _OpenFile] = {}

    def begin(self, job_id: str, outputs: Mapping[Path, KnownOutput]) -> None:
        """Note what may come to these places from now on.

        Raises:
            OSError: Nothing of it could be noted.
        """
        lines = {place: _begun(place, known) for place, known in outputs.items()}
        file = self._file_of(job_id)
        offset = _append(file.descriptor, b"".join(lines.values()))
        for place, line in lines.items():
            file.notes[place] = offset, line
            offset += len(line)

    def finish(self, job_id: str, place: Path, made: MadeFile) -> None:
        """Note what is about to be put in a place, or is there; before, it was noted that it is being made."""
        file = self._open_files.get(job_id)
        if file is not None and place in file.notes:
            offset, begun = file.notes.pop(place)
            line = _finished(begun, made)
            if len(line) == len(begun):
                with suppress(OSError):  # the note that it was being made stays
                    os.lseek(file.descriptor, offset, os.SEEK_SET)
                    os.write(file.descriptor, line)

    def read(self, job_id: str) -> dict[Path, KnownOutput]:
        """Return what is noted of a job's outputs, the last of each place. Blocking."""
        try:
            lines = (self.folder / job_id).read_bytes().splitlines()
        except OSError:
            return {}
        return dict(filter(None, map(_read_line, lines)))

    def read_all(self) -> dict[Path, list[KnownOutput]]:
        """Return what is noted of all places. Blocking."""
        found = defaultdict(list)
        for job_id in self.job_ids():
            for place, known in self.read(job_id).items():
                found[place].append(known)
        return found

    def job_ids(self) -> list[str]:
        """Return the jobs of which something is noted. Blocking."""
        try:
            return os.listdir(self.folder)
        except OSError:
            return []

    def remove(self, job_id: str) -> None:
        """Forget what is noted of a job: the journal has it."""
        self._close(job_id)
        with suppress(OSError):
            (self.folder / job_id).unlink()

    def close(self) -> None:
        """Let go of the files. They stay."""
        for job_id in list(self._open_files):
            self._close(job_id)

    def _file_of(self, job_id: str) -> _OpenFile:
        if job_id not in self._open_files:
            self.folder.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
            self._open_files[job_id] = _OpenFile(os.open(self.folder / job_id, flags, 0o644))
        return self._open_files[job_id]

    def _close(self, job_id: str) -> None:
        file = self._open_files.pop(job_id, None)
        if file is not None:
            os.close(file.descriptor)


def _append(descriptor: int, data: bytes) -> int:
    """Write all of it, or nothing where only a part fits on the disk; return where it begins."""
    offset = os.lseek(descriptor, 0, os.SEEK_END)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        os.ftruncate(descriptor, offset)
        raise
    return offset


def _begun(place: Path, known: KnownOutput) -> bytes:
    """Return a note that something is being made: JSON without its last bracket, and room for what is made."""
    return json.dumps([str(place), known.noted_at, known.begun_at])[:-1].encode("ascii") + _ROOM


def _finished(begun: bytes, made: MadeFile) -> bytes:
    """Return the note with what was made in its room; longer where it does not fit."""
    values = f", {made.size}, {made.mtime_ns}, {made.inode}]"
    return begun.removesuffix(_ROOM) + values.ljust(len(_ROOM) - 1).encode("ascii") + b"\n"


def _read_line(line: bytes) -> tuple[Path, KnownOutput] | None:
    """Read a note; ``None`` for one that was cut short."""
    try:
        place, noted_at, begun_at, *values = json.loads(line)
        if values:
            size, mtime_ns, inode = map(int, values)
        made = MadeFile(size, mtime_ns, inode) if values else None
        return Path(place), KnownOutput(float(noted_at), None if begun_at is None else float(begun_at), made=made)
    except (ValueError, TypeError):
        return None
