"""Names of output files that cannot work: unknown patterns, suffixes of no video, and files that commands read."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePath

from helios_gui.jobfile.command_line import parse_command
from helios_gui.jobfile.merge_command import common_sequence, read_merge_output, recognise_merge, replaceable_merge
from helios_gui.jobfile.sequence_patterns import check_sequence
from helios_gui.jobfile.sequence_rules import check_final_sequence
from helios_gui.media.media_verifier import is_media_name
from helios_gui.translation import tr
from helios_gui.types import JobSpec, RenderChunk, UserInputError
from helios_gui.types.sequences import read_pattern

_PARTS = re.compile(r"[=:;,|'\"]")
_WORDS = re.compile(r"[=:;,|'\"\s<>&()]+")
_BETWEEN_NAMES = re.compile(r"[=:;,|'\"\s<>&()/]+")


def check_video_suffix(name: PurePath) -> str | None:
    """Return what is wrong with the suffix of a video that is to be stitched, else ``None``."""
    if not name.suffix:
        return tr("has no suffix that says what kind of video to make; use .mp4, .mov, .mkv or .webm")
    if not is_media_name(name):
        return tr(
            "ends in '{suffix}', which is no kind of video; use .mp4, .mov, .mkv or .webm",
            suffix=name.suffix,
        )
    return None


def is_stitched_by_us(spec: JobSpec) -> bool:
    """Return whether the finished video is made by our stitcher and not by a merge command of the job's own."""
    return not spec.merge_command or replaceable_merge(spec) is not None


def names_final_output(spec: JobSpec) -> bool:
    """Return whether the job says what it makes, or its chunks are videos to be stitched, or one image sequence."""
    if spec.output_file:
        return True
    if spec.merge_command:
        return recognise_merge(spec.merge_command) is not None or bool(read_merge_output(spec))
    return bool(common_sequence(spec)) or all(is_media_name(PurePath(chunk.output_file)) for chunk in spec.chunks)


def file_identity(name: str) -> str:
    """Return a key that is equal for names that are the same file on some system."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()


def find_reader(chunks: Iterable[RenderChunk], job_dir: Path, output: Path) -> RenderChunk | None:
    """Return the first chunk whose command names ``output`` although the chunk does not write it, or ``None``.

    Names are compared whatever their letter case and however their folders are reached.
    """
    place = _place(str(job_dir / output))
    name = file_identity(output.name)
    for chunk in chunks:
        if name not in file_identity(chunk.command):
            continue
        paths = (path for path in _paths_in(chunk) if file_identity(path).endswith(name))
        if any(_place(os.path.join(job_dir, path)) == place for path in paths):  # noqa: PTH118
            return chunk
    return None


def find_read_outputs(chunks: Sequence[RenderChunk], job_dir: Path) -> Iterator[tuple[int, RenderChunk]]:
    """Yield the positions of chunks whose output another chunk's command names, each with the chunk of that command.

    Chunks run in any order: such a file would be replaced before, after or while it is read. Image sequences are left
    out, as all chunks may write the same one.
    """
    names: dict[str, list[int]] = {}
    for position, chunk in enumerate(chunks):
        if chunk.pattern is None:
            names.setdefault(_last_name(file_identity(chunk.output_file)), []).append(position)
    has_odd_names = any(_BETWEEN_NAMES.search(name) for name in names)
    places: dict[str, int] = {}
    for chunk in chunks:
        own = _last_name(file_identity(chunk.output_file))
        words = set(_BETWEEN_NAMES.split(file_identity(chunk.command)))
        if not has_odd_names and not any(word != own or len(names[word]) > 1 for word in words & names.keys()):
            continue
        places = places or {
            _place(os.path.join(job_dir, chunks[position].output_file)): position  # noqa: PTH118
            for positions in names.values()
            for position in positions
        }
        for path in _paths_in(chunk):
            found = places.get(_place(os.path.join(job_dir, path)))  # noqa: PTH118
            if found is not None and chunks[found] is not chunk:
                yield found, chunk


def find_link_reader(chunks: Iterable[RenderChunk], job_dir: Path, output: Path) -> RenderChunk | None:
    """Return the first chunk whose command names the file at ``output``, under any name it has, or ``None``.

    Looks at every file that is named in a command, so that hard and symbolic links are found. Blocking.
    """
    try:
        wanted = output.stat()
    except (OSError, ValueError):
        return None
    checked: dict[str, bool] = {}
    for chunk in chunks:
        for path in _paths_in(chunk):
            if path not in checked:
                checked[path] = _is_same_file(os.path.join(job_dir, path), wanted)  # noqa: PTH118
            if checked[path]:
                return chunk
    return None


def _paths_in(chunk: RenderChunk) -> Iterator[str]:
    """Yield what may be a path in a chunk's command, other than its program and its output."""
    try:
        arguments = parse_command(chunk.command)[1:]
    except UserInputError:
        return
    own = {chunk.output_file, os.path.normpath(chunk.output_file)}
    for argument in arguments:
        for part in {argument, *_PARTS.split(argument), *_WORDS.split(argument)}:
            if part and part not in own and os.path.normpath(part) not in own and "\0" not in part:
                yield part


def _last_name(path: str) -> str:
    return path.rpartition("/")[2]


def _is_same_file(path: str, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), wanted)  # noqa: PTH116
    except (OSError, ValueError):
        return False


def _place(path: str) -> str:
    folder, name = os.path.split(os.path.normpath(path))
    return file_identity(os.path.join(os.path.realpath(folder), name))  # noqa: PTH118


def check_final_output(
    output: Path,
    spec: JobSpec,
    job_dir: Path,
    source: Path | None = None,
    check_suffix: Callable[[PurePath], str | None] = check_video_suffix,
) -> None:
    """Refuse a finished video now that would fail, or do harm, after hours of rendering. Blocking.

    Args:
        output: The finished video's path.
        spec: The job.
        job_dir: The folder that the job's relative paths start from.
        source: The job file.
        check_suffix: Returns what is wrong with the suffix of a file that is to be stitched, or ``None``.

    Raises:
        UserInputError: The name is that of a folder, of no video, of a sequence that the chunks do not write, or of a
            file of the job; or it cannot be written.
    """
    _check_place(output)
    is_sequence = read_pattern(output.name) is not None
    problem = check_sequence(output.name)
    if not problem and is_stitched_by_us(spec):
        problem = check_final_sequence(output, spec.chunks, job_dir) if is_sequence else check_suffix(output)
    if problem:
        raise UserInputError(
            tr("{output} {problem}.", output=output.name, problem=problem), tr("Give the finished video another name.")
        )
    if not is_sequence:
        _refuse_files_of_job(output, spec, job_dir, source)


def _refuse_files_of_job(output: Path, spec: JobSpec, job_dir: Path, source: Path | None) -> None:
    """Refuse a finished video that would replace the job file, or what one of its chunks reads or writes."""
    written = {_place(str(job_dir / chunk.output_file)) for chunk in spec.chunks}
    place = _place(str(output))
    if place in written or (source is not None and place == _place(str(source))):
        raise UserInputError(
            tr("{output} is a file of the job itself.", output=output), tr("Give the finished video another name.")
        )
    reader = find_reader(spec.chunks, job_dir, output) or find_link_reader(spec.chunks, job_dir, output)
    if reader is not None:
        raise UserInputError(
            tr(
                "{output} is read by the command of chunk {chunk}: the finished video would replace it.",
                output=output,
                chunk=reader.id,
            ),
            tr("Give the finished video another name."),
        )


def _check_place(output: Path) -> None:
    try:
        output.lstat()
        if output.is_dir():
            raise UserInputError(
                tr("{output} is a folder.", output=output), tr("Name the video's file: FOLDER/NAME.mp4")
            )
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise UserInputError(
            tr("{output} cannot be written: {reason}.", output=output, reason=error.strerror),
            tr("Give the finished video another name."),
        ) from error
    folder = next((parent for parent in output.parents if parent.exists()), output.parent)
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise UserInputError(
            tr("The folder {output} cannot be created or written to.", output=output.parent),
            tr("Choose another folder."),
        )
