"""Check the rules of a job that concern several fields or the disk, which a model of single fields cannot check."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from helios_gui.jobfile.command_line import parse_command
from helios_gui.jobfile.frame_list import parse_frame_list
from helios_gui.jobfile.merge_command import MergeRequest, recognise_merge
from helios_gui.jobfile.output_names import check_video_suffix, file_identity, find_read_outputs, find_reader
from helios_gui.jobfile.sequence_patterns import check_sequence
from helios_gui.jobfile.sequence_rules import MOST_FRAMES, SequenceClaims, check_final_sequence, check_kinds
from helios_gui.jobfile.strict_json import Location, is_unicode
from helios_gui.media.encoder_files import names_files
from helios_gui.renderers.progress_pattern import ProgressPattern
from helios_gui.translation import tr, tr_count
from helios_gui.types import FrameEncoding, JobMetadata, RenderChunk, UserInputError
from helios_gui.types.sequences import read_pattern

LocatedProblem = tuple[Location, str]
"""Where something is wrong in the job file, and what."""

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_SEPARATORS = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class PartialJob:
    """The parts of a job that could be read, so that a broken job file's other problems are reported too.

    Attributes:
        metadata: The metadata; ``None`` if they are invalid.
        chunks: The valid chunks, each with its index in the file.
        complete: Whether ``chunks`` holds all chunks of the file.
        merge_command: As in the file; ``None`` if missing or invalid, like the two that follow.
        output_file: As in the file.
        progress_pattern: As in the file.
        tracks_file: The file that sound and the like are taken from.
        frame_list: The frames that the chunks are to hold.
        input_files: Files that the commands read and do not name.
        frame_encoding: How frames become the video.
    """

    metadata: JobMetadata | None
    chunks: Sequence[tuple[int, RenderChunk]]
    complete: bool
    merge_command: str | None = None
    output_file: str | None = None
    progress_pattern: str | None = None
    tracks_file: str | None = None
    frame_list: str | None = None
    input_files: Sequence[str] = ()
    frame_encoding: FrameEncoding | None = None


def check_rules(
    job: PartialJob, source: Path, job_dir: Path, *, outside_outputs: bool = False
) -> Iterator[LocatedProblem]:
    """Find everything that is wrong with a job.

    Args:
        job: The job, as far as it could be read.
        source: The path of its file.
        job_dir: The folder that its relative paths start from.
        outside_outputs: Whether outputs may lie outside ``job_dir``.
    """
    yield from _check_ids(job.chunks)
    yield from _check_frames(job)
    yield from _check_frame_list(job)
    yield from _check_commands(job)
    yield from check_kinds(job.chunks, steps=job.frame_list is not None)
    yield from _check_outputs(job, source, job_dir, outside_outputs=outside_outputs)
    yield from _check_pattern(job.progress_pattern)
    yield from _check_encoding(job.frame_encoding)


def _check_ids(chunks: Sequence[tuple[int, RenderChunk]]) -> Iterator[LocatedProblem]:
    first: dict[int, int] = {}
    for index, chunk in chunks:
        other = first.setdefault(chunk.id, index)
        if other != index:
            yield ("chunks", index, "id"), tr("{id} is already the id of chunks[{other}]", id=chunk.id, other=other)


def _check_frames(job: PartialJob) -> Iterator[LocatedProblem]:
    for (before, earlier), (index, chunk) in zip(job.chunks, job.chunks[1:], strict=False):
        expected = earlier.end_frame + 1
        may_have_gaps = job.frame_list is not None or (earlier.pattern is not None and chunk.pattern is not None)
        if before != index - 1 or chunk.start_frame == expected or (may_have_gaps and chunk.start_frame > expected):
            continue
        kind = tr("a gap") if chunk.start_frame > expected else tr("an overlap")
        yield (
            ("chunks", index, "startFrame"),
            tr(
                "is {start_frame}, but chunks[{before}] ends with frame {end_frame}: {kind}",
                start_frame=chunk.start_frame,
                before=before,
                end_frame=earlier.end_frame,
                kind=kind,
            ),
        )
    total = sum(chunk.frame_count for _, chunk in job.chunks)
    if job.complete and job.metadata and job.metadata.total_frames != total:
        yield (
            ("metadata", "totalFrames"),
            tr(
                "is {total_frames}, but the chunks hold {frames}",
                total_frames=job.metadata.total_frames,
                frames=tr_count("{number} frame", "{number} frames", total),
            ),
        )


def _check_frame_list(job: PartialJob) -> Iterator[LocatedProblem]:
    """Find whether the chunks hold other frames than the frame list names."""
    if job.frame_list is None or not job.complete:
        return
    location: Location = ("frameList",)
    try:
        wanted = [frame for frames in parse_frame_list(job.frame_list, most=MOST_FRAMES) for frame in frames]
    except UserInputError as error:
        yield location, f"{error} {error.hint}".rstrip()
        return
    if sum(chunk.frame_count for _, chunk in job.chunks) != len(wanted):
        found = sum(chunk.frame_count for _, chunk in job.chunks)
        names = tr_count("{number} frame", "{number} frames", len(wanted))
        yield location, tr("names {frames}, but the chunks hold {found}", frames=names, found=found)
        return
    held = (frame for _, chunk in job.chunks for frame in chunk.frames)
    for frame, other in zip(wanted, held, strict=True):
        if frame != other:
            yield location, tr("names frame {frame}, where the chunks hold frame {other}", frame=frame, other=other)
            return


def _check_commands(job: PartialJob) -> Iterator[LocatedProblem]:
    commands: list[tuple[Location, str]] = [
        (("chunks", index, "command"), chunk.command) for index, chunk in job.chunks
    ]
    if job.merge_command is not None:
        commands.append((("mergeCommand",), job.merge_command))
    for location, command in commands:
        try:
            parse_command(command)
        except UserInputError as error:
            yield location, f"{error} {error.hint}"


def _check_encoding(encoding: FrameEncoding | None) -> Iterator[LocatedProblem]:
    """Find options that would have the encoder read or write files that nobody is asked about."""
    if encoding is None:
        return
    for key, options in (("options", encoding.options), ("transparentOptions", encoding.transparent_options)):
        for name, value in options.items():
            if names_files(name, value):
                yield ("frameEncoding", key, name), tr("names a file; an encoder gets the frames, and nothing else")


def _check_pattern(pattern: str | None) -> Iterator[LocatedProblem]:
    if pattern is None:
        return
    try:
        ProgressPattern(pattern)
    except UserInputError as error:
        yield ("progressPattern",), f"{error} {error.hint}"


def _check_outputs(job: PartialJob, source: Path, job_dir: Path, *, outside_outputs: bool) -> Iterator[LocatedProblem]:
    outputs = OutputRules(job_dir, outside_outputs)
    outputs.claim_file(source, tr("the job file itself"))
    if job.tracks_file is not None:
        outputs.claim_file(job_dir / job.tracks_file, tr("the file of tracksFrom"))
    for read in job.input_files:
        outputs.claim_file(job_dir / read, tr("one of the inputFiles"))
    merge = recognise_merge(job.merge_command)
    finals: list[tuple[Location, str | None]] = [(("outputFile",), job.output_file)]
    finals.append((("mergeCommand",), merge.output if merge else None))
    for location, name in finals:
        if name is None:
            continue
        problem = outputs.check(name, tr("the finished video")) or _check_final(job, name, job_dir)
        if problem:
            yield (
                location,
                problem
                if location == ("outputFile",)
                else tr("its output '{name}' {problem}", name=name, problem=problem),
            )
    for index, chunk in job.chunks:
        problem = outputs.check(chunk.output_file, tr("the output of chunks[{index}]", index=index), chunk.frames)
        if problem:
            yield ("chunks", index, "outputFile"), problem
    for position, reader in find_read_outputs([chunk for _, chunk in job.chunks], job_dir):
        yield (
            ("chunks", job.chunks[position][0], "outputFile"),
            tr("is read by the command of chunk {chunk}, and chunks run in any order", chunk=reader.id),
        )


def _check_final(job: PartialJob, name: str, job_dir: Path) -> str | None:
    """Return what is wrong with the name of the finished video alone; ``None`` if nothing is."""
    reader = find_reader([chunk for _, chunk in job.chunks], job_dir, Path(name))
    if reader is not None:
        return tr("is read by the command of chunk {chunk}: the finished video would replace it", chunk=reader.id)
    merge = recognise_merge(job.merge_command)
    if read_pattern(Path(name).name) is not None:
        by_us = not job.merge_command or _joins_chunks(job, merge)
        return check_final_sequence(Path(name), [chunk for _, chunk in job.chunks], job_dir) if by_us else None
    return check_video_suffix(Path(name)) if not job.merge_command or _joins_chunks(job, merge) else None


def _joins_chunks(job: PartialJob, merge: MergeRequest | None) -> bool:
    """Return whether our stitcher takes the place of the merge command, as in ``replaceable_merge``."""
    outputs = [Path(chunk.output_file) for _, chunk in job.chunks]
    return merge is not None and [Path(name) for name in merge.inputs] == outputs


@dataclass
class OutputRules:
    """Checks output names one after the other.

    A name must stay inside the job's folder, also when links are followed, and no two names may mean the same file,
    not even on a system that ignores letter case. Folders are resolved once, so that thousands of chunks are cheap.

    Attributes:
        job_dir: The job's folder.
        allow_outside: Whether names may say that they lie elsewhere: as an absolute path, or with ``..``. A name that
            does not say so may not lead out of the folder in any case.
    """

    job_dir: Path
    allow_outside: bool = False
    _claims: dict[str, tuple[str, str]] = field(default_factory=dict)
    _folders: dict[str, str] = field(default_factory=dict)
    _sequences: SequenceClaims = field(default_factory=SequenceClaims)

    def __post_init__(self) -> None:
        self._root = os.path.realpath(self.job_dir)

    def claim_file(self, path: Path, what: str) -> None:
        """Forbid outputs to replace ``path``; ``what`` names it in messages."""
        name = self._normal(str(path.absolute()))
        self._claims[file_identity(name)] = (name, what)
        self._sequences.claim_file(name, what)

    def check(self, name: str, what: str, frames: range | None = None) -> str | None:
        """Return what is wrong with an output name; ``None`` if nothing is.

        Args:
            name: The name, relative to the job's folder.
            what: What the name belongs to, for messages about later names.
            frames: The numbers of the frames that a chunk writes there, if the name is that of an image sequence.
        """
        problem = _check_name(name, allow_outside=self.allow_outside) or self._check_disk(name)
        if problem:
            return problem
        normal = self._normal(name)
        folder, base = os.path.split(normal)
        pattern = read_pattern(base)
        if pattern is not None:
            head = os.path.join(folder, pattern.head)  # noqa: PTH118
            return None if frames is None else self._sequences.claim(replace(pattern, head=head), frames, what)
        self._sequences.claim_file(normal, what)
        claimed, owner = self._claims.setdefault(file_identity(normal), (normal, what))
        if owner == what:
            return None
        if claimed == normal:
            return tr("is also {owner}", owner=owner)
        return tr(
            "differs only in letter case from '{claimed}' ({owner}); many systems take them for one file",
            claimed=claimed,
            owner=owner,
        )

    def _normal(self, name: str) -> str:
        """Return the name without detours: relative to the job's folder, or absolute if it lies elsewhere."""
        place = self._real_place(name)
        return os.path.relpath(place, self._root) if self._is_inside(place) else place

    def _real_place(self, name: str) -> str:
        """Return the absolute path of a name, with all links followed but one that the name itself may be."""
        place = os.path.join(self._root, name)  # noqa: PTH118 - thousands of chunks
        folder, base = os.path.split(place)
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        return os.path.join(real, base)  # noqa: PTH118

    def _check_disk(self, name: str) -> str | None:
        place = self._real_place(name)
        may_be_outside = self.allow_outside and _says_outside(name)
        if not may_be_outside and not self._is_inside(place):
            return tr("leads out of the job's folder through a link")
        try:
            mode = os.lstat(place).st_mode
        except FileNotFoundError:
            return None
        except OSError as error:
            return tr("cannot be written: {reason}", reason=error.strerror)
        if stat.S_ISLNK(mode) and not may_be_outside and not self._is_inside(os.path.realpath(place)):
            return tr("leads out of the job's folder through a link")
        return tr("is a folder, not a file") if Path(place).is_dir() else None

    def _is_inside(self, real: str) -> bool:
        return real == self._root or real.startswith(os.path.join(self._root, ""))  # noqa: PTH118


def _check_name(name: str, *, allow_outside: bool) -> str | None:
    """Return what is wrong with a single output name on any system, as job files are moved between systems."""
    if "\0" in name:
        return tr("contains a NUL character")
    if not is_unicode(name):
        return tr("contains half of a surrogate pair, which is not a character")
    parts = _SEPARATORS.split(name)
    if parts[0] == "~":
        return tr("starts with “~”, which only shells take for your home folder; write the whole path")
    if not (allow_outside and _says_outside(name)):
        if _ABSOLUTE.match(name) and allow_outside:
            return tr("is an absolute path of another system")
        if _ABSOLUTE.match(name):
            return tr("is an absolute path; outputs stay inside the job's folder")
        if ".." in parts and allow_outside:
            return tr("contains '..' of another system")
        if ".." in parts:
            return tr("contains '..'; outputs stay inside the job's folder")
    if parts[-1] in ("", ".", ".."):
        return tr("names a folder, not a file")
    return check_sequence(name)


def _says_outside(name: str) -> bool:
    """Return whether a name, read as on this system, is absolute or has ``..``."""
    return os.path.isabs(name) or ".." in Path(name).parts  # noqa: PTH117 - thousands of chunks
