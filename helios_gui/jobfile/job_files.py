"""Read job files with every rule checked, write them, and find them in folders."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from helios_gui import product
from helios_gui.jobfile.chunk_reader import ChunksRead, read_chunks
from helios_gui.jobfile.job_rules import LocatedProblem, PartialJob, check_rules
from helios_gui.jobfile.limits import LONGEST_MESSAGE, MOST_BYTES, MOST_CHUNKS, MOST_PROBLEMS
from helios_gui.jobfile.strict_json import JsonTextError, Location, decode_json, find_json_problems
from helios_gui.translation import tr
from helios_gui.types import (
    FrameEncoding,
    JobFileError,
    JobMetadata,
    JobSpec,
    Problem,
    RenderChunk,
    TracksFrom,
    UserInputError,
)
from helios_gui.utils.files import write_atomic
from helios_gui.utils.model_problems import describe_value, problem_in_words

_NAMES = re.compile(rf".*({'|'.join(map(re.escape, product.SUFFIXES))})|job\.json", re.IGNORECASE)
_LOOKS_LIKE_A_JOB = (re.compile(rb'"chunks"\s*:'), re.compile(rb'"(startFrame|frameCount|outputFile)"\s*:'))
_INSPECTED_BYTES = 64 * 1024
_MOST_ENTRIES = 50_000
_LONGEST_KEY = 60

_ModelT = TypeVar("_ModelT", bound=BaseModel)

_ANY_CHUNK = RenderChunk(id=0, start_frame=0, frame_count=1, output_file="any", command="any")
"""Stands for chunks that are all faulty, while the other fields are looked at."""

_ORDER = (
    "metadata",
    "chunks",
    "mergeCommand",
    "outputFile",
    "progressPattern",
    "tracksFrom",
    "frameEncoding",
    "frameList",
)


def load_job(path: Path, *, outside_outputs: bool = False) -> JobSpec:
    """Read a job file. The job's relative paths start from the folder of the file.

    Args:
        path: The job file.
        outside_outputs: Whether outputs may lie outside that folder (absolute or with ``..``). Who accepts them asks
            a person before the job runs: ``find_outside_outputs`` lists them.

    Raises:
        JobFileError: If something is wrong with it; it holds all problems.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _file_error(str(path), tr("is not a file"))
        if status.st_size > MOST_BYTES:
            raise _file_error(str(path), _too_large(status.st_size))
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _file_error(
            str(path), tr("cannot be read: {reason}", reason=getattr(error, "strerror", None) or error)
        ) from error
    return parse_job(data, str(path), path.absolute().parent, outside_outputs=outside_outputs)


def parse_job(data: bytes, source: str, job_dir: Path, *, outside_outputs: bool = False) -> JobSpec:
    """Read a job from the content of a job file.

    Args:
        data: The content, UTF-8.
        source: The path of the file, for messages and because no output may replace it.
        job_dir: The folder that the job's relative paths start from.
        outside_outputs: Whether outputs may lie outside ``job_dir``.

    Raises:
        JobFileError: If something is wrong with it; it holds all problems.
    """
    if len(data) > MOST_BYTES:
        raise _file_error(source, _too_large(len(data)))
    try:
        document, problems = decode_json(data)
    except JsonTextError as error:
        raise _file_error(source, str(error)) from error
    return _build(document, problems, source, job_dir, outside_outputs=outside_outputs)


def build_job(document: Mapping[str, object], source: str, job_dir: Path, *, outside_outputs: bool = False) -> JobSpec:
    """Make a job from a document in memory, under the same rules as for a file.

    Args:
        document: The job with the camelCase keys of job files.
        source: What messages call it.
        job_dir: The folder that the job's relative paths start from.
        outside_outputs: Whether outputs may lie outside ``job_dir``.

    Raises:
        JobFileError: If something is wrong with it; it holds all problems.
    """
    return _build(document, find_json_problems(document), source, job_dir, outside_outputs=outside_outputs)


def save_job(spec: JobSpec, path: Path) -> None:
    """Write a job file in one step.

    Raises:
        UserInputError: If it cannot be written. A file that was there before is then unchanged.
    """
    try:
        write_atomic(path, spec.to_json())
    except OSError as error:
        raise UserInputError(
            tr("The job file {path} cannot be written: {reason}.", path=path, reason=error.strerror or error),
            tr("Choose another place for it."),
        ) from error


def find_job_files(paths: Iterable[Path]) -> list[Path]:
    """Return the job files among ``paths`` and in the folders among them, each once and in the given order.

    All files in ``paths`` are returned. Folders are searched with all that is in them, except hidden folders,
    ``node_modules`` and links to folders; the search ends after 50,000 entries. A job file is known by its name
    (``*.helios.json``, ``*.heliosjob``, ``job.json``), or is another JSON file that begins like a job. Those of one
    folder are sorted.
    """
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(sorted(_jobs_below(path)) if path.is_dir() else [path]))
    return list(found)


def _jobs_below(folder: Path) -> Iterator[Path]:
    seen = 0
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "node_modules" and not name.startswith("."))
        seen += len(folders) + len(files)
        if seen > _MOST_ENTRIES:
            return
        paths = (Path(parent, name) for name in files if not name.startswith("."))
        yield from (path for path in paths if path.is_file() and is_job_file(path))


def is_job_file(path: Path) -> bool:
    """Return whether a file is a job file by its name, or another JSON file that begins like a job."""
    if _NAMES.fullmatch(path.name):
        return True
    if path.suffix.lower() != ".json" or path.name.lower().endswith(product.QUEUE_SUFFIX):
        return False
    try:
        with path.open("rb") as stream:
            start = stream.read(_INSPECTED_BYTES)
    except OSError:
        return False
    return all(pattern.search(start) for pattern in _LOOKS_LIKE_A_JOB)


def _build(
    document: object, problems: Iterable[LocatedProblem], source: str, job_dir: Path, *, outside_outputs: bool = False
) -> JobSpec:
    if not isinstance(document, Mapping):
        problems = [
            *problems,
            ((), tr("must be an object, not {value}", value=describe_value(document))),
        ]
        raise JobFileError(source, _in_file_order(problems))
    listed = document.get("chunks")
    raw = listed if isinstance(listed, list) else []
    if len(raw) > MOST_CHUNKS:
        raise _file_error(
            source,
            tr("has {count:,} chunks; a job has at most {most_chunks:,}", count=len(raw), most_chunks=MOST_CHUNKS),
        )
    found = list(islice(problems, MOST_PROBLEMS))
    taken = {location for location, _ in found}
    read = read_chunks(raw)
    spec, errors = _validate(document, read if raw else None)
    found.extend(problem for problem in errors if problem[0] not in taken)
    found.extend(islice(_check_key_style(document), MOST_PROBLEMS))
    rules = check_rules(_partial_job(document, spec, read), Path(source), job_dir, outside_outputs=outside_outputs)
    found.extend(islice(rules, MOST_PROBLEMS))
    if spec is None or found:
        raise JobFileError(source, _in_file_order(found))
    return spec


def _validate(document: Mapping[str, object], read: ChunksRead | None) -> tuple[JobSpec | None, list[LocatedProblem]]:
    """Return the job, or ``None`` and what is wrong with single fields; ``read`` is ``None`` if there are no chunks."""
    errors: list[ErrorDetails] = []
    if read is not None:
        errors += ({**detail, "loc": ("chunks", *detail["loc"])} for detail in read.errors)
        document = {**document, "chunks": [chunk for _, chunk in read.chunks] or [_ANY_CHUNK]}
    spec: JobSpec | None = None
    try:
        spec = JobSpec.model_validate(document, by_alias=True, by_name=False)
    except ValidationError as error:
        errors += error.errors(include_url=False)
    return (None if errors else spec), [(detail["loc"], problem_in_words(detail)) for detail in errors]


def _partial_job(document: Mapping[str, object], spec: JobSpec | None, read: ChunksRead) -> PartialJob:
    """Return what the rules can be checked on: the whole job, or its valid parts."""
    if spec is not None:
        return PartialJob(
            metadata=spec.metadata,
            chunks=read.chunks,
            complete=True,
            merge_command=spec.merge_command,
            output_file=spec.output_file,
            progress_pattern=spec.progress_pattern,
            tracks_file=spec.tracks_from.file if spec.tracks_from else None,
            frame_list=spec.frame_list,
            input_files=spec.input_files or (),
            frame_encoding=spec.frame_encoding,
        )
    return PartialJob(
        metadata=_valid_or_none(JobMetadata, document.get("metadata")),
        chunks=read.chunks,
        complete=read.complete and bool(read.chunks),
        merge_command=(_text(document.get("mergeCommand")) or "").strip() or None,
        output_file=_text(document.get("outputFile")),
        progress_pattern=_text(document.get("progressPattern")),
        frame_list=_text(document.get("frameList")),
        frame_encoding=_valid_or_none(FrameEncoding, document.get("frameEncoding")),
    )


def _valid_or_none(model: type[_ModelT], value: object) -> _ModelT | None:
    try:
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _check_key_style(document: Mapping[str, object]) -> Iterator[LocatedProblem]:
    """Report keys in snake_case or other letter case, which would be ignored as unknown keys otherwise."""
    yield from _odd_keys((), document, JobSpec)
    yield from _odd_keys(("metadata",), document.get("metadata"), JobMetadata)
    yield from _odd_keys(("tracksFrom",), document.get("tracksFrom"), TracksFrom)
    yield from _odd_keys(("frameEncoding",), document.get("frameEncoding"), FrameEncoding)
    chunks = document.get("chunks")
    for index, chunk in enumerate(chunks if isinstance(chunks, list) else []):
        yield from _odd_keys(("chunks", index), chunk, RenderChunk)


def _odd_keys(location: Location, value: object, model: type[BaseModel]) -> Iterator[LocatedProblem]:
    if isinstance(value, Mapping):
        known = _known_keys(model)
        for key in sorted(value.keys() - known.values()):
            meant = known.get(_folded(key))
            if meant is not None and ("_" in key or meant not in value):
                yield (*location, key), tr("is written '{key}' in job files", key=meant)


@cache
def _known_keys(model: type[BaseModel]) -> dict[str, str]:
    """Return the keys of a model by their folded names."""
    return {_folded(name): to_camel(name) for name in model.model_fields}


def _folded(key: str) -> str:
    return re.sub("[-_ ]", "", key).casefold()


def _in_file_order(problems: Iterable[LocatedProblem]) -> list[Problem]:
    """Return the problems in the order of the file, all of one chunk together."""

    def place(problem: LocatedProblem) -> tuple[int, int]:
        location = problem[0]
        first = _ORDER.index(location[0]) + 1 if location and location[0] in _ORDER else 0
        index = location[1] if len(location) > 1 and isinstance(location[1], int) else -1
        return first, index

    unique = dict.fromkeys(sorted(problems, key=place))
    shown = [Problem(_path(location), _printable(message)) for location, message in islice(unique, MOST_PROBLEMS)]
    return [*shown, Problem("", tr("there are more problems than these"))] if len(unique) > len(shown) else shown


def _path(location: Location) -> str:
    """Return ``chunks[3].outputFile`` for ``("chunks", 3, "outputFile")``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step[:_LONGEST_KEY]}" for step in location)
    return _printable(text.removeprefix("."))


def _printable(text: str) -> str:
    """Return ``text``, cut if very long, with question marks for what cannot be written to a terminal or a log."""
    shown = text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 1]}…"
    return shown.encode("utf-8", "replace").decode()


def _too_large(size: int) -> str:
    return tr(
        "is {size:.1f} MB large; job files have at most {most_bytes} MB",
        size=size / 1024 / 1024,
        most_bytes=MOST_BYTES // 1024 // 1024,
    )


def _file_error(source: str, message: str) -> JobFileError:
    return JobFileError(source, [Problem("", message)])
