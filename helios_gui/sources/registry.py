"""The kinds of sources, by the suffixes of their files."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from helios_gui.jobfile.job_files import find_job_files, is_job_file
from helios_gui.media.numbered_pictures import holds_frames, is_numbered, picture_of
from helios_gui.sources.source import AnyKind
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.types.sequences import PICTURE_SUFFIXES


def _page() -> AnyKind:
    from helios_gui.sources.page import PageKind

    return PageKind()


def _video() -> AnyKind:
    from helios_gui.sources.video import VideoKind

    return VideoKind()


def _blend() -> AnyKind:
    from helios_gui.sources.blend import BlendKind

    return BlendKind()


def _pictures() -> AnyKind:
    from helios_gui.sources.pictures import PicturesKind

    return PicturesKind()


VIDEO_SUFFIXES = (
    *(".mp4", ".mov", ".mkv", ".webm", ".avi", ".mxf", ".m4v", ".mts", ".m2ts", ".ts", ".mpg", ".mpeg", ".vob"),
    *(".wmv", ".asf", ".flv", ".f4v", ".3gp", ".3g2", ".ogv", ".gif", ".apng", ".dv", ".ivf", ".nut", ".y4m"),
    *(".h264", ".264", ".h265", ".265", ".hevc", ".m2v"),
)

_KINDS: dict[tuple[str, ...], Callable[[], AnyKind]] = {
    (".html", ".htm"): _page,
    VIDEO_SUFFIXES: _video,
    (".blend",): _blend,
    tuple(sorted(PICTURE_SUFFIXES)): _pictures,
}
"""Suffixes of each kind, and a function that makes it: what it needs is loaded when one of its files comes."""


_BACKUP = re.compile(r"\.blend[0-9]+")


def is_source(path: Path) -> bool:
    """Return whether a file, or a folder of pictures without a job file, is one that a job can be made of."""
    if path.is_dir():
        return holds_frames(path) and not find_job_files([path])
    return _maker(path) is not None and (path.suffix.lower() not in PICTURE_SUFFIXES or is_numbered(path))


def source_named(path: Path) -> Path:
    """Return the file that a path typed by a person means: the first picture where it is the pattern of a sequence.

    It reads the disk. Raises ``UserInputError`` if the pattern's folder cannot be read.
    """
    try:
        return picture_of(path)
    except OSError as error:
        raise UserInputError(
            tr("{path} cannot be read: {reason}.", path=path, reason=error.strerror or error), tr("Correct its path.")
        ) from error


def no_source(path: Path) -> UserInputError:
    """Return the error for a file that no job is made of."""
    if is_backup(path):
        return UserInputError(
            tr("{name} is the backup that Blender keeps of an earlier state.", name=path.name),
            tr("To render it, copy it to a name that ends in .blend."),
        )
    if is_job_file(path):
        return UserInputError(
            tr("{name} is a job file already.", name=path.name), tr("In the terminal, “helios-gui render” renders it.")
        )
    return UserInputError(
        tr("A job is not made of {name}.", name=path.name or path),
        tr("Give one of {suffixes}.", suffixes=", ".join(source_suffixes())),
    )


def is_backup(path: Path) -> bool:
    """Return whether a file is a ``.blend1`` or the like: no source, as it would be rendered with each save."""
    return _BACKUP.fullmatch(path.suffix.lower()) is not None


def find_kind(path: Path) -> AnyKind:
    """Return the kind of a source; a folder is one of pictures. It reads the disk.

    Raises:
        KeyError: No kind has files with this suffix.
    """
    make = _pictures if path.is_dir() else _maker(path)
    if make is None:
        raise KeyError(path.suffix)
    return make()


def source_suffixes() -> tuple[str, ...]:
    """Return the suffixes of all sources, in lower case and with the dot."""
    return tuple(suffix for suffixes in _KINDS for suffix in suffixes)


def _maker(path: Path) -> Callable[[], AnyKind] | None:
    suffix = path.suffix.lower()
    return next((make for suffixes, make in _KINDS.items() if suffix in suffixes), None)
