"""Which ffmpeg this machine uses: its own, or the one that came with us."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.programs import ask_program

_VERSION = re.compile(r"ffmpeg version (?:n(?=\d))?(\S+)")
_LIBAVFORMAT_BEFORE_FFMPEG = 54
"""How far the number of libavformat, which writes containers, is ahead of FFmpeg's own since version 4."""


@cache
def find_ffmpeg() -> Path:
    """Return the absolute path of ffmpeg: the one on ``PATH``, else the bundled one (from imageio-ffmpeg).

    Remembered after the first call, which may start the bundled program once to see that it runs (some tens
    of milliseconds). Raises ``UserInputError`` where there is neither.
    """
    found = shutil.which("ffmpeg")
    if found:
        return Path(found).absolute()
    import imageio_ffmpeg

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe()).absolute()
    except RuntimeError as error:
        raise UserInputError(
            tr("ffmpeg was not found, neither on PATH nor bundled."), tr("Install ffmpeg, or reinstall imageio-ffmpeg.")
        ) from error


def find_ffmpeg_for(libavformat: int) -> Path:
    """Return the path of an ffmpeg that reads files as new as some are (blocking).

    It is the one of ``find_ffmpeg`` unless only the bundled one is new enough.

    Args:
        libavformat: The major version that it needs at least.

    Raises:
        UserInputError: Both are older, or there is none.
    """
    usual = find_ffmpeg()
    needed = libavformat - _LIBAVFORMAT_BEFORE_FFMPEG
    if _is_as_new_as(needed, usual):
        return usual
    import imageio_ffmpeg

    with suppress(RuntimeError, UserInputError):
        bundled = Path(imageio_ffmpeg.get_ffmpeg_exe()).absolute()
        if _is_as_new_as(needed, bundled):
            return bundled
    raise UserInputError(
        tr(
            "{path} is ffmpeg {version}, and cannot join the sound of files of ffmpeg {needed} or newer ones.",
            path=usual,
            version=ffmpeg_version(usual),
            needed=needed,
        ),
        tr("Install ffmpeg {needed} or a newer one.", needed=needed),
    )


def _is_as_new_as(needed: int, ffmpeg: Path) -> bool:
    """Return whether an ffmpeg has this major version; builds of its developers, without a number, have."""
    major = ffmpeg_version(ffmpeg).partition(".")[0]
    return not major.isdecimal() or int(major) >= needed


@cache
def ffmpeg_version(path: Path) -> str:
    """Return the version that the program at ``path`` reports, such as ``7.1`` (blocking; remembered).

    Raises ``UserInputError`` when it cannot be started or does not answer like ffmpeg.
    """
    answer = ask_program(path, "-version", tr("Install a working ffmpeg."))
    match = _VERSION.search(answer.stdout.decode("utf-8", "replace"))
    if answer.returncode != 0 or match is None:
        raise UserInputError(tr("{path} does not answer like ffmpeg.", path=path), tr("Install a working ffmpeg."))
    return match[1]
