"""Outputs that a job names outside its folder: where they are, for a person to agree to before they are written."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

from helios_gui.jobfile.merge_command import final_output
from helios_gui.translation import tr_count
from helios_gui.types import JobSpec

_NUMBER = re.compile(r"[0-9]+")


def find_outside_outputs(spec: JobSpec, job_dir: Path, source: Path | None = None) -> tuple[str, ...]:
    """Return the real paths of the chunks' outputs and the finished video that lie outside ``job_dir``, each once.

    Args:
        spec: The job, read with ``outside_outputs``. Its names that do not say that they lie elsewhere stay inside.
        job_dir: The folder that relative paths start from.
        source: The job file, which may name the finished video.
    """
    root = os.path.realpath(job_dir)
    folders: dict[str, str] = {}
    found: dict[str, None] = {}
    final = final_output(spec, job_dir.absolute(), source)
    for name in (*(chunk.output_file for chunk in spec.chunks), str(final)):
        if ".." not in name and not os.path.isabs(name):  # noqa: PTH117 - thousands of chunks
            continue
        folder, base = os.path.split(os.path.join(root, name))  # noqa: PTH118
        real = folders.get(folder)
        if real is None:
            real = folders[folder] = os.path.realpath(folder)
        place = os.path.join(real, base)  # noqa: PTH118
        if not place.startswith(os.path.join(root, "")):  # noqa: PTH118
            found[place] = None
    return tuple(found)


def fold_numbered(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return a line for each path, and one for all paths of a folder that differ only in the numbers of their name."""
    patterns = Counter(_pattern(path) for path in paths)
    lines: dict[str, None] = {}
    for path in paths:
        pattern = _pattern(path)
        number = patterns[pattern]
        lines[
            path
            if number == 1
            else tr_count("{pattern}  ({number} file)", "{pattern}  ({number} files)", number, pattern=pattern)
        ] = None
    return tuple(lines)


def _pattern(path: str) -> str:
    folder, base = os.path.split(path)
    stem, suffix = os.path.splitext(base)  # noqa: PTH122
    if suffix[1:].isdigit():
        stem, suffix = base, ""
    return os.path.join(folder, _NUMBER.sub("#", stem) + suffix)  # noqa: PTH118
