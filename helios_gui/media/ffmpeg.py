"""Which ffmpeg this machine uses: its own, or the one that came with us."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.programs import ask_program

OLDEST = "5.1"
"""The oldest FFmpeg whose videos are right and that knows all options that it is given here: 4.4 makes linear light of
EXR pictures black, and knows no ``ch_layout``."""

_OLDEST_LIBAVFORMAT = (59, 27)
_VERSION = re.compile(r"ffmpeg version (?:n(?=\d))?(\S+)")
_LIBAVFORMAT = re.compile(r"^\s*libavformat\s+(\d+)\.\s*(\d+)\.", re.MULTILINE)
_CODEC = re.compile(r"^ ([D.])([E.])[VAS][I.][L.][S.] (\S+) +(.*)$", re.MULTILINE)
_ENCODERS = re.compile(r"\(encoders: ([^)]*)\)")
_LIBAVFORMAT_BEFORE_FFMPEG = 54
"""How far the number of libavformat, which writes containers, is ahead of FFmpeg's own since version 4."""


@cache
def find_ffmpeg() -> Path:
    """Return the absolute path of ffmpeg: the one on ``PATH`` if it can be used, else the bundled one (imageio-ffmpeg).

    Remembered after the first call, which may start both programs once to see what they are (some tens of
    milliseconds). Raises ``UserInputError`` where there is neither.
    """
    fault = _find_fault(found := _on_path())
    if found is not None and fault is None:
        return found
    with suppress(RuntimeError, UserInputError):
        bundled = _bundled_ffmpeg()
        if _find_fault(bundled) is None:
            return bundled
    raise fault or UserInputError(
        tr("ffmpeg was not found, neither on PATH nor bundled."), tr("Install ffmpeg, or reinstall imageio-ffmpeg.")
    )


def why_not_the_systems() -> str:
    """Return in words why ``find_ffmpeg`` takes the bundled program (blocking); empty where it takes the system's."""
    found = _on_path()
    if found is None:
        return tr("the system has none")
    fault = _find_fault(found)
    return "" if fault is None else str(fault).removesuffix(".")


def find_ffmpeg_for(encoders: Collection[str] = (), libavformat: int = 0) -> Path:
    """Return the path of an ffmpeg that has these encoders and reads files as new as some are (blocking).

    It is the one of ``find_ffmpeg`` unless only the bundled one will do.

    Args:
        encoders: FFmpeg's names; builds leave out some.
        libavformat: The major version that it needs at least.

    Raises:
        UserInputError: Neither will do, or there is none.
    """
    usual = find_ffmpeg()
    lacking = _find_lack(usual, encoders, libavformat)
    if lacking is None:
        return usual
    with suppress(RuntimeError, UserInputError):
        bundled = _bundled_ffmpeg()
        if _find_lack(bundled, encoders, libavformat) is None:
            return bundled
    raise lacking


def _find_lack(ffmpeg: Path, encoders: Collection[str], libavformat: int) -> UserInputError | None:
    """Return why a program will not do."""
    if libavformat_of(ffmpeg) < libavformat:
        needed = libavformat - _LIBAVFORMAT_BEFORE_FFMPEG
        return UserInputError(
            tr(
                "{path} is ffmpeg {version}, and joining these chunks takes ffmpeg {needed} or a newer one.",
                path=ffmpeg,
                version=ffmpeg_version(ffmpeg),
                needed=needed,
            ),
            tr("Install ffmpeg {needed} or a newer one.", needed=needed),
        )
    if missing := sorted(set(encoders) - _read_build(ffmpeg).encoders):
        return UserInputError(
            tr(
                "{path} is ffmpeg {version}, and was built without the encoder {encoder}.",
                path=ffmpeg,
                version=ffmpeg_version(ffmpeg),
                encoder=missing[0],
            ),
            tr("Install an ffmpeg that has this encoder, or choose another codec."),
        )
    return None


def has_decoder(ffmpeg: Path, codec: str) -> bool:
    """Return whether the program at a path reads a codec of FFmpeg's name (blocking; remembered).

    Raises:
        UserInputError: As ``ffmpeg_version``.
    """
    return codec in _read_build(ffmpeg).decoders


def ffmpeg_version(path: Path) -> str:
    """Return the version that the program at ``path`` reports, such as ``7.1`` (blocking; remembered).

    Raises ``UserInputError`` when it cannot be started or does not answer like ffmpeg.
    """
    return _read_build(path).version


def libavformat_of(path: Path) -> int:
    """Return the major version of what the program at ``path`` reads and writes containers with (blocking; remembered).

    Raises ``UserInputError`` as ``ffmpeg_version`` does.
    """
    return _read_build(path).libavformat[0]


def _on_path() -> Path | None:
    found = shutil.which("ffmpeg")
    return None if found is None else Path(found).absolute()


def _bundled_ffmpeg() -> Path:
    import imageio_ffmpeg

    return Path(imageio_ffmpeg.get_ffmpeg_exe()).absolute()


def _find_fault(ffmpeg: Path | None) -> UserInputError | None:
    """Return why a program is not used."""
    if ffmpeg is None:
        return None
    try:
        build = _read_build(ffmpeg)
    except UserInputError as error:
        return error
    if build.libavformat >= _OLDEST_LIBAVFORMAT:
        return None
    return UserInputError(
        tr(
            "{path} is ffmpeg {version}, and ffmpeg {needed} or a newer one is needed.",
            path=ffmpeg,
            version=build.version,
            needed=OLDEST,
        ),
        tr("Install ffmpeg {needed} or a newer one.", needed=OLDEST),
    )


@dataclass(frozen=True, slots=True)
class _Build:
    """What a program says of itself.

    Attributes:
        version: FFmpeg's; builds between two releases have no number.
        libavformat: Major and minor version of what reads and writes containers.
        encoders: FFmpeg's names of those that it has.
        decoders: FFmpeg's names of the codecs that it reads.
    """

    version: str
    libavformat: tuple[int, int]
    encoders: frozenset[str]
    decoders: frozenset[str]


@cache
def _read_build(ffmpeg: Path) -> _Build:
    """Ask a program once for all that is ever asked: each start of it takes some tens of milliseconds."""
    answer = ask_program(ffmpeg, "-codecs", tr("Install a working ffmpeg."))
    words = (answer.stderr + b"\n" + answer.stdout).decode("utf-8", "replace")  # its versions are beside the answer
    version, libavformat = _VERSION.search(words), _LIBAVFORMAT.search(words)
    if answer.returncode != 0 or version is None or libavformat is None:
        raise UserInputError(tr("{path} does not answer like ffmpeg.", path=ffmpeg), tr("Install a working ffmpeg."))
    encoders: set[str] = set()
    decoders: set[str] = set()
    for reads, writes, codec, description in _CODEC.findall(words):
        if reads == "D":
            decoders.add(codec)
        if writes == "E":
            named = _ENCODERS.search(description)
            encoders.update(named[1].split() if named else [codec])
    numbers = int(libavformat[1]), int(libavformat[2])
    return _Build(version[1], numbers, frozenset(encoders), frozenset(decoders))
