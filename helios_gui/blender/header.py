"""The first bytes of a .blend: which Blender saved it."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.types import UserInputError

_LENGTH = 17
_OLD = re.compile(rb"BLENDER[-_][vV](\d{3})")
_NEW = re.compile(rb"BLENDER\d\d-\d\dv(\d{4})")  # from Blender 5 on
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def saving_version(path: Path) -> tuple[int, int] | None:
    """Return the version of the Blender that saved a file, such as ``(3, 4)``.

    ``None`` of a file that is compressed with Zstandard, which only Blender can say.

    Raises:
        UserInputError: There is no such file, it cannot be read, or it is no .blend.
    """
    try:
        begin = _begin(path)
    except FileNotFoundError as error:
        raise UserInputError(tr("There is no file {path}.", path=path)) from error
    except OSError as error:
        raise UserInputError(
            tr("{path} cannot be read: {reason}.", path=path, reason=error.strerror or error)
        ) from error
    if begin.startswith(_ZSTANDARD):
        return None
    match = _OLD.match(begin) or _NEW.match(begin)
    if match is None:
        raise UserInputError(
            tr("{name} is not a Blender file.", name=path.name), tr("Save it in Blender, with File > Save.")
        )
    return divmod(int(match[1]), 100)


def _begin(path: Path) -> bytes:
    with path.open("rb") as file:
        begin = file.read(_LENGTH)
    if not begin.startswith(_GZIP):
        return begin
    try:
        with gzip.open(path) as compressed:
            return compressed.read(_LENGTH)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return begin
