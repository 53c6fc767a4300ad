"""Rules of jobs whose chunks write image sequences: what may stand together, which names would be the same files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from helios_gui.jobfile.strict_json import Location
from helios_gui.translation import tr
from helios_gui.types import RenderChunk
from helios_gui.types.sequences import FramePattern, read_pattern

MOST_FRAMES = 1_000_000
"""Files that a job may make: eleven hours at 25 frames per second."""

_DIGITS = re.compile(r"[0-9]+")


def check_kinds(chunks: Sequence[tuple[int, RenderChunk]], *, steps: bool = False) -> Iterator[tuple[Location, str]]:
    """Find chunks that are no sequences where others are, and sequences of another kind of picture than the first.

    Args:
        chunks: The chunks, each with its index in the file.
        steps: Whether chunks that are no sequences may leave out frames, too.
    """
    if not chunks:
        return
    patterns = [chunk.pattern for _, chunk in chunks]
    if not any(patterns):
        yield from () if steps else _check_steps(chunks)
        return
    place, example = next((index, found) for (index, _), found in zip(chunks, patterns, strict=True) if found)
    for (index, _), pattern in zip(chunks, patterns, strict=True):
        location: Location = ("chunks", index, "outputFile")
        if pattern is None:
            yield location, tr("is a single file, but chunks[{other}] writes an image sequence", other=place)
        elif _suffix(pattern) != _suffix(example):
            yield (
                location,
                tr(
                    "is a sequence of {suffix} files, but that of chunks[{other}] has {other_suffix} files",
                    suffix=_suffix(pattern),
                    other=place,
                    other_suffix=_suffix(example),
                ),
            )
    total = sum(chunk.frame_count for _, chunk in chunks)
    if total > MOST_FRAMES:
        yield (
            ("chunks",),
            tr("hold {total:,} frames; image sequences have at most {most:,}", total=total, most=MOST_FRAMES),
        )


def _check_steps(chunks: Sequence[tuple[int, RenderChunk]]) -> Iterator[tuple[Location, str]]:
    for index, chunk in chunks:
        if chunk.frame_step != 1:
            yield (
                ("chunks", index, "frameStep"),
                tr("is only for chunks that write image sequences, and for jobs with a frameList"),
            )


def check_final_sequence(name: PurePath, chunks: Sequence[RenderChunk], job_dir: Path) -> str | None:
    """Return why a finished job cannot be an image sequence of this name without a command that makes it, or ``None``.

    The chunks have to write that very sequence: nothing is done to their frames then.
    """
    for chunk in chunks:
        if not is_same_sequence(job_dir / name, job_dir / chunk.output_file):
            return tr(
                "is an image sequence, but chunk {chunk} writes {output}; name a video, or the sequence that all "
                "chunks write",
                chunk=chunk.id,
                output=chunk.output_file,
            )
    return None


def is_same_sequence(one: Path, other: Path) -> bool:
    """Return whether two paths are patterns of the same files, however they are written."""
    first, second = read_pattern(one.name), read_pattern(other.name)
    if first is None or second is None or not first.is_same(second):
        return False
    return one.parent == other.parent or os.path.realpath(one.parent) == os.path.realpath(other.parent)


@dataclass
class SequenceClaims:
    """Which frames' files are whose, so that no two outputs of a job are the same file.

    No frame is in two chunks, so patterns that differ in the count of digits alone never make the same name.
    """

    _sequences: dict[tuple[str, str], tuple[FramePattern, str]] = field(default_factory=dict)
    _numbered: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)

    def claim_file(self, name: str, owner: str) -> None:
        """Take a plain name for ``owner``. ``name`` is a path in the one form that all paths of the job have here."""
        for digits in _DIGITS.finditer(name):
            key = name[: digits.start()].casefold(), name[digits.end() :].casefold()
            self._numbered.setdefault(key, []).append((name, owner))

    def claim(self, pattern: FramePattern, frames: range, owner: str) -> str | None:
        """Take the names of frames for ``owner``; return whose some of them are already, in words.

        Args:
            pattern: The pattern, with the path of its folder in ``head``.
            frames: The numbers of the frames.
            owner: What they belong to, for messages.
        """
        key = pattern.head.rstrip("0123456789").casefold(), pattern.tail.lstrip("0123456789").casefold()
        for name, other in self._numbered.get(key, ()):
            frame = pattern.frame_in(name)
            if frame is not None and frame in frames:
                return tr("would write {name}, which is {owner}", name=name, owner=other)
        first, other = self._sequences.setdefault(key, (pattern, owner))
        if (first.head, first.tail) == (pattern.head, pattern.tail):
            return None
        if (first.head.casefold(), first.tail.casefold()) == (pattern.head.casefold(), pattern.tail.casefold()):
            return tr(
                "differs only in letter case from '{claimed}' ({owner}); many systems take them for one file",
                claimed=first,
                owner=other,
            )
        return tr("can have files of the same name as '{claimed}' ({owner})", claimed=first, owner=other)


def _suffix(pattern: FramePattern) -> str:
    return PurePath(f"x{pattern.tail}").suffix.lower()
